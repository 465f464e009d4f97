/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tunnel/tunnel-fixture.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

static const JfFrontEvents front_events = { NULL, NULL, NULL };

static JfLoop *
new_loop (const char *name)
{
  g_autoptr (GError) error = NULL;
  JfLoop *loop = jf_loop_new (name, &error);

  g_assert_no_error (error);
  return loop;
}

static JfIdentity *
new_identity (void)
{
  g_autoptr (GError) error = NULL;
  JfIdentity *identity = jf_identity_new (&error);

  g_assert_no_error (error);
  return identity;
}

static JfUplink *
new_uplink (TunnelFixture *self, JfIdentity *identity)
{
  g_auto (GStrv) listen = jf_front_get_listen (self->front);
  uint16_t port = (uint16_t) g_ascii_strtoull (strrchr (listen[0], ':') + 1, NULL, 10);

  return jf_uplink_new (&jf_carrier_direct, "127.0.0.1", port,
                        jf_identity_get_key_id (self->manager), identity);
}

void
tunnel_fixture_set_up (TunnelFixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  memset (self, 0, sizeof *self);
  self->manager_loops[0] = new_loop ("switch-0");
  self->manager_loops[1] = new_loop ("switch-1");
  self->client_loop = new_loop ("client");
  self->server_loop = new_loop ("server");
  self->manager = new_identity ();
  self->client_identity = new_identity ();
  self->server_identity = new_identity ();
  self->sw = jf_switch_new (self->manager_loops, 2);
  self->front = jf_front_new (self->manager_loops, 2, self->sw, self->manager, &front_events, NULL);
  jf_front_set_certificate (self->front, NULL, NULL, &error);
  g_assert_no_error (error);
  jf_front_listen (self->front, "127.0.0.1:0", &error);
  g_assert_no_error (error);
  self->rows = jf_switch_tunnel_new (self->sw, 1);
  self->client_uplink = new_uplink (self, self->client_identity);
  self->server_uplink = new_uplink (self, self->server_identity);
}

void
tunnel_fixture_tear_down (TunnelFixture *self, gconstpointer data)
{
  jf_tunnel_free (self->client);
  jf_tunnel_free (self->server);
  jf_pseudo_free (self->pseudo);
  jf_loop_free (self->client_loop);
  jf_loop_free (self->server_loop);
  jf_switch_tunnel_free (self->rows);
  jf_front_free (self->front);
  jf_switch_free (self->sw);
  jf_loop_free (self->manager_loops[0]);
  jf_loop_free (self->manager_loops[1]);
  jf_uplink_unref (self->client_uplink);
  jf_uplink_unref (self->server_uplink);
  jf_identity_unref (self->manager);
  jf_identity_unref (self->client_identity);
  jf_identity_unref (self->server_identity);
  g_clear_error (&self->channel_error);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* what was still on its way to this thread */
}

static void
probed_cb (JfTunnel *tunnel, JfRefusal refusal, gpointer owner)
{
  TunnelFixture *self = owner;

  self->probed = TRUE;
  self->refusal = refusal;
}

static void
channels_cb (JfTunnel *tunnel, unsigned n_open, const GError *error, gpointer owner)
{
  TunnelFixture *self = owner;

  self->channels = n_open;
  g_clear_error (&self->channel_error);
  self->channel_error = error != NULL ? g_error_copy (error) : NULL;
}

static void
legs_wanted_cb (JfTunnel *tunnel, unsigned count, gpointer owner)
{
  TunnelFixture *self = owner;
  JfTicket client[JF_TICKETS_PER_MESSAGE_MAX], server[JF_TICKETS_PER_MESSAGE_MAX];

  jf_switch_tunnel_issue (self->rows, jf_identity_get_key_id (self->client_identity),
                          jf_identity_get_key_id (self->server_identity), count, client, server);
  jf_tunnel_add_legs (self->server, server, count);
  jf_tunnel_add_legs (self->client, client, count);
}

static void
vouched_cb (JfTunnel *tunnel, const JfKeyId *key_ids, unsigned n, gpointer owner)
{
  ((TunnelFixture *) owner)->vouched = n;
}

static const JfTunnelEvents client_events = {
  probed_cb, channels_cb, legs_wanted_cb, vouched_cb, NULL,
};
static const JfTunnelEvents server_events = { NULL, NULL, NULL, NULL, NULL };

void
tunnel_fixture_connect (TunnelFixture *self, const JfKeyId *server)
{
  const JfKeyId *client_key = jf_identity_get_key_id (self->client_identity);
  JfTicket client_tickets[JF_CHANNELS_MIN], server_tickets[JF_CHANNELS_MIN];

  jf_switch_tunnel_issue (self->rows, client_key, jf_identity_get_key_id (self->server_identity),
                          JF_CHANNELS_MIN, client_tickets, server_tickets);
  jf_tunnel_connect (self->server, self->server_uplink, client_key, server_tickets,
                     JF_CHANNELS_MIN);
  jf_tunnel_connect (self->client, self->client_uplink, server, client_tickets, JF_CHANNELS_MIN);
}

void
tunnel_fixture_start (TunnelFixture *self, uint16_t target_port)
{
  g_autofree char *text = g_strdup_printf ("tcp:127.0.0.1:%u", target_port);
  g_autoptr (GError) error = NULL;
  g_autoptr (JfTarget) target = jf_target_parse (text, &error);
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse ("127.0.0.1:0", &error);
  JfKeyId vouch[2] = { { { 1 } }, { { 2 } } };

  g_assert_no_error (error);
  self->pseudo = jf_pseudo_open (spec, jf_identity_get_key_id (self->manager), "p/s", 1, 0, &error);
  g_assert_no_error (error);
  self->server = jf_tunnel_new_server (self->server_loop, target, vouch, 2, &server_events, self);
  self->client = jf_tunnel_new_client (self->client_loop, &client_events, self);
  jf_tunnel_listen (self->client, self->pseudo->fd, TRUE);
  tunnel_fixture_connect (self, jf_identity_get_key_id (self->server_identity));
}

void
tunnel_fixture_await_probe (TunnelFixture *self, JfRefusal refusal)
{
  TUNNEL_FIXTURE_AWAIT (self->probed && self->refusal == refusal);
}

int
tunnel_fixture_dial (TunnelFixture *self)
{
  return sockets_connect (self->pseudo->host, self->pseudo->port);
}

static gboolean
tick_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
tunnel_fixture_iterate (void)
{
  unsigned tick = g_timeout_add (20, tick_cb, NULL);

  g_main_context_iteration (NULL, TRUE);
  g_source_remove (tick);
}
