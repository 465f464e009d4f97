/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes through a whole data plane: client tunnel, front, switch, server tunnel. */
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/tunnel/tunnel-fixture.h"

#define BULK_BYTES (64 * 1024 * 1024)

typedef struct
{
  int fd;
  uint32_t seed;
  size_t size;
  char *checksum;
} Flow;

static void
fill (GRand *rand, uint8_t *block, size_t size)
{
  uint32_t state = g_rand_int (rand);

  for (size_t i = 0; i < size; i++)
    {
      state = state * 1664525 + 1013904223;
      block[i] = (uint8_t) (state >> 24);
    }
}

static gpointer
send_thread (gpointer data)
{
  Flow *flow = data;
  g_autoptr (GRand) rand = g_rand_new_with_seed (flow->seed);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree uint8_t *block = g_malloc (65536);

  for (size_t sent = 0; sent < flow->size;)
    {
      size_t size = 1 + g_rand_int (rand) % 65536;

      size = MIN (size, flow->size - sent);
      fill (rand, block, size);
      g_checksum_update (checksum, block, (gssize) size);
      sockets_write (flow->fd, block, size);
      sent += size;
    }
  shutdown (flow->fd, SHUT_WR);
  flow->checksum = g_strdup (g_checksum_get_string (checksum));
  return NULL;
}

/* Sends `size` random bytes to an echo server and compares what comes back. */
static void
check_echo (int fd, size_t size)
{
  Flow flow = { fd, (uint32_t) fd + 1, size, NULL };
  GThread *sender = g_thread_new ("send", send_thread, &flow);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree uint8_t *block = g_malloc (65536);
  size_t received = 0;
  ssize_t n;

  while ((n = recv (fd, block, 65536, 0)) > 0)
    {
      g_checksum_update (checksum, block, n);
      received += (size_t) n;
    }
  g_assert_cmpint (n, ==, 0);
  g_thread_join (sender);
  g_assert_cmpuint (received, ==, size);
  g_assert_cmpstr (g_checksum_get_string (checksum), ==, flow.checksum);
  g_free (flow.checksum);
  close (fd);
}

static void
test_bulk (TunnelFixture *fixture, gconstpointer data)
{
  SocketsServer *echo = sockets_server_new (sockets_echo);
  JfTunnelStats stats;

  tunnel_fixture_start (fixture, sockets_server_get_port (echo));
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  check_echo (tunnel_fixture_dial (fixture), BULK_BYTES);
  jf_tunnel_get_stats (fixture->client, &stats);
  g_assert_cmpuint (stats.bytes_sent, ==, BULK_BYTES);
  g_assert_cmpuint (stats.bytes_received, ==, BULK_BYTES);
  g_assert_cmpuint (stats.round_trip_us, >, 0);
  g_assert_cmpuint (fixture->vouched, ==, 2);
  sockets_server_free (echo);
}

static gpointer
echo_thread (gpointer data)
{
  check_echo (GPOINTER_TO_INT (data), 4 * 1024 * 1024);
  return NULL;
}

static void
test_side_by_side (TunnelFixture *fixture, gconstpointer data)
{
  SocketsServer *echo = sockets_server_new (sockets_echo);
  GThread *threads[12];
  JfTunnelStats stats;

  tunnel_fixture_start (fixture, sockets_server_get_port (echo));
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("echo", echo_thread,
                               GINT_TO_POINTER (tunnel_fixture_dial (fixture)));
  /* More streams than channels: more legs are asked for, up to the limit. */
  TUNNEL_FIXTURE_AWAIT (fixture->channels > JF_CHANNELS_MIN);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  jf_tunnel_get_stats (fixture->client, &stats);
  g_assert_cmpuint (stats.channels_open, <=, JF_CHANNELS_MAX);
  g_assert_cmpuint (stats.streams_total, ==, G_N_ELEMENTS (threads));
  sockets_server_free (echo);
}

static gpointer
ping_pong_thread (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);

  for (unsigned i = 0; i < 500; i++)
    {
      unsigned answer = 0;

      sockets_write (fd, &i, sizeof i);
      g_assert_cmpint (sockets_read (fd, &answer, sizeof answer), ==, sizeof answer);
      g_assert_cmpuint (answer, ==, i);
    }
  close (fd);
  return NULL;
}

/* Small talk on channels that bulk fills up again and again: whoever had to wait for room must be
 * told when there is some. */
static void
test_shared_channels (TunnelFixture *fixture, gconstpointer data)
{
  SocketsServer *echo = sockets_server_new (sockets_echo);
  GThread *threads[36];

  tunnel_fixture_start (fixture, sockets_server_get_port (echo));
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("talk", i % 3 == 0 ? echo_thread : ping_pong_thread,
                               GINT_TO_POINTER (tunnel_fixture_dial (fixture)));
  for (unsigned i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  sockets_server_free (echo);
}

static void
test_many_connections (TunnelFixture *fixture, gconstpointer data)
{
  const unsigned n = GPOINTER_TO_UINT (data);
  SocketsServer *echo = sockets_server_new (sockets_echo);
  g_autofree int *fds = g_new (int, n);
  JfTunnelStats stats;

  tunnel_fixture_start (fixture, sockets_server_get_port (echo));
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  for (unsigned i = 0; i < n; i++)
    {
      fds[i] = tunnel_fixture_dial (fixture);
      sockets_write (fds[i], &i, sizeof i);
    }
  for (unsigned i = 0; i < n; i++)
    {
      unsigned answer = 0;

      g_assert_cmpint (sockets_read (fds[i], &answer, sizeof answer), ==, sizeof answer);
      g_assert_cmpuint (answer, ==, i);
      close (fds[i]);
    }
  TUNNEL_FIXTURE_AWAIT ((jf_tunnel_get_stats (fixture->client, &stats), stats.streams_open == 0));
  TUNNEL_FIXTURE_AWAIT ((jf_tunnel_get_stats (fixture->server, &stats), stats.streams_open == 0));
  sockets_server_free (echo);
}

/* A new setup (the server gateway has changed) leaves the pseudo socket as it is. */
static void
test_reconnect (TunnelFixture *fixture, gconstpointer data)
{
  SocketsServer *echo = sockets_server_new (sockets_echo);
  int fd;

  tunnel_fixture_start (fixture, sockets_server_get_port (echo));
  tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
  for (int i = 0; i < 5; i++)
    {
      jf_tunnel_disconnect (fixture->client);
      jf_tunnel_disconnect (fixture->server);
      TUNNEL_FIXTURE_AWAIT (fixture->channels == 0);
      fd = tunnel_fixture_dial (fixture); /* waits in the kernel's queue */
      fixture->probed = FALSE;
      tunnel_fixture_connect (fixture, jf_identity_get_key_id (fixture->server_identity));
      tunnel_fixture_await_probe (fixture, JF_REFUSAL_NONE);
      check_echo (fd, 100000);
    }
  sockets_server_free (echo);
}

static void
test_taken_socket (TunnelFixture *fixture, gconstpointer data)
{
  SocketsServer *echo = sockets_server_new (sockets_echo);
  int pair[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
  g_unix_set_fd_nonblocking (pair[0], TRUE, NULL);
  tunnel_fixture_start (fixture, sockets_server_get_port (echo));
  jf_tunnel_take (fixture->client, pair[0]);
  TUNNEL_FIXTURE_AWAIT (fixture->channels > 0);
  check_echo (pair[1], 1000000);
  sockets_server_free (echo);
}

#define ADD(path, function, data)                                                                  \
  g_test_add (path, TunnelFixture, data, tunnel_fixture_set_up, function, tunnel_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/tunnel/traffic/bulk", test_bulk, NULL);
  ADD ("/tunnel/traffic/side-by-side", test_side_by_side, NULL);
  ADD ("/tunnel/traffic/shared-channels", test_shared_channels, NULL);
  ADD ("/tunnel/traffic/400-connections", test_many_connections, GUINT_TO_POINTER (400));
  ADD ("/tunnel/traffic/reconnect", test_reconnect, NULL);
  ADD ("/tunnel/traffic/taken-socket", test_taken_socket, NULL);
  return g_test_run ();
}
