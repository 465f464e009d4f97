/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Half-close, reset, refusal: each must come out at the other end as what it was. */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "tests/tunnel/tunnel-fixture.h"

/* A target that the test itself plays. The probe's connection comes first. */
static int
start_with_listener (TunnelFixture *fixture, uint16_t *port)
{
  int listener = sockets_listen (port);

  tunnel_fixture_start (fixture, *port);
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  close (sockets_accept (listener));
  return listener;
}

static void
test_half_close (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = start_with_listener (fixture, &port);
  int application = tunnel_fixture_dial (fixture);
  int target = sockets_accept (listener);
  char text[8] = "";

  sockets_write (application, "ask", 3);
  shutdown (application, SHUT_WR);
  g_assert_cmpint (sockets_read (target, text, sizeof text), ==, 3);
  g_assert_cmpmem (text, 3, "ask", 3);
  /* The target has seen the end, and can still answer. */
  sockets_write (target, "answer", 6);
  close (target);
  g_assert_cmpint (sockets_read (application, text, sizeof text), ==, 6);
  g_assert_cmpmem (text, 6, "answer", 6);
  close (application);
  close (listener);
}

static void
test_target_closes_first (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = start_with_listener (fixture, &port);
  int application = tunnel_fixture_dial (fixture);
  int target = sockets_accept (listener);
  char text[8] = "";

  sockets_write (target, "hello", 5);
  shutdown (target, SHUT_WR);
  g_assert_cmpint (sockets_read (application, text, sizeof text), ==, 5);
  sockets_write (application, "late", 4);
  close (application);
  g_assert_cmpint (sockets_read (target, text, sizeof text), ==, 4);
  close (target);
  close (listener);
}

static void
assert_reset (int fd)
{
  char byte;
  gssize n = sockets_read (fd, &byte, 1);

  g_assert_cmpint (n, ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
  close (fd);
}

static void
test_application_resets (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = start_with_listener (fixture, &port);
  int application = tunnel_fixture_dial (fixture);
  int target = sockets_accept (listener);

  sockets_reset (application);
  assert_reset (target);
  close (listener);
}

static void
test_target_resets (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = start_with_listener (fixture, &port);
  int application = tunnel_fixture_dial (fixture);
  int target = sockets_accept (listener);

  sockets_reset (target);
  assert_reset (application);
  close (listener);
}

/* What was sent before the reset arrives before the reset. */
static void
test_answer_and_reset (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = start_with_listener (fixture, &port);

  for (int i = 0; i < 50; i++)
    {
      int application = tunnel_fixture_dial (fixture);
      int target = sockets_accept (listener);
      char text[4] = "";

      sockets_write (target, "busy", 4);
      sockets_reset (target);
      g_assert_cmpint (sockets_read (application, text, 4), ==, 4);
      assert_reset (application);
    }
  close (listener);
}

static void
test_channel_lost (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = start_with_listener (fixture, &port);
  int application = tunnel_fixture_dial (fixture);
  int target = sockets_accept (listener);

  jf_switch_tunnel_cut (fixture->rows);
  assert_reset (application);
  assert_reset (target);
  /* New legs are asked for, and the pseudo socket works again by itself. */
  TUNNEL_FIXTURE_AWAIT (fixture->channels == 0);
  application = tunnel_fixture_dial (fixture); /* waits in the kernel's queue */
  TUNNEL_FIXTURE_AWAIT (fixture->channels > 0);
  target = sockets_accept (listener);
  close (target);
  close (application);
  close (listener);
}

static void
test_refused (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = sockets_listen (&port);
  JfTunnelStats stats;

  close (listener); /* nobody is at that port now */
  tunnel_fixture_start (fixture, port);
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_CONNECTION_REFUSED);
  assert_reset (tunnel_fixture_dial (fixture));
  jf_tunnel_get_stats (fixture->client, &stats);
  g_assert_cmpint (stats.last_refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
}

static void
test_target_comes_back (TunnelFixture *fixture, gconstpointer data)
{
  uint16_t port;
  int listener = start_with_listener (fixture, &port);
  SocketsServer *echo = sockets_server_new (sockets_echo);
  int application;

  close (listener);
  application = tunnel_fixture_dial (fixture);
  assert_reset (application);
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_CONNECTION_REFUSED);
  sockets_server_free (echo);
}

static void
test_wrong_key (TunnelFixture *fixture, gconstpointer data)
{
  SocketsServer *echo = sockets_server_new (sockets_echo);

  tunnel_fixture_start (fixture, sockets_server_get_port (echo));
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  for (int i = 0; i < 10; i++)
    {
      fixture->probed = FALSE;
      g_clear_error (&fixture->channel_error);
      /* The client is told a key that the gateway at the other end does not have. */
      tunnel_fixture_connect (fixture, jf_identity_get_key_id (fixture->manager));
      TUNNEL_FIXTURE_AWAIT (g_error_matches (fixture->channel_error, JF_ERROR, JF_ERROR_WRONG_KEY));
      g_assert_cmpuint (fixture->channels, ==, 0);
      g_assert_false (fixture->probed);
    }
  sockets_server_free (echo);
}

#define ADD(path, function)                                                                        \
  g_test_add (path, TunnelFixture, NULL, tunnel_fixture_set_up, function, tunnel_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/tunnel/endings/half-close", test_half_close);
  ADD ("/tunnel/endings/target-closes-first", test_target_closes_first);
  ADD ("/tunnel/endings/application-resets", test_application_resets);
  ADD ("/tunnel/endings/target-resets", test_target_resets);
  ADD ("/tunnel/endings/answer-and-reset", test_answer_and_reset);
  ADD ("/tunnel/endings/channel-lost", test_channel_lost);
  ADD ("/tunnel/endings/refused", test_refused);
  ADD ("/tunnel/endings/target-goes", test_target_comes_back);
  ADD ("/tunnel/endings/wrong-key", test_wrong_key);
  return g_test_run ();
}
