/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-ticket.h"

#include "gateway/wire/jf-error.h"

static void
test_round_trip (void)
{
  JfTicket ticket, parsed;
  char text[JF_TICKET_TEXT_SIZE];
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < JF_TICKET_BYTES; i++)
    ticket.bytes[i] = (uint8_t) i;
  jf_ticket_format (&ticket, text);
  g_assert_cmpstr (text, ==, "AAECAwQFBgcICQoLDA0ODw");
  g_assert_true (jf_ticket_parse (text, &parsed, &error));
  g_assert_no_error (error);
  g_assert_true (jf_ticket_equal (&ticket, &parsed));
  g_assert_cmpuint (jf_ticket_hash (&ticket), ==, jf_ticket_hash (&parsed));
  parsed.bytes[15] ^= 0x80;
  g_assert_false (jf_ticket_equal (&ticket, &parsed));
}

static void
test_parse_bad (void)
{
  static const char *const bad[] = {
    NULL,
    "",
    "AAECAwQFBgcICQoLDA0OD",
    "AAECAwQFBgcICQoLDA0ODwA",
    "AAECAwQFBgcICQoLDA0ODx",
    "AAECAwQFBgcICQoLDA0O/w",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      JfTicket ticket;

      g_assert_false (jf_ticket_parse (bad[i], &ticket, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      /* a ticket is a secret, also a bad one */
      if (bad[i] != NULL && bad[i][0] != '\0')
        g_assert_null (g_strstr_len (error->message, -1, bad[i]));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/ticket/round-trip", test_round_trip);
  g_test_add_func ("/wire/ticket/parse-bad", test_parse_bad);
  return g_test_run ();
}
