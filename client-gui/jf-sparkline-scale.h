/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The geometry of JfSparkline, apart from drawing: which sample is where. Plain data, pure
 * functions. */
typedef struct
{
  double x; /* the area of the curves, in pixels */
  double y;
  double width;
  double height;
  unsigned slots;    /* samples from one side to the other */
  double max;        /* of the axis: the value at the top */
  gboolean mirrored; /* right to left: time runs to the left */
} JfSparklineScale;

/* Below this the axis does not go, so that a few bytes are no mountain. */
#define JF_SPARKLINE_MAX_LEAST 1000.0

/* The top of the axis for values up to `peak`: 1, 2 or 5 times a power of ten. */
double jf_sparkline_scale_top (double peak);
/* Where sample `index` of `n` (oldest first) is; the newest is at the end of the area. */
double jf_sparkline_scale_x (const JfSparklineScale *scale, unsigned index, unsigned n);
/* Values outside 0 … max are drawn at the edge. */
double jf_sparkline_scale_y (const JfSparklineScale *scale, double value);
/* (transfer full) the top of the axis in words, short: "500 kB/s" */
char *jf_sparkline_scale_label (double top);

G_END_DECLS
