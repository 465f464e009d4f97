/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-tunnel-core.h"

#include <string.h>
#include <unistd.h>

#include "gateway/engine/jf-entrance.h"
#include "gateway/engine/jf-lane.h"
#include "gateway/engine/jf-probe-answer.h"
#include "gateway/engine/jf-prober.h"
#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-socket.h"
#include "gateway/wire/jf-error.h"

/* Records of one stream that are written to its socket in one call. */
#define GATHER_MAX 24
/* How long "legs" may stay without "tickets" before it is said again. */
#define LEGS_PAUSE_MS 2000
#define LEGS_AT_ONCE  2
/* The owner is woken this much after the number of streams has changed, not thousands of times a
 * second. */
#define NOTIFY_PAUSE_MS 200

struct JfTunnelCore
{
  JfLoop *loop;
  const JfTarget *target; /* server only */
  const GArray *vouch;    /* of JfKeyId; server only */
  JfTunnelStats *stats;
  const JfTunnelCoreEvents *events;
  gpointer owner;
  JfUplink *uplink;
  JfKeyId peer;
  GPtrArray *lanes;
  GHashTable *streams; /* id -> JfStream */
  JfEntrance entrance;
  JfProber prober;
  JfProbeAnswers *answers;
  JfTimer legs_pause; /* runs: legs were asked for */
  JfTimer notify;     /* runs: the number of streams has changed */
  JfStream *gather_stream;
  struct iovec gather[GATHER_MAX];
  unsigned n_gather;
  uint32_t last_id;
};

#define STAT_SET(self, member, value)                                                              \
  __atomic_store_n (&(self)->stats->member, (value), __ATOMIC_RELAXED)
#define STAT_ADD(self, member, value)                                                              \
  __atomic_fetch_add (&(self)->stats->member, (value), __ATOMIC_RELAXED)

static void
notify_cb (JfTimer *timer)
{
  JfTunnelCore *self = JF_CONTAINER_OF (timer, JfTunnelCore, notify);

  self->events->streams (g_hash_table_size (self->streams), self->owner);
}

static void
streams_changed (JfTunnelCore *self)
{
  STAT_SET (self, streams_open, g_hash_table_size (self->streams));
  if (self->notify.loop == NULL)
    jf_timer_start (&self->notify, self->loop, NOTIFY_PAUSE_MS, notify_cb);
}

static void
set_refusal (JfTunnelCore *self, JfRefusal refusal)
{
  STAT_SET (self, last_refusal, refusal);
  if (refusal != JF_REFUSAL_NONE)
    {
      STAT_ADD (self, streams_refused, 1);
      jf_count (JF_COUNT_STREAM_REFUSED);
    }
}

/* Client: asking for legs */

static void
legs_pause_over_cb (JfTimer *timer)
{
  JfTunnelCore *self = JF_CONTAINER_OF (timer, JfTunnelCore, legs_pause);

  if (self->uplink != NULL && self->lanes->len < JF_CHANNELS_MIN)
    {
      jf_timer_start (&self->legs_pause, self->loop, LEGS_PAUSE_MS, legs_pause_over_cb);
      self->events->legs_wanted (JF_CHANNELS_MIN - self->lanes->len, self->owner);
    }
}

/* A second channel for a second stream, and so on: up to JF_CHANNELS_MAX have one each. */
static void
ask_for_legs (JfTunnelCore *self)
{
  unsigned n_lanes = self->lanes->len;

  if (self->target != NULL || self->uplink == NULL || n_lanes >= JF_CHANNELS_MAX ||
      self->legs_pause.loop != NULL || g_hash_table_size (self->streams) < n_lanes)
    return;
  jf_timer_start (&self->legs_pause, self->loop, LEGS_PAUSE_MS, legs_pause_over_cb);
  self->events->legs_wanted (MIN (LEGS_AT_ONCE, JF_CHANNELS_MAX - n_lanes), self->owner);
}

/* Streams */

static void
settle_gather (JfTunnelCore *self)
{
  if (self->gather_stream != NULL)
    jf_stream_deliver (self->gather_stream, self->gather, self->n_gather);
  self->gather_stream = NULL;
  self->n_gather = 0;
}

static void
gather (JfTunnelCore *self, JfStream *stream, const uint8_t *payload, size_t size)
{
  if (self->gather_stream != stream || self->n_gather == GATHER_MAX)
    settle_gather (self);
  self->gather_stream = stream;
  self->gather[self->n_gather++] = (struct iovec){ (void *) payload, size };
}

static void
lane_idle_cb (JfTimer *timer)
{
  JfLane *lane = JF_CONTAINER_OF (timer, JfLane, idle);
  JfTunnelCore *self = lane->owner;

  if (self->lanes->len <= JF_CHANNELS_MIN)
    return;
  g_ptr_array_remove_fast (self->lanes, lane);
  STAT_SET (self, channels_open, jf_lane_count_open (self->lanes));
}

static void
stream_added (JfTunnelCore *self, JfStream *stream)
{
  JfLane *lane = jf_lane_find (self->lanes, jf_stream_get_channel (stream));

  g_hash_table_insert (self->streams, GUINT_TO_POINTER (jf_stream_get_id (stream)), stream);
  lane->n_streams++;
  jf_timer_stop (&lane->idle);
  STAT_ADD (self, streams_total, 1);
  jf_count (JF_COUNT_STREAM_OPENED);
  streams_changed (self);
}

static void
stream_ended_cb (JfStream *stream, gpointer owner)
{
  JfTunnelCore *self = owner;
  JfLane *lane = jf_lane_find (self->lanes, jf_stream_get_channel (stream));

  g_queue_remove (&lane->waiting, stream);
  if (--lane->n_streams == 0 && self->target == NULL)
    jf_timer_start (&lane->idle, self->loop, JF_CHANNEL_IDLE_MS, lane_idle_cb);
  g_hash_table_remove (self->streams, GUINT_TO_POINTER (jf_stream_get_id (stream)));
  streams_changed (self);
}

static void
stream_settled_cb (JfStream *stream, JfRefusal refusal, gpointer owner)
{
  JfTunnelCore *self = owner;

  set_refusal (self, refusal);
  if (self->target == NULL && jf_prober_note (&self->prober, refusal))
    self->events->probed (refusal, self->owner);
}

static void
stream_waiting_cb (JfStream *stream, gpointer owner)
{
  JfTunnelCore *self = owner;

  g_queue_push_tail (&jf_lane_find (self->lanes, jf_stream_get_channel (stream))->waiting, stream);
}

static void
stream_moved_cb (JfStream *stream, size_t sent, size_t received, gpointer owner)
{
  JfTunnelCore *self = owner;

  if (sent > 0)
    STAT_ADD (self, bytes_sent, sent);
  if (received > 0)
    STAT_ADD (self, bytes_received, received);
}

static const JfStreamEvents stream_events = { stream_settled_cb, stream_ended_cb, stream_waiting_cb,
                                              stream_moved_cb };

/* Client: connections of applications */

static uint32_t
next_id (JfTunnelCore *self)
{
  do
    self->last_id++;
  while (self->last_id == 0 ||
         g_hash_table_contains (self->streams, GUINT_TO_POINTER (self->last_id)));
  return self->last_id;
}

static void
accepted_cb (int fd, gpointer owner)
{
  JfTunnelCore *self = owner;
  JfLane *lane = jf_lane_least_busy (self->lanes);

  if (lane == NULL || g_hash_table_size (self->streams) >= JF_STREAMS_MAX_PER_TUNNEL)
    {
      jf_count (JF_COUNT_STREAM_LIMIT);
      jf_socket_reset (fd);
      return;
    }
  stream_added (self, jf_stream_new_client (self->loop, lane->channel, next_id (self), fd,
                                            &stream_events, self));
  ask_for_legs (self);
}

/* Frames */

static gboolean
take_open (JfTunnelCore *self,
           JfChannel *channel,
           const JfFrame *frame,
           const uint8_t *payload,
           GError **error)
{
  JfFrame refuse = { .type = JF_FRAME_REFUSE, .flags = JF_REFUSAL_LIMIT, .stream = frame->stream };
  JfStream *stream;

  if (g_hash_table_contains (self->streams, GUINT_TO_POINTER (frame->stream)))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "stream %u is open already", frame->stream);
      return FALSE;
    }
  if (g_hash_table_size (self->streams) >= JF_STREAMS_MAX_PER_TUNNEL)
    {
      jf_count (JF_COUNT_STREAM_LIMIT);
      jf_channel_send (channel, &refuse, NULL);
      return TRUE;
    }
  stream = jf_stream_new_server (self->loop, channel, frame->stream, self->target, &stream_events,
                                 self);
  stream_added (self, stream);
  if (frame->length == 0)
    return TRUE;
  if (!jf_stream_receive (stream, 0, frame->length, error))
    return FALSE;
  gather (self, stream, payload, frame->length);
  return TRUE;
}

/* A stream that has ended, or never was: its frames are late, not wrong. */
static gboolean
take_stream_frame (JfTunnelCore *self,
                   JfChannel *channel,
                   const JfFrame *frame,
                   const uint8_t *payload,
                   GError **error)
{
  JfStream *stream = g_hash_table_lookup (self->streams, GUINT_TO_POINTER (frame->stream));

  if (stream == NULL)
    return TRUE;
  if (jf_stream_get_channel (stream) != channel)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL,
                   "a frame of stream %u came over another channel", frame->stream);
      return FALSE;
    }
  if (frame->type == JF_FRAME_DATA)
    {
      if (!jf_stream_receive (stream, frame->offset, frame->length, error))
        return FALSE;
      gather (self, stream, payload, frame->length);
      return TRUE;
    }
  if (self->gather_stream == stream)
    settle_gather (self);
  return jf_stream_control (stream, frame, payload, error);
}

static void
take_vouch (JfTunnelCore *self, const JfFrame *frame, const uint8_t *payload)
{
  g_autofree JfKeyId *key_ids = g_memdup2 (payload, frame->length);

  self->events->vouched (key_ids, frame->length / JF_KEY_ID_BYTES, self->owner);
}

static gboolean
channel_frame_cb (JfChannel *channel,
                  const JfFrame *frame,
                  const uint8_t *payload,
                  gpointer owner,
                  GError **error)
{
  JfTunnelCore *self = owner;

  switch (frame->type)
    {
    case JF_FRAME_OPEN:
      return take_open (self, channel, frame, payload, error);
    case JF_FRAME_PROBE:
      jf_probe_answers_take (self->answers, channel, frame->offset);
      return TRUE;
    case JF_FRAME_PROBED:
      STAT_SET (self, last_refusal, (JfRefusal) frame->flags);
      if (jf_prober_take (&self->prober, frame->offset, (JfRefusal) frame->flags))
        self->events->probed ((JfRefusal) frame->flags, self->owner);
      return TRUE;
    case JF_FRAME_VOUCH:
      take_vouch (self, frame, payload);
      return TRUE;
    default:
      return take_stream_frame (self, channel, frame, payload, error);
    }
}

/* Channels */

static void
channels_changed (JfTunnelCore *self, const GError *error)
{
  unsigned n_open = jf_lane_count_open (self->lanes);

  STAT_SET (self, channels_open, n_open);
  jf_entrance_set_open (&self->entrance, n_open > 0);
  self->events->channels (n_open, error, self->owner);
}

static void
channel_opened_cb (JfChannel *channel, gpointer owner)
{
  JfTunnelCore *self = owner;
  JfFrame vouch = { .type = JF_FRAME_VOUCH };

  if (self->vouch != NULL && self->vouch->len > 0)
    {
      vouch.length = (uint16_t) (self->vouch->len * JF_KEY_ID_BYTES);
      jf_channel_send (channel, &vouch, self->vouch->data);
    }
  if (self->target == NULL)
    jf_prober_ask (&self->prober);
  channels_changed (self, NULL);
}

static void
channel_batch_end_cb (JfChannel *channel, gpointer owner)
{
  JfTunnelCore *self = owner;

  settle_gather (self);
  STAT_SET (self, round_trip_us, jf_lane_round_trip_us (self->lanes));
}

static void
channel_room_cb (JfChannel *channel, gpointer owner)
{
  JfTunnelCore *self = owner;

  jf_lane_resume (jf_lane_find (self->lanes, channel));
}

/* Its streams end with it: nobody else can carry them on. */
static void
drop_streams (JfTunnelCore *self, JfChannel *channel)
{
  GHashTableIter iter;
  gpointer stream;

  settle_gather (self);
  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, &stream))
    if (jf_stream_get_channel (stream) == channel)
      g_hash_table_iter_remove (&iter);
  streams_changed (self);
}

static void
drop_lane (JfTunnelCore *self, JfLane *lane)
{
  drop_streams (self, lane->channel);
  if (self->answers != NULL)
    jf_probe_answers_forget (self->answers, lane->channel);
  g_ptr_array_remove_fast (self->lanes, lane);
}

static void
channel_closed_cb (JfChannel *channel, const GError *reason, gpointer owner)
{
  JfTunnelCore *self = owner;
  g_autoptr (GError) error = g_error_copy (reason);

  jf_count (JF_COUNT_CHANNEL_FAILED);
  drop_lane (self, jf_lane_find (self->lanes, channel));
  if (self->target == NULL)
    {
      jf_prober_channel_lost (&self->prober);
      if (!g_error_matches (error, JF_ERROR, JF_ERROR_WRONG_KEY) && self->legs_pause.loop == NULL)
        jf_timer_start (&self->legs_pause, self->loop, LEGS_PAUSE_MS / 4, legs_pause_over_cb);
    }
  channels_changed (self, error);
}

static const JfChannelEvents channel_events = {
  channel_opened_cb, channel_frame_cb, channel_batch_end_cb, channel_room_cb, channel_closed_cb,
};

void
jf_tunnel_core_add_legs (JfTunnelCore *self, const JfTicket *tickets, unsigned n_tickets)
{
  if (self->uplink == NULL)
    return;
  jf_timer_stop (&self->legs_pause);
  for (unsigned i = 0; i < n_tickets && self->lanes->len < JF_CHANNELS_MAX; i++)
    {
      JfLane *lane = g_new0 (JfLane, 1);

      lane->owner = self;
      lane->channel = jf_channel_new (
          self->loop, self->target == NULL ? JF_TLS_CLIENT : JF_TLS_SERVER,
          jf_uplink_get_identity (self->uplink), &self->peer, &channel_events, self);
      g_ptr_array_add (self->lanes, lane);
      jf_channel_dial (lane->channel, self->uplink, &tickets[i]);
    }
}

void
jf_tunnel_core_probe_now (JfTunnelCore *self)
{
  jf_prober_ask_now (&self->prober);
}

void
jf_tunnel_core_disconnect (JfTunnelCore *self)
{
  gboolean had_lanes = self->lanes->len > 0;

  jf_timer_stop (&self->legs_pause);
  jf_prober_reset (&self->prober);
  while (self->lanes->len > 0)
    drop_lane (self, self->lanes->pdata[self->lanes->len - 1]);
  g_clear_pointer (&self->uplink, jf_uplink_unref);
  if (had_lanes)
    channels_changed (self, NULL);
}

void
jf_tunnel_core_connect (JfTunnelCore *self,
                        JfUplink *uplink,
                        const JfKeyId *peer,
                        const JfTicket *tickets,
                        unsigned n_tickets)
{
  jf_tunnel_core_disconnect (self);
  self->uplink = jf_uplink_ref (uplink);
  self->peer = *peer;
  jf_tunnel_core_add_legs (self, tickets, n_tickets);
}

void
jf_tunnel_core_listen (JfTunnelCore *self, int fd, gboolean check_uid)
{
  jf_entrance_listen (&self->entrance, fd, check_uid);
}

void
jf_tunnel_core_take (JfTunnelCore *self, int fd)
{
  jf_entrance_take (&self->entrance, fd);
}

static JfChannel *
probe_channel (gpointer owner)
{
  JfLane *lane = jf_lane_least_busy (((JfTunnelCore *) owner)->lanes);

  return lane != NULL ? lane->channel : NULL;
}

static void
probe_answered_cb (JfRefusal refusal, gpointer owner)
{
  JfTunnelCore *self = owner;

  STAT_SET (self, last_refusal, refusal);
}

JfTunnelCore *
jf_tunnel_core_new (JfLoop *loop,
                    const JfTarget *target,
                    const GArray *vouch,
                    JfTunnelStats *stats,
                    const JfTunnelCoreEvents *events,
                    gpointer owner)
{
  JfTunnelCore *self = g_new0 (JfTunnelCore, 1);

  self->loop = loop;
  self->target = target;
  self->vouch = vouch;
  self->stats = stats;
  self->events = events;
  self->owner = owner;
  self->lanes = g_ptr_array_new_with_free_func (jf_lane_free);
  self->streams = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) jf_stream_free);
  jf_entrance_init (&self->entrance, loop, accepted_cb, self);
  jf_prober_init (&self->prober, loop, probe_channel, self);
  if (target != NULL)
    self->answers = jf_probe_answers_new (loop, target, probe_answered_cb, self);
  return self;
}

void
jf_tunnel_core_free (JfTunnelCore *self)
{
  jf_entrance_clear (&self->entrance);
  g_clear_pointer (&self->answers, jf_probe_answers_free);
  g_hash_table_unref (self->streams);
  g_ptr_array_unref (self->lanes);
  jf_prober_reset (&self->prober);
  jf_timer_stop (&self->legs_pause);
  jf_timer_stop (&self->notify);
  g_clear_pointer (&self->uplink, jf_uplink_unref);
  g_free (self);
}
