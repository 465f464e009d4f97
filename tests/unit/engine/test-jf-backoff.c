/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-backoff.h"
#include "gateway/wire/jf-limits.h"

static void
test_grows_and_stops (void)
{
  JfBackoff backoff = { 0 };
  unsigned cap_ms = JF_REDIAL_MIN_MS;

  for (int i = 0; i < 20; i++)
    {
      g_assert_cmpuint (jf_backoff_next_ms (&backoff, 0), <=, cap_ms);
      cap_ms = MIN (cap_ms * 2, JF_REDIAL_MAX_MS);
      g_assert_cmpuint (backoff.cap_ms, ==, cap_ms);
    }
  jf_backoff_reset (&backoff);
  g_assert_cmpuint (jf_backoff_next_ms (&backoff, 0), <=, JF_REDIAL_MIN_MS);
}

static void
test_spreads (void)
{
  unsigned low = 0;

  for (int i = 0; i < 1000; i++)
    {
      JfBackoff backoff = { .cap_ms = JF_REDIAL_MAX_MS };

      if (jf_backoff_next_ms (&backoff, 0) < JF_REDIAL_MAX_MS / 2)
        low++;
    }
  /* full jitter: half of them in the lower half */
  g_assert_cmpuint (low, >, 350);
  g_assert_cmpuint (low, <, 650);
}

static void
test_keeps_distance (void)
{
  JfBackoff backoff = { 0 };
  int64_t now_us = 1000000;

  g_assert_cmpuint (jf_backoff_soonest_ms (&backoff, now_us), ==, 0);
  jf_backoff_attempt (&backoff, now_us);
  g_assert_cmpuint (jf_backoff_soonest_ms (&backoff, now_us), ==, JF_REDIAL_MIN_MS);
  g_assert_cmpuint (jf_backoff_next_ms (&backoff, now_us), >=, JF_REDIAL_MIN_MS);
  now_us += (JF_REDIAL_MIN_MS - 100) * 1000;
  g_assert_cmpuint (jf_backoff_soonest_ms (&backoff, now_us), ==, 100);
  now_us += 100 * 1000;
  g_assert_cmpuint (jf_backoff_soonest_ms (&backoff, now_us), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/grows-and-stops", test_grows_and_stops);
  g_test_add_func ("/backoff/spreads", test_spreads);
  g_test_add_func ("/backoff/keeps-distance", test_keeps_distance);
  return g_test_run ();
}
