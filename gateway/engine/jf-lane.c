/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-lane.h"

JfLane *
jf_lane_least_busy (GPtrArray *lanes)
{
  JfLane *best = NULL;

  for (unsigned i = 0; i < lanes->len; i++)
    {
      JfLane *lane = lanes->pdata[i];

      if (jf_channel_is_open (lane->channel) && (best == NULL || lane->n_streams < best->n_streams))
        best = lane;
    }
  return best;
}

unsigned
jf_lane_count_open (GPtrArray *lanes)
{
  unsigned n = 0;

  for (unsigned i = 0; i < lanes->len; i++)
    n += jf_channel_is_open (((JfLane *) lanes->pdata[i])->channel) ? 1 : 0;
  return n;
}

JfLane *
jf_lane_find (GPtrArray *lanes, JfChannel *channel)
{
  for (unsigned i = 0; i < lanes->len; i++)
    if (((JfLane *) lanes->pdata[i])->channel == channel)
      return lanes->pdata[i];
  return NULL;
}

unsigned
jf_lane_round_trip_us (GPtrArray *lanes)
{
  unsigned best = 0;

  for (unsigned i = 0; i < lanes->len; i++)
    {
      unsigned one = jf_channel_get_round_trip_us (((JfLane *) lanes->pdata[i])->channel);

      if (one != 0 && (best == 0 || one < best))
        best = one;
    }
  return best;
}

void
jf_lane_resume (JfLane *self)
{
  /* Who finds no room again comes back at the tail. */
  for (unsigned n = self->waiting.length; n > 0 && jf_channel_has_room (self->channel); n--)
    jf_stream_resume (g_queue_pop_head (&self->waiting));
}

void
jf_lane_free (gpointer data)
{
  JfLane *self = data;

  jf_timer_stop (&self->idle);
  g_queue_clear (&self->waiting);
  jf_channel_free (self->channel);
  g_free (self);
}
