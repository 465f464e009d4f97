/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>

#include "gateway/link/jf-conn.h"
#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-error.h"
#include "manager/front/jf-front-private.h"
#include "manager/front/jf-front-socket.h"

/* Messages of one connection that wait for the main thread. A connection cannot be paused, so one
 * that floods is closed; a stranger has little to say. */
#define WAITING_MAX_MESSAGES         1024
#define WAITING_MAX_BYTES            (16 * 1024 * 1024)
#define WAITING_UNKNOWN_MAX_MESSAGES 16

/* The worker's half has the connection, the main thread's half the owner's data. Whatever one half
 * has for the other is posted, and holds a reference. A message is copied on its way, so that no
 * GBytes is ever held by both. */
struct JfFrontConn
{
  atomic_uint refs;
  JfFrontHub *hub;
  JfLoop *loop;
  JfKeyId peer;
  char *address;

  /* the main thread's */
  gpointer data;
  gboolean ended;

  /* the worker's */
  JfFrontWorker *worker; /* NULL after the end */
  GList link;
  JfConn *conn;
  JfFrontSlot *slot; /* NULL when known */
  JfTimer enroll_timer;
  gboolean tell_drained;

  /* both */
  atomic_uint waiting_messages;
  atomic_size_t waiting_bytes;
};

JfFrontConn *
jf_front_conn_ref (JfFrontConn *self)
{
  atomic_fetch_add_explicit (&self->refs, 1, memory_order_relaxed);
  return self;
}

void
jf_front_conn_unref (JfFrontConn *self)
{
  if (self == NULL || atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) != 1)
    return;
  jf_front_hub_unref (self->hub);
  g_free (self->address);
  g_free (self);
}

/* From the worker to the main thread. */
typedef struct
{
  JfFrontConn *conn;
  GBytes *message;
  GError *reason;
} Event;

static void
event_free (Event *event)
{
  jf_front_conn_unref (event->conn);
  g_clear_pointer (&event->message, g_bytes_unref);
  g_clear_error (&event->reason);
  g_free (event);
}

static void
drop_event_cb (gpointer data)
{
  event_free (data);
}

static GBytes *
copy_bytes (GBytes *bytes)
{
  size_t size;
  const void *data;

  if (bytes == NULL)
    return NULL;
  data = g_bytes_get_data (bytes, &size);
  return g_bytes_new (data, size);
}

static void
post_event (JfFrontConn *self, JfTask task, GBytes *message, const GError *reason)
{
  Event *event = g_new0 (Event, 1);

  event->conn = jf_front_conn_ref (self);
  event->message = copy_bytes (message);
  event->reason = reason != NULL ? g_error_copy (reason) : NULL;
  jf_post (NULL, task, event, drop_event_cb);
}

static void
opened_cb (gpointer data)
{
  Event *event = data;
  JfFrontHub *hub = event->conn->hub;

  if (hub->alive)
    hub->events->opened (event->conn, hub->owner);
  event_free (event);
}

static void
message_cb (gpointer data)
{
  Event *event = data;
  JfFrontConn *conn = event->conn;

  if (conn->hub->alive)
    conn->hub->events->message (conn, event->message, conn->hub->owner);
  atomic_fetch_sub_explicit (&conn->waiting_messages, 1, memory_order_relaxed);
  atomic_fetch_sub_explicit (&conn->waiting_bytes, g_bytes_get_size (event->message),
                             memory_order_relaxed);
  event_free (event);
}

static void
closed_cb (gpointer data)
{
  Event *event = data;
  JfFrontConn *conn = event->conn;

  conn->ended = TRUE;
  if (conn->hub->alive)
    conn->hub->events->closed (conn, event->reason, conn->hub->owner);
  event_free (event);
}

static void
drained_cb (gpointer data)
{
  Event *event = data;
  JfFrontConn *conn = event->conn;

  if (conn->hub->alive && !conn->ended && conn->hub->events->drained != NULL)
    conn->hub->events->drained (conn, conn->hub->owner);
  event_free (event);
}

static void
become_known (JfFrontConn *self)
{
  jf_timer_stop (&self->enroll_timer);
  if (self->slot != NULL)
    jf_front_slot_leave (&self->worker->front->limits, g_steal_pointer (&self->slot));
}

/* Drops the worker's half, silently, and with it the reference that keeps the connection. */
static void
drop (JfFrontConn *self)
{
  become_known (self);
  g_clear_pointer (&self->conn, jf_conn_free);
  g_queue_unlink (&self->worker->conns, &self->link);
  self->worker = NULL;
  jf_front_conn_unref (self);
}

static void
end (JfFrontConn *self, const GError *reason)
{
  post_event (self, closed_cb, NULL, reason);
  drop (self);
}

static void
end_with (JfFrontConn *self, JfError code, const char *text)
{
  g_autoptr (GError) reason = g_error_new_literal (JF_ERROR, (int) code, text);

  end (self, reason);
}

static gboolean
is_flooding (JfFrontConn *self, size_t size)
{
  unsigned max = self->slot != NULL ? WAITING_UNKNOWN_MAX_MESSAGES : WAITING_MAX_MESSAGES;

  return atomic_fetch_add_explicit (&self->waiting_messages, 1, memory_order_relaxed) >= max ||
         atomic_fetch_add_explicit (&self->waiting_bytes, size, memory_order_relaxed) + size >
             WAITING_MAX_BYTES;
}

static void
got_message (JfConn *conn, GBytes *message, gpointer owner)
{
  JfFrontConn *self = owner;

  if (is_flooding (self, g_bytes_get_size (message)))
    {
      jf_count (JF_COUNT_MESSAGE_LIMIT);
      end_with (self, JF_ERROR_LIMIT, "sends faster than it can be served");
      return;
    }
  post_event (self, message_cb, message, NULL);
}

static void
got_closed (JfConn *conn, const GError *reason, gpointer owner)
{
  end (owner, reason);
}

static void
got_drained (JfConn *conn, gpointer owner)
{
  JfFrontConn *self = owner;

  if (!self->tell_drained)
    return;
  self->tell_drained = FALSE;
  post_event (self, drained_cb, NULL, NULL);
}

static const JfConnEvents conn_events = {
  .message = got_message,
  .closed = got_closed,
  .drained = got_drained,
};

static void
evicted_cb (gpointer owner)
{
  end_with (owner, JF_ERROR_LIMIT, "made room for a newer connection");
}

static void
enroll_late_cb (JfTimer *timer)
{
  jf_count (JF_COUNT_HANDSHAKE_TIMEOUT);
  end_with (JF_CONTAINER_OF (timer, JfFrontConn, enroll_timer), JF_ERROR_TIMEOUT,
            "did not say in time who it is");
}

static char *
format_peer_address (int fd)
{
  struct sockaddr_storage address = { 0 };
  socklen_t size = sizeof address;

  if (getpeername (fd, (struct sockaddr *) &address, &size) != 0)
    return g_strdup ("");
  return jf_front_socket_format_address ((const struct sockaddr *) &address, size);
}

void
jf_front_conn_open (JfFrontWorker *worker, JfTls *tls, JfFrontSlot *slot)
{
  JfFrontConn *self = g_new0 (JfFrontConn, 1);

  self->refs = 1;
  self->hub = worker->front->hub;
  atomic_fetch_add_explicit (&self->hub->refs, 1, memory_order_relaxed);
  self->loop = worker->loop;
  self->worker = worker;
  self->slot = slot;
  self->address = format_peer_address (jf_tls_get_fd (tls));
  jf_tls_get_peer (tls, &self->peer);
  self->link.data = self;
  g_queue_push_tail_link (&worker->conns, &self->link);
  jf_front_slot_set_owner (slot, evicted_cb, self);
  jf_timer_start (&self->enroll_timer, worker->loop, jf_front_times.enroll_ms, enroll_late_cb);
  jf_count (JF_COUNT_CONTROL_OPENED);
  post_event (self, opened_cb, NULL, NULL);
  self->conn = jf_conn_new (worker->loop, tls, JF_TLS_SERVER, &conn_events, self);
}

void
jf_front_conn_close_all (JfFrontWorker *worker)
{
  while (worker->conns.head != NULL)
    drop (worker->conns.head->data);
}

/* From the main thread to the worker. */
typedef struct
{
  JfFrontConn *conn;
  GBytes *message;
} Order;

static void
order_free (Order *order)
{
  jf_front_conn_unref (order->conn);
  g_clear_pointer (&order->message, g_bytes_unref);
  g_free (order);
}

static void
post_order (JfFrontConn *self, JfTask task, GBytes *message)
{
  Order *order;

  /* The loop may be gone when the front is. */
  if (self->ended || !self->hub->alive)
    return;
  order = g_new0 (Order, 1);
  order->conn = jf_front_conn_ref (self);
  order->message = copy_bytes (message);
  jf_loop_post (self->loop, task, order);
}

static void
set_known_cb (gpointer data)
{
  Order *order = data;

  if (order->conn->worker != NULL)
    become_known (order->conn);
  order_free (order);
}

static void
send_cb (gpointer data)
{
  Order *order = data;

  if (order->conn->worker != NULL)
    jf_conn_send (order->conn->conn, order->message);
  order_free (order);
}

/* It is queued, and leaves in a turn: `drained` has not come yet. */
static void
send_and_tell_cb (gpointer data)
{
  Order *order = data;

  order->conn->tell_drained = TRUE;
  send_cb (order);
}

static void
finish_cb (gpointer data)
{
  Order *order = data;

  if (order->conn->worker != NULL)
    jf_conn_finish (order->conn->conn);
  order_free (order);
}

static void
close_cb (gpointer data)
{
  Order *order = data;

  if (order->conn->worker != NULL)
    end_with (order->conn, JF_ERROR_CLOSED, "closed by the manager");
  order_free (order);
}

void
jf_front_conn_set_known (JfFrontConn *self)
{
  post_order (self, set_known_cb, NULL);
}

void
jf_front_conn_send (JfFrontConn *self, GBytes *message)
{
  g_return_if_fail (message != NULL);

  post_order (self, send_cb, message);
}

void
jf_front_conn_send_and_tell (JfFrontConn *self, GBytes *message)
{
  g_return_if_fail (message != NULL);

  post_order (self, send_and_tell_cb, message);
}

void
jf_front_conn_finish (JfFrontConn *self)
{
  post_order (self, finish_cb, NULL);
}

void
jf_front_conn_close (JfFrontConn *self)
{
  post_order (self, close_cb, NULL);
}

const JfKeyId *
jf_front_conn_get_peer (JfFrontConn *self)
{
  return &self->peer;
}

const char *
jf_front_conn_get_address (JfFrontConn *self)
{
  return self->address;
}

void
jf_front_conn_set_data (JfFrontConn *self, gpointer data)
{
  self->data = data;
}

gpointer
jf_front_conn_get_data (JfFrontConn *self)
{
  return self->data;
}
