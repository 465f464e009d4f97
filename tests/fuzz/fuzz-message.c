/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-json-scan.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "tests/fuzz/fuzz.h"

static void
check (gboolean good, GError **error)
{
  if (!good)
    fuzz_check_error (g_steal_pointer (error));
  g_assert_no_error (*error);
}

static void
read_scalars (JsonObject *message, const char *member)
{
  GError *error = NULL;
  const char *text = NULL;
  int64_t number = 0;
  gboolean flag = FALSE;
  JfKeyId key_id;

  if (jf_message_get_string (message, member, 40, &text, &error))
    g_assert_cmpuint (strlen (text), <=, 40);
  else
    check (FALSE, &error);
  if (jf_message_get_int (message, member, -5, 1000, &number, &error))
    g_assert_true (number >= -5 && number <= 1000);
  else
    check (FALSE, &error);
  check (jf_message_get_bool (message, member, &flag, &error), &error);
  g_assert_true (flag == FALSE || flag == TRUE);
  check (jf_message_get_key_id (message, member, &key_id, &error), &error);
}

static void
read_lists (JsonObject *message, const char *member)
{
  GError *error = NULL;
  JsonArray *array = NULL;
  g_auto (GStrv) strings = NULL;
  g_autoptr (GArray) tickets = NULL;

  check (jf_message_get_strings (message, member, 10, 40, &strings, &error), &error);
  check (jf_message_get_tickets (message, member, &tickets, &error), &error);
  check (jf_message_get_objects (message, member, 10, &array, &error), &error);
  if (strings != NULL)
    g_assert_cmpuint (g_strv_length (strings), <=, 10);
  if (tickets != NULL)
    g_assert_cmpuint (tickets->len, <=, JF_TICKETS_PER_MESSAGE_MAX);
  for (unsigned i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *text;
      JsonObject *object = json_array_get_object_element (array, i);

      check (jf_message_get_string (object, "name", 40, &text, &error), &error);
    }
}

/* Such a number may have become infinite, for which JSON has no word. */
static gboolean
has_exponent (const uint8_t *data, size_t size)
{
  for (size_t i = 1; i < size; i++)
    if (g_ascii_isdigit (data[i - 1]) && (data[i] | 0x20) == 'e')
      return TRUE;
  return FALSE;
}

/* Written and read again it is the same message. */
static void
check_round_trip (JsonObject *message)
{
  g_autoptr (GBytes) bytes = jf_message_to_bytes (message, NULL);
  g_autoptr (JsonObject) again = NULL;
  g_autoptr (JsonNode) before = json_node_init_object (json_node_alloc (), message);
  g_autoptr (JsonNode) after = NULL;
  g_autoptr (GError) error = NULL;

  if (bytes == NULL)
    return; /* escapes made it too long */
  again = jf_message_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  after = json_node_init_object (json_node_alloc (), again);
  g_assert_true (json_node_equal (before, after));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  GError *error = NULL;
  g_autoptr (JsonObject) message = jf_message_parse (data, size, &error);
  g_autoptr (GList) members = NULL;

  if (message == NULL)
    {
      fuzz_check_error (error);
      return 0;
    }
  g_assert_no_error (error);
  g_assert_cmpuint (size, <=, JF_MESSAGE_MAX_BYTES);
  g_assert_null (jf_json_scan ((const char *) data, size, JF_MESSAGE_MAX_DEPTH));
  g_assert_nonnull (jf_message_type (message));
  members = json_object_get_members (message);
  for (const GList *l = members; l != NULL; l = l->next)
    {
      read_scalars (message, l->data);
      read_lists (message, l->data);
    }
  if (!has_exponent (data, size))
    check_round_trip (message);
  return 0;
}
