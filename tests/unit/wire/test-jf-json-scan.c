/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-json-scan.h"

#include <string.h>

#define MAX_DEPTH 3

static void
test_good (void)
{
  static const char *const good[] = {
    "{}",
    " \t\r\n{ } \n",
    "{\"a\":1}",
    "{ \"a\" : [ 1 , -2 , 0 , 1.5 , -0.5e+10 , 1E3 , true , false , null , \"x\" ] , \"b\" : { } }",
    "{\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\\uD83D\\ude00\":\"\xc3\xa4 /* */ //\"}",
    "{\"a\":{\"b\":[]}}",
    "{\"a\":[[1],[2]],\"b\":[[3]]}",
    "{\"a\":999999999999999999}",
    "{\"a\":\"{[{[{[{[{[\"}",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_cmpstr (jf_json_scan (good[i], strlen (good[i]), MAX_DEPTH), ==, NULL);
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    "",
    " ",
    "[]",
    "1",
    "\"a\"",
    "null",
    "\xef\xbb\xbf{}",
    "{",
    "}",
    "{}}",
    "{}{}",
    "{} x",
    "{},",
    "var x = {}",
    "/* a */ {}",
    "{} // b",
    "{/* a */}",
    "{# a\n}",
    "{'a':1}",
    "{a:1}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{\"a\":1 \"b\":2}",
    "{\"a\" 1}",
    "{\"a\":[1,]}",
    "{\"a\":[1 2]}",
    "{\"a\":[}",
    "{\"a\":[1}",
    "{\"a\":01}",
    "{\"a\":-}",
    "{\"a\":+1}",
    "{\"a\":- 1}",
    "{\"a\":.5}",
    "{\"a\":5.}",
    "{\"a\":5e}",
    "{\"a\":5e+}",
    "{\"a\":0x10}",
    "{\"a\":1000000000000000000}",
    "{\"a\":-18446744073709551615}",
    "{\"a\":tru}",
    "{\"a\":trueish}",
    "{\"a\":TRUE}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":undefined}",
    "{\"a\":\"",
    "{\"a\":\"b}",
    "{\"a\":\"\\",
    "{\"a\":\"\\x41\"}",
    "{\"a\":\"\\u00",
    "{\"a\":\"\\u00g0\"}",
    "{\"a\":\"\\u0000\"}",
    "{\"\\u0000\":1}",
    "{\"a\":\"\\ud83d\"}",
    "{\"a\":\"\\ud83dx\"}",
    "{\"a\":\"\\ud83d\\n\"}",
    "{\"a\":\"\\ud83d\\u0041\"}",
    "{\"a\":\"\\ude00\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"\x1f\"}",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\xed\xa0\x80\"}",
    "{\"a\":{\"b\":{\"c\":{}}}}",
    "{\"a\":[[[]]]}",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_test_message ("case %zu", i);
      g_assert_nonnull (jf_json_scan (bad[i], strlen (bad[i]), MAX_DEPTH));
    }
  g_assert_nonnull (jf_json_scan ("{\0}", 3, MAX_DEPTH));
  g_assert_nonnull (jf_json_scan ("{}\0", 3, MAX_DEPTH));
  g_assert_nonnull (jf_json_scan (NULL, 0, MAX_DEPTH));
}

/* No beginning of an object is one, and none is read beyond its end. */
static void
test_cut (void)
{
  static const char text[] = "{\"a\":[1,-2.5e3,true,\"\\ud83d\\ude00\",{\"b\":null}]}";

  for (size_t size = 0; size < sizeof text - 1; size++)
    {
      g_autofree char *exact = g_memdup2 (text, size);

      g_assert_nonnull (jf_json_scan (exact, size, MAX_DEPTH));
    }
  g_assert_null (jf_json_scan (text, sizeof text - 1, MAX_DEPTH));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/json-scan/good", test_good);
  g_test_add_func ("/wire/json-scan/bad", test_bad);
  g_test_add_func ("/wire/json-scan/cut", test_cut);
  return g_test_run ();
}
