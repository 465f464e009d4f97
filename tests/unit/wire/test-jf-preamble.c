/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-preamble.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

static void
test_round_trip (void)
{
  for (int kind = JF_PREAMBLE_CONTROL; kind <= JF_PREAMBLE_REFUSED; kind++)
    {
      JfPreamble in = { .kind = (JfPreambleKind) kind }, out;
      uint8_t bytes[JF_PREAMBLE_MAX_BYTES];
      g_autoptr (GError) error = NULL;
      size_t size;

      memset (in.ticket.bytes, kind == JF_PREAMBLE_LEG ? 0xa5 : 0, sizeof in.ticket.bytes);
      size = jf_preamble_pack (&in, bytes);
      g_assert_cmpuint (size, ==, kind == JF_PREAMBLE_LEG ? 20 : 4);
      for (size_t cut = 0; cut < size; cut++)
        {
          g_assert_cmpint (jf_preamble_parse (bytes, cut, &out, &error), ==, 0);
          g_assert_no_error (error);
        }
      g_assert_cmpint (jf_preamble_parse (bytes, size, &out, &error), ==, size);
      g_assert_no_error (error);
      g_assert_cmpint (out.kind, ==, kind);
      g_assert_true (jf_ticket_equal (&in.ticket, &out.ticket));
    }
}

static void
test_leaves_the_rest (void)
{
  static const uint8_t bytes[] = { 1, 1, 0, 0, 0, 0, 0, 2, '{', '}' };
  JfPreamble out;

  g_assert_cmpint (jf_preamble_parse (bytes, sizeof bytes, &out, NULL), ==, 4);
  g_assert_cmpint (out.kind, ==, JF_PREAMBLE_CONTROL);
}

static void
test_bad (void)
{
  static const struct
  {
    uint8_t bytes[4];
    JfError code;
  } cases[] = {
    { { 0, 1, 0, 0 }, JF_ERROR_PROTOCOL },   { { 5, 1, 0, 0 }, JF_ERROR_PROTOCOL },
    { { 255, 1, 0, 0 }, JF_ERROR_PROTOCOL }, { { 1, 0, 0, 0 }, JF_ERROR_VERSION },
    { { 1, 2, 0, 0 }, JF_ERROR_VERSION },    { { 99, 2, 9, 9 }, JF_ERROR_VERSION },
    { { 1, 1, 0, 1 }, JF_ERROR_PROTOCOL },   { { 1, 1, 255, 255 }, JF_ERROR_PROTOCOL },
    { { 2, 1, 0, 0 }, JF_ERROR_PROTOCOL },   { { 2, 1, 0, 15 }, JF_ERROR_PROTOCOL },
    { { 2, 1, 0, 17 }, JF_ERROR_PROTOCOL },  { { 2, 1, 1, 16 }, JF_ERROR_PROTOCOL },
    { { 3, 1, 0, 4 }, JF_ERROR_PROTOCOL },   { { 'G', 'E', 'T', ' ' }, JF_ERROR_VERSION },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      JfPreamble out;

      g_assert_cmpint (jf_preamble_parse (cases[i].bytes, 4, &out, &error), ==, -1);
      g_assert_error (error, JF_ERROR, (int) cases[i].code);
      g_assert_cmpint (jf_preamble_parse (cases[i].bytes, 4, &out, NULL), ==, -1);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/preamble/round-trip", test_round_trip);
  g_test_add_func ("/wire/preamble/leaves-the-rest", test_leaves_the_rest);
  g_test_add_func ("/wire/preamble/bad", test_bad);
  return g_test_run ();
}
