/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-desk-private.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-frame.h"
#include "gateway/wire/jf-message.h"

static void
add_reason (JsonObject *event, const GError *reason)
{
  if (reason == NULL)
    return;
  json_object_set_string_member (event, "code", jf_error_name ((JfError) reason->code));
  json_object_set_string_member (event, "reason", reason->message);
}

/* When whatever it waits for is tried again. */
static void
add_retry (JsonObject *event, int retry_ms)
{
  if (retry_ms >= 0)
    json_object_set_int_member (event, "retry_ms", retry_ms);
}

static void
add_way (JsonObject *event, JfEngine *engine)
{
  JfWay way;

  if (!jf_engine_get_way (engine, &way))
    return;
  json_object_set_string_member (event, "carrier", way.carrier);
  json_object_set_string_member (event, "family", way.family == AF_INET6 ? "ipv6" : "ipv4");
  if (*way.proxy != '\0')
    json_object_set_string_member (event, "proxy", way.proxy);
}

static JsonObject *
gateway_event (JfEngine *engine)
{
  const JfEnrolment *enrolment = jf_engine_get_enrolment (engine);
  JsonObject *event = jf_message_new ("gateway");
  const char *state = jf_session_state_name (jf_engine_get_session_state (engine));

  json_object_set_boolean_member (event, "running", TRUE);
  jf_message_set_key_id (event, "key", jf_engine_get_key_id (engine));
  json_object_set_string_member (event, "member", enrolment->member);
  json_object_set_string_member (event, "role", enrolment->role);
  json_object_set_string_member (event, "manager", enrolment->host);
  json_object_set_int_member (event, "manager_port", enrolment->port);
  jf_message_set_key_id (event, "manager_key", &enrolment->key);
  json_object_set_string_member (event, "connection", state);
  add_way (event, engine);
  add_reason (event, jf_engine_get_session_error (engine));
  add_retry (event, jf_engine_get_retry_ms (engine));
  return event;
}

/* Addresses beside the first: other processes want others. */
static void
add_sockets (JsonObject *event, JfJoin *join)
{
  unsigned n = jf_join_get_n_sockets (join);
  JsonArray *also;

  jf_desk_add_pseudo (event, jf_join_get_pseudo (join));
  if (n < 2)
    return;
  also = json_array_new ();
  for (unsigned i = 1; i < n; i++)
    {
      JsonObject *socket = json_object_new ();

      jf_desk_add_pseudo (socket, jf_join_get_socket (join, i));
      json_array_add_object_element (also, socket);
    }
  json_object_set_array_member (event, "also", also);
}

static JsonObject *
join_event (JfEngine *engine, JfJoin *join)
{
  JfJoinState state = jf_join_get_state (join);
  int retry_ms = jf_join_get_retry_ms (join);
  JsonObject *event = jf_message_new ("join");
  JfTunnelStats stats;

  (void) jf_join_get_stats (join, &stats);
  json_object_set_string_member (event, "service", jf_join_get_service (join));
  json_object_set_string_member (event, "state", jf_join_state_name (state));
  add_sockets (event, join);
  add_reason (event, jf_join_get_reason (join));
  if (retry_ms < 0 && state == JF_JOIN_CONNECTING)
    retry_ms = jf_engine_get_retry_ms (engine);
  add_retry (event, retry_ms);
  json_object_set_int_member (event, "streams", stats.streams_open);
  json_object_set_int_member (event, "streams_total", (int64_t) stats.streams_total);
  json_object_set_int_member (event, "streams_refused", (int64_t) stats.streams_refused);
  json_object_set_int_member (event, "channels", stats.channels_open);
  json_object_set_int_member (event, "bytes_sent", (int64_t) stats.bytes_sent);
  json_object_set_int_member (event, "bytes_received", (int64_t) stats.bytes_received);
  json_object_set_int_member (event, "round_trip_us", stats.round_trip_us);
  return event;
}

static JsonObject *
offer_event (JfEngine *engine, const JfOffer *offer)
{
  JfServer *server = jf_engine_get_server (engine);
  JsonObject *event = jf_message_new ("offer");
  g_autofree char *target = jf_target_format (offer->target);
  g_autofree char *service = g_strdup_printf ("%s/%s", jf_engine_get_enrolment (engine)->member,
                                              offer->name);
  JfOfferStats stats;

  jf_server_get_stats (server, offer->name, &stats);
  json_object_set_string_member (event, "service", service);
  json_object_set_string_member (event, "target", target);
  json_object_set_boolean_member (event, "registered", jf_server_is_registered (server));
  json_object_set_int_member (event, "tunnels", stats.tunnels);
  json_object_set_int_member (event, "streams", stats.streams);
  if (stats.last_refusal != JF_REFUSAL_NONE)
    json_object_set_string_member (event, "last_refusal", jf_refusal_name (stats.last_refusal));
  return event;
}

void
jf_desk_begin_status (JfDeskCall *call)
{
  JfEngine *engine = call->desk->engine;
  GListModel *joins = jf_engine_get_joins (engine);
  GPtrArray *offers = jf_server_get_offers (jf_engine_get_server (engine));

  jf_desk_emit (call, gateway_event (engine));
  for (unsigned i = 0; i < g_list_model_get_n_items (joins); i++)
    {
      g_autoptr (JfJoin) join = g_list_model_get_item (joins, i);

      jf_desk_emit (call, join_event (engine, join));
    }
  for (unsigned i = 0; i < offers->len; i++)
    jf_desk_emit (call, offer_event (engine, g_ptr_array_index (offers, i)));
  jf_desk_emit_end (call);
}
