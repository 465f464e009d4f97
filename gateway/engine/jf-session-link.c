/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-session-link.h"

#include <glib/gi18n-lib.h>

#include "gateway/link/jf-conn.h"
#include "gateway/link/jf-post.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

/* Handed to the connection in one go: half of what makes it end, so that heartbeats fit beside. */
#define BURST_MAX_BYTES (JF_CONTROL_QUEUE_MAX_BYTES / 2)

/* Each task that is on its way between the two threads holds a reference, so that either may
 * let go first. */
struct JfSessionLink
{
  int references; /* atomic; ours rather than GLib's, since ThreadSanitizer sees it */
  GMainContext *context;
  JfLoop *loop;
  JfUplink *uplink;
  int inbox_bytes; /* atomic */

  /* the owner's thread */
  const JfSessionLinkEvents *events;
  gpointer owner;
  gboolean freed;
  JfWay way;
  JfKeyId seen;
  gboolean has_seen;

  /* the loop's thread */
  JfDial *dial;
  JfConn *conn;
  GQueue outbox; /* of GBytes: beyond the burst that is under way */
  size_t outbox_bytes;
  size_t burst_bytes; /* given to the connection since it was empty */
  gboolean finishing;
  gboolean stopped;
  GError *reason; /* ours, in place of what the connection says */
};

typedef struct
{
  JfSessionLink *self;
  GBytes *bytes;
  JsonObject *message;
  size_t size;
  GError *error;
  JfWay way;
  JfKeyId seen;
  gboolean has_seen;
} Task;

static JfSessionLink *
link_ref (JfSessionLink *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

static void
link_unref (JfSessionLink *self)
{
  if (!g_atomic_int_dec_and_test (&self->references))
    return;
  g_main_context_unref (self->context);
  jf_uplink_unref (self->uplink);
  g_clear_error (&self->reason);
  g_free (self);
}

static Task *
task_new (JfSessionLink *self)
{
  Task *task = g_new0 (Task, 1);

  task->self = link_ref (self);
  return task;
}

static void
task_free (gpointer data)
{
  Task *task = data;

  g_clear_pointer (&task->bytes, g_bytes_unref);
  g_clear_pointer (&task->message, json_object_unref);
  g_clear_error (&task->error);
  link_unref (task->self);
  g_free (task);
}

/* The owner's thread. */

static void
opened_task_cb (gpointer data)
{
  Task *task = data;

  task->self->way = task->way;
  if (!task->self->freed)
    task->self->events->opened (task->self, task->self->owner);
  task_free (task);
}

static void
message_task_cb (gpointer data)
{
  Task *task = data;

  g_atomic_int_add (&task->self->inbox_bytes, -(int) task->size);
  if (!task->self->freed)
    task->self->events->message (task->self, task->message, task->self->owner);
  task_free (task);
}

static void
closed_task_cb (gpointer data)
{
  Task *task = data;

  task->self->seen = task->seen;
  task->self->has_seen = task->has_seen;
  if (!task->self->freed)
    task->self->events->closed (task->self, task->error, task->self->owner);
  task_free (task);
}

/* The loop's thread. */

static void
tell_closed_seen (JfSessionLink *self, const GError *reason, const JfKeyId *seen)
{
  Task *task = task_new (self);

  if (seen != NULL)
    task->seen = *seen;
  task->has_seen = seen != NULL;
  task->error = self->reason != NULL ? g_steal_pointer (&self->reason) : g_error_copy (reason);
  self->stopped = TRUE;
  jf_post (self->context, closed_task_cb, task, task_free);
}

static void
tell_closed (JfSessionLink *self, const GError *reason)
{
  tell_closed_seen (self, reason, NULL);
}

static void
clear_outbox (JfSessionLink *self)
{
  g_queue_clear_full (&self->outbox, (GDestroyNotify) g_bytes_unref);
  self->outbox_bytes = 0;
}

/* A large registration is far more than a connection may have unsent: it goes in bursts. */
static void
send_burst (JfSessionLink *self)
{
  while (!g_queue_is_empty (&self->outbox))
    {
      size_t size = g_bytes_get_size (g_queue_peek_head (&self->outbox));
      g_autoptr (GBytes) bytes = NULL;

      if (self->burst_bytes > 0 && self->burst_bytes + size > BURST_MAX_BYTES)
        return;
      bytes = g_queue_pop_head (&self->outbox);
      self->outbox_bytes -= size;
      self->burst_bytes += size;
      jf_conn_send (self->conn, bytes);
    }
  if (self->finishing)
    jf_conn_finish (self->conn);
}

/* Says what was wrong, then ends (PROTOCOL.md section 4). */
static void
give_up (JfSessionLink *self, GError *reason)
{
  g_autoptr (JsonObject)
      message = jf_message_new_error (0, (JfError) reason->code, reason->message);
  g_autoptr (GBytes) bytes = jf_message_to_bytes (message, NULL);

  self->finishing = TRUE;
  self->reason = reason;
  clear_outbox (self);
  if (bytes != NULL)
    jf_conn_send (self->conn, bytes);
  jf_conn_finish (self->conn);
}

static void
conn_message_cb (JfConn *conn, GBytes *bytes, gpointer owner)
{
  JfSessionLink *self = owner;
  GError *error = NULL;
  size_t size;
  const void *data = g_bytes_get_data (bytes, &size);
  JsonObject *message;
  Task *task;

  if (self->finishing && self->reason != NULL)
    return;
  message = jf_message_parse (data, size, &error);
  if (message != NULL && g_atomic_int_get (&self->inbox_bytes) > JF_SESSION_LINK_INBOX_MAX_BYTES)
    {
      g_clear_pointer (&message, json_object_unref);
      error = g_error_new (JF_ERROR, JF_ERROR_LIMIT,
                           _ ("the manager sends faster than can be read"));
    }
  if (message == NULL)
    {
      give_up (self, error);
      return;
    }
  task = task_new (self);
  task->message = message;
  task->size = size;
  g_atomic_int_add (&self->inbox_bytes, (int) size);
  jf_post (self->context, message_task_cb, task, task_free);
}

static void
conn_closed_cb (JfConn *conn, const GError *reason, gpointer owner)
{
  JfSessionLink *self = owner;

  clear_outbox (self);
  g_clear_pointer (&self->conn, jf_conn_free);
  tell_closed (self, reason);
}

static void
conn_drained_cb (JfConn *conn, gpointer owner)
{
  JfSessionLink *self = owner;

  self->burst_bytes = 0;
  if (!g_queue_is_empty (&self->outbox))
    send_burst (self);
}

static const JfConnEvents conn_events = {
  .message = conn_message_cb,
  .closed = conn_closed_cb,
  .drained = conn_drained_cb,
};

static void
dialled_cb (JfTls *tls, GError *error, gpointer data)
{
  JfSessionLink *self = data;
  Task *task;

  if (tls == NULL)
    {
      tell_closed_seen (self, error, jf_dial_get_seen_key (self->dial));
      g_clear_pointer (&self->dial, jf_dial_free);
      return;
    }
  task = task_new (self);
  task->way = *jf_dial_get_way (self->dial);
  g_clear_pointer (&self->dial, jf_dial_free);
  self->conn = jf_conn_new (self->loop, tls, JF_TLS_CLIENT, &conn_events, self);
  jf_post (self->context, opened_task_cb, task, task_free);
}

static void
start_task_cb (gpointer data)
{
  Task *task = data;
  JfSessionLink *self = task->self;

  if (!self->stopped)
    self->dial = jf_dial_control (self->loop, self->uplink, dialled_cb, self);
  task_free (task);
}

static void
send_task_cb (gpointer data)
{
  Task *task = data;
  JfSessionLink *self = task->self;
  size_t size = g_bytes_get_size (task->bytes);

  if (self->conn == NULL || self->finishing)
    ;
  else if (self->outbox_bytes + size > JF_SESSION_LINK_OUTBOX_MAX_BYTES)
    give_up (self, g_error_new (JF_ERROR, JF_ERROR_LIMIT,
                                _ ("the manager does not read what it is sent")));
  else
    {
      g_queue_push_tail (&self->outbox, g_steal_pointer (&task->bytes));
      self->outbox_bytes += size;
      send_burst (self);
    }
  task_free (task);
}

static void
finish_task_cb (gpointer data)
{
  Task *task = data;
  JfSessionLink *self = task->self;

  if (self->conn != NULL && !self->finishing)
    {
      self->finishing = TRUE;
      send_burst (self);
    }
  else if (self->dial != NULL)
    {
      g_autoptr (GError) error = g_error_new (JF_ERROR, JF_ERROR_CLOSED, _ ("given up"));

      g_clear_pointer (&self->dial, jf_dial_free);
      tell_closed (self, error);
    }
  task_free (task);
}

static void
stop_task_cb (gpointer data)
{
  Task *task = data;
  JfSessionLink *self = task->self;

  self->stopped = TRUE;
  clear_outbox (self);
  g_clear_pointer (&self->dial, jf_dial_free);
  g_clear_pointer (&self->conn, jf_conn_free);
  task_free (task);
}

/* The owner's thread again. */

JfSessionLink *
jf_session_link_new (JfLoop *loop,
                     JfUplink *uplink,
                     const JfSessionLinkEvents *events,
                     gpointer owner)
{
  JfSessionLink *self = g_new0 (JfSessionLink, 1);

  self->references = 1;
  self->context = g_main_context_ref_thread_default ();
  self->loop = loop;
  self->uplink = jf_uplink_ref (uplink);
  self->events = events;
  self->owner = owner;
  jf_loop_post (loop, start_task_cb, task_new (self));
  return self;
}

const JfWay *
jf_session_link_get_way (JfSessionLink *self)
{
  return &self->way;
}

const JfKeyId *
jf_session_link_get_seen_key (JfSessionLink *self)
{
  return self->has_seen ? &self->seen : NULL;
}

void
jf_session_link_send (JfSessionLink *self, GBytes *message)
{
  Task *task = task_new (self);

  task->bytes = message;
  jf_loop_post (self->loop, send_task_cb, task);
}

void
jf_session_link_finish (JfSessionLink *self)
{
  jf_loop_post (self->loop, finish_task_cb, task_new (self));
}

void
jf_session_link_free (JfSessionLink *self)
{
  self->freed = TRUE;
  jf_loop_post (self->loop, stop_task_cb, task_new (self));
  link_unref (self);
}
