/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-throughput.h"

#include <string.h>

#define SECOND ((int64_t) G_USEC_PER_SEC)

static double received[JF_THROUGHPUT_SAMPLES], sent[JF_THROUGHPUT_SAMPLES];

static void
count_cb (JfThroughput *self, gpointer data)
{
  ++*(unsigned *) data;
}

static void
test_rates (void)
{
  g_autoptr (JfThroughput) self = jf_throughput_new ();
  unsigned n_changed = 0;

  g_signal_connect (self, "changed", G_CALLBACK (count_cb), &n_changed);
  jf_throughput_add (self, 10 * SECOND, 5000, 100);
  g_assert_cmpuint (jf_throughput_get (self, received, sent), ==, 0);
  jf_throughput_add (self, 11 * SECOND, 6000, 100);
  jf_throughput_add (self, 11 * SECOND + SECOND / 2, 7000, 600);
  g_assert_cmpuint (jf_throughput_get (self, received, sent), ==, 2);
  g_assert_cmpfloat (received[0], ==, 1000);
  g_assert_cmpfloat (received[1], ==, 2000);
  g_assert_cmpfloat (sent[0], ==, 0);
  g_assert_cmpfloat (sent[1], ==, 1000);
  g_assert_cmpfloat (jf_throughput_get_peak (self), ==, 2000);
  g_assert_cmpuint (n_changed, ==, 2);
}

static void
test_begins_anew (void)
{
  g_autoptr (JfThroughput) self = jf_throughput_new ();

  jf_throughput_add (self, SECOND, 5000, 5000);
  jf_throughput_add (self, 2 * SECOND, 300, 200);
  g_assert_cmpuint (jf_throughput_get (self, received, sent), ==, 1);
  g_assert_cmpfloat (received[0], ==, 300);
  g_assert_cmpfloat (sent[0], ==, 200);
  /* A clock that stands still or runs back adds nothing. */
  jf_throughput_add (self, 2 * SECOND, 400, 300);
  jf_throughput_add (self, SECOND, 500, 400);
  g_assert_cmpuint (jf_throughput_get (self, received, sent), ==, 1);
}

static void
test_two_minutes (void)
{
  g_autoptr (JfThroughput) self = jf_throughput_new ();

  for (int i = 1; i <= 500; i++)
    jf_throughput_add (self, i * SECOND, (uint64_t) (i * i), 0);
  g_assert_cmpuint (jf_throughput_get (self, received, sent), ==, JF_THROUGHPUT_SAMPLES);
  g_assert_cmpfloat (received[JF_THROUGHPUT_SAMPLES - 1], ==, 500 * 500 - 499 * 499);
  g_assert_cmpfloat (received[0], ==, 381 * 381 - 380 * 380);
}

/* Seconds that nobody looked at keep their place on the time axis. */
static void
test_gaps (void)
{
  g_autoptr (JfThroughput) self = jf_throughput_new ();

  jf_throughput_add (self, SECOND, 0, 0);
  jf_throughput_add (self, 5 * SECOND, 4000, 0);
  g_assert_cmpuint (jf_throughput_get (self, received, sent), ==, 4);
  for (int i = 0; i < 4; i++)
    g_assert_cmpfloat (received[i], ==, 1000);
  jf_throughput_add (self, 100000 * SECOND, 4000, 0);
  g_assert_cmpuint (jf_throughput_get (self, received, sent), ==, JF_THROUGHPUT_SAMPLES);
  g_assert_cmpfloat (jf_throughput_get_peak (self), ==, 0);
}

static void
test_description (void)
{
  g_autoptr (JfThroughput) self = jf_throughput_new ();
  g_autofree char *nothing = jf_throughput_describe (self);
  g_autofree char *quiet = NULL;
  g_autofree char *busy = NULL;

  jf_throughput_add (self, SECOND, 0, 0);
  jf_throughput_add (self, 2 * SECOND, 0, 0);
  quiet = jf_throughput_describe (self);
  jf_throughput_add (self, 3 * SECOND, 3000000, 0);
  jf_throughput_add (self, 4 * SECOND, 4200000, 30000);
  busy = jf_throughput_describe (self);
  g_assert_cmpstr (nothing, !=, quiet);
  g_assert_nonnull (strstr (busy, "1.2"));
  g_assert_nonnull (strstr (busy, "30.0"));
  g_assert_nonnull (strstr (busy, "3.0"));
  jf_throughput_clear (self);
  g_assert_cmpuint (jf_throughput_get (self, received, sent), ==, 0);
}

static void
test_watchers (void)
{
  g_autoptr (JfThroughput) self = jf_throughput_new ();
  unsigned n_watched = 0;

  g_signal_connect (self, "watched", G_CALLBACK (count_cb), &n_watched);
  g_assert_false (jf_throughput_is_watched (self));
  jf_throughput_watch (self);
  jf_throughput_watch (self);
  jf_throughput_unwatch (self);
  g_assert_true (jf_throughput_is_watched (self));
  jf_throughput_unwatch (self);
  g_assert_false (jf_throughput_is_watched (self));
  g_assert_cmpuint (n_watched, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/throughput/rates", test_rates);
  g_test_add_func ("/throughput/begins-anew", test_begins_anew);
  g_test_add_func ("/throughput/two-minutes", test_two_minutes);
  g_test_add_func ("/throughput/gaps", test_gaps);
  g_test_add_func ("/throughput/description", test_description);
  g_test_add_func ("/throughput/watchers", test_watchers);
  return g_test_run ();
}
