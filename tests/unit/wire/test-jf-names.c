/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-names.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"

#define LABEL_63 "a23456789-123456789-123456789-123456789-123456789-123456789-123"

static const char *const good_labels[] = {
  "a", "0", "ward-camera", "a..b", "x_", "9-", LABEL_63,
};

static const char *const bad_labels[] = {
  NULL, "",  "A",   "-a",  ".a",  "_a",        "a b",        "a/b",  "@a",
  "*",  "ä", "a\n", "a\t", "a:b", "a\xff\xfe", LABEL_63 "4", "a%41",
};

static void
test_labels (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (good_labels); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (jf_label_check (good_labels[i], "member", &error));
      g_assert_no_error (error);
    }
  for (size_t i = 0; i < G_N_ELEMENTS (bad_labels); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (jf_label_check (bad_labels[i], "member", &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_true (g_str_has_prefix (error->message, "member "));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_null (strchr (error->message, '\n'));
      g_assert_cmpuint (strlen (error->message), <, 256);
    }
}

static void
test_allow (void)
{
  static const char *const good[] = { "*", "alice", "@nurses", ("@" LABEL_63) };
  static const char *const bad[] = { NULL, "", "**", "@", "@@a", "@*", "Alice", "a b", "@-a" };

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (jf_allow_check (good[i], NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (jf_allow_check (bad[i], &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
    }
}

static void
test_service_split (void)
{
  static const char *const bad[] = {
    NULL, "", "/", "a/", "/a", "a/b/c", "a//b", "A/b", "a/B", "*"
  };
  g_autofree char *provider = NULL, *name = NULL, *no_provider = NULL, *alone = NULL;

  g_assert_true (jf_service_split ("clinic/ward-camera", &provider, &name, NULL));
  g_assert_cmpstr (provider, ==, "clinic");
  g_assert_cmpstr (name, ==, "ward-camera");
  g_assert_true (jf_service_split ("web", &no_provider, &alone, NULL));
  g_assert_null (no_provider);
  g_assert_cmpstr (alone, ==, "web");
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      char *p = NULL, *n = NULL;

      g_assert_false (jf_service_split (bad[i], &p, &n, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_null (p);
      g_assert_null (n);
    }
}

static void
test_text_clean (void)
{
  static const struct
  {
    const char *text;
    size_t max_bytes;
    const char *expected;
  } cases[] = {
    { NULL, 10, "" },
    { "", 10, "" },
    { "Ward camera", 200, "Ward camera" },
    { "one\ntwo\tthree\r\x1b[31m\x7f", 200, "one two three  [31m " },
    { "a\xe2\x80\xae"
      "b\xe2\x81\xa6"
      "c\xd8\x9c",
      200, "abc" }, /* RLO, LRI, ALM */
    { "a\xe2\x80\xa8"
      "b\xc2\x85"
      "c",
      200, "a b c" },              /* LINE SEPARATOR, NEL */
    { "\xef\xbb\xbfx", 200, "x" }, /* BOM */
    { "a\xe2\x80\x8d"
      "b",
      200,
      "a\xe2\x80\x8d"
      "b" }, /* joiner */
    { "a\xff"
      "b\xc3",
      200,
      "a\xef\xbf\xbd"
      "b\xef\xbf\xbd" },
    { "\xed\xa0\x80", 200, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, /* surrogate */
    { "abc", 2, "ab" },
    { "ab\xc3\xa4", 3, "ab" },
    { "ab\xc3\xa4", 4, "ab\xc3\xa4" },
    { "abc", 0, "" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *clean = jf_text_clean (cases[i].text, cases[i].max_bytes);
      g_autofree char *again = jf_text_clean (clean, cases[i].max_bytes);

      g_assert_cmpstr (clean, ==, cases[i].expected);
      g_assert_cmpstr (again, ==, clean);
    }
}

static void
test_service_address (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  JfKeyId manager = { { 1, 2, 3 } }, other = { { 1, 2, 4 } };
  uint32_t first = jf_service_address (&manager, "clinic/web", 0);
  unsigned distinct = 0;

  /* People bookmark it: it must never change between versions. */
  g_assert_cmphex (first, ==, 0x7f992dca);
  g_assert_cmphex (first, ==, jf_service_address (&manager, "clinic/web", 0));
  g_assert_cmphex (first, !=, jf_service_address (&other, "clinic/web", 0));
  g_assert_cmphex (first, !=, jf_service_address (&manager, "clinic/web2", 0));
  for (unsigned attempt = 0; attempt < 3000; attempt++)
    {
      uint32_t address = jf_service_address (&manager, "clinic/web", attempt);

      g_assert_cmpuint (address >> 24, ==, 127);
      g_assert_cmpuint (address >> 16 & 255, >=, 1);
      g_assert_cmpuint (address >> 16 & 255, <=, 254);
      g_assert_cmpuint (address & 255, >=, 1);
      g_assert_cmpuint (address & 255, <=, 254);
      distinct += g_hash_table_add (seen, GUINT_TO_POINTER (address));
    }
  g_assert_cmpuint (distinct, >, 2990);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/names/labels", test_labels);
  g_test_add_func ("/wire/names/allow", test_allow);
  g_test_add_func ("/wire/names/service-split", test_service_split);
  g_test_add_func ("/wire/names/text-clean", test_text_clean);
  g_test_add_func ("/wire/names/service-address", test_service_address);
  return g_test_run ();
}
