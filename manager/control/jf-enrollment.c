/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-enrollment.h"

#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-invitation.h"
#include "gateway/wire/jf-preamble.h"
#include "manager/control/jf-audit.h"

#define PROTOCOL_VERSION 1
#define VERSIONS_MAX     64

static gboolean
offers_our_version (JsonObject *message, gboolean *out, GError **error)
{
  JsonNode *node = json_object_get_member (message, "versions");
  JsonArray *versions;

  *out = FALSE;
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node) ||
      json_array_get_length (json_node_get_array (node)) > VERSIONS_MAX)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "hello: versions is not a list of numbers");
      return FALSE;
    }
  versions = json_node_get_array (node);
  for (unsigned i = 0; i < json_array_get_length (versions); i++)
    {
      JsonNode *element = json_array_get_element (versions, i);

      if (!JSON_NODE_HOLDS_VALUE (element) || json_node_get_value_type (element) != G_TYPE_INT64)
        {
          g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL,
                       "hello: versions is not a list of numbers");
          return FALSE;
        }
      *out |= json_node_get_int (element) == PROTOCOL_VERSION;
    }
  return TRUE;
}

/* A device has one control connection; the dead one need not notice first. One that is not dead is
 * told: it would come back, evict us in its turn, and so on for ever. */
static void
evict_older (JfControl *control, JfMemberConn *conn)
{
  JfMemberConn *older = g_hash_table_lookup (control->welcomed, &conn->key_id);

  if (older == NULL)
    return;
  jf_count (JF_COUNT_CONTROL_EVICTED);
  jf_log (JF_LOG_INFO, "evicted", "member", JF_S (older->member), "device", JF_S (older->device),
          NULL);
  jf_member_conn_error (older, 0, JF_ERROR_BUSY,
                        "another gateway with this device's key has connected");
  jf_control_drop (control, older, JF_ERROR_UNREACHABLE, "the other gateway has connected anew");
  jf_front_conn_finish (older->front);
}

static void
welcome (JfControl *control, JfMemberConn *conn, const JfDevice *device)
{
  const JfMember *member = jf_registry_get_member (control->registry, device->member);
  JsonObject *message;

  evict_older (control, conn);
  conn->state = JF_MEMBER_WELCOMED;
  conn->member = g_strdup (device->member);
  g_hash_table_insert (control->welcomed, &conn->key_id, conn);
  jf_front_conn_set_known (conn->front);

  message = jf_message_new (JF_MSG_WELCOME);
  json_object_set_int_member (message, "version", PROTOCOL_VERSION);
  json_object_set_string_member (message, "member", conn->member);
  json_object_set_string_member (message, "role",
                                 jf_role_name (member != NULL ? member->role : JF_ROLE_USER));
  json_object_set_string_member (message, "device", conn->device);
  json_object_set_string_member (message, "software", control->software);
  jf_member_conn_send (conn, message);
  jf_log (JF_LOG_INFO, "connected", "member", JF_S (conn->member), "device", JF_S (conn->device),
          control->keep_addresses ? "address" : NULL,
          JF_S (jf_front_conn_get_address (conn->front)), NULL);
}

gboolean
jf_enrollment_handle_hello (JfControl *control,
                            JfMemberConn *conn,
                            JsonObject *message,
                            GError **error)
{
  const JfDevice *device;
  const char *software;
  gboolean ours;

  if (!offers_our_version (message, &ours, error) ||
      !jf_message_get_optional_string (message, "software", JF_TEXT_MAX_BYTES, "", &software,
                                       error))
    return FALSE;

  g_source_destroy (conn->hello_timer);
  g_clear_pointer (&conn->hello_timer, g_source_unref);
  if (!ours)
    {
      jf_member_conn_error (conn, 0, JF_ERROR_VERSION,
                            "no protocol version in common; the manager speaks 1");
      jf_control_drop (control, conn, JF_ERROR_VERSION, "");
      jf_front_conn_finish (conn->front);
      return TRUE;
    }

  device = jf_registry_get_device (control->registry, &conn->key_id);
  if (device != NULL)
    {
      welcome (control, conn, device);
      return TRUE;
    }
  jf_count (JF_COUNT_NOT_ENROLLED);
  conn->state = JF_MEMBER_STRANGER;
  jf_member_conn_error (conn, 0, JF_ERROR_NOT_ENROLLED,
                        "this device is not enrolled here; use an invitation link");
  return TRUE;
}

typedef struct
{
  JfControl *control;
  JfMemberConn *conn;
  int64_t request;
} Enrollment;

static void
enrollment_free (Enrollment *self)
{
  jf_member_conn_unref (self->conn);
  jf_control_unref (self->control);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Enrollment, enrollment_free)

static void
refuse (Enrollment *self, const GError *reason)
{
  JfMemberConn *conn = self->conn;

  if (g_error_matches (reason, JF_ERROR, JF_ERROR_BAD_INVITATION))
    {
      jf_count (JF_COUNT_BAD_INVITATION);
      jf_member_conn_error (conn, self->request, JF_ERROR_BAD_INVITATION,
                            "this invitation is mistyped, used or expired; ask for a new one");
    }
  else
    {
      jf_log (JF_LOG_ERROR, "enroll-failed", "reason", JF_S (reason->message), NULL);
      jf_member_conn_error (conn, self->request, JF_ERROR_STORAGE,
                            "the manager cannot store the enrollment; try again later");
    }
  jf_control_drop (self->control, conn, JF_ERROR_CLOSED, "");
  jf_front_conn_finish (conn->front);
}

static const char *
get_role (JfControl *control, const char *label)
{
  const JfMember *member = jf_registry_get_member (control->registry, label);

  return jf_role_name (member != NULL ? member->role : JF_ROLE_USER);
}

/* The device may have been revoked while the audit was being written. */
static void
accept_cb (gpointer data)
{
  g_autoptr (Enrollment) self = data;
  JfMemberConn *conn = self->conn;
  const JfDevice *device;
  const char *role;
  JsonObject *message;

  if (self->control->freed || conn->state == JF_MEMBER_ENDED)
    return;
  device = jf_registry_get_device (self->control->registry, &conn->key_id);
  if (device == NULL)
    {
      g_autoptr (GError)
          error = g_error_new_literal (JF_ERROR, JF_ERROR_BAD_INVITATION, "revoked meanwhile");

      refuse (self, error);
      return;
    }
  role = get_role (self->control, device->member);
  message = jf_message_new (JF_MSG_ENROLLED);
  json_object_set_int_member (message, "request", self->request);
  json_object_set_string_member (message, "member", device->member);
  json_object_set_string_member (message, "role", role);
  jf_member_conn_send (conn, message);
  welcome (self->control, conn, device);
  jf_member_conn_release (conn);
}

/* Who is no provider any more, by this invitation, has no services any more; the registry has
 * forgotten them with the role. Tunnels have to follow. */
static void
withdraw_user (JfControl *control, const char *member)
{
  const JfMember *record = jf_registry_get_member (control->registry, member);

  if (record == NULL || record->role == JF_ROLE_PROVIDER)
    return;
  jf_offers_forget_member (control->offers, member);
  jf_watchers_mark_provider (control->watchers, member);
  jf_joins_remove_provider (control->joins, member, "not a provider any more");
}

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Enrollment) self = data;
  g_autoptr (GError) error = NULL;
  gboolean stored = jf_registry_write_finish (JF_REGISTRY (source), result, &error);
  JfControl *control = self->control;
  const JfDevice *device;

  if (control->freed)
    return;

  device = jf_registry_get_device (control->registry, &self->conn->key_id);
  if (stored && device == NULL)
    g_set_error (&error, JF_ERROR, JF_ERROR_BAD_INVITATION, "revoked meanwhile");
  if (error == NULL)
    {
      withdraw_user (control, device->member);
      jf_watchers_mark_member (control->watchers, device->member);
      jf_audit (control,
                &(JfAuditEvent){ .event = "enroll",
                                 .member = device->member,
                                 .device = self->conn->device,
                                 .detail = get_role (control, device->member),
                                 .address = jf_front_conn_get_address (self->conn->front) });
      jf_audit_when_settled (control, accept_cb, g_steal_pointer (&self));
    }
  else if (self->conn->state != JF_MEMBER_ENDED)
    refuse (self, error);
}

gboolean
jf_enrollment_handle_enroll (JfControl *control,
                             JfMemberConn *conn,
                             JsonObject *message,
                             GError **error)
{
  g_autofree char *hash = NULL;
  Enrollment *self;
  const char *code;
  int64_t request;

  if (!jf_message_get_int (message, "request", 1, JF_REQUEST_MAX, &request, error) ||
      !jf_message_get_string (message, "code", JF_TEXT_MAX_BYTES, &code, error))
    return FALSE;

  self = g_new0 (Enrollment, 1);
  self->control = jf_control_ref (control);
  self->conn = jf_member_conn_ref (conn);
  self->request = request;
  jf_member_conn_hold (conn);
  hash = jf_invitation_code_hash (code);
  jf_registry_enroll_async (control->registry, hash, &conn->key_id, enrolled_cb, self);
  return TRUE;
}
