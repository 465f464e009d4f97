/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/switch/switch-test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-preamble.h"

#define PATIENCE_MS 10000

void
switch_set_up (SwitchFixture *self)
{
  GError *error = NULL;

  for (int i = 0; i < N_LOOPS; i++)
    self->loops[i] = jf_loop_new ("test", &error);
  g_assert_no_error (error);
  self->manager = jf_identity_new (&error);
  self->client = jf_identity_new (&error);
  self->server = jf_identity_new (&error);
  g_assert_no_error (error);
  self->sw = jf_switch_new (self->loops, N_LOOPS);
  self->tunnel = jf_switch_tunnel_new (self->sw, 17);
}

void
switch_tear_down (SwitchFixture *self)
{
  g_clear_pointer (&self->tunnel, jf_switch_tunnel_free);
  g_clear_pointer (&self->sw, jf_switch_free);
  for (int i = 0; i < N_LOOPS; i++)
    g_clear_pointer (&self->loops[i], jf_loop_free);
  g_clear_pointer (&self->manager, jf_identity_unref);
  g_clear_pointer (&self->client, jf_identity_unref);
  g_clear_pointer (&self->server, jf_identity_unref);
}

void
tcp_pair (int fd[2])
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (listener, 1), ==, 0);
  g_assert_cmpint (getsockname (listener, (struct sockaddr *) &address, &size), ==, 0);
  fd[0] = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (fd[0], (struct sockaddr *) &address, sizeof address), ==, 0);
  fd[1] = accept4 (listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  g_assert_cmpint (fd[1], >=, 0);
  fcntl (fd[0], F_SETFL, O_NONBLOCK);
  jf_socket_tune (fd[0]);
  jf_socket_tune (fd[1]);
  close (listener);
}

static void
wait_for (int fd, short events)
{
  struct pollfd wanted = { .fd = fd, .events = events };

  g_assert_cmpint (poll (&wanted, 1, PATIENCE_MS), ==, 1);
}

static void
shake_hands (JfTls *a, JfTls *b)
{
  int a_done = 0, b_done = 0;

  while (a_done != 1 || b_done != 1)
    {
      GError *error = NULL;

      if (a_done != 1)
        a_done = jf_tls_handshake (a, &error);
      g_assert_no_error (error);
      if (b_done != 1)
        b_done = jf_tls_handshake (b, &error);
      g_assert_no_error (error);
    }
}

/* What the front door does. */
static void
present (JfTls *gateway, JfTls *door, const JfTicket *ticket)
{
  const JfPreamble preamble = { .kind = JF_PREAMBLE_LEG, .ticket = *ticket };
  uint8_t frame[JF_PREAMBLE_MAX_BYTES];
  gssize n;

  jf_preamble_pack (&preamble, frame);
  g_assert_cmpint (jf_tls_send (gateway, frame, sizeof frame, NULL), ==, sizeof frame);
  while ((n = jf_tls_recv (door, frame, sizeof frame, NULL)) == JF_TLS_AGAIN)
    wait_for (jf_tls_get_fd (door), POLLIN);
  g_assert_cmpint (n, ==, sizeof frame);
}

static gboolean
read_answer (JfTls *gateway)
{
  uint8_t frame[JF_PREAMBLE_MAX_BYTES];
  JfPreamble answer = { 0 };
  gssize n;

  while ((n = jf_tls_recv (gateway, frame, sizeof frame, NULL)) == JF_TLS_AGAIN)
    wait_for (jf_tls_get_fd (gateway), POLLIN);
  if (n <= 0)
    return FALSE;
  g_assert_cmpint (jf_preamble_parse (frame, (size_t) n, &answer, NULL), ==, n);
  return answer.kind == JF_PREAMBLE_READY;
}

gboolean
leg_open (SwitchFixture *self, JfIdentity *device, const JfTicket *ticket, Leg *out)
{
  JfTls *gateway, *door;
  int fd[2];

  tcp_pair (fd);
  gateway = jf_tls_new (JF_TLS_CLIENT, device, JF_ALPN_GATEWAY, fd[0]);
  door = jf_tls_new (JF_TLS_SERVER, self->manager, JF_ALPN_GATEWAY, fd[1]);
  shake_hands (gateway, door);
  present (gateway, door, ticket);
  jf_switch_take_leg (self->sw, door, ticket);
  *out = (Leg){ .fd = -1, .manager_fd = fd[1] };
  if (!read_answer (gateway))
    {
      jf_tls_free (gateway);
      return FALSE;
    }
  out->fd = jf_tls_detach (gateway);
  return TRUE;
}

void
leg_close (Leg *leg)
{
  if (leg->fd >= 0)
    close (leg->fd);
  leg->fd = -1;
}

void
issue (SwitchFixture *self, JfTicket *client_ticket, JfTicket *server_ticket)
{
  jf_switch_tunnel_issue (self->tunnel, jf_identity_get_key_id (self->client),
                          jf_identity_get_key_id (self->server), 1, client_ticket, server_ticket);
}

void
pair_open (SwitchFixture *self, Leg *client, Leg *server)
{
  JfTicket client_ticket, server_ticket;

  issue (self, &client_ticket, &server_ticket);
  g_assert_true (leg_open (self, self->client, &client_ticket, client));
  g_assert_true (leg_open (self, self->server, &server_ticket, server));
}

/* A stream of bytes that never looks the same at two places nearby. */
static uint8_t
byte_at (size_t position, unsigned seed)
{
  return (uint8_t) ((position * 2654435761u + seed) >> 11 ^ position >> 16);
}

static void
send_some (int fd, size_t *sent, size_t total, unsigned seed)
{
  uint8_t buffer[32768];
  size_t size = MIN (sizeof buffer, total - *sent);
  ssize_t n;

  for (size_t i = 0; i < size; i++)
    buffer[i] = byte_at (*sent + i, seed);
  n = send (fd, buffer, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0)
    *sent += (size_t) n;
  else
    g_assert_cmpint (errno, ==, EAGAIN);
}

static void
receive_some (int fd, size_t *received, size_t read_bytes, unsigned seed)
{
  uint8_t buffer[65536];
  ssize_t n = recv (fd, buffer, MIN (sizeof buffer, read_bytes), MSG_DONTWAIT);

  if (n < 0)
    {
      g_assert_cmpint (errno, ==, EAGAIN);
      return;
    }
  g_assert_cmpint (n, >, 0);
  for (ssize_t i = 0; i < n; i++)
    if (buffer[i] != byte_at (*received + (size_t) i, seed))
      g_error ("wrong byte at %zu", *received + (size_t) i);
  *received += (size_t) n;
}

void
exchange (const Leg *a, const Leg *b, size_t a_bytes, size_t b_bytes, size_t read_bytes)
{
  size_t a_sent = 0, a_received = 0, b_sent = 0, b_received = 0;

  while (b_received < a_bytes || a_received < b_bytes)
    {
      struct pollfd wanted[2] = { { .fd = a->fd }, { .fd = b->fd } };

      wanted[0].events = (short) ((a_received < b_bytes ? POLLIN : 0) |
                                  (a_sent < a_bytes ? POLLOUT : 0));
      wanted[1].events = (short) ((b_received < a_bytes ? POLLIN : 0) |
                                  (b_sent < b_bytes ? POLLOUT : 0));
      g_assert_cmpint (poll (wanted, 2, PATIENCE_MS), >, 0);
      if ((wanted[0].revents & POLLOUT) != 0)
        send_some (a->fd, &a_sent, a_bytes, 1);
      if ((wanted[1].revents & POLLOUT) != 0)
        send_some (b->fd, &b_sent, b_bytes, 2);
      if ((wanted[0].revents & POLLIN) != 0)
        receive_some (a->fd, &a_received, read_bytes, 2);
      if ((wanted[1].revents & POLLIN) != 0)
        receive_some (b->fd, &b_received, read_bytes, 1);
    }
  g_assert_cmpuint (a_received, ==, b_bytes);
  g_assert_cmpuint (b_received, ==, a_bytes);
}

void
ping (const Leg *a, const Leg *b)
{
  exchange (a, b, 5, 7, 100);
}

int
wait_for_end (int fd)
{
  for (;;)
    {
      uint8_t buffer[65536];
      ssize_t n;

      wait_for (fd, POLLIN);
      n = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT);
      if (n == 0)
        return 0;
      if (n < 0 && errno != EAGAIN)
        return errno;
    }
}

unsigned
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  unsigned n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}
