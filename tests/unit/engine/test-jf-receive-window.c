/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-receive-window.h"

#include "gateway/wire/jf-limits.h"

#define W JF_WINDOW_INITIAL_BYTES

static void
test_take (void)
{
  JfReceiveWindow window;

  jf_receive_window_init (&window);
  g_assert_cmpuint (window.limit, ==, W);
  g_assert_true (jf_receive_window_take (&window, 0, 0));
  g_assert_true (jf_receive_window_take (&window, 0, 10));
  g_assert_false (jf_receive_window_take (&window, 0, 1));
  g_assert_false (jf_receive_window_take (&window, 9, 1));
  g_assert_false (jf_receive_window_take (&window, 11, 1));
  g_assert_false (jf_receive_window_take (&window, UINT64_MAX, 1));
  g_assert_false (jf_receive_window_take (&window, 10, SIZE_MAX));
  g_assert_false (jf_receive_window_take (&window, 10, W - 9));
  g_assert_cmpuint (window.received, ==, 10);
  g_assert_true (jf_receive_window_take (&window, 10, W - 10));
  g_assert_false (jf_receive_window_take (&window, W, 1));
  g_assert_true (jf_receive_window_take (&window, W, 0));
}

/* Due when a quarter was delivered, not a byte before. */
static void
test_acknowledge (void)
{
  JfReceiveWindow window;

  jf_receive_window_init (&window);
  g_assert_true (jf_receive_window_take (&window, 0, W));
  g_assert_false (jf_receive_window_deliver (&window, W / 4 - 1, 1, 0));
  g_assert_cmpuint (window.limit, ==, W);
  g_assert_false (jf_receive_window_take (&window, W, 1));
  g_assert_true (jf_receive_window_deliver (&window, 1, 1, 0));
  g_assert_cmpuint (window.acked, ==, W / 4);
  g_assert_cmpuint (window.limit, ==, W + W / 4);
  g_assert_false (jf_receive_window_deliver (&window, 0, 1, 0));
  g_assert_true (jf_receive_window_take (&window, W, W / 4));
  g_assert_false (jf_receive_window_take (&window, W + W / 4, 1));
}

/* Delivers whatever the window allows, a quarter of it every `step_us`; returns the window then. */
static uint64_t
stream_for (unsigned rounds, int64_t step_us, unsigned round_trip_us)
{
  JfReceiveWindow window;
  int64_t now_us = 1000;

  jf_receive_window_init (&window);
  for (unsigned i = 0; i < rounds; i++)
    {
      uint64_t limit = window.limit;
      size_t part = (size_t) window.window / 4;

      g_assert_true (jf_receive_window_take (&window, window.received, part));
      jf_receive_window_deliver (&window, part, now_us, round_trip_us);
      g_assert_cmpuint (window.limit, >=, limit);
      g_assert_cmpuint (window.limit - window.delivered, <=, JF_WINDOW_MAX_BYTES);
      now_us += step_us;
    }
  return window.window;
}

static void
test_growth (void)
{
  /* a window in 40 ms of an 80 ms path: the window is what holds it up */
  g_assert_cmpuint (stream_for (8, 10000, 80000), >, W);
  g_assert_cmpuint (stream_for (1000, 10000, 80000), ==, JF_WINDOW_MAX_BYTES);
  /* a slow reader on the same path */
  g_assert_cmpuint (stream_for (1000, 80000, 80000), ==, W);
  /* a short path, or one of unknown length */
  g_assert_cmpuint (stream_for (1000, 10000, 50), ==, W);
  g_assert_cmpuint (stream_for (1000, 10000, 0), ==, W);
}

/* The sender can always go on once all that it may send was delivered, however the window grew. */
static void
test_never_stalls (void)
{
  JfReceiveWindow window;
  int64_t now_us = 1;

  jf_receive_window_init (&window);
  for (unsigned i = 0; i < 200; i++)
    {
      size_t part = (size_t) (window.limit - window.received);
      gboolean told = FALSE;

      g_assert_cmpuint (part, >, 0);
      g_assert_true (jf_receive_window_take (&window, window.received, part));
      while (part > 0)
        {
          size_t crumb = MIN (part, 9973);

          told = jf_receive_window_deliver (&window, crumb, now_us += 10, 10000) || told;
          part -= crumb;
        }
      g_assert_true (told);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/receive-window/take", test_take);
  g_test_add_func ("/receive-window/acknowledge", test_acknowledge);
  g_test_add_func ("/receive-window/growth", test_growth);
  g_test_add_func ("/receive-window/never-stalls", test_never_stalls);
  return g_test_run ();
}
