/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Marks for measuring, as debug messages of the domain "jackfield-timing": seen with
 * G_MESSAGES_DEBUG=jackfield-timing, and nearly free without. Times are those of the monotonic
 * clock, in microseconds. */
void jf_timing_mark (const char *what);
/* How long the work since `begin_us` took, and the work on the widget's next frame (layout and
 * painting, without the wait for it): "WHAT: N us work, N us frame". */
void jf_timing_frame (GtkWidget *widget, const char *what, int64_t begin_us);

G_END_DECLS
