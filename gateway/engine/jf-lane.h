/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-channel.h"
#include "gateway/engine/jf-stream.h"

G_BEGIN_DECLS

/* One channel of a tunnel with what the tunnel must know of it. Loop's thread. */
typedef struct
{
  JfChannel *channel;
  gpointer owner;
  GQueue waiting; /* of JfStream: want the channel's next room, in turn */
  JfTimer idle;
  unsigned n_streams;
} JfLane;

/* The open lane with the fewest streams, or NULL. */
JfLane *jf_lane_least_busy (GPtrArray *lanes);
unsigned jf_lane_count_open (GPtrArray *lanes);
JfLane *jf_lane_find (GPtrArray *lanes, JfChannel *channel);
/* Smallest round trip of all, microseconds; 0 unknown. */
unsigned jf_lane_round_trip_us (GPtrArray *lanes);
/* Lets waiting streams go on, each once, as long as there is room. */
void jf_lane_resume (JfLane *self);
void jf_lane_free (gpointer lane);

G_END_DECLS
