/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/front/front-test.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-preamble.h"

#define PATIENCE_MS 10000

static void
opened (JfFrontConn *conn, gpointer owner)
{
  FrontFixture *self = owner;

  g_ptr_array_add (self->conns, jf_front_conn_ref (conn));
  if (self->welcome)
    jf_front_conn_set_known (conn);
}

static void
message (JfFrontConn *conn, GBytes *bytes, gpointer owner)
{
  FrontFixture *self = owner;

  g_ptr_array_add (self->messages, g_bytes_ref (bytes));
  if (self->echo)
    jf_front_conn_send (conn, bytes);
}

static void
closed (JfFrontConn *conn, const GError *reason, gpointer owner)
{
  FrontFixture *self = owner;

  g_assert_true (g_ptr_array_find (self->conns, conn, NULL));
  self->n_closed++;
  self->closed_code = reason->code;
}

static const JfFrontEvents events = { .opened = opened, .message = message, .closed = closed };

void
front_set_up (FrontFixture *self)
{
  g_auto (GStrv) listen = NULL;
  GError *error = NULL;

  *self = (FrontFixture){ 0 };
  for (int i = 0; i < N_LOOPS; i++)
    self->loops[i] = jf_loop_new ("test", &error);
  g_assert_no_error (error);
  self->manager = jf_identity_new (&error);
  self->device = jf_identity_new (&error);
  g_assert_no_error (error);
  self->conns = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_front_conn_unref);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->sw = jf_switch_new (self->loops, N_LOOPS);
  self->front = jf_front_new (self->loops, N_LOOPS, self->sw, self->manager, &events, self);
  jf_front_listen (self->front, "127.0.0.1:0", &error);
  g_assert_no_error (error);
  listen = jf_front_get_listen (self->front);
  self->port = (uint16_t) atoi (strrchr (listen[0], ':') + 1);
}

void
front_tear_down (FrontFixture *self)
{
  g_clear_pointer (&self->front, jf_front_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_pointer (&self->sw, jf_switch_free);
  for (int i = 0; i < N_LOOPS; i++)
    g_clear_pointer (&self->loops[i], jf_loop_free);
  g_clear_pointer (&self->conns, g_ptr_array_unref);
  g_clear_pointer (&self->messages, g_ptr_array_unref);
  g_clear_pointer (&self->manager, jf_identity_unref);
  g_clear_pointer (&self->device, jf_identity_unref);
}

static void
wait_for (int fd, short wanted_events)
{
  struct pollfd wanted = { .fd = fd, .events = wanted_events };

  g_assert_cmpint (poll (&wanted, 1, PATIENCE_MS), ==, 1);
}

int
front_connect (FrontFixture *self, unsigned net, unsigned host)
{
  struct sockaddr_in from = { .sin_family = AF_INET,
                              .sin_addr.s_addr = htonl (0x7f000000 | net << 8 | host) };
  struct sockaddr_in to = { .sin_family = AF_INET,
                            .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
                            .sin_port = htons (self->port) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *) &from, sizeof from), ==, 0);
  g_assert_cmpint (connect (fd, (struct sockaddr *) &to, sizeof to), ==, 0);
  fcntl (fd, F_SETFL, O_NONBLOCK);
  jf_socket_tune (fd);
  return fd;
}

JfTls *
front_handshake (FrontFixture *self, int fd, JfIdentity *device)
{
  JfTls *tls = jf_tls_new (JF_TLS_CLIENT, device, JF_ALPN_GATEWAY, fd);
  JfKeyId peer;
  int result;

  while ((result = jf_tls_handshake (tls, NULL)) == JF_TLS_AGAIN)
    wait_for (fd, jf_tls_wants (tls) == EPOLLIN ? POLLIN : POLLOUT);
  if (result < 0)
    {
      jf_tls_free (tls);
      return NULL;
    }
  g_assert_true (jf_tls_get_peer (tls, &peer));
  g_assert_true (jf_key_id_equal (&peer, jf_identity_get_key_id (self->manager)));
  return tls;
}

JfTls *
front_open (FrontFixture *self, JfIdentity *device)
{
  JfTls *tls = front_handshake (self, front_connect (self, 0, 1), device);

  g_assert_nonnull (tls);
  return tls;
}

JfTls *
front_open_control (FrontFixture *self)
{
  const uint8_t control[] = { JF_PREAMBLE_CONTROL, 1, 0, 0 };
  JfTls *tls = front_open (self, self->device);
  unsigned before = self->conns->len;

  tls_send_all (tls, control, sizeof control);
  run_until (self->conns->len == before + 1);
  return tls;
}

void
tls_send_all (JfTls *tls, const void *data, size_t size)
{
  gssize n;

  while ((n = jf_tls_send (tls, data, size, NULL)) == JF_TLS_AGAIN)
    wait_for (jf_tls_get_fd (tls), POLLOUT);
  g_assert_true (n == (gssize) size || n == -1);
}

void
tls_send_message (JfTls *tls, const void *data, size_t size)
{
  g_autofree uint8_t *record = g_malloc (4 + size);
  uint32_t length = GUINT32_TO_BE ((uint32_t) size);

  memcpy (record, &length, 4);
  if (size > 0)
    memcpy (record + 4, data, size);
  for (size_t sent = 0; sent < size + 4; sent += 16384)
    tls_send_all (tls, record + sent, MIN (size + 4 - sent, 16384));
}

static gboolean
receive_all (JfTls *tls, uint8_t *data, size_t size)
{
  for (size_t have = 0; have < size;)
    {
      gssize n = jf_tls_recv (tls, data + have, size - have, NULL);

      if (n == JF_TLS_AGAIN)
        {
          int64_t deadline_us = g_get_monotonic_time () + PATIENCE_MS * 1000;
          struct pollfd wanted = { .fd = jf_tls_get_fd (tls), .events = POLLIN };

          /* The echo needs the main context. */
          while (poll (&wanted, 1, 1) == 0)
            {
              g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
              g_main_context_iteration (NULL, FALSE);
            }
        }
      else if (n <= 0)
        return FALSE;
      else
        have += (size_t) n;
    }
  return TRUE;
}

char *
tls_receive_message (JfTls *tls)
{
  uint8_t header[4];
  uint32_t length;
  char *text;

  if (!receive_all (tls, header, sizeof header))
    return NULL;
  memcpy (&length, header, 4);
  length = GUINT32_FROM_BE (length);
  text = g_malloc0 (length + 1);
  g_assert_true (receive_all (tls, (uint8_t *) text, length));
  return text;
}

gboolean
tls_is_ended (JfTls *tls)
{
  uint8_t byte;

  return !receive_all (tls, &byte, 1);
}

gboolean
fd_is_ended (int fd)
{
  uint8_t byte;

  wait_for (fd, POLLIN);
  return recv (fd, &byte, 1, MSG_DONTWAIT) <= 0;
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
