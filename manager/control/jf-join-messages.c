/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-join-messages.h"

#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-names.h"
#include "manager/control/jf-audit.h"

/* "PROVIDER/NAME" at its longest */
#define SERVICE_MAX_BYTES (2 * JF_LABEL_MAX_BYTES + 1)
/* Refused joins of one connection that get into the audit; the counter goes on. */
#define REFUSED_AUDIT_MAX    10
#define REFUSED_AUDIT_SPAN_S 60

/* The one service of that name that this member may use. */
static const JfServiceRecord *
find_by_name (JfRegistry *registry, const char *member, const char *name)
{
  g_autoptr (GPtrArray) services = jf_registry_list_services (registry);
  const JfServiceRecord *found = NULL;

  for (unsigned i = 0; i < services->len; i++)
    {
      const JfServiceRecord *record = g_ptr_array_index (services, i);

      if (!g_str_equal (record->name, name) || !jf_registry_may_use (registry, member, record))
        continue;
      if (found != NULL)
        return NULL;
      found = record;
    }
  return found;
}

/* NULL alike for what is absent, malformed, ambiguous, or not for this member. */
static const JfServiceRecord *
find_service (JfControl *control, const char *member, const char *service)
{
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;
  const JfServiceRecord *record;

  if (!jf_service_split (service, &provider, &name, NULL))
    return NULL;
  if (provider == NULL)
    return find_by_name (control->registry, member, name);

  record = jf_registry_get_service (control->registry, provider, name);
  if (record == NULL || !jf_registry_may_use (control->registry, member, record))
    return NULL;
  return record;
}

static void
audit_refused (JfControl *control, JfMemberConn *conn, const char *service)
{
  int64_t now_us = g_get_monotonic_time ();
  g_autofree char *clean = NULL;

  if (conn->refused == 0 ||
      now_us - conn->refused_since_us > (int64_t) REFUSED_AUDIT_SPAN_S * G_USEC_PER_SEC)
    {
      conn->refused_since_us = now_us;
      conn->refused = 0;
    }
  if (conn->refused++ >= REFUSED_AUDIT_MAX)
    return;

  clean = jf_text_clean (service, SERVICE_MAX_BYTES);
  jf_audit (control, &(JfAuditEvent){ .event = "refused",
                                      .member = conn->member,
                                      .device = conn->device,
                                      .service = clean,
                                      .address = jf_front_conn_get_address (conn->front) });
}

static void
send_waiting (JfJoin *join, int64_t request)
{
  JsonObject *waiting = jf_message_new (JF_MSG_WAITING);

  json_object_set_int_member (waiting, "request", request);
  json_object_set_int_member (waiting, "tunnel", (int64_t) join->id);
  json_object_set_string_member (waiting, "service", join->service);
  json_object_set_string_member (waiting, "reason", "offline");
  jf_member_conn_send (join->client, waiting);
}

static void
begin (JfControl *control, JfMemberConn *conn, const JfServiceRecord *record, int64_t request)
{
  JfJoin *join = jf_joins_add (control->joins, conn, record);

  jf_audit (control, &(JfAuditEvent){ .event = "join",
                                      .member = conn->member,
                                      .device = conn->device,
                                      .service = join->service,
                                      .address = jf_front_conn_get_address (conn->front),
                                      .tunnel = join->id });
  if (!jf_join_advance (join, request))
    send_waiting (join, request);
}

gboolean
jf_join_handle_join (JfControl *control, JfMemberConn *conn, JsonObject *message, GError **error)
{
  const JfServiceRecord *record;
  g_autofree char *id = NULL;
  const char *service;
  int64_t request;

  if (!jf_message_get_int (message, "request", 1, JF_REQUEST_MAX, &request, error) ||
      !jf_message_get_string (message, "service", SERVICE_MAX_BYTES, &service, error))
    return FALSE;

  record = find_service (control, conn->member, service);
  if (record == NULL)
    {
      audit_refused (control, conn, service);
      jf_member_conn_not_available (conn, request);
      return TRUE;
    }

  id = jf_control_service_id (record);
  if (g_hash_table_contains (conn->joins, id))
    jf_member_conn_error (conn, request, JF_ERROR_BUSY,
                          "this device has a tunnel to that service already");
  else if (g_hash_table_size (conn->joins) >= JF_JOINS_MAX_PER_DEVICE)
    {
      jf_count (JF_COUNT_MESSAGE_LIMIT);
      jf_member_conn_error (conn, request, JF_ERROR_LIMIT, "too many tunnels of this device");
    }
  else
    begin (control, conn, record, request);
  return TRUE;
}

static gboolean
get_tunnel (JsonObject *message, uint64_t *out, GError **error)
{
  int64_t id;

  if (!jf_message_get_int (message, "tunnel", 1, JF_REQUEST_MAX, &id, error))
    return FALSE;
  *out = (uint64_t) id;
  return TRUE;
}

/* The tunnel, if `conn` is one of its two ends. */
static JfJoin *
find_own (JfControl *control, JfMemberConn *conn, uint64_t id)
{
  JfJoin *join = jf_joins_lookup (control->joins, id);

  return join != NULL && (join->client == conn || join->server == conn) ? join : NULL;
}

gboolean
jf_join_handle_ready (JfControl *control, JfMemberConn *conn, JsonObject *message, GError **error)
{
  uint64_t id;
  JfJoin *join;

  if (!get_tunnel (message, &id, error))
    return FALSE;
  join = find_own (control, conn, id);
  if (join != NULL && !jf_member_conn_is_leaving (conn, id))
    jf_join_ready (join, conn);
  return TRUE;
}

/* Instead of S4: a side cannot. Its text is for logs; the other side gets ours. */
static void
give_up (JfJoin *join, JfMemberConn *conn, JfError code)
{
  gboolean by_client = join->client == conn;
  g_autofree char *detail = g_strdup_printf ("%s of the %s's gateway", jf_error_name (code),
                                             by_client ? "user" : "provider");

  jf_join_remove (join, code,
                  by_client ? "the user's gateway could not set it up"
                            : "the provider's gateway could not set it up",
                  "remove", detail);
}

/* S7, or the answer to S3 of a side that cannot: that one has a code. It may be about a setup that
 * an S6 has ended meanwhile; then it means nothing any more, and S7 follows it. */
gboolean
jf_join_handle_removed (JfControl *control, JfMemberConn *conn, JsonObject *message, GError **error)
{
  const char *code, *text;
  uint64_t id;
  JfJoin *join;

  if (!get_tunnel (message, &id, error) ||
      !jf_message_get_optional_string (message, "code", JF_LABEL_MAX_BYTES, NULL, &code, error) ||
      !jf_message_get_optional_string (message, "message", JF_TEXT_MAX_BYTES, "", &text, error))
    return FALSE;

  join = find_own (control, conn, id);
  if (jf_member_conn_is_leaving (conn, id))
    {
      if (join == NULL || code == NULL)
        jf_member_conn_removed (conn, id);
    }
  else if (join != NULL && join->state != JF_JOIN_WAITING)
    give_up (join, conn, code != NULL ? jf_error_from_name (code) : JF_ERROR_FAILED);
  return TRUE;
}

gboolean
jf_join_handle_leave (JfControl *control, JfMemberConn *conn, JsonObject *message, GError **error)
{
  uint64_t id;
  JfJoin *join;

  if (!get_tunnel (message, &id, error))
    return FALSE;
  join = find_own (control, conn, id);
  if (join != NULL && join->client == conn)
    jf_join_remove (join, JF_ERROR_CLOSED, "the user left", "leave", NULL);
  return TRUE;
}

gboolean
jf_join_handle_legs (JfControl *control, JfMemberConn *conn, JsonObject *message, GError **error)
{
  int64_t count;
  uint64_t id;
  JfJoin *join;

  if (!get_tunnel (message, &id, error) ||
      !jf_message_get_int (message, "count", 1, JF_CHANNELS_MAX, &count, error))
    return FALSE;
  join = find_own (control, conn, id);
  if (join != NULL && join->client == conn)
    jf_join_add_legs (join, (unsigned) count);
  return TRUE;
}
