/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"
#include "gateway/wire/jf-ticket.h"
#include "tests/fuzz/fuzz.h"

static void
check_labels (const char *text)
{
  GError *error = NULL;
  g_autofree char *provider = NULL, *name = NULL, *joined = NULL;

  if (jf_label_check (text, "member", &error))
    g_assert_cmpuint (strlen (text), <=, JF_LABEL_MAX_BYTES);
  else
    fuzz_check_error (g_steal_pointer (&error));
  if (!jf_allow_check (text, &error))
    fuzz_check_error (g_steal_pointer (&error));
  if (!jf_service_split (text, &provider, &name, &error))
    {
      fuzz_check_error (g_steal_pointer (&error));
      return;
    }
  joined = provider != NULL ? g_strconcat (provider, "/", name, NULL) : g_strdup (name);
  g_assert_cmpstr (joined, ==, text);
}

static void
check_clean (const char *text, size_t max_bytes)
{
  g_autofree char *clean = jf_text_clean (text, max_bytes);
  g_autofree char *again = jf_text_clean (clean, max_bytes);

  g_assert_cmpuint (strlen (clean), <=, max_bytes);
  g_assert_true (g_utf8_validate (clean, -1, NULL));
  for (const char *c = clean; *c != '\0'; c = g_utf8_next_char (c))
    g_assert_false (g_unichar_iscntrl (g_utf8_get_char (c)));
  g_assert_cmpstr (again, ==, clean);
}

static void
check_codes (const char *text)
{
  GError *error = NULL;
  JfKeyId key_id;
  JfTicket ticket;
  char key_text[JF_KEY_ID_TEXT_SIZE], ticket_text[JF_TICKET_TEXT_SIZE];

  if (jf_key_id_parse (text, &key_id, &error))
    {
      jf_key_id_format (&key_id, key_text);
      g_assert_cmpstr (key_text, ==, text);
    }
  else
    fuzz_check_error (g_steal_pointer (&error));
  if (jf_ticket_parse (text, &ticket, &error))
    {
      jf_ticket_format (&ticket, ticket_text);
      g_assert_cmpstr (ticket_text, ==, text);
    }
  else
    fuzz_check_error (g_steal_pointer (&error));
}

static void
check_address (const char *text, unsigned attempt)
{
  static const JfKeyId manager;
  uint32_t address = jf_service_address (&manager, text, attempt);

  g_assert_cmpuint (address >> 24, ==, 127);
  g_assert_true ((address >> 16 & 255) % 255 != 0);
  g_assert_true ((address & 255) % 255 != 0);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  JfError code = jf_error_from_name (text);

  g_assert_true (code == JF_ERROR_FAILED || strcmp (jf_error_name (code), text) == 0);
  check_labels (text);
  check_clean (text, size / 2);
  check_clean (text, 3 * size);
  check_codes (text);
  check_address (text, (unsigned) size % 3);
  return 0;
}
