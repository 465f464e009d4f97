/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/tunnel/tunnel-sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct SocketsServer
{
  GThread *thread;
  void (*serve) (int fd);
  int listener;
  uint16_t port;
  unsigned count;
};

int
sockets_listen (uint16_t *port)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;

  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, size));
  g_assert_no_errno (listen (fd, 4096));
  g_assert_no_errno (getsockname (fd, (struct sockaddr *) &address, &size));
  *port = ntohs (address.sin_port);
  return fd;
}

int
sockets_connect (const char *host, uint16_t port)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port) };

  inet_pton (AF_INET, host, &address.sin_addr);
  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
  return fd;
}

int
sockets_accept (int listener)
{
  int fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);

  g_assert_no_errno (fd);
  return fd;
}

void
sockets_write (int fd, const void *data, size_t size)
{
  const uint8_t *bytes = data;

  while (size > 0)
    {
      ssize_t n = send (fd, bytes, size, MSG_NOSIGNAL);

      g_assert_no_errno ((int) MIN (n, G_MAXINT));
      bytes += n;
      size -= (size_t) n;
    }
}

gssize
sockets_read (int fd, void *data, size_t size)
{
  size_t have = 0;

  while (have < size)
    {
      ssize_t n = recv (fd, (uint8_t *) data + have, size - have, 0);

      if (n < 0)
        return -1;
      if (n == 0)
        break;
      have += (size_t) n;
    }
  return (gssize) have;
}

void
sockets_reset (int fd)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close (fd);
}

void
sockets_echo (int fd)
{
  uint8_t buffer[65536];
  ssize_t n;

  while ((n = recv (fd, buffer, sizeof buffer, 0)) > 0)
    for (ssize_t sent = 0, m; sent < n; sent += m)
      if ((m = send (fd, buffer + sent, (size_t) (n - sent), MSG_NOSIGNAL)) < 0)
        {
          close (fd); /* reset by the other side */
          return;
        }
  close (fd);
}

typedef struct
{
  void (*serve) (int fd);
  int fd;
} Served;

static gpointer
serve_thread (gpointer data)
{
  Served *served = data;

  served->serve (served->fd);
  g_free (served);
  return NULL;
}

static gpointer
accept_thread (gpointer data)
{
  SocketsServer *self = data;
  int fd;

  while ((fd = accept4 (self->listener, NULL, NULL, SOCK_CLOEXEC)) >= 0)
    {
      Served *served = g_new (Served, 1);

      *served = (Served){ self->serve, fd };
      g_atomic_int_inc (&self->count);
      g_thread_unref (g_thread_new ("serve", serve_thread, served));
    }
  return NULL;
}

SocketsServer *
sockets_server_new (void (*serve) (int fd))
{
  SocketsServer *self = g_new0 (SocketsServer, 1);

  self->serve = serve;
  self->listener = sockets_listen (&self->port);
  self->thread = g_thread_new ("accept", accept_thread, self);
  return self;
}

uint16_t
sockets_server_get_port (SocketsServer *self)
{
  return self->port;
}

unsigned
sockets_server_count (SocketsServer *self)
{
  return (unsigned) g_atomic_int_get (&self->count);
}

void
sockets_server_free (SocketsServer *self)
{
  shutdown (self->listener, SHUT_RDWR);
  g_thread_join (self->thread);
  close (self->listener);
  g_free (self);
}
