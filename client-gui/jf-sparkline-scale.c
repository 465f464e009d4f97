/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-sparkline-scale.h"

#include <glib/gi18n.h>
#include <math.h>

double
jf_sparkline_scale_top (double peak)
{
  double power = JF_SPARKLINE_MAX_LEAST;

  if (!isfinite (peak))
    return power;
  for (;; power *= 10)
    {
      if (power >= peak)
        return power;
      if (2 * power >= peak)
        return 2 * power;
      if (5 * power >= peak)
        return 5 * power;
    }
}

double
jf_sparkline_scale_x (const JfSparklineScale *scale, unsigned index, unsigned n)
{
  double step = scale->slots > 1 ? scale->width / (scale->slots - 1) : 0;
  double age = (double) n - 1 - index;
  double offset = CLAMP (scale->width - age * step, 0, scale->width);

  return scale->x + (scale->mirrored ? scale->width - offset : offset);
}

double
jf_sparkline_scale_y (const JfSparklineScale *scale, double value)
{
  double share = scale->max > 0 && isfinite (value) ? value / scale->max : 0;

  return scale->y + scale->height * (1 - CLAMP (share, 0, 1));
}

char *
jf_sparkline_scale_label (double top)
{
  if (top < 1e6)
    /* TRANSLATORS: thousands of bytes a second */
    return g_strdup_printf (_ ("%.0f kB/s"), top / 1e3);
  if (top < 1e9)
    /* TRANSLATORS: millions of bytes a second */
    return g_strdup_printf (_ ("%.0f MB/s"), top / 1e6);
  /* TRANSLATORS: billions of bytes a second */
  return g_strdup_printf (_ ("%.0f GB/s"), top / 1e9);
}
