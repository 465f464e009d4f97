/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-key-id.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

/* SHA-256 of "abc" */
#define ABC_TEXT  "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
#define ABC_SHORT "ba78-16bf-8f01-cfea-4141"

static void
test_from_spki (void)
{
  JfKeyId id;
  char text[JF_KEY_ID_TEXT_SIZE], brief[JF_KEY_ID_SHORT_SIZE];

  jf_key_id_from_spki (&id, (const uint8_t *) "abc", 3);
  jf_key_id_format (&id, text);
  jf_key_id_format_short (&id, brief);
  g_assert_cmpstr (text, ==, ABC_TEXT);
  g_assert_cmpstr (brief, ==, ABC_SHORT);
}

static void
test_parse (void)
{
  JfKeyId made, parsed;
  g_autoptr (GError) error = NULL;

  jf_key_id_from_spki (&made, (const uint8_t *) "abc", 3);
  g_assert_true (jf_key_id_parse (ABC_TEXT, &parsed, &error));
  g_assert_no_error (error);
  g_assert_true (jf_key_id_equal (&made, &parsed));
}

static void
test_parse_bad (void)
{
  static const char *const bad[] = {
    NULL,
    "",
    "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa",  /* short */
    ABC_TEXT "A",                                  /* long */
    ABC_TEXT "=",                                  /* padded */
    "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa1", /* left-over bits */
    "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0", /* the other base64 */
    " ngWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      JfKeyId id = { { 7 } };

      g_assert_false (jf_key_id_parse (bad[i], &id, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_cmpuint (id.bytes[0], ==, 7);
    }
}

static void
test_in_a_table (void)
{
  g_autoptr (GHashTable) table = g_hash_table_new (jf_key_id_hash, jf_key_id_equal_func);
  JfKeyId a, same, other;

  jf_key_id_from_spki (&a, (const uint8_t *) "a", 1);
  same = a;
  other = a;
  other.bytes[31] ^= 1;
  g_hash_table_add (table, &a);
  g_assert_true (g_hash_table_contains (table, &same));
  g_assert_false (g_hash_table_contains (table, &other));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/key-id/from-spki", test_from_spki);
  g_test_add_func ("/wire/key-id/parse", test_parse);
  g_test_add_func ("/wire/key-id/parse-bad", test_parse_bad);
  g_test_add_func ("/wire/key-id/in-a-table", test_in_a_table);
  return g_test_run ();
}
