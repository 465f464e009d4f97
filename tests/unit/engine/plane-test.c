/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/engine/plane-test.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void
opened_cb (JfChannel *channel, gpointer owner)
{
  PlaneEnd *end = owner;

  g_assert_false (end->opened);
  end->opened = TRUE;
}

static gboolean
frame_cb (JfChannel *channel,
          const JfFrame *frame,
          const uint8_t *payload,
          gpointer owner,
          GError **error)
{
  PlaneEnd *end = owner;

  g_assert_true (end->opened);
  g_array_append_val (end->frames, *frame);
  g_byte_array_append (end->payload, payload, frame->length);
  return end->take == NULL || end->take (end, frame, payload, error);
}

static void
batch_end_cb (JfChannel *channel, gpointer owner)
{
  ((PlaneEnd *) owner)->batches++;
}

static void
room_cb (JfChannel *channel, gpointer owner)
{
  PlaneEnd *end = owner;

  g_assert_true (jf_channel_has_room (channel));
  end->rooms++;
  if (end->room != NULL)
    end->room (end);
}

static void
closed_cb (JfChannel *channel, const GError *reason, gpointer owner)
{
  PlaneEnd *end = owner;

  g_assert_nonnull (reason);
  g_assert_null (end->reason);
  g_assert_false (jf_channel_is_open (channel));
  g_assert_false (jf_channel_has_room (channel));
  end->reason = g_error_copy (reason);
  g_clear_pointer (&end->channel, jf_channel_free);
}

static const JfChannelEvents events = {
  opened_cb, frame_cb, batch_end_cb, room_cb, closed_cb,
};

static void
end_init (PlaneEnd *end, JfLoop *loop)
{
  g_autoptr (GError) error = NULL;

  *end = (PlaneEnd){ .loop = loop };
  end->identity = jf_identity_new (&error);
  g_assert_no_error (error);
  end->frames = g_array_new (FALSE, FALSE, sizeof (JfFrame));
  end->payload = g_byte_array_new ();
}

static void
end_clear (PlaneEnd *end)
{
  g_clear_pointer (&end->channel, jf_channel_free);
  jf_identity_unref (end->identity);
  g_clear_error (&end->reason);
  g_array_unref (end->frames);
  g_byte_array_unref (end->payload);
}

void
plane_end_expect (PlaneEnd *end, JfTlsSide side, const JfKeyId *peer)
{
  g_clear_pointer (&end->channel, jf_channel_free);
  end->channel = jf_channel_new (end->loop, side, end->identity, peer, &events, end);
}

void
plane_pair_init (PlanePair *self, JfLoop *loop)
{
  end_init (&self->client, loop);
  end_init (&self->server, loop);
  plane_end_expect (&self->client, JF_TLS_CLIENT, jf_identity_get_key_id (self->server.identity));
  plane_end_expect (&self->server, JF_TLS_SERVER, jf_identity_get_key_id (self->client.identity));
}

void
plane_pair_start (PlanePair *self)
{
  int fds[2];

  plane_socketpair (fds);
  jf_channel_start (self->client.channel, fds[0]);
  jf_channel_start (self->server.channel, fds[1]);
}

void
plane_pair_open (PlanePair *self, JfLoop *loop)
{
  plane_pair_init (self, loop);
  plane_pair_start (self);
  LOOP_TEST_AWAIT (loop, self->client.opened && self->server.opened);
}

void
plane_pair_clear (PlanePair *self)
{
  end_clear (&self->client);
  end_clear (&self->server);
}

void
plane_end_forget (PlaneEnd *end)
{
  g_array_set_size (end->frames, 0);
  g_byte_array_set_size (end->payload, 0);
}

static const JfFrame *
find_frame (PlaneEnd *end, JfFrameType type, unsigned n)
{
  for (unsigned i = 0; i < end->frames->len; i++)
    {
      const JfFrame *frame = &g_array_index (end->frames, JfFrame, i);

      if (frame->type == type && n-- == 0)
        return frame;
    }
  return NULL;
}

unsigned
plane_end_count (PlaneEnd *end, JfFrameType type)
{
  unsigned n = 0;

  while (find_frame (end, type, n) != NULL)
    n++;
  return n;
}

JfFrame
plane_end_get (PlaneEnd *end, JfFrameType type, unsigned n)
{
  LOOP_TEST_AWAIT (end->loop, find_frame (end, type, n) != NULL);
  return *find_frame (end, type, n);
}

void
plane_end_send (PlaneEnd *end, const JfFrame *frame, const void *payload)
{
  g_assert_nonnull (end->channel);
  jf_channel_send (end->channel, frame, payload);
}

void
plane_end_await_closed (PlaneEnd *end, JfError code)
{
  LOOP_TEST_AWAIT (end->loop, end->reason != NULL);
  g_assert_error (end->reason, JF_ERROR, (int) code);
}

void
plane_socketpair (int fds[2])
{
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
}

static GSocketAddress *
get_address (int fd)
{
  struct sockaddr_storage native;
  socklen_t size = sizeof native;

  g_assert_no_errno (getsockname (fd, (struct sockaddr *) &native, &size));
  return g_socket_address_new_from_native (&native, size);
}

/* Makes a socket and hands its address to bind(2) or connect(2). */
static int
make_socket (const char *host, uint16_t port, int (*use) (int, const struct sockaddr *, socklen_t))
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);
  struct sockaddr_storage native;
  int fd;

  g_assert_nonnull (address);
  g_assert_true (g_socket_address_to_native (address, &native, sizeof native, NULL));
  fd = socket (native.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (fd);
  g_assert_no_errno (use (fd, (struct sockaddr *) &native,
                          (socklen_t) g_socket_address_get_native_size (address)));
  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  return fd;
}

int
plane_listen (const char *host, uint16_t *port, int backlog)
{
  int fd = make_socket (host, 0, bind);
  g_autoptr (GSocketAddress) address = get_address (fd);

  g_assert_no_errno (listen (fd, backlog));
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  return fd;
}

int
plane_connect (const char *host, uint16_t port)
{
  return make_socket (host, port, connect);
}

int
plane_accept (JfLoop *loop, int listener)
{
  int fd = -1;

  LOOP_TEST_AWAIT (loop, (fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0);
  return fd;
}

void
plane_tcp_pair (JfLoop *loop, int fds[2])
{
  uint16_t port;
  int listener = plane_listen ("127.0.0.1", &port, 1);

  fds[0] = plane_connect ("127.0.0.1", port);
  fds[1] = plane_accept (loop, listener);
  close (listener);
}

size_t
plane_read (JfLoop *loop, int fd, void *data, size_t size)
{
  size_t got = 0;
  ssize_t n = -1;

  while (got < size && n != 0)
    {
      LOOP_TEST_AWAIT (loop,
                       (n = recv (fd, (char *) data + got, size - got, 0)) >= 0 || errno != EAGAIN);
      g_assert_no_errno (n);
      got += (size_t) n;
    }
  return got;
}

void
plane_await_reset (JfLoop *loop, int fd)
{
  char byte;
  ssize_t n = 0;

  LOOP_TEST_AWAIT (loop, (n = recv (fd, &byte, 1, 0)) >= 0 || errno != EAGAIN);
  g_assert_cmpint (n, ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
}
