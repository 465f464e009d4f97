/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "client-gui/model/jf-throughput.h"

G_BEGIN_DECLS

/* Throughput of both directions over the last two minutes as a picture: what was received is a
 * filled area, what was sent a line, so that they differ without colour. The newest is at the end
 * of the line (on the left in right-to-left languages). Screen readers get
 * jf_throughput_describe() as its description, at most once in JF_SPARKLINE_SPEAK_S.
 * Works only while it is mapped. */
#define JF_TYPE_SPARKLINE (jf_sparkline_get_type ())
G_DECLARE_FINAL_TYPE (JfSparkline, jf_sparkline, JF, SPARKLINE, GtkWidget)

#define JF_SPARKLINE_SPEAK_S 5

/* NULL: nothing to show. Takes a reference. */
void jf_sparkline_set_throughput (JfSparkline *self, JfThroughput *throughput);

G_END_DECLS
