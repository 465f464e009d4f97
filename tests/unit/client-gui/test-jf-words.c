/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-words.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

static void
test_every_state_has_words (void)
{
  for (int i = JF_ITEM_AVAILABLE; i <= JF_ITEM_GONE; i++)
    {
      g_assert_cmpstr (jf_words_item_state ((JfItemState) i), !=, "");
      g_assert_true (g_str_has_suffix (jf_words_item_icon ((JfItemState) i), "-symbolic"));
      g_assert_cmpstr (jf_words_item_state_name ((JfItemState) i), !=, "?");
      for (int j = JF_ITEM_AVAILABLE; j < i; j++)
        g_assert_cmpstr (jf_words_item_state ((JfItemState) i), !=,
                         jf_words_item_state ((JfItemState) j));
    }
  for (int i = JF_ACCOUNT_STARTING; i <= JF_ACCOUNT_LEAVING; i++)
    {
      g_assert_cmpstr (jf_words_account_state ((JfAccountState) i), !=, "");
      g_assert_cmpstr (jf_words_account_state_name ((JfAccountState) i), !=, "?");
    }
}

/* A whole sentence, with what to do, and nothing of the command line. */
static void
assert_for_people (const char *text, const char *whom)
{
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_true (g_ascii_isupper (*text) || *text == '"' || g_str_has_prefix (text, "“") ||
                 g_str_has_prefix (text, whom));
  g_assert_true (g_str_has_suffix (text, "."));
  g_assert_null (strstr (text, ".."));
  g_assert_null (strchr (text, '\n'));
}

static void
test_every_error_has_words (void)
{
  for (int i = 0; i < JF_N_ERRORS; i++)
    {
      g_autoptr (GError) error = g_error_new_literal (JF_ERROR, i, "the thing\nhas failed");
      g_autofree char *service = jf_words_error (error, "Ward camera");
      g_autofree char *nobody = jf_words_error (error, NULL);
      g_autofree char *account = jf_words_account_error (error, "m.example");
      g_autofree char *broken = jf_words_broken (error);

      assert_for_people (service, "this");
      assert_for_people (nobody, "the");
      assert_for_people (account, "m.example");
      assert_for_people (broken, "");
    }
}

static void
test_what_matters_is_said (void)
{
  g_autoptr (GError) key = g_error_new_literal (JF_ERROR, JF_ERROR_WRONG_KEY, "x");
  g_autoptr (GError) gone = g_error_new_literal (JF_ERROR, JF_ERROR_NOT_ENROLLED,
                                                 "not known; run: jackfield-gateway enroll LINK");
  g_autoptr (GError) foreign = g_error_new_literal (G_IO_ERROR, 1, "disk says <no>");
  g_autofree char *provider = jf_words_error (key, "Ward camera");
  g_autofree char *manager = jf_words_account_error (key, "m.example");
  g_autofree char *revoked = jf_words_account_error (gone, "m.example");
  g_autofree char *other = jf_words_error (foreign, NULL);

  g_assert_nonnull (strstr (provider, "Ward camera"));
  g_assert_nonnull (strstr (provider, "provider"));
  g_assert_nonnull (strstr (manager, "m.example"));
  g_assert_nonnull (strstr (revoked, "invitation"));
  g_assert_null (strstr (revoked, "jackfield-gateway"));
  g_assert_cmpstr (other, ==, "Disk says <no>.");
  g_assert_null (jf_words_error (NULL, NULL));
  g_assert_null (jf_words_account_error (NULL, NULL));
}

static int64_t
local_time (int month, int day, int hour, int minute)
{
  g_autoptr (GDateTime) time = g_date_time_new_local (2026, month, day, hour, minute, 0);

  return g_date_time_to_unix (time);
}

static void
test_since (void)
{
  const int64_t now = local_time (3, 10, 9, 30);
  g_autofree char *today = jf_words_since (local_time (3, 10, 0, 5), now);
  g_autofree char *yesterday = jf_words_since (local_time (3, 9, 23, 59), now);
  g_autofree char *week = jf_words_since (local_time (3, 1, 12, 0), now);
  g_autofree char *year = jf_words_since (now - 400 * 86400, now);

  g_assert_cmpstr (today, ==, "since 00:05");
  g_assert_cmpstr (yesterday, ==, "since yesterday, 23:59");
  g_assert_cmpstr (week, ==, "since 1 March, 12:00");
  g_assert_nonnull (strstr (year, "2025"));
  g_assert_null (jf_words_since (0, now));
  g_assert_null (jf_words_since (INT64_MAX, now));
}

static void
test_figures (void)
{
  g_autofree char *second = jf_words_retry (1000);
  g_autofree char *seconds = jf_words_retry (11001);
  g_autofree char *now = jf_words_retry (0);
  g_autofree char *minutes = jf_words_retry (180000);
  g_autofree char *round = jf_words_round_trip (12400);
  g_autofree char *small = jf_words_round_trip (300);
  g_autofree char *rate = jf_words_rate (1234567);
  g_autofree char *none = jf_words_rate (0.0 / 1);
  g_autofree char *odd = jf_words_rate (-5);
  g_autofree char *size = jf_words_size (5000000);

  g_assert_cmpstr (second, ==, "Next try in 1 second");
  g_assert_cmpstr (seconds, ==, "Next try in 12 seconds");
  g_assert_nonnull (now);
  g_assert_cmpstr (minutes, ==, "Next try in 3 minutes");
  g_assert_null (jf_words_retry (-1));
  g_assert_cmpstr (round, ==, "12 ms");
  g_assert_nonnull (strstr (small, "1 ms"));
  g_assert_null (jf_words_round_trip (0));
  g_assert_cmpstr (rate, ==, "1.2\302\240MB/s");
  g_assert_cmpstr (none, ==, odd);
  g_assert_cmpstr (size, ==, "5.0\302\240MB");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/states", test_every_state_has_words);
  g_test_add_func ("/words/errors", test_every_error_has_words);
  g_test_add_func ("/words/what-matters", test_what_matters_is_said);
  g_test_add_func ("/words/since", test_since);
  g_test_add_func ("/words/figures", test_figures);
  return g_test_run ();
}
