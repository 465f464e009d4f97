/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-search.h"

#include <string.h>

static int
rank (const char *text, const char *key)
{
  g_autoptr (JfSearch) search = jf_search_new (text);
  g_autofree char *folded = jf_search_fold (key);

  g_assert_nonnull (search);
  return jf_search_rank (search, folded);
}

static void
test_ranks (void)
{
  static const char key[] = "Ward Camera 2\nclinic\nward-cam-2";

  g_assert_cmpint (rank ("wa", key), ==, 0);
  g_assert_cmpint (rank ("cam", key), ==, 1);
  g_assert_cmpint (rank ("clin", key), ==, 1);
  g_assert_cmpint (rank ("ame", key), ==, 2);
  g_assert_cmpint (rank ("ard cam", key), ==, 3);
  g_assert_cmpint (rank ("cam wa", key), ==, 1);
  g_assert_cmpint (rank ("2", key), ==, 1);
  g_assert_cmpint (rank ("xyz", key), ==, -1);
  g_assert_cmpint (rank ("ward xyz", key), ==, -1);
  /* The front of a later word counts, too. */
  g_assert_cmpint (rank ("a", "bab a"), ==, 1);
}

static void
test_without_case_and_accents (void)
{
  g_assert_cmpint (rank ("uber", "Über alles"), ==, 0);
  g_assert_cmpint (rank ("ÜBER", "über alles"), ==, 0);
  g_assert_cmpint (rank ("strasse", "Große STRAẞE"), ==, 1);
  g_assert_cmpint (rank ("cafes", "Les Cafés"), ==, 1);
  g_assert_cmpint (rank ("ＷＥＢ", "web server"), ==, 0);
  g_assert_cmpint (rank ("カメラ", "病室カメラ"), ==, 2);
  g_assert_cmpint (rank ("か", "がく"), ==, 0);
}

static void
test_nothing_to_look_for (void)
{
  g_assert_null (jf_search_new (NULL));
  g_assert_null (jf_search_new (""));
  g_assert_null (jf_search_new (" \t\n　 "));
}

static void
test_equal (void)
{
  g_autoptr (JfSearch) a = jf_search_new ("a  B");
  g_autoptr (JfSearch) b = jf_search_new (" A b ");
  g_autoptr (JfSearch) c = jf_search_new ("a");

  g_assert_true (jf_search_equal (a, b));
  g_assert_false (jf_search_equal (a, c));
  g_assert_false (jf_search_equal (a, NULL));
  g_assert_true (jf_search_equal (NULL, NULL));
}

static void
test_odd_input (void)
{
  g_autofree char *longest = g_strnfill (1 << 20, 'a');
  g_autofree char *words = g_strnfill (4096, ' ');
  g_autoptr (JfSearch) broken = jf_search_new ("\xff\xc3 x");
  g_autoptr (JfSearch) many = NULL;

  for (unsigned i = 0; i < 4096; i += 2)
    words[i] = 'w';
  many = jf_search_new (words);
  g_assert_cmpint (jf_search_rank (many, "w"), ==, 0);
  g_assert_cmpint (jf_search_rank (many, "aw"), ==, JF_SEARCH_RANK_MAX);
  g_assert_cmpint (jf_search_rank (broken, "x"), ==, -1);
  g_assert_cmpint (rank (longest, "aaa"), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search/ranks", test_ranks);
  g_test_add_func ("/search/folding", test_without_case_and_accents);
  g_test_add_func ("/search/nothing", test_nothing_to_look_for);
  g_test_add_func ("/search/equal", test_equal);
  g_test_add_func ("/search/odd", test_odd_input);
  return g_test_run ();
}
