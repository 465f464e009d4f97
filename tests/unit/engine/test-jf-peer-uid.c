/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-peer-uid.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "tests/unit/engine/plane-test.h"

#define OTHER_UID    12345
#define OVERFLOW_UID 65534 /* who has no number in a user namespace */

/* Where the listener is bound, and what its connector says. */
typedef struct
{
  const char *listen;
  const char *connect;
} Route;

static const Route routes[] = {
  { "127.0.0.1", "127.0.0.1" },
  { "127.3.2.1", "127.3.2.1" },
  { "0.0.0.0", "127.0.0.1" },
  { "::1", "::1" },
  { "::", "::1" },
  { "::", "127.0.0.1" },               /* mapped where it was accepted */
  { "127.0.0.1", "::ffff:127.0.0.1" }, /* mapped where it was made */
  { "::", "::ffff:127.0.0.1" },        /* in both */
};

static int
wait_and_accept (int listener)
{
  struct pollfd entry = { .fd = listener, .events = POLLIN };
  int fd;

  g_assert_cmpint (poll (&entry, 1, 30000), ==, 1);
  fd = accept4 (listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_no_errno (fd);
  return fd;
}

static void
test_own (void)
{
  int diag_fd = jf_peer_uid_open ();

  g_assert_no_errno (diag_fd);
  for (unsigned i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      uint16_t port;
      int listener = plane_listen (routes[i].listen, &port, 1);
      int made = plane_connect (routes[i].connect, port), accepted = wait_and_accept (listener);
      uid_t uid = OTHER_UID;

      g_assert_true (jf_peer_uid_get (diag_fd, accepted, &uid));
      g_assert_cmpuint (uid, ==, getuid ());
      /* It has said its last word, but is still there. */
      uid = OTHER_UID;
      shutdown (made, SHUT_WR);
      g_assert_true (jf_peer_uid_get (diag_fd, accepted, &uid));
      g_assert_cmpuint (uid, ==, getuid ());
      close (made);
      close (accepted);
      close (listener);
    }
  close (diag_fd);
}

/* The child connects as somebody else, and stays until it is told to go. */
static pid_t
fork_connector (const Route *route, uid_t uid, uint16_t port, int *leash)
{
  int fds[2];
  pid_t pid;

  g_assert_no_errno (pipe2 (fds, O_CLOEXEC));
  pid = fork ();
  g_assert_no_errno (pid);
  if (pid == 0)
    {
      char byte;

      close (fds[1]);
      if (setresuid (uid, uid, uid) < 0)
        _exit (1);
      plane_connect (route->connect, port);
      _exit (read (fds[0], &byte, 1) == 0 ? 0 : 1);
    }
  close (fds[0]);
  *leash = fds[1];
  return pid;
}

/* What is told of a connector that is `other`, on every route. */
static void
look_at_other (uid_t other, gboolean known)
{
  int diag_fd = jf_peer_uid_open ();

  for (unsigned i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      uint16_t port;
      int listener = plane_listen (routes[i].listen, &port, 1), leash, accepted, status;
      pid_t pid = fork_connector (&routes[i], other, port, &leash);
      uid_t uid = 0;

      accepted = wait_and_accept (listener);
      g_assert_cmpint (jf_peer_uid_get (diag_fd, accepted, &uid), ==, known);
      if (known)
        g_assert_cmpuint (uid, ==, other);
      close (leash);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      g_assert_cmpint (status, ==, 0);
      close (accepted);
      close (listener);
    }
  close (diag_fd);
}

static void
test_other (void)
{
  if (getuid () != 0)
    g_test_skip ("only root can be somebody else");
  else
    look_at_other (OTHER_UID, TRUE);
}

static void
test_without_number (void)
{
  if (getuid () != 0)
    g_test_skip ("only root can be somebody else");
  else
    look_at_other (OVERFLOW_UID, FALSE);
}

/* A connector that has closed belongs to nobody, whoever listens at its port by now. */
static void
test_gone (void)
{
  int diag_fd = jf_peer_uid_open ();

  for (unsigned i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      uint16_t port;
      int listener = plane_listen (routes[i].listen, &port, 1);
      int made = plane_connect (routes[i].connect, port), accepted = wait_and_accept (listener);
      uid_t uid = 0;

      close (made);
      g_assert_false (jf_peer_uid_get (diag_fd, accepted, &uid));
      close (accepted);
      close (listener);
    }
  close (diag_fd);
}

static void
test_gone_by_reset (void)
{
  int diag_fd = jf_peer_uid_open (), made, accepted, listener;
  uint16_t port;
  uid_t uid;

  listener = plane_listen ("127.0.0.1", &port, 1);
  made = plane_connect ("127.0.0.1", port);
  accepted = wait_and_accept (listener);
  jf_socket_reset (made);
  g_assert_false (jf_peer_uid_get (diag_fd, accepted, &uid));
  close (accepted);
  close (listener);
  close (diag_fd);
}

/* The closed connector's port is one where we listen ourselves: that says nothing about it. */
static void
test_listener_at_its_port (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int diag_fd = jf_peer_uid_open (), one = 1, made, ours, accepted, listener;
  socklen_t size = sizeof address;
  uint16_t port;
  uid_t uid;

  listener = plane_listen ("127.0.0.1", &port, 1);
  made = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ours = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt (made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt (ours, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  g_assert_no_errno (bind (made, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (getsockname (made, (struct sockaddr *) &address, &size));
  g_assert_no_errno (bind (ours, (struct sockaddr *) &address, sizeof address));
  address.sin_port = htons (port);
  g_assert_no_errno (connect (made, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (ours, 1));
  accepted = wait_and_accept (listener);
  g_assert_true (jf_peer_uid_get (diag_fd, accepted, &uid));
  jf_socket_reset (made);
  g_assert_false (jf_peer_uid_get (diag_fd, accepted, &uid));
  close (ours);
  close (accepted);
  close (listener);
  close (diag_fd);
}

static void
test_unix (void)
{
  uid_t uid = OTHER_UID;
  int fds[2];

  plane_socketpair (fds);
  g_assert_true (jf_peer_uid_get (-1, fds[0], &uid));
  g_assert_cmpuint (uid, ==, getuid ());
  close (fds[0]);
  close (fds[1]);
}

/* Whatever is wrong, nobody passes. */
static void
test_garbage (void)
{
  int diag_fd = jf_peer_uid_open (), pair[2], made, accepted, listener;
  uint16_t port;
  uid_t uid;

  plane_socketpair (pair);
  listener = plane_listen ("127.0.0.1", &port, 1);
  made = plane_connect ("127.0.0.1", port);
  accepted = wait_and_accept (listener);
  g_assert_false (jf_peer_uid_get (-1, accepted, &uid));
  g_assert_false (jf_peer_uid_get (pair[0], accepted, &uid));
  g_assert_false (jf_peer_uid_get (STDERR_FILENO, accepted, &uid));
  g_assert_false (jf_peer_uid_get (diag_fd, -1, &uid));
  g_assert_false (jf_peer_uid_get (diag_fd, listener, &uid)); /* not connected */
  g_assert_false (jf_peer_uid_get (diag_fd, STDERR_FILENO, &uid));
  g_assert_false (jf_peer_uid_get (diag_fd, diag_fd, &uid));
  g_assert_true (jf_peer_uid_get (diag_fd, accepted, &uid));
  close (pair[0]);
  close (pair[1]);
  close (made);
  close (accepted);
  close (listener);
  close (diag_fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer-uid/own", test_own);
  g_test_add_func ("/peer-uid/other", test_other);
  g_test_add_func ("/peer-uid/without-number", test_without_number);
  g_test_add_func ("/peer-uid/gone", test_gone);
  g_test_add_func ("/peer-uid/gone-by-reset", test_gone_by_reset);
  g_test_add_func ("/peer-uid/listener-at-its-port", test_listener_at_its_port);
  g_test_add_func ("/peer-uid/unix", test_unix);
  g_test_add_func ("/peer-uid/garbage", test_garbage);
  return g_test_run ();
}
