/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/engine/jf-receive-window.h"
#include "gateway/engine/jf-target-connect.h"
#include "gateway/wire/jf-error.h"

/* What one turn of a stream may read from its socket: enough to fill one send of the channel, and
 * no more, so that streams take turns. As records they fit one recv of the other gateway
 * (BATCH_BYTES in jf-channel.c) and two buckets of the switch; crumbs beyond cost as many calls. */
#define READ_BLOCKS 15
/* The least memory of a piece that is held back: crumbs share one, or a peer that sends single bytes
 * would make us keep many times its window. */
#define HELD_MIN_BYTES 2048
/* Held pieces that are written in one call: a whole batch of full records, and some. */
#define HELD_AT_ONCE 24

enum
{
  SCRATCH_BLOCKS = 1, /* jf-channel.c uses 0, and calls us while it does */
};

/* Undelivered bytes, copied out of the channel's scratch. */
typedef struct
{
  size_t start;
  size_t end;
  size_t capacity;
  uint8_t data[];
} Held;

struct JfStream
{
  JfLoop *loop;
  JfChannel *channel;
  const JfStreamEvents *events;
  gpointer owner;
  JfWatch watch;
  JfTurn end;
  JfTargetConnect connect; /* server, until the target has answered */
  int fd;                  /* -1 until connected and after the end */
  uint32_t id;
  /* towards the peer */
  uint64_t sent;
  uint64_t send_limit;
  /* towards the application */
  JfReceiveWindow window;
  GQueue held;           /* of Held */
  gboolean opened;       /* OPEN went out, or came in */
  gboolean fin_sent;     /* the application is done sending */
  gboolean fin_received; /* the peer is */
  gboolean fin_done;     /* and the application knows */
  gboolean waiting;      /* for the channel's room, and the owner knows */
  gboolean over;
};

static void ready_cb (JfWatch *watch, uint32_t events);

static void
ended_cb (JfTurn *turn)
{
  JfStream *self = JF_CONTAINER_OF (turn, JfStream, end);

  self->events->ended (self, self->owner);
}

/* `abortive`: the application's connection ends with a reset instead of an orderly end. */
static void
close_socket (JfStream *self, gboolean abortive)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  jf_target_connect_stop (&self->connect);
  jf_watch_stop (&self->watch);
  if (self->fd < 0)
    return;
  if (abortive)
    setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close (self->fd);
  self->fd = -1;
}

static void
finish (JfStream *self, gboolean abortive)
{
  if (self->over)
    return;
  self->over = TRUE;
  close_socket (self, abortive);
  jf_turn_schedule (&self->end, self->loop, ended_cb);
}

static void
send_frame (JfStream *self, JfFrameType type, uint8_t flags, uint64_t offset)
{
  JfFrame frame = { .type = (uint8_t) type, .flags = flags, .stream = self->id, .offset = offset };

  jf_channel_send (self->channel, &frame, NULL);
}

static void
reset_both (JfStream *self)
{
  if (self->over)
    return;
  send_frame (self, JF_FRAME_RESET, 0, 0);
  finish (self, TRUE);
}

static gboolean
may_read (JfStream *self)
{
  return !self->fin_sent && self->sent < self->send_limit && jf_channel_has_room (self->channel);
}

/* Whenever EPOLLIN is dropped for want of room, somebody must see to it that it comes back. */
static void
wait_for_room (JfStream *self)
{
  if (self->fin_sent || self->waiting || jf_channel_has_room (self->channel))
    return;
  self->waiting = TRUE;
  self->events->waiting (self, self->owner);
}

/* A hung-up socket reports itself for ever, asked or not; while nothing is wanted of it, it is
 * therefore taken out of the set altogether. */
static void
update_watch (JfStream *self)
{
  uint32_t events = 0;

  if (self->over || self->fd < 0)
    return;
  wait_for_room (self);
  if (may_read (self))
    events |= EPOLLIN;
  if (self->held.length > 0)
    events |= EPOLLOUT;
  if (self->watch.loop != NULL)
    jf_watch_set (&self->watch, events);
  else if (events != 0 &&
           !jf_watch_start (&self->watch, self->loop, self->fd, events, ready_cb, NULL))
    reset_both (self);
}

static void
end_if_complete (JfStream *self)
{
  if (self->fin_sent && self->fin_done)
    finish (self, FALSE);
}

/* The blocks were filled behind room for a header each; all but the last are full. */
static void
send_blocks (JfStream *self, uint8_t *blocks, size_t size)
{
  do
    {
      size_t part = MIN (size, JF_FRAME_PAYLOAD_MAX_BYTES);
      JfFrame frame = { .type = self->opened ? JF_FRAME_DATA : JF_FRAME_OPEN,
                        .length = (uint16_t) part,
                        .stream = self->id,
                        .offset = self->sent };

      jf_channel_send_block (self->channel, &frame, blocks);
      self->opened = TRUE;
      self->sent += part;
      blocks += JF_RECORD_MAX_BYTES;
      size -= part;
    }
  while (size > 0);
}

static ssize_t
read_blocks (JfStream *self, uint8_t *blocks)
{
  struct iovec pieces[READ_BLOCKS];
  struct msghdr message = { .msg_iov = pieces };
  size_t quota = (size_t) MIN (self->send_limit - self->sent,
                               READ_BLOCKS * JF_FRAME_PAYLOAD_MAX_BYTES);
  ssize_t n;

  for (; quota > 0; message.msg_iovlen++)
    {
      struct iovec *piece = &pieces[message.msg_iovlen];

      piece->iov_base = blocks + message.msg_iovlen * JF_RECORD_MAX_BYTES + JF_FRAME_HEADER_BYTES;
      piece->iov_len = MIN (quota, JF_FRAME_PAYLOAD_MAX_BYTES);
      quota -= piece->iov_len;
    }
  do
    n = recvmsg (self->fd, &message, 0);
  while (n < 0 && errno == EINTR);
  return n;
}

static void
send_fin (JfStream *self)
{
  self->fin_sent = TRUE;
  send_frame (self, JF_FRAME_FIN, 0, self->sent);
  end_if_complete (self);
}

/* Application to channel. */
static void
pump (JfStream *self)
{
  uint8_t *blocks = jf_loop_scratch (self->loop, SCRATCH_BLOCKS, READ_BLOCKS * JF_RECORD_MAX_BYTES);
  ssize_t n = read_blocks (self, blocks);

  if (n < 0 && errno != EAGAIN)
    {
      reset_both (self);
      return;
    }
  if (n > 0 || !self->opened)
    send_blocks (self, blocks, (size_t) MAX (n, 0));
  if (n == 0 && !self->connect.was_reset)
    send_fin (self);
  if (n > 0)
    self->events->moved (self, (size_t) n, 0, self->owner);
}

static void
go_on (JfStream *self)
{
  if (may_read (self))
    pump (self);
  update_watch (self);
}

static void
acknowledge (JfStream *self, size_t delivered)
{
  uint64_t limit;

  self->events->moved (self, 0, delivered, self->owner);
  if (jf_receive_window_deliver (&self->window, delivered, jf_loop_now_us (self->loop),
                                 jf_channel_get_round_trip_us (self->channel)))
    {
      JfFrame frame = { .type = JF_FRAME_ACK,
                        .length = sizeof limit,
                        .stream = self->id,
                        .offset = self->window.delivered };

      limit = GUINT64_TO_BE (self->window.limit);
      jf_channel_send (self->channel, &frame, &limit);
    }
}

static void
finish_if_delivered (JfStream *self)
{
  if (!self->fin_received || self->fin_done || self->held.length > 0 || self->fd < 0)
    return;
  if (!self->fin_sent) /* otherwise close(2) says it, at once */
    shutdown (self->fd, SHUT_WR);
  self->fin_done = TRUE;
  end_if_complete (self);
}

/* Bytes that the socket took; -1 when it is broken. */
static ssize_t
write_pieces (JfStream *self, const struct iovec *pieces, unsigned n_pieces)
{
  struct msghdr message = { .msg_iov = (struct iovec *) pieces, .msg_iovlen = n_pieces };
  ssize_t n;

  do
    n = sendmsg (self->fd, &message, MSG_NOSIGNAL);
  while (n < 0 && errno == EINTR);
  if (n >= 0)
    return n;
  return errno == EAGAIN ? 0 : -1;
}

static void
hold (JfStream *self, const uint8_t *data, size_t size)
{
  Held *held = g_queue_peek_tail (&self->held);
  size_t part = held != NULL ? MIN (held->capacity - held->end, size) : 0;

  if (part > 0)
    {
      memcpy (held->data + held->end, data, part);
      held->end += part;
    }
  if (part == size)
    return;
  size -= part;
  held = g_malloc (sizeof *held + MAX (size, HELD_MIN_BYTES));
  held->start = 0;
  held->end = size;
  held->capacity = MAX (size, HELD_MIN_BYTES);
  memcpy (held->data, data + part, size);
  g_queue_push_tail (&self->held, held);
}

/* Bytes in the first held pieces. */
static size_t
list_held (JfStream *self, struct iovec pieces[HELD_AT_ONCE], unsigned *n_pieces)
{
  size_t total = 0;

  *n_pieces = 0;
  for (GList *link = self->held.head; link != NULL && *n_pieces < HELD_AT_ONCE; link = link->next)
    {
      Held *held = link->data;

      pieces[*n_pieces] = (struct iovec){ held->data + held->start, held->end - held->start };
      total += pieces[(*n_pieces)++].iov_len;
    }
  return total;
}

static void
drop_held (JfStream *self, size_t size)
{
  while (size > 0)
    {
      Held *held = g_queue_peek_head (&self->held);
      size_t part = MIN (held->end - held->start, size);

      held->start += part;
      size -= part;
      if (held->start == held->end)
        g_free (g_queue_pop_head (&self->held));
    }
}

static void
drain_held (JfStream *self)
{
  while (self->held.length > 0)
    {
      struct iovec pieces[HELD_AT_ONCE];
      unsigned n_pieces;
      size_t total = list_held (self, pieces, &n_pieces);
      ssize_t n = write_pieces (self, pieces, n_pieces);

      if (n < 0)
        {
          reset_both (self);
          return;
        }
      drop_held (self, (size_t) n);
      acknowledge (self, (size_t) n);
      if ((size_t) n < total)
        return;
    }
  finish_if_delivered (self);
}

/* A connection that its program has given up altogether. What it had sent before a reset is still
 * there to be read, and goes first; reading reports the reset afterwards. */
static void
hung_up (JfStream *self, uint32_t events)
{
  if (events & EPOLLERR)
    {
      if (!may_read (self))
        reset_both (self);
    }
  else if (!(self->watch.events & (EPOLLIN | EPOLLOUT)))
    jf_watch_stop (&self->watch);
}

static void
ready_cb (JfWatch *watch, uint32_t events)
{
  JfStream *self = JF_CONTAINER_OF (watch, JfStream, watch);

  if (events & EPOLLOUT)
    drain_held (self);
  if (!self->over && (events & (EPOLLERR | EPOLLHUP)))
    hung_up (self, events);
  if (!self->over)
    go_on (self);
}

static void
start_socket (JfStream *self, int fd)
{
  self->fd = fd;
  if (!jf_watch_start (&self->watch, self->loop, fd, EPOLLIN, ready_cb, NULL))
    reset_both (self);
}

static void
target_cb (JfTargetConnect *connect, int fd, JfRefusal refusal)
{
  JfStream *self = JF_CONTAINER_OF (connect, JfStream, connect);

  self->events->settled (self, refusal, self->owner);
  if (refusal != JF_REFUSAL_NONE)
    {
      send_frame (self, JF_FRAME_REFUSE, (uint8_t) refusal, 0);
      finish (self, TRUE);
      return;
    }
  send_frame (self, JF_FRAME_ACCEPT, 0, 0);
  start_socket (self, fd);
  if (self->connect.was_reset)
    {
      pump (self);
      reset_both (self);
      return;
    }
  if (!self->over)
    drain_held (self);
  if (!self->over)
    update_watch (self);
}

static JfStream *
stream_new (JfLoop *loop,
            JfChannel *channel,
            uint32_t id,
            const JfStreamEvents *events,
            gpointer owner)
{
  JfStream *self = g_new0 (JfStream, 1);

  self->loop = loop;
  self->channel = channel;
  self->id = id;
  self->events = events;
  self->owner = owner;
  self->fd = -1;
  self->send_limit = JF_WINDOW_INITIAL_BYTES;
  jf_receive_window_init (&self->window);
  return self;
}

JfStream *
jf_stream_new_client (JfLoop *loop,
                      JfChannel *channel,
                      uint32_t id,
                      int fd,
                      const JfStreamEvents *events,
                      gpointer owner)
{
  JfStream *self = stream_new (loop, channel, id, events, owner);

  start_socket (self, fd);
  if (!self->over)
    go_on (self);
  return self;
}

JfStream *
jf_stream_new_server (JfLoop *loop,
                      JfChannel *channel,
                      uint32_t id,
                      const JfTarget *target,
                      const JfStreamEvents *events,
                      gpointer owner)
{
  JfStream *self = stream_new (loop, channel, id, events, owner);

  self->opened = TRUE;
  jf_target_connect_start (&self->connect, loop, target, target_cb);
  return self;
}

void
jf_stream_free (JfStream *self)
{
  close_socket (self, TRUE);
  jf_turn_cancel (&self->end);
  g_queue_clear_full (&self->held, g_free);
  g_free (self);
}

uint32_t
jf_stream_get_id (JfStream *self)
{
  return self->id;
}

JfChannel *
jf_stream_get_channel (JfStream *self)
{
  return self->channel;
}

static gboolean
broken (JfStream *self, const char *what, GError **error)
{
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "stream %u: %s", self->id, what);
  return FALSE;
}

gboolean
jf_stream_receive (JfStream *self, uint64_t offset, size_t size, GError **error)
{
  if (self->fin_received)
    return broken (self, "bytes after FIN", error);
  if (!jf_receive_window_take (&self->window, offset, size))
    return broken (self, "bytes that do not follow on, or beyond the limit", error);
  return TRUE;
}

void
jf_stream_deliver (JfStream *self, const struct iovec *pieces, unsigned n_pieces)
{
  ssize_t written = 0;
  size_t skip;

  if (self->over)
    return;
  if (self->fd >= 0 && self->held.length == 0)
    written = write_pieces (self, pieces, n_pieces);
  if (written < 0)
    {
      reset_both (self);
      return;
    }
  skip = (size_t) written;
  for (unsigned i = 0; i < n_pieces; i++)
    {
      size_t size = pieces[i].iov_len;
      size_t gone = MIN (skip, size);

      skip -= gone;
      if (gone < size)
        hold (self, (const uint8_t *) pieces[i].iov_base + gone, size - gone);
    }
  if (written > 0)
    acknowledge (self, (size_t) written);
  update_watch (self);
}

static gboolean
take_ack (JfStream *self, uint64_t delivered, const uint8_t *payload, GError **error)
{
  uint64_t limit;

  memcpy (&limit, payload, sizeof limit);
  limit = GUINT64_FROM_BE (limit);
  if (delivered > self->sent || limit < self->send_limit || limit < delivered ||
      limit - delivered > JF_WINDOW_MAX_BYTES)
    return broken (self, "an ACK that cannot be", error);
  self->send_limit = limit;
  if (self->fd >= 0)
    go_on (self);
  return TRUE;
}

static gboolean
take_fin (JfStream *self, uint64_t offset, GError **error)
{
  if (self->fin_received || offset != self->window.received)
    return broken (self, "a FIN that does not fit what was sent", error);
  self->fin_received = TRUE;
  finish_if_delivered (self);
  return TRUE;
}

gboolean
jf_stream_control (JfStream *self, const JfFrame *frame, const uint8_t *payload, GError **error)
{
  if (self->over)
    return TRUE;
  switch (frame->type)
    {
    case JF_FRAME_ACK:
      return take_ack (self, frame->offset, payload, error);
    case JF_FRAME_FIN:
      return take_fin (self, frame->offset, error);
    case JF_FRAME_ACCEPT:
      self->events->settled (self, JF_REFUSAL_NONE, self->owner);
      return TRUE;
    case JF_FRAME_REFUSE:
      self->events->settled (self, (JfRefusal) frame->flags, self->owner);
      finish (self, TRUE);
      return TRUE;
    case JF_FRAME_RESET:
      finish (self, TRUE);
      return TRUE;
    default:
      return broken (self, "a frame that does not belong to a stream", error);
    }
}

void
jf_stream_resume (JfStream *self)
{
  self->waiting = FALSE;
  if (!self->over && self->fd >= 0)
    go_on (self);
}
