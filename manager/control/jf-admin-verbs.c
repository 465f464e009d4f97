/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The verbs of the admin socket; jf-admin.h has their members and rows. */
#include "manager/control/jf-admin-call.h"
#include "manager/control/jf-control-private.h"
#include "manager/control/jf-operator.h"

/* An invitation on its way to the registry. */
typedef struct
{
  JfAdminCall *call;
  char *member;
  const char *role; /* what the member has with it, as things stand */
} Invitation;

static void
invitation_free (Invitation *self)
{
  g_free (self->member);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Invitation, invitation_free)

static void
invited_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Invitation) self = data;
  g_autofree char *link = NULL;
  GError *error = NULL;
  int64_t expires;
  JsonObject *row;

  link = jf_operator_invite_finish (result, &expires, &error);
  if (link == NULL)
    {
      jf_admin_call_fail_error (self->call, error);
      return;
    }
  row = json_object_new ();
  json_object_set_string_member (row, "link", link);
  json_object_set_string_member (row, "member", self->member);
  json_object_set_string_member (row, "role", self->role);
  json_object_set_int_member (row, "expires", expires);
  jf_admin_call_row (self->call, row);
  jf_admin_call_ok (self->call);
}

static const char *
describe_role (JfAdminCall *call, const JfInviteRequest *invite)
{
  const JfMember *member;

  if (invite->role != JF_ROLE_SAME)
    return jf_role_name (invite->role);
  member = jf_registry_get_member (jf_admin_call_get_control (call)->registry, invite->member);
  return jf_role_name (member != NULL ? member->role : JF_ROLE_USER);
}

static gboolean
run_invite (JfAdminCall *call, JsonObject *request, GError **error)
{
  g_auto (GStrv) groups = NULL;
  JfInviteRequest invite = { .role = JF_ROLE_SAME };
  const char *role;
  int64_t expires_s;
  Invitation *self;

  if (!jf_message_get_string (request, "member", JF_LABEL_MAX_BYTES, &invite.member, error) ||
      !jf_message_get_optional_string (request, "role", JF_LABEL_MAX_BYTES, NULL, &role, error) ||
      (role != NULL && !jf_role_parse (role, &invite.role, error)) ||
      !jf_message_get_strings (request, "groups", JF_GROUPS_MAX, JF_LABEL_MAX_BYTES, &groups,
                               error) ||
      !jf_message_get_optional_int (request, "expires_s", 1, JF_INVITATION_MAX_S,
                                    JF_INVITATION_DEFAULT_S, &expires_s, error))
    return FALSE;

  invite.groups = (const char *const *) groups;
  invite.expires_s = (unsigned) expires_s;
  self = g_new0 (Invitation, 1);
  self->call = call;
  self->member = g_strdup (invite.member);
  self->role = describe_role (call, &invite);
  jf_operator_invite_async (jf_admin_call_get_control (call), &invite, invited_cb, self);
  return TRUE;
}

static void
revoked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfAdminCall *call = data;
  g_autofree char *member = NULL;
  g_autofree char *device = NULL;
  GError *error = NULL;
  JsonObject *row;

  if (!jf_operator_revoke_finish (result, &member, &device, &error))
    {
      jf_admin_call_fail_error (call, error);
      return;
    }
  row = json_object_new ();
  json_object_set_string_member (row, "revoked", *device != '\0' ? "device" : "member");
  json_object_set_string_member (row, "member", member);
  json_object_set_string_member (row, "device", device);
  jf_admin_call_row (call, row);
  jf_admin_call_ok (call);
}

static gboolean
run_revoke (JfAdminCall *call, JsonObject *request, GError **error)
{
  const char *who;

  if (!jf_message_get_string (request, "who", JF_LABEL_MAX_BYTES, &who, error))
    return FALSE;
  jf_operator_revoke_async (jf_admin_call_get_control (call), who, revoked_cb, call);
  return TRUE;
}

static gboolean
run_close (JfAdminCall *call, JsonObject *request, GError **error)
{
  int64_t tunnel;
  JsonObject *row;

  if (!jf_message_get_int (request, "tunnel", 1, JF_REQUEST_MAX, &tunnel, error) ||
      !jf_operator_close (jf_admin_call_get_control (call), (uint64_t) tunnel, error))
    return FALSE;
  row = json_object_new ();
  json_object_set_int_member (row, "tunnel", tunnel);
  jf_admin_call_row (call, row);
  jf_admin_call_ok (call);
  return TRUE;
}

static JsonObject *
describe_audit_line (const JfAuditLine *line)
{
  JsonObject *row = json_object_new ();

  json_object_set_int_member (row, "id", line->id);
  json_object_set_int_member (row, "time", line->time);
  json_object_set_string_member (row, "event", line->event);
  json_object_set_string_member (row, "member", line->member);
  json_object_set_string_member (row, "device", line->device);
  json_object_set_string_member (row, "service", line->service);
  json_object_set_int_member (row, "tunnel", line->tunnel);
  json_object_set_string_member (row, "detail", line->detail);
  return row;
}

static void
audit_read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfAdminCall *call = data;
  g_autoptr (GPtrArray) lines = NULL;
  GError *error = NULL;

  lines = jf_registry_read_audit_finish (JF_REGISTRY (source), result, &error);
  if (lines == NULL)
    {
      jf_admin_call_fail_error (call, error);
      return;
    }
  for (unsigned i = 0; i < lines->len; i++)
    jf_admin_call_row (call, describe_audit_line (g_ptr_array_index (lines, i)));
  jf_admin_call_ok (call);
}

static gboolean
run_audit (JfAdminCall *call, JsonObject *request, GError **error)
{
  int64_t after, limit;

  if (!jf_message_get_optional_int (request, "after", 0, JF_REQUEST_MAX, 0, &after, error) ||
      !jf_message_get_optional_int (request, "limit", 1, JF_AUDIT_LINES_MAX, JF_AUDIT_LINES_DEFAULT,
                                    &limit, error))
    return FALSE;
  jf_registry_read_audit_async (jf_admin_call_get_control (call)->registry, after, (unsigned) limit,
                                audit_read_cb, call);
  return TRUE;
}

static const struct
{
  const char *name;
  gboolean (*run) (JfAdminCall *call, JsonObject *request, GError **error);
  void (*rows) (JfAdminCall *call); /* a table that needs nothing else */
} verbs[] = {
  { "invite", run_invite, NULL },
  { "members", NULL, jf_admin_rows_members },
  { "devices", NULL, jf_admin_rows_devices },
  { "services", NULL, jf_admin_rows_services },
  { "tunnels", NULL, jf_admin_rows_tunnels },
  { "status", NULL, jf_admin_rows_status },
  { "audit", run_audit, NULL },
  { "revoke", run_revoke, NULL },
  { "close", run_close, NULL },
};

static gboolean
run (JfAdminCall *call, JsonObject *request, GError **error)
{
  const char *name;

  if (!jf_message_get_string (request, "verb", JF_LABEL_MAX_BYTES, &name, error))
    return FALSE;
  for (unsigned i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      if (!g_str_equal (verbs[i].name, name))
        continue;
      if (verbs[i].run != NULL)
        return verbs[i].run (call, request, error);
      verbs[i].rows (call);
      jf_admin_call_ok (call);
      return TRUE;
    }
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "no verb \"%s\"", name);
  return FALSE;
}

void
jf_admin_verb_run (JfAdminCall *call, const char *line, size_t size)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  GError *error = NULL;
  JsonNode *root;
  JsonObject *request;

  if (!g_utf8_validate_len (line, size, NULL) ||
      !json_parser_load_from_data (parser, line, (gssize) size, NULL) ||
      (root = json_parser_get_root (parser)) == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      jf_admin_call_fail (call, JF_ERROR_INVALID, "the request is not a JSON object");
      return;
    }

  /* the getters name the message in their errors */
  request = json_node_get_object (root);
  json_object_set_string_member (request, "type", "request");
  if (run (call, request, &error))
    return;
  if (error->code == JF_ERROR_PROTOCOL)
    error->code = JF_ERROR_INVALID;
  jf_admin_call_fail_error (call, error);
}
