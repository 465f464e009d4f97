/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-sparkline-scale.h"

#include <math.h>

static JfSparklineScale
make (gboolean mirrored)
{
  return (JfSparklineScale){ .x = 10,
                             .y = 5,
                             .width = 119,
                             .height = 100,
                             .slots = 120,
                             .max = 1000,
                             .mirrored = mirrored };
}

static void
test_top (void)
{
  g_assert_cmpfloat (jf_sparkline_scale_top (0), ==, 1000);
  g_assert_cmpfloat (jf_sparkline_scale_top (-5), ==, 1000);
  g_assert_cmpfloat (jf_sparkline_scale_top (NAN), ==, 1000);
  g_assert_cmpfloat (jf_sparkline_scale_top (INFINITY), ==, 1000);
  g_assert_cmpfloat (jf_sparkline_scale_top (1000), ==, 1000);
  g_assert_cmpfloat (jf_sparkline_scale_top (1001), ==, 2000);
  g_assert_cmpfloat (jf_sparkline_scale_top (2100), ==, 5000);
  g_assert_cmpfloat (jf_sparkline_scale_top (500000), ==, 500000);
  g_assert_cmpfloat (jf_sparkline_scale_top (5.1e6), ==, 1e7);
}

static void
test_top_is_never_below_the_peak (void)
{
  for (double peak = 1; peak < 1e13; peak *= 1.37)
    {
      double top = jf_sparkline_scale_top (peak);

      g_assert_cmpfloat (top, >=, peak * (1 - 1e-9));
      g_assert_true (top <= 1000 || top <= peak * 2.5 * (1 + 1e-9));
    }
}

static void
test_label (void)
{
  const struct
  {
    double top;
    const char *label;
  } labels[] = { { 1e3, "1 kB/s" },
                 { 5e5, "500 kB/s" },
                 { 1e6, "1 MB/s" },
                 { 2e8, "200 MB/s" },
                 { 1e10, "10 GB/s" } };

  for (size_t i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      g_autofree char *label = jf_sparkline_scale_label (labels[i].top);

      g_assert_cmpstr (label, ==, labels[i].label);
    }
}

static void
test_time (void)
{
  JfSparklineScale scale = make (FALSE);

  g_assert_cmpfloat (jf_sparkline_scale_x (&scale, 0, 120), ==, 10);
  g_assert_cmpfloat (jf_sparkline_scale_x (&scale, 119, 120), ==, 129);
  /* few samples are at the end, where now is */
  g_assert_cmpfloat (jf_sparkline_scale_x (&scale, 1, 2), ==, 129);
  g_assert_cmpfloat (jf_sparkline_scale_x (&scale, 0, 2), ==, 128);
}

static void
test_time_mirrored (void)
{
  JfSparklineScale scale = make (TRUE);

  g_assert_cmpfloat (jf_sparkline_scale_x (&scale, 119, 120), ==, 10);
  g_assert_cmpfloat (jf_sparkline_scale_x (&scale, 0, 120), ==, 129);
}

static void
test_time_stays_inside (void)
{
  JfSparklineScale scale = make (FALSE);

  g_assert_cmpfloat (jf_sparkline_scale_x (&scale, 0, 500), ==, 10);
  scale.slots = 1;
  g_assert_cmpfloat (jf_sparkline_scale_x (&scale, 0, 1), ==, 129);
}

static void
test_value (void)
{
  JfSparklineScale scale = make (FALSE);

  g_assert_cmpfloat (jf_sparkline_scale_y (&scale, 0), ==, 105);
  g_assert_cmpfloat (jf_sparkline_scale_y (&scale, 500), ==, 55);
  g_assert_cmpfloat (jf_sparkline_scale_y (&scale, 1000), ==, 5);
  g_assert_cmpfloat (jf_sparkline_scale_y (&scale, 5000), ==, 5);
  g_assert_cmpfloat (jf_sparkline_scale_y (&scale, -1), ==, 105);
  g_assert_cmpfloat (jf_sparkline_scale_y (&scale, NAN), ==, 105);
  scale.max = 0;
  g_assert_cmpfloat (jf_sparkline_scale_y (&scale, 7), ==, 105);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gui/sparkline-scale/top", test_top);
  g_test_add_func ("/gui/sparkline-scale/top-is-never-below-the-peak",
                   test_top_is_never_below_the_peak);
  g_test_add_func ("/gui/sparkline-scale/label", test_label);
  g_test_add_func ("/gui/sparkline-scale/time", test_time);
  g_test_add_func ("/gui/sparkline-scale/time-mirrored", test_time_mirrored);
  g_test_add_func ("/gui/sparkline-scale/time-stays-inside", test_time_stays_inside);
  g_test_add_func ("/gui/sparkline-scale/value", test_value);
  return g_test_run ();
}
