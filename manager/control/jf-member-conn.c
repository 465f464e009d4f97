/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-member-conn.h"

#include "gateway/link/jf-log.h"
#include "manager/control/jf-control-private.h"
#include "manager/control/jf-registration.h"

/* S6 without S7 that are remembered for one gateway; more are simply not watched. */
#define LEAVING_MAX (4 * JF_JOINS_MAX_PER_DEVICE)

/* S6 of one tunnel that were sent and not answered; several when its setup was replaced. */
typedef struct
{
  int64_t deadline_us;
  unsigned count;
} Leave;

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    {
      g_source_destroy (*source);
      g_clear_pointer (source, g_source_unref);
    }
}

JfMemberConn *
jf_member_conn_new (JfControl *control, JfFrontConn *front)
{
  JfMemberConn *self = g_new0 (JfMemberConn, 1);

  self->references = 1;
  self->control = control;
  self->front = jf_front_conn_ref (front);
  self->key_id = *jf_front_conn_get_peer (front);
  jf_key_id_format (&self->key_id, self->device);
  self->joins = g_hash_table_new (g_str_hash, g_str_equal);
  self->serving = g_hash_table_new (NULL, NULL);
  self->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->leaving = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  g_queue_init (&self->pending);
  return self;
}

JfMemberConn *
jf_member_conn_ref (JfMemberConn *self)
{
  self->references++;
  return self;
}

void
jf_member_conn_unref (JfMemberConn *self)
{
  if (--self->references > 0)
    return;

  jf_member_conn_end (self);
  jf_front_conn_unref (self->front);
  g_hash_table_unref (self->joins);
  g_hash_table_unref (self->serving);
  g_hash_table_unref (self->held);
  g_hash_table_unref (self->leaving);
  g_free (self->member);
  g_free (self);
}

void
jf_member_conn_send (JfMemberConn *self, JsonObject *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (self->state != JF_MEMBER_ENDED)
    {
      bytes = jf_message_to_bytes (message, &error);
      if (bytes != NULL)
        jf_front_conn_send (self->front, bytes);
      else
        jf_log (JF_LOG_ERROR, "message-unsent", "device", JF_S (self->device), "reason",
                JF_S (error->message), NULL);
    }
  json_object_unref (message);
}

void
jf_member_conn_send_text (JfMemberConn *self, char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

  if (self->state != JF_MEMBER_ENDED)
    jf_front_conn_send (self->front, bytes);
}

void
jf_member_conn_error (JfMemberConn *self, int64_t request, JfError code, const char *message)
{
  jf_member_conn_send (self, jf_message_new_error (request, code, message));
}

void
jf_member_conn_not_available (JfMemberConn *self, int64_t request)
{
  jf_member_conn_error (self, request, JF_ERROR_NOT_AVAILABLE, "no such service, or not for you");
}

void
jf_member_conn_hold (JfMemberConn *self)
{
  self->busy = TRUE;
}

void
jf_member_conn_release (JfMemberConn *self)
{
  G_GNUC_UNUSED g_autoptr (JfMemberConn) alive = jf_member_conn_ref (self);

  self->busy = FALSE;
  while (!self->busy && self->state != JF_MEMBER_ENDED && !g_queue_is_empty (&self->pending))
    {
      g_autoptr (GBytes) message = g_queue_pop_head (&self->pending);

      self->pending_bytes -= g_bytes_get_size (message);
      jf_control_dispatch (self->control, self, message);
    }
}

gboolean
jf_member_conn_enqueue (JfMemberConn *self, GBytes *message)
{
  size_t size = g_bytes_get_size (message);

  if (g_queue_get_length (&self->pending) >= JF_PENDING_MAX ||
      self->pending_bytes + size > JF_PENDING_MAX_BYTES)
    return FALSE;

  self->pending_bytes += size;
  g_queue_push_tail (&self->pending, g_bytes_ref (message));
  return TRUE;
}

static void start_leave_timer (JfMemberConn *self);

static gboolean
leave_timeout_cb (gpointer data)
{
  JfMemberConn *self = data;
  int64_t now = g_get_monotonic_time ();
  GHashTableIter iter;
  gpointer tunnel, leave;

  clear_source (&self->leave_timer);
  g_hash_table_iter_init (&iter, self->leaving);
  while (g_hash_table_iter_next (&iter, &tunnel, &leave))
    {
      if (((Leave *) leave)->deadline_us > now)
        continue;
      jf_log (JF_LOG_WARNING, "remove-unanswered", "device", JF_S (self->device), "tunnel",
              JF_I (*(int64_t *) tunnel), NULL);
      g_hash_table_iter_remove (&iter);
    }
  if (g_hash_table_size (self->leaving) > 0)
    start_leave_timer (self);
  return G_SOURCE_REMOVE;
}

static void
start_leave_timer (JfMemberConn *self)
{
  if (self->leave_timer != NULL)
    return;
  self->leave_timer = g_timeout_source_new (self->control->answer_timeout_ms);
  g_source_set_callback (self->leave_timer, leave_timeout_cb, self, NULL);
  g_source_attach (self->leave_timer, NULL);
}

static void
expect_removed (JfMemberConn *self, int64_t tunnel)
{
  Leave *leave = g_hash_table_lookup (self->leaving, &tunnel);

  if (leave == NULL)
    {
      int64_t *id;

      if (g_hash_table_size (self->leaving) >= LEAVING_MAX)
        return;
      id = g_new (int64_t, 1);
      *id = tunnel;
      leave = g_new0 (Leave, 1);
      g_hash_table_insert (self->leaving, id, leave);
    }
  leave->count++;
  leave->deadline_us = g_get_monotonic_time () + (int64_t) self->control->answer_timeout_ms * 1000;
  start_leave_timer (self);
}

void
jf_member_conn_remove (JfMemberConn *self,
                       uint64_t tunnel,
                       JfError code,
                       const char *message,
                       gboolean final)
{
  JsonObject *remove;

  if (self->state == JF_MEMBER_ENDED)
    return;

  remove = jf_message_new (JF_MSG_REMOVE);
  json_object_set_int_member (remove, "tunnel", (int64_t) tunnel);
  json_object_set_string_member (remove, "code", jf_error_name (code));
  json_object_set_string_member (remove, "message", message);
  json_object_set_boolean_member (remove, "final", final);
  jf_member_conn_send (self, remove);

  expect_removed (self, (int64_t) tunnel);
}

gboolean
jf_member_conn_is_leaving (JfMemberConn *self, uint64_t tunnel)
{
  int64_t id = (int64_t) tunnel;

  return g_hash_table_contains (self->leaving, &id);
}

void
jf_member_conn_removed (JfMemberConn *self, uint64_t tunnel)
{
  int64_t id = (int64_t) tunnel;
  Leave *leave = g_hash_table_lookup (self->leaving, &id);

  if (leave != NULL && --leave->count == 0)
    g_hash_table_remove (self->leaving, &id);
  if (g_hash_table_size (self->leaving) == 0)
    clear_source (&self->leave_timer);
}

void
jf_member_conn_end (JfMemberConn *self)
{
  self->state = JF_MEMBER_ENDED;
  clear_source (&self->hello_timer);
  clear_source (&self->leave_timer);
  clear_source (&self->list_timer);
  g_clear_pointer (&self->registration, jf_registration_free);
  g_queue_clear_full (&self->pending, (GDestroyNotify) g_bytes_unref);
  self->pending_bytes = 0;
  g_hash_table_remove_all (self->leaving);
}
