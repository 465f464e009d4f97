/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A client gateway that forges frames, and applications that do not read. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/engine/jf-channel.h"
#include "gateway/link/jf-counter.h"
#include "tests/tunnel/tunnel-fixture.h"

#define FORGED_OPENS 10000

/* A channel of our own instead of the client's tunnel. Its events only count. */
typedef struct
{
  TunnelFixture *fixture;
  JfChannel *channel;
  JfTicket ticket;
  const JfFrame *forged;
  uint8_t payload[64];
  int opened; /* atomic, as are the others */
  int closed;
  int answers;
} Forger;

static void
opened_cb (JfChannel *channel, gpointer owner)
{
  g_atomic_int_set (&((Forger *) owner)->opened, 1);
}

static gboolean
frame_cb (JfChannel *channel,
          const JfFrame *frame,
          const uint8_t *payload,
          gpointer owner,
          GError **error)
{
  if (frame->type == JF_FRAME_ACCEPT || frame->type == JF_FRAME_REFUSE)
    g_atomic_int_inc (&((Forger *) owner)->answers);
  return TRUE;
}

static void
nothing_cb (JfChannel *channel, gpointer owner)
{
}

static void
closed_cb (JfChannel *channel, const GError *reason, gpointer owner)
{
  Forger *forger = owner;

  jf_channel_free (forger->channel);
  forger->channel = NULL;
  g_atomic_int_set (&forger->closed, 1);
}

static const JfChannelEvents forger_events = {
  opened_cb, frame_cb, nothing_cb, nothing_cb, closed_cb,
};

static void
dial_cb (gpointer data)
{
  Forger *forger = data;

  forger->channel = jf_channel_new (
      forger->fixture->client_loop, JF_TLS_CLIENT, forger->fixture->client_identity,
      jf_identity_get_key_id (forger->fixture->server_identity), &forger_events, forger);
  jf_channel_dial (forger->channel, forger->fixture->client_uplink, &forger->ticket);
}

static void
forger_start (Forger *forger, TunnelFixture *fixture)
{
  JfTicket server_ticket;

  memset (forger, 0, sizeof *forger);
  forger->fixture = fixture;
  jf_switch_tunnel_issue (fixture->rows, jf_identity_get_key_id (fixture->client_identity),
                          jf_identity_get_key_id (fixture->server_identity), 1, &forger->ticket,
                          &server_ticket);
  jf_tunnel_add_legs (fixture->server, &server_ticket, 1);
  jf_loop_post (fixture->client_loop, dial_cb, forger);
  TUNNEL_FIXTURE_AWAIT (g_atomic_int_get (&forger->opened));
}

static void
stop_cb (gpointer data)
{
  Forger *forger = data;

  g_clear_pointer (&forger->channel, jf_channel_free);
  g_atomic_int_set (&forger->closed, 1);
}

static void
forger_stop (Forger *forger)
{
  jf_loop_post (forger->fixture->client_loop, stop_cb, forger);
  TUNNEL_FIXTURE_AWAIT (g_atomic_int_get (&forger->closed));
}

/* Every OPEN names some other place, in all the ways that a frame has room for. */
static void
forge_opens_cb (gpointer data)
{
  Forger *forger = data;

  for (uint32_t i = 1; i <= FORGED_OPENS && forger->channel != NULL; i++)
    {
      JfFrame frame = { .type = JF_FRAME_OPEN, .stream = i * 2654435761u | 1 };
      JfFrame reset = { .type = JF_FRAME_RESET, .stream = frame.stream };

      frame.length = (uint16_t) g_snprintf ((char *) forger->payload, sizeof forger->payload,
                                            "CONNECT 127.0.0.1:%u tcp:127.0.0.%u:22", i % 65536,
                                            i % 256);
      jf_channel_send (forger->channel, &frame, forger->payload);
      jf_channel_send (forger->channel, &reset, NULL);
    }
}

static void
test_forged_opens (TunnelFixture *fixture, gconstpointer data)
{
  SocketsServer *target = sockets_server_new (sockets_echo);
  SocketsServer *decoy = sockets_server_new (sockets_echo);
  JfTunnelStats stats;
  Forger forger;

  tunnel_fixture_start (fixture, sockets_server_get_port (target));
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  forger_start (&forger, fixture);
  jf_loop_post (fixture->client_loop, forge_opens_cb, &forger);
  TUNNEL_FIXTURE_AWAIT (
      (jf_tunnel_get_stats (fixture->server, &stats), stats.streams_total == FORGED_OPENS));
  TUNNEL_FIXTURE_AWAIT ((jf_tunnel_get_stats (fixture->server, &stats), stats.streams_open == 0));
  g_assert_cmpuint (sockets_server_count (decoy), ==, 0);
  g_assert_cmpuint (sockets_server_count (target), <=, FORGED_OPENS + 1);
  forger_stop (&forger);
  sockets_server_free (decoy);
  sockets_server_free (target);
}

static void
send_forged_cb (gpointer data)
{
  Forger *forger = data;

  jf_channel_send (forger->channel, forger->forged, forger->payload);
}

/* Each breaks the rules; each costs the forger its channel, and nobody else anything. */
static void
test_broken_rules (TunnelFixture *fixture, gconstpointer data)
{
  static const JfFrame open = { .type = JF_FRAME_OPEN, .stream = 7 };
  static const JfFrame forged[] = {
    { .type = 99 },
    { .type = JF_FRAME_ACCEPT, .stream = 7 },
    { .type = JF_FRAME_PROBED },
    { .type = JF_FRAME_OPEN, .stream = 0 },
    { .type = JF_FRAME_OPEN, .stream = 7 },
    { .type = JF_FRAME_DATA, .stream = 7, .offset = 1, .length = 4 },
    { .type = JF_FRAME_DATA, .stream = 7, .offset = UINT64_MAX, .length = 4 },
    { .type = JF_FRAME_FIN, .stream = 7, .offset = 5 },
    { .type = JF_FRAME_ACK, .stream = 7, .offset = 1000, .length = 8 },
    { .type = JF_FRAME_ACK, .stream = 7, .length = 7 },
  };
  SocketsServer *echo = sockets_server_new (sockets_echo);
  int other;

  tunnel_fixture_start (fixture, sockets_server_get_port (echo));
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  other = tunnel_fixture_dial (fixture);
  for (unsigned i = 0; i < G_N_ELEMENTS (forged); i++)
    {
      uint64_t before = jf_count_get (JF_COUNT_FRAME_INVALID);
      char text[3] = "";
      Forger forger;

      forger_start (&forger, fixture);
      forger.forged = &open;
      jf_loop_post (fixture->client_loop, send_forged_cb, &forger);
      TUNNEL_FIXTURE_AWAIT (g_atomic_int_get (&forger.answers) > 0);
      forger.forged = &forged[i];
      jf_loop_post (fixture->client_loop, send_forged_cb, &forger);
      TUNNEL_FIXTURE_AWAIT (g_atomic_int_get (&forger.closed));
      g_assert_cmpuint (jf_count_get (JF_COUNT_FRAME_INVALID), >, before);
      sockets_write (other, "abc", 3);
      g_assert_cmpint (sockets_read (other, text, 3), ==, 3);
    }
  close (other);
  sockets_server_free (echo);
}

/* A target that never reads: the application is stopped after the window and the kernel's buffers,
 * and the switch holds nothing for it. */
static void
test_never_reads (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = sockets_listen (&port), application, target, other, other_target;
  g_autofree uint8_t *block = g_malloc0 (1 << 20);
  JfTunnelStats client, server;
  size_t taken = 0;
  char text[3];

  tunnel_fixture_start (fixture, port);
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  close (sockets_accept (listener));
  application = tunnel_fixture_dial (fixture);
  target = sockets_accept (listener);
  for (int idle = 0; idle < 20; idle++)
    {
      ssize_t n = send (application, block, 1 << 20, MSG_DONTWAIT | MSG_NOSIGNAL);

      if (n > 0)
        {
          taken += (size_t) n;
          idle = 0;
        }
      tunnel_fixture_iterate ();
    }
  jf_tunnel_get_stats (fixture->client, &client);
  jf_tunnel_get_stats (fixture->server, &server);
  g_test_message ("the application was stopped after %zu bytes, %" G_GUINT64_FORMAT
                  " went to the peer",
                  taken, client.bytes_sent);
  /* What left the client but did not reach the target's socket is at most the window. */
  g_assert_cmpuint (client.bytes_sent - server.bytes_received, <=, JF_WINDOW_MAX_BYTES);
  g_assert_cmpuint (client.bytes_sent, <, taken);
  /* Others go on. */
  other = tunnel_fixture_dial (fixture);
  other_target = sockets_accept (listener);
  sockets_write (other, "abc", 3);
  g_assert_cmpint (sockets_read (other_target, text, 3), ==, 3);
  sockets_reset (application);
  close (target);
  close (other);
  close (other_target);
  close (listener);
}

#define ADD(path, function)                                                                        \
  g_test_add (path, TunnelFixture, NULL, tunnel_fixture_set_up, function, tunnel_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/tunnel/abuse/forged-opens", test_forged_opens);
  ADD ("/tunnel/abuse/broken-rules", test_broken_rules);
  ADD ("/tunnel/abuse/never-reads", test_never_reads);
  return g_test_run ();
}
