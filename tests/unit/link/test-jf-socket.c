/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

/* 127.0.0.1, any free port. */
static int
listen_new (struct sockaddr_in *address)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  socklen_t size = sizeof *address;

  *address = (struct sockaddr_in){ .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  g_assert_no_errno (bind (fd, (struct sockaddr *) address, size));
  g_assert_no_errno (listen (fd, 8));
  g_assert_no_errno (getsockname (fd, (struct sockaddr *) address, &size));
  return fd;
}

static char *
get_congestion (int fd)
{
  char name[32] = "";
  socklen_t size = sizeof name;

  g_assert_no_errno (getsockopt (fd, IPPROTO_TCP, TCP_CONGESTION, name, &size));
  return g_strdup (name);
}

static int
get_int (int fd, int level, int option)
{
  int value = -1;
  socklen_t size = sizeof value;

  g_assert_no_errno (getsockopt (fd, level, option, &value, &size));
  return value;
}

static void
test_tune (void)
{
  struct sockaddr_in address;
  int listener = listen_new (&address);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofree char *congestion = NULL;

  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
  jf_socket_tune (fd);
  congestion = get_congestion (fd);
  g_assert_cmpstr (congestion, ==, "reno");
  g_assert_cmpint (get_int (fd, IPPROTO_TCP, TCP_NODELAY), !=, 0);
  g_assert_cmpint (get_int (fd, SOL_SOCKET, SO_KEEPALIVE), !=, 0);
  g_assert_cmpint (get_int (fd, IPPROTO_TCP, TCP_USER_TIMEOUT), >, 0);
  close (fd);
  close (listener);
}

/* The operating system's choice stays where there is a network. */
static void
test_only_local (void)
{
  static const char *const far[] = { "192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1" };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofree char *before = get_congestion (fd);

  for (unsigned i = 0; i < G_N_ELEMENTS (far); i++)
    {
      struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };
      struct sockaddr_in v4 = { .sin_family = AF_INET };
      gboolean is_v4 = inet_pton (AF_INET, far[i], &v4.sin_addr) == 1;
      g_autofree char *after = NULL;

      if (!is_v4)
        g_assert_cmpint (inet_pton (AF_INET6, far[i], &v6.sin6_addr), ==, 1);
      jf_socket_tune_local (fd, is_v4 ? (struct sockaddr *) &v4 : (struct sockaddr *) &v6);
      after = get_congestion (fd);
      g_assert_cmpstr (after, ==, before);
    }
  close (fd);
}

static void
test_accepted_inherits (void)
{
  struct sockaddr_in address;
  int listener = listen_new (&address);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted;
  g_autofree char *congestion = NULL;

  jf_socket_tune_local (listener, (struct sockaddr *) &address);
  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
  accepted = accept (listener, NULL, NULL);
  congestion = get_congestion (accepted);
  g_assert_cmpstr (congestion, ==, "reno");
  close (accepted);
  close (fd);
  close (listener);
}

static void
test_not_tcp (void)
{
  int pair[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
  jf_socket_tune (pair[0]);
  jf_socket_reset (pair[0]);
  close (pair[1]);
}

static void
test_reset (void)
{
  struct sockaddr_in address;
  int listener = listen_new (&address);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted;
  char byte;

  g_assert_no_errno (connect (fd, (struct sockaddr *) &address, sizeof address));
  accepted = accept (listener, NULL, NULL);
  jf_socket_reset (accepted);
  g_assert_cmpint ((int) recv (fd, &byte, 1, 0), ==, -1);
  g_assert_cmpint (errno, ==, ECONNRESET);
  close (fd);
  close (listener);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/socket/tune", test_tune);
  g_test_add_func ("/link/socket/only-local", test_only_local);
  g_test_add_func ("/link/socket/accepted-inherits", test_accepted_inherits);
  g_test_add_func ("/link/socket/not-tcp", test_not_tcp);
  g_test_add_func ("/link/socket/reset", test_reset);
  return g_test_run ();
}
