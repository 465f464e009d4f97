/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Control connections come and go here, and each message finds its handler. The order within a
 * connection is kept: while a write that a message has caused is under way, the later ones wait. */
#include "manager/control/jf-control.h"

#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-log.h"
#include "manager/control/jf-audit.h"
#include "manager/control/jf-control-private.h"
#include "manager/control/jf-enrollment.h"
#include "manager/control/jf-join-messages.h"
#include "manager/control/jf-listing.h"
#include "manager/control/jf-registration.h"

JfControl *
jf_control_ref (JfControl *self)
{
  self->references++;
  return self;
}

void
jf_control_unref (JfControl *self)
{
  if (--self->references > 0)
    return;
  g_object_unref (self->registry);
  g_free (self->software);
  g_free (self->public_address);
  g_free (self);
}

static void
offers_changed_cb (const char *service, gpointer data)
{
  jf_watchers_mark (((JfControl *) data)->watchers, service);
}

JfControl *
jf_control_new (JfRegistry *registry, JfSwitch *sw, const JfControlConfig *config)
{
  JfControl *self = g_new0 (JfControl, 1);

  self->references = 1;
  self->registry = g_object_ref (registry);
  self->sw = sw;
  self->started_us = g_get_monotonic_time ();
  self->answer_timeout_ms = JF_ANSWER_TIMEOUT_MS;
  self->unanswered_max = JF_UNANSWERED_MAX;
  self->hello_timeout_ms = JF_PREAMBLE_TIMEOUT_MS;
  self->conns = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) jf_member_conn_unref, NULL);
  self->welcomed = g_hash_table_new (jf_key_id_hash, jf_key_id_equal_func);
  self->commits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                         (GDestroyNotify) g_queue_free);
  self->watchers = jf_watchers_new (self);
  self->offers = jf_offers_new (registry, offers_changed_cb, self);
  self->joins = jf_joins_new (self);
  jf_control_set_config (self, config);
  return self;
}

void
jf_control_set_config (JfControl *self, const JfControlConfig *config)
{
  g_free (self->software);
  self->software = g_strdup (config->software != NULL ? config->software
                                                      : "jackfield-manager " JF_VERSION);
  g_free (self->public_address);
  self->public_address = g_strdup (config->public_address);
  self->manager = config->manager;
  self->keep_addresses = config->keep_addresses;
  jf_audit_keep_days (self, config->audit_days);
}

/* Those that have begun are freed when their writes come back. */
static void
free_waiting_commits (JfControl *self)
{
  GHashTableIter iter;
  gpointer queue;

  g_hash_table_iter_init (&iter, self->commits);
  while (g_hash_table_iter_next (&iter, NULL, &queue))
    {
      JfRegistration *registration;

      while ((registration = g_queue_pop_head (queue)) != NULL)
        {
          if (!registration->started)
            jf_registration_free (registration);
        }
    }
}

void
jf_control_free (JfControl *self)
{
  GHashTableIter iter;
  gpointer key;

  self->freed = TRUE;
  jf_audit_keep_days (self, 0);
  jf_audit_stop (self);
  g_clear_pointer (&self->joins, jf_joins_free);
  g_clear_pointer (&self->watchers, jf_watchers_free);
  free_waiting_commits (self);
  g_hash_table_iter_init (&iter, self->conns);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      JfMemberConn *conn = key;

      jf_member_conn_end (conn);
      jf_front_conn_set_data (conn->front, NULL);
      conn->control = NULL;
    }
  g_clear_pointer (&self->welcomed, g_hash_table_unref);
  g_clear_pointer (&self->conns, g_hash_table_unref);
  g_clear_pointer (&self->commits, g_hash_table_unref);
  g_clear_pointer (&self->offers, jf_offers_free);
  jf_control_unref (self);
}

char *
jf_control_service_id (const JfServiceRecord *record)
{
  return g_strdup_printf ("%s/%s", record->provider, record->name);
}

/* From here on it is a shell: no handler, table or timer finds it any more. */
void
jf_control_drop (JfControl *self, JfMemberConn *conn, JfError code, const char *message)
{
  if (conn->state == JF_MEMBER_ENDED)
    return;

  if (g_hash_table_lookup (self->welcomed, &conn->key_id) == conn)
    {
      g_hash_table_remove (self->welcomed, &conn->key_id);
      jf_offers_offline (self->offers, &conn->key_id);
    }
  conn->state = JF_MEMBER_ENDED;
  jf_watchers_forget (self->watchers, conn);
  jf_joins_conn_gone (self->joins, conn, code, message);
  jf_member_conn_end (conn);
}

/* A copy, so that connections may go while one goes through it; each with a reference. */
static GPtrArray *
list_conns (JfControl *self)
{
  GPtrArray *all = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_member_conn_unref);
  GHashTableIter iter;
  gpointer conn;

  g_hash_table_iter_init (&iter, self->conns);
  while (g_hash_table_iter_next (&iter, &conn, NULL))
    g_ptr_array_add (all, jf_member_conn_ref (conn));
  return all;
}

static void
expel_one (JfControl *self, JfMemberConn *conn)
{
  g_hash_table_remove (self->welcomed, &conn->key_id);
  jf_offers_offline (self->offers, &conn->key_id);
  jf_joins_conn_gone (self->joins, conn, JF_ERROR_NOT_AVAILABLE, "revoked by the operator");
  jf_member_conn_error (conn, 0, JF_ERROR_NOT_ENROLLED, "revoked by the operator");
  jf_control_drop (self, conn, JF_ERROR_NOT_AVAILABLE, "revoked by the operator");
  jf_front_conn_finish (conn->front);
}

void
jf_control_expel (JfControl *self, const char *member, const JfKeyId *device)
{
  g_autoptr (GPtrArray) all = list_conns (self);

  if (device == NULL)
    jf_joins_remove_provider (self->joins, member, "the provider was revoked");
  for (unsigned i = 0; i < all->len; i++)
    {
      JfMemberConn *conn = g_ptr_array_index (all, i);

      if (conn->state == JF_MEMBER_WELCOMED && g_str_equal (conn->member, member) &&
          (device == NULL || jf_key_id_equal (&conn->key_id, device)))
        expel_one (self, conn);
    }
}

gboolean
jf_control_member_online (JfControl *self, const char *member)
{
  GHashTableIter iter;
  gpointer conn;

  g_hash_table_iter_init (&iter, self->welcomed);
  while (g_hash_table_iter_next (&iter, NULL, &conn))
    {
      if (g_str_equal (((JfMemberConn *) conn)->member, member))
        return TRUE;
    }
  return FALSE;
}

/* The peer broke the protocol: it is told how, and that was it. */
static void
fail (JfControl *self, JfMemberConn *conn, int64_t request, const GError *reason)
{
  jf_count (reason->code == JF_ERROR_LIMIT ? JF_COUNT_MESSAGE_LIMIT : JF_COUNT_MESSAGE_INVALID);
  jf_log (JF_LOG_WARNING, "message-invalid", "device", JF_S (conn->device), "reason",
          JF_S (reason->message), NULL);
  jf_member_conn_error (conn, request, (JfError) reason->code, reason->message);
  jf_control_drop (self, conn, JF_ERROR_UNREACHABLE, "the other gateway is gone");
  jf_front_conn_finish (conn->front);
}

/* A gateway's own complaint. There is nothing to be done about it here but to know. */
static gboolean
handle_error (JfControl *self, JfMemberConn *conn, JsonObject *message, GError **error)
{
  const char *code, *text;

  if (!jf_message_get_string (message, "code", JF_LABEL_MAX_BYTES, &code, error) ||
      !jf_message_get_optional_string (message, "message", JF_TEXT_MAX_BYTES, "", &text, error))
    return FALSE;
  jf_log (JF_LOG_WARNING, "gateway-error", "device", JF_S (conn->device), "code",
          JF_S (jf_error_name (jf_error_from_name (code))), "reason", JF_S (text), NULL);
  return TRUE;
}

#define IN(state) (1u << (state))

static const struct
{
  const char *type;
  JfMessageHandler handle;
  unsigned states;
} handlers[] = {
  { JF_MSG_HELLO, jf_enrollment_handle_hello, IN (JF_MEMBER_HELLO) },
  { JF_MSG_ENROLL, jf_enrollment_handle_enroll, IN (JF_MEMBER_STRANGER) },
  { JF_MSG_REGISTER, jf_registration_handle, IN (JF_MEMBER_WELCOMED) },
  { JF_MSG_LOAD, jf_registration_handle_load, IN (JF_MEMBER_WELCOMED) },
  { JF_MSG_LIST, jf_listing_handle_list, IN (JF_MEMBER_WELCOMED) },
  { JF_MSG_JOIN, jf_join_handle_join, IN (JF_MEMBER_WELCOMED) },
  { JF_MSG_READY, jf_join_handle_ready, IN (JF_MEMBER_WELCOMED) },
  { JF_MSG_REMOVED, jf_join_handle_removed, IN (JF_MEMBER_WELCOMED) },
  { JF_MSG_LEAVE, jf_join_handle_leave, IN (JF_MEMBER_WELCOMED) },
  { JF_MSG_LEGS, jf_join_handle_legs, IN (JF_MEMBER_WELCOMED) },
  { JF_MSG_ERROR, handle_error, IN (JF_MEMBER_STRANGER) | IN (JF_MEMBER_WELCOMED) },
};

static gboolean
handle (JfControl *self, JfMemberConn *conn, JsonObject *message, GError **error)
{
  const char *type = jf_message_type (message);

  for (unsigned i = 0; i < G_N_ELEMENTS (handlers); i++)
    {
      if (!g_str_equal (handlers[i].type, type))
        continue;
      if (handlers[i].states & IN (conn->state))
        return handlers[i].handle (self, conn, message, error);
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "message \"%s\" is out of turn", type);
      return FALSE;
    }
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "unknown message \"%s\"", type);
  return FALSE;
}

/* The request that a refused message was about, when it has a usable one. */
static int64_t
get_request (JsonObject *message)
{
  int64_t request = 0;

  if (!jf_message_get_optional_int (message, "request", 1, JF_REQUEST_MAX, 0, &request, NULL))
    return 0;
  return request;
}

void
jf_control_dispatch (JfControl *self, JfMemberConn *conn, GBytes *bytes)
{
  G_GNUC_UNUSED g_autoptr (JfMemberConn) alive = jf_member_conn_ref (conn);
  g_autoptr (JsonObject) message = NULL;
  g_autoptr (GError) error = NULL;
  size_t size;
  const void *data = g_bytes_get_data (bytes, &size);

  conn->message_bytes = size;
  message = jf_message_parse (data, size, &error);
  if (message == NULL)
    fail (self, conn, 0, error);
  else if (!handle (self, conn, message, &error))
    fail (self, conn, get_request (message), error);
}

static gboolean
hello_timeout_cb (gpointer data)
{
  JfMemberConn *conn = data;

  jf_member_conn_error (conn, 0, JF_ERROR_TIMEOUT, "no hello came");
  jf_front_conn_finish (conn->front);
  jf_control_drop (conn->control, conn, JF_ERROR_TIMEOUT, "");
  return G_SOURCE_REMOVE;
}

static void
opened_cb (JfFrontConn *front, gpointer owner)
{
  JfControl *self = owner;
  JfMemberConn *conn;

  if (self->stopping)
    {
      jf_front_conn_close (front);
      return;
    }
  conn = jf_member_conn_new (self, front);
  jf_front_conn_set_data (front, conn);
  g_hash_table_add (self->conns, conn);
  conn->hello_timer = g_timeout_source_new (self->hello_timeout_ms);
  g_source_set_callback (conn->hello_timer, hello_timeout_cb, conn, NULL);
  g_source_attach (conn->hello_timer, NULL);
}

static void
message_cb (JfFrontConn *front, GBytes *message, gpointer owner)
{
  JfControl *self = owner;
  JfMemberConn *conn = jf_front_conn_get_data (front);

  if (conn == NULL || conn->state == JF_MEMBER_ENDED)
    return;

  if (!conn->busy)
    jf_control_dispatch (self, conn, message);
  else if (!jf_member_conn_enqueue (conn, message))
    {
      g_autoptr (GError) error = g_error_new (JF_ERROR, JF_ERROR_LIMIT,
                                              "too many messages wait for an earlier one");

      fail (self, conn, 0, error);
    }
}

static void
check_stopped (JfControl *self)
{
  if (!self->stopping || g_hash_table_size (self->conns) > 0)
    return;
  if (self->stopped != NULL)
    jf_post (NULL, self->stopped, self->stopped_data, NULL);
  self->stopped = NULL;
}

static void
closed_cb (JfFrontConn *front, const GError *reason, gpointer owner)
{
  JfControl *self = owner;
  JfMemberConn *conn = jf_front_conn_get_data (front);

  if (conn == NULL)
    return;
  if (conn->state == JF_MEMBER_WELCOMED)
    jf_log (JF_LOG_INFO, "disconnected", "member", JF_S (conn->member), "device",
            JF_S (conn->device), "reason", JF_S (reason != NULL ? reason->message : ""), NULL);
  jf_control_drop (self, conn, JF_ERROR_UNREACHABLE, "the other gateway is gone");
  jf_front_conn_set_data (front, NULL);
  g_hash_table_remove (self->conns, conn);
  check_stopped (self);
}

static void
drained_cb (JfFrontConn *front, gpointer owner)
{
  JfControl *self = owner;
  JfMemberConn *conn = jf_front_conn_get_data (front);

  if (conn != NULL)
    jf_watchers_drained (self->watchers, conn);
}

const JfFrontEvents jf_control_front_events = {
  .opened = opened_cb,
  .message = message_cb,
  .closed = closed_cb,
  .drained = drained_cb,
};

void
jf_control_stop (JfControl *self, JfTask done, gpointer data)
{
  g_autoptr (GPtrArray) all = list_conns (self);

  self->stopping = TRUE;
  self->stopped = done;
  self->stopped_data = data;
  jf_joins_stop (self->joins);
  for (unsigned i = 0; i < all->len; i++)
    {
      JfMemberConn *conn = g_ptr_array_index (all, i);

      jf_front_conn_finish (conn->front);
      jf_control_drop (self, conn, JF_ERROR_UNREACHABLE, "");
    }
  check_stopped (self);
}
