/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Steps S3 to S5 of one join (PROTOCOL.md section 4.4). */
#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-log.h"
#include "manager/control/jf-audit.h"
#include "manager/control/jf-control-private.h"
#include "manager/control/jf-joins.h"

static void
set_state (JfJoin *join, JfJoinState state)
{
  join->state = state;
  join->since = g_get_real_time () / G_USEC_PER_SEC;
}

static void
stop_deadline (JfJoin *join)
{
  if (join->deadline != NULL)
    {
      g_source_destroy (join->deadline);
      g_clear_pointer (&join->deadline, g_source_unref);
    }
}

static gboolean
deadline_cb (gpointer data)
{
  JfJoin *join = data;

  jf_join_remove (join, JF_ERROR_TIMEOUT, "the provider's gateway did not answer", "remove",
                  "no answer of the provider's gateway");
  return G_SOURCE_REMOVE;
}

static void
start_deadline (JfJoin *join, unsigned timeout_ms)
{
  stop_deadline (join);
  join->deadline = g_timeout_source_new (timeout_ms);
  g_source_set_callback (join->deadline, deadline_cb, join, NULL);
  g_source_attach (join->deadline, NULL);
}

/* Pairs that there are or may soon be: those joined, and at least those issued within a ticket's
 * life. Both count the same pairs in part, so the larger is what matters. */
static unsigned
pairs_in_use (JfJoin *join, int64_t now_us)
{
  JfSwitchTraffic traffic = { 0 };
  unsigned recent = 0;

  jf_switch_tunnel_get_traffic (join->legs, &traffic);
  for (unsigned i = 0; i < G_N_ELEMENTS (join->issued_us); i++)
    recent += join->issued_us[i] >= 0 &&
              now_us - join->issued_us[i] < (int64_t) JF_TICKET_LIFETIME_MS * 1000;
  return MAX (recent, traffic.pairs);
}

static void
note_issued (JfJoin *join, unsigned count, int64_t now_us)
{
  for (unsigned n = 0; n < count; n++)
    {
      unsigned oldest = 0;

      for (unsigned i = 1; i < G_N_ELEMENTS (join->issued_us); i++)
        {
          if (join->issued_us[i] < join->issued_us[oldest])
            oldest = i;
        }
      join->issued_us[oldest] = now_us;
    }
}

static void
issue (JfJoin *join, unsigned count, JfTicket *client, JfTicket *server)
{
  jf_switch_tunnel_issue (join->legs, &join->client->key_id, &join->server->key_id, count, client,
                          server);
  note_issued (join, count, g_get_monotonic_time ());
}

static JsonObject *
new_setup (JfJoin *join, const char *side, const JfMemberConn *peer, const JfTicket *tickets)
{
  JsonObject *setup = jf_message_new (JF_MSG_SETUP);

  json_object_set_int_member (setup, "tunnel", (int64_t) join->id);
  json_object_set_string_member (setup, "side", side);
  json_object_set_string_member (setup, "service", join->service);
  jf_message_set_key_id (setup, "peer", &peer->key_id);
  jf_message_set_tickets (setup, "tickets", tickets, JF_CHANNELS_MIN);
  return setup;
}

/* S3a */
static void
send_client_setup (JfJoin *join,
                   const JfServiceRecord *record,
                   const JfTicket *tickets,
                   int64_t request)
{
  JsonObject *setup = new_setup (join, "client", join->server, tickets);

  if (request > 0)
    json_object_set_int_member (setup, "request", request);
  json_object_set_string_member (setup, "kind", record->kind);
  json_object_set_int_member (setup, "port", record->port);
  json_object_set_string_member (setup, "title", record->title);
  if (*record->open != '\0')
    json_object_set_string_member (setup, "open", record->open);
  if (*record->app != '\0')
    json_object_set_string_member (setup, "app", record->app);
  jf_member_conn_send (join->client, setup);
}

/* S3b */
static void
send_server_setup (JfJoin *join, const JfTicket *tickets)
{
  JsonObject *setup = new_setup (join, "server", join->client, tickets);

  json_object_set_string_member (setup, "member", join->client->member);
  jf_member_conn_send (join->server, setup);
}

gboolean
jf_join_advance (JfJoin *join, int64_t request)
{
  JfControl *control = jf_joins_get_control (join->joins);
  const JfServiceRecord *record = jf_registry_get_service (control->registry, join->provider,
                                                           join->name);
  JfMemberConn *server = jf_offers_pick (control->offers, join->service, &join->client->key_id);
  JfTicket client_tickets[JF_CHANNELS_MIN];
  JfTicket server_tickets[JF_CHANNELS_MIN];

  if (record == NULL || server == NULL)
    return FALSE;
  if (server->unanswered >= control->unanswered_max)
    {
      g_hash_table_add (server->held, g_strdup (join->service));
      return FALSE;
    }

  join->server = server;
  server->unanswered++;
  g_hash_table_add (server->serving, join);
  set_state (join, JF_JOIN_SETUP);
  issue (join, JF_CHANNELS_MIN, client_tickets, server_tickets);
  send_server_setup (join, server_tickets);
  send_client_setup (join, record, client_tickets, request);
  start_deadline (join, control->answer_timeout_ms);
  return TRUE;
}

static void
answered (JfJoin *join)
{
  if (!join->server_ready)
    join->server->unanswered--;
  join->server_ready = TRUE;
  stop_deadline (join);
}

void
jf_join_ready (JfJoin *join, const JfMemberConn *from)
{
  JsonObject *joined;

  if (join->state != JF_JOIN_SETUP)
    return;

  if (from == join->server)
    {
      answered (join);
      jf_joins_wake_held (join->joins, join->server);
    }
  else
    join->client_ready = TRUE;
  if (!join->server_ready || !join->client_ready)
    return;

  set_state (join, JF_JOIN_JOINED);
  joined = jf_message_new (JF_MSG_JOINED);
  json_object_set_int_member (joined, "tunnel", (int64_t) join->id);
  jf_member_conn_send (join->client, joined);
  jf_audit (jf_joins_get_control (join->joins), &(JfAuditEvent){ .event = "joined",
                                                                 .member = join->client->member,
                                                                 .device = join->client->device,
                                                                 .service = join->service,
                                                                 .tunnel = join->id });
}

static void
send_tickets (JfJoin *join, JfMemberConn *to, const JfTicket *tickets, unsigned count)
{
  JsonObject *message = jf_message_new (JF_MSG_TICKETS);

  json_object_set_int_member (message, "tunnel", (int64_t) join->id);
  jf_message_set_tickets (message, "tickets", tickets, count);
  jf_member_conn_send (to, message);
}

void
jf_join_add_legs (JfJoin *join, unsigned count)
{
  unsigned in_use = pairs_in_use (join, g_get_monotonic_time ());
  JfTicket client_tickets[JF_CHANNELS_MAX];
  JfTicket server_tickets[JF_CHANNELS_MAX];

  if (join->server == NULL)
    return;
  if (in_use >= JF_CHANNELS_MAX)
    {
      jf_count (JF_COUNT_MESSAGE_LIMIT);
      jf_log (JF_LOG_DEBUG, "legs-refused", "tunnel", JF_I (join->id), NULL);
      return;
    }

  count = MIN (count, JF_CHANNELS_MAX - in_use);
  issue (join, count, client_tickets, server_tickets);
  send_tickets (join, join->server, server_tickets, count);
  send_tickets (join, join->client, client_tickets, count);
}

void
jf_join_reset (JfJoin *join)
{
  stop_deadline (join);
  if (join->server != NULL)
    {
      answered (join);
      g_hash_table_remove (join->server->serving, join);
    }
  join->server = NULL;
  join->client_ready = FALSE;
  join->server_ready = FALSE;
  for (unsigned i = 0; i < G_N_ELEMENTS (join->issued_us); i++)
    join->issued_us[i] = -1;
  set_state (join, JF_JOIN_WAITING);
  jf_switch_tunnel_cut (join->legs);
}
