/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-lane.h"

#include <string.h>
#include <unistd.h>

#include "tests/unit/engine/plane-test.h"

#define N_LANES   3
#define N_STREAMS 4

typedef struct
{
  PlanePair pairs[N_LANES];
  GPtrArray *lanes; /* the client's ends; own the channels */
} Fixture;

static void
room_cb (PlaneEnd *end)
{
  jf_lane_resume (jf_lane_find (((Fixture *) end->owner)->lanes, end->channel));
}

static void
set_up (Fixture *self, JfLoop *loop)
{
  self->lanes = g_ptr_array_new_with_free_func (jf_lane_free);
  for (unsigned i = 0; i < N_LANES; i++)
    {
      JfLane *lane = g_new0 (JfLane, 1);

      plane_pair_init (&self->pairs[i], loop);
      self->pairs[i].client.room = room_cb;
      self->pairs[i].client.owner = self;
      lane->channel = self->pairs[i].client.channel;
      g_ptr_array_add (self->lanes, lane);
    }
}

static void
open_lane (Fixture *self, unsigned i)
{
  plane_pair_start (&self->pairs[i]);
  LOOP_TEST_AWAIT (self->pairs[i].client.loop, self->pairs[i].client.opened);
}

static void
tear_down (Fixture *self)
{
  g_ptr_array_unref (self->lanes);
  for (unsigned i = 0; i < N_LANES; i++)
    {
      self->pairs[i].client.channel = NULL; /* went with its lane */
      plane_pair_clear (&self->pairs[i]);
    }
}

static void
test_choice (JfLoop *loop)
{
  Fixture self;
  JfLane *const *lanes;

  set_up (&self, loop);
  lanes = (JfLane *const *) self.lanes->pdata;
  g_assert_null (jf_lane_least_busy (self.lanes));
  g_assert_cmpuint (jf_lane_count_open (self.lanes), ==, 0);
  g_assert_cmpuint (jf_lane_round_trip_us (self.lanes), ==, 0);
  lanes[1]->n_streams = 5;
  open_lane (&self, 1);
  g_assert_true (jf_lane_least_busy (self.lanes) == lanes[1]);
  open_lane (&self, 2);
  g_assert_true (jf_lane_least_busy (self.lanes) == lanes[2]);
  lanes[2]->n_streams = 6;
  g_assert_true (jf_lane_least_busy (self.lanes) == lanes[1]);
  g_assert_cmpuint (jf_lane_count_open (self.lanes), ==, 2);
  LOOP_TEST_AWAIT (loop, jf_channel_get_round_trip_us (lanes[1]->channel) > 0 &&
                             jf_channel_get_round_trip_us (lanes[2]->channel) > 0);
  g_assert_cmpuint (jf_lane_round_trip_us (self.lanes), ==,
                    MIN (jf_channel_get_round_trip_us (lanes[1]->channel),
                         jf_channel_get_round_trip_us (lanes[2]->channel)));
  g_assert_true (jf_lane_find (self.lanes, lanes[2]->channel) == lanes[2]);
  g_assert_null (jf_lane_find (self.lanes, self.pairs[0].server.channel));
  tear_down (&self);
}

/* Streams that share a channel which is full: each gets on. */
typedef struct
{
  Fixture lanes;
  JfStream *streams[N_STREAMS];
  size_t sent[N_STREAMS];
  int apps[N_STREAMS];
} Shared;

static void
settled_cb (JfStream *stream, JfRefusal refusal, gpointer owner)
{
}

static void
ended_cb (JfStream *stream, gpointer owner)
{
  g_assert_not_reached ();
}

static void
waiting_cb (JfStream *stream, gpointer owner)
{
  JfLane *lane = ((Shared *) owner)->lanes.lanes->pdata[0];

  g_assert_null (g_queue_find (&lane->waiting, stream));
  g_queue_push_tail (&lane->waiting, stream);
}

static void
moved_cb (JfStream *stream, size_t sent, size_t received, gpointer owner)
{
  ((Shared *) owner)->sent[jf_stream_get_id (stream) - 1] += sent;
}

static const JfStreamEvents events = { settled_cb, ended_cb, waiting_cb, moved_cb };

static void
test_shared (JfLoop *loop)
{
  g_autofree uint8_t *block = g_malloc0 (JF_WINDOW_INITIAL_BYTES);
  Shared self;
  JfLane *lane;

  memset (&self, 0, sizeof self);
  set_up (&self.lanes, loop);
  open_lane (&self.lanes, 0);
  lane = self.lanes.lanes->pdata[0];
  for (unsigned i = 0; i < N_STREAMS; i++)
    {
      int fds[2];

      plane_tcp_pair (loop, fds);
      self.apps[i] = fds[0];
      g_assert_cmpint (write (fds[0], block, JF_WINDOW_INITIAL_BYTES), ==, JF_WINDOW_INITIAL_BYTES);
      self.streams[i] = jf_stream_new_client (loop, lane->channel, i + 1, fds[1], &events, &self);
    }
  g_assert_cmpuint (lane->waiting.length, >, 0);
  for (unsigned i = 0; i < N_STREAMS; i++)
    LOOP_TEST_AWAIT (loop, self.sent[i] == JF_WINDOW_INITIAL_BYTES);
  LOOP_TEST_AWAIT (loop,
                   self.lanes.pairs[0].server.payload->len == N_STREAMS * JF_WINDOW_INITIAL_BYTES);
  g_assert_cmpuint (lane->waiting.length, ==, 0);
  for (unsigned i = 0; i < N_STREAMS; i++)
    {
      jf_stream_free (self.streams[i]);
      close (self.apps[i]);
    }
  tear_down (&self.lanes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  loop_test_add ("/lane/choice", test_choice);
  loop_test_add ("/lane/shared", test_shared);
  return g_test_run ();
}
