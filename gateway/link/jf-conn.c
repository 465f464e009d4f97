/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-conn.h"

#include <string.h>
#include <sys/socket.h>

#include "gateway/link/jf-conn-private.h"
#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"

/* Read in one go; then the others have their turn. */
#define READ_BUDGET_BYTES  JF_MESSAGE_MAX_BYTES
#define READ_BUDGET_PIECES 64
#define FINISH_TIMEOUT_MS  2000
#define LENGTH_BYTES       4

JfConnTimes jf_conn_times = {
  .heartbeat_ms = JF_HEARTBEAT_MS,
  .silence_ms = JF_SILENCE_MAX_MS,
  .finish_ms = FINISH_TIMEOUT_MS,
};

typedef enum
{
  OPEN,
  FINISHING, /* sends what is left and discards what comes */
  LINGERING, /* has said goodbye, waits for the other side's end */
  CLOSED,    /* the end is known; `closed` was called or is about to be */
} State;

struct JfConn
{
  unsigned references; /* one is the owner's, one for each callback under way */
  gboolean freed;
  State state;
  JfTlsSide side;
  JfLoop *loop;
  JfTls *tls;
  const JfConnEvents *events;
  gpointer owner;
  GError *reason; /* why it ended */

  JfWatch watch;
  JfTimer timer;
  JfTurn turn;
  int64_t heard_us;
  int64_t heartbeat_us; /* client: when the next is due */
  gboolean read_more;   /* the budget ran out, or GnuTLS holds bytes that epoll cannot see */
  gboolean peer_ended;

  uint8_t length[LENGTH_BYTES];
  unsigned length_have;
  uint8_t *body; /* only while a message is half here */
  size_t body_size;
  size_t body_have;

  GByteArray *out; /* only while something is unsent */
  size_t out_sent;
};

static void
conn_unref (JfConn *self)
{
  if (--self->references > 0)
    return;
  g_clear_error (&self->reason);
  g_free (self);
}

/* The descriptor goes at once, whatever callbacks are still on the stack. */
static void
release (JfConn *self)
{
  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->timer);
  g_clear_pointer (&self->tls, jf_tls_free);
  g_clear_pointer (&self->body, g_free);
  g_clear_pointer (&self->out, g_byte_array_unref);
}

/* Everything that ends a connection comes here; the owner hears of it in a turn of its own, so that
 * no function of ours calls back into its caller. */
static void
end_take (JfConn *self, GError *reason)
{
  if (self->state == CLOSED)
    {
      g_error_free (reason);
      return;
    }
  self->state = CLOSED;
  self->reason = reason;
  release (self);
  jf_turn_schedule (&self->turn, self->loop, self->turn.run);
}

static void
end (JfConn *self, JfError code, const char *message)
{
  end_take (self, g_error_new_literal (JF_ERROR, (int) code, message));
}

static size_t
unsent (JfConn *self)
{
  return self->out ? self->out->len - self->out_sent : 0;
}

/* Says goodbye and then reads on until the other side ends, too: closing with unread bytes would
 * send a reset, which overtakes what we have just sent. */
static void
linger (JfConn *self)
{
  jf_tls_bye (self->tls);
  shutdown (jf_tls_get_fd (self->tls), SHUT_WR);
  self->state = LINGERING;
  if (self->peer_ended)
    end (self, JF_ERROR_CLOSED, "the connection was closed");
}

static void
update_watch (JfConn *self)
{
  uint32_t events = self->peer_ended ? 0 : EPOLLIN;

  if (self->state == CLOSED)
    return;
  if (unsent (self) > 0)
    events |= EPOLLOUT;
  jf_watch_set (&self->watch, events);
}

static void
flush (JfConn *self)
{
  while (unsent (self) > 0)
    {
      GError *error = NULL;
      gssize n = jf_tls_send (self->tls, self->out->data + self->out_sent, unsent (self), &error);

      if (n == JF_TLS_AGAIN)
        break;
      if (n < 0)
        {
          end_take (self, error);
          return;
        }
      self->out_sent += (size_t) n;
    }
  if (unsent (self) == 0)
    {
      gboolean told = self->out != NULL && self->state == OPEN && self->events->drained != NULL;

      g_clear_pointer (&self->out, g_byte_array_unref);
      self->out_sent = 0;
      if (self->state == FINISHING)
        linger (self);
      if (told)
        self->events->drained (self, self->owner);
    }
  else if (self->out_sent >= JF_MESSAGE_MAX_BYTES)
    {
      g_byte_array_remove_range (self->out, 0, (unsigned) self->out_sent);
      self->out_sent = 0;
    }
  update_watch (self);
}

/* Length and message, or a heartbeat. Leaves in a turn, so that what is queued in one go shares
 * records. */
static void
enqueue (JfConn *self, const void *data, size_t size)
{
  uint32_t length = GUINT32_TO_BE ((uint32_t) size);

  if (unsent (self) + LENGTH_BYTES + size > JF_CONTROL_QUEUE_MAX_BYTES)
    {
      jf_count (JF_COUNT_MESSAGE_LIMIT);
      end (self, JF_ERROR_LIMIT, "the other side does not read what it is sent");
      return;
    }
  if (!self->out)
    self->out = g_byte_array_new ();
  g_byte_array_append (self->out, (const uint8_t *) &length, LENGTH_BYTES);
  if (size > 0)
    g_byte_array_append (self->out, data, (unsigned) size);
  jf_turn_schedule (&self->turn, self->loop, self->turn.run);
}

static void
deliver (JfConn *self)
{
  g_autoptr (GBytes) message = g_bytes_new_take (self->body, self->body_size);

  self->body = NULL;
  self->length_have = 0;
  if (self->state == OPEN)
    self->events->message (self, message, self->owner);
}

static void
begin_message (JfConn *self)
{
  uint32_t length;

  memcpy (&length, self->length, sizeof length);
  length = GUINT32_FROM_BE (length);
  if (length > JF_MESSAGE_MAX_BYTES)
    {
      jf_count (JF_COUNT_MESSAGE_LIMIT);
      end (self, JF_ERROR_LIMIT, "the other side sent a message that is too long");
      return;
    }
  if (length == 0)
    {
      self->length_have = 0;
      if (self->side == JF_TLS_SERVER && self->state == OPEN)
        enqueue (self, NULL, 0);
      return;
    }
  self->body = g_malloc (length);
  self->body_size = length;
  self->body_have = 0;
}

static void
take_bytes (JfConn *self, size_t n)
{
  if (self->body)
    {
      self->body_have += n;
      if (self->body_have == self->body_size)
        deliver (self);
      return;
    }
  self->length_have += (unsigned) n;
  if (self->length_have == LENGTH_BYTES)
    begin_message (self);
}

/* Straight into the place where the bytes belong. */
static gssize
receive (JfConn *self, GError **error)
{
  uint8_t junk[1024];

  if (self->state != OPEN)
    return jf_tls_recv (self->tls, junk, sizeof junk, error);
  if (self->body)
    return jf_tls_recv (self->tls, self->body + self->body_have, self->body_size - self->body_have,
                        error);
  return jf_tls_recv (self->tls, self->length + self->length_have, LENGTH_BYTES - self->length_have,
                      error);
}

static void
handle_end (JfConn *self)
{
  gboolean whole = self->length_have == 0 && !self->body;

  self->peer_ended = TRUE;
  if (self->state == FINISHING)
    return; /* what is left may still arrive */
  end (self, JF_ERROR_CLOSED,
       whole ? "the other side closed the connection"
             : "the connection ended in the middle of a message");
}

static void
read_some (JfConn *self)
{
  size_t bytes = 0;

  self->read_more = FALSE;
  for (int piece = 0; piece < READ_BUDGET_PIECES && bytes < READ_BUDGET_BYTES; piece++)
    {
      GError *error = NULL;
      gssize n = receive (self, &error);

      if (n == JF_TLS_AGAIN)
        return;
      if (n < 0)
        {
          end_take (self, error);
          return;
        }
      if (n == 0)
        {
          handle_end (self);
          return;
        }
      self->heard_us = jf_loop_now_us (self->loop);
      bytes += (size_t) n;
      if (self->state == OPEN)
        take_bytes (self, (size_t) n);
      if (self->freed || self->state == CLOSED)
        return;
    }
  self->read_more = TRUE;
  jf_turn_schedule (&self->turn, self->loop, self->turn.run);
}

/* One way in for everything that happens: `what` under a reference, so that the owner may free us
 * from inside its callbacks. */
static void
step (JfConn *self, gboolean read, gboolean write)
{
  self->references++;
  if (read && self->state != CLOSED)
    read_some (self);
  if (write && !self->freed && self->state != CLOSED)
    flush (self);
  if (!self->freed && self->state != CLOSED)
    update_watch (self);
  conn_unref (self);
}

static void
ready_cb (JfWatch *watch, uint32_t events)
{
  JfConn *self = JF_CONTAINER_OF (watch, JfConn, watch);
  gboolean broken = (events & (EPOLLERR | EPOLLHUP)) != 0;

  if (broken && self->peer_ended)
    {
      end (self, JF_ERROR_CLOSED, "the connection ended");
      return;
    }
  step (self, broken || (events & EPOLLIN) != 0, (events & EPOLLOUT) != 0);
}

static void
turn_cb (JfTurn *turn)
{
  JfConn *self = JF_CONTAINER_OF (turn, JfConn, turn);

  if (self->state == CLOSED)
    {
      self->references++;
      self->events->closed (self, self->reason, self->owner);
      conn_unref (self);
      return;
    }
  step (self, self->read_more, self->state != LINGERING);
}

static void arm_timer (JfConn *self);

static void
timer_cb (JfTimer *timer)
{
  JfConn *self = JF_CONTAINER_OF (timer, JfConn, timer);
  int64_t now_us = jf_loop_now_us (self->loop);

  if (self->state != OPEN)
    {
      end (self, JF_ERROR_CLOSED, "the connection was closed");
      return;
    }
  if (now_us - self->heard_us >= (int64_t) jf_conn_times.silence_ms * 1000)
    {
      jf_count (JF_COUNT_CONTROL_SILENT);
      end (self, JF_ERROR_TIMEOUT, "the other side has been silent for too long");
      return;
    }
  if (self->side == JF_TLS_CLIENT && now_us >= self->heartbeat_us)
    {
      self->heartbeat_us = now_us + (int64_t) jf_conn_times.heartbeat_ms * 1000;
      enqueue (self, NULL, 0);
    }
  if (self->state == OPEN)
    arm_timer (self);
}

/* One timer for both duties. Hearing something does not move it: it looks when it expires. */
static void
arm_timer (JfConn *self)
{
  int64_t now_us = jf_loop_now_us (self->loop);
  int64_t due_us = self->heard_us + (int64_t) jf_conn_times.silence_ms * 1000;

  if (self->side == JF_TLS_CLIENT)
    due_us = MIN (due_us, self->heartbeat_us);
  jf_timer_start (&self->timer, self->loop, (unsigned) MAX ((due_us - now_us + 999) / 1000, 1),
                  timer_cb);
}

JfConn *
jf_conn_new (JfLoop *loop, JfTls *tls, JfTlsSide side, const JfConnEvents *events, gpointer owner)
{
  JfConn *self = g_new0 (JfConn, 1);
  GError *error = NULL;

  self->references = 1;
  self->side = side;
  self->loop = loop;
  self->tls = tls;
  self->events = events;
  self->owner = owner;
  self->turn.run = turn_cb;
  self->heard_us = jf_loop_now_us (loop);
  self->heartbeat_us = self->heard_us + (int64_t) jf_conn_times.heartbeat_ms * 1000;
  if (!jf_watch_start (&self->watch, loop, jf_tls_get_fd (tls), EPOLLIN, ready_cb, &error))
    {
      end_take (self, error);
      return self;
    }
  arm_timer (self);
  /* What came in the same record as the first frame is in GnuTLS already. */
  self->read_more = jf_tls_pending (tls) > 0;
  if (self->read_more)
    jf_turn_schedule (&self->turn, loop, turn_cb);
  return self;
}

void
jf_conn_send (JfConn *self, GBytes *message)
{
  size_t size = 0;
  const void *data = g_bytes_get_data (message, &size);

  g_return_if_fail (size > 0 && size <= JF_MESSAGE_MAX_BYTES);

  if (self->state == OPEN)
    enqueue (self, data, size);
}

void
jf_conn_finish (JfConn *self)
{
  if (self->state != OPEN)
    return;
  self->state = FINISHING;
  g_clear_pointer (&self->body, g_free);
  self->length_have = 0;
  jf_timer_start (&self->timer, self->loop, jf_conn_times.finish_ms, timer_cb);
  jf_turn_schedule (&self->turn, self->loop, turn_cb);
}

void
jf_conn_free (JfConn *self)
{
  if (!self)
    return;
  self->freed = TRUE;
  self->state = CLOSED;
  jf_turn_cancel (&self->turn);
  release (self);
  conn_unref (self);
}
