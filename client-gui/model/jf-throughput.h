/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Bytes a second in both directions over the last two minutes. Belongs to the main context.
 * Signals: "changed" after each sample, "watched" when the first comes to watch or the last goes. */
#define JF_TYPE_THROUGHPUT (jf_throughput_get_type ())
G_DECLARE_FINAL_TYPE (JfThroughput, jf_throughput, JF, THROUGHPUT, GObject)

#define JF_THROUGHPUT_SAMPLES 120 /* one a second */

JfThroughput *jf_throughput_new (void);
/* Totals since the beginning of the tunnel at the monotonic time now_us; a total that is lower
 * than the last begins anew. Seconds that were left out get the average. */
void jf_throughput_add (JfThroughput *self, int64_t now_us, uint64_t received, uint64_t sent);
void jf_throughput_clear (JfThroughput *self);
/* Bytes a second, oldest first; out arrays of JF_THROUGHPUT_SAMPLES. Returns how many there are. */
unsigned jf_throughput_get (JfThroughput *self, double received[], double sent[]);
double jf_throughput_get_peak (JfThroughput *self); /* of both directions; 0 without samples */
/* (transfer full) for screen readers: "Now 1.2 MB/s down, 30 kB/s up; at most 3 MB/s in the last
 * two minutes" */
char *jf_throughput_describe (JfThroughput *self);

/* A view that shows it counts itself in while it is on the screen: what nobody watches, and what no
 * program uses, is not sampled. */
void jf_throughput_watch (JfThroughput *self);
void jf_throughput_unwatch (JfThroughput *self);
gboolean jf_throughput_is_watched (JfThroughput *self);

G_END_DECLS
