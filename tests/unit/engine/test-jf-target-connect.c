/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-target-connect.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/engine/jf-target-connect-private.h"
#include "tests/unit/engine/plane-test.h"

/* GLib's resolver hands its answers from thread to thread with locks that ThreadSanitizer does not
 * see: names are left to the other sanitizers. */
#ifdef __SANITIZE_THREAD__
#define WITH_NAMES FALSE
#else
#define WITH_NAMES TRUE
#endif

typedef struct
{
  JfTargetConnect connect;
  JfTarget *target;
  gboolean done;
  int fd;
  JfRefusal refusal;
} Attempt;

static void
done_cb (JfTargetConnect *connect, int fd, JfRefusal refusal)
{
  Attempt *attempt = JF_CONTAINER_OF (connect, Attempt, connect);

  g_assert_false (attempt->done);
  g_assert_null (connect->loop);
  g_assert_cmpint (fd >= 0, ==, refusal == JF_REFUSAL_NONE);
  attempt->done = TRUE;
  attempt->fd = fd;
  attempt->refusal = refusal;
}

static void
attempt_start (Attempt *attempt, JfLoop *loop, char *target)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = target;

  *attempt = (Attempt){ .fd = -1 };
  attempt->target = jf_target_parse (text, &error);
  g_assert_no_error (error);
  jf_target_connect_start (&attempt->connect, loop, attempt->target, done_cb);
}

static void
attempt_clear (Attempt *attempt)
{
  jf_target_connect_stop (&attempt->connect);
  jf_target_connect_stop (&attempt->connect);
  jf_target_free (attempt->target);
  if (attempt->fd >= 0)
    close (attempt->fd);
}

static char *
tcp_target (const char *host, uint16_t port)
{
  return g_strdup_printf ("tcp:%s:%u", host, port);
}

/* The connection leads to the listener, is non-blocking, and is not inherited. */
static void
assert_connected (Attempt *attempt, JfLoop *loop, int listener)
{
  char byte;
  int peer;

  LOOP_TEST_AWAIT (loop, attempt->done);
  g_assert_cmpint (attempt->refusal, ==, JF_REFUSAL_NONE);
  g_assert_cmpint (fcntl (attempt->fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (attempt->fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  peer = plane_accept (loop, listener);
  g_assert_cmpint (send (attempt->fd, "x", 1, MSG_NOSIGNAL), ==, 1);
  g_assert_cmpuint (plane_read (loop, peer, &byte, 1), ==, 1);
  close (peer);
}

static void
test_tcp (JfLoop *loop)
{
  static const char *const hosts[][2] = {
    { "127.0.0.1", "127.0.0.1" },
    { "::1", "[::1]" },
    { "127.0.0.1", "localhost" },
  };

  for (unsigned i = 0; i < (WITH_NAMES ? 3 : 2); i++)
    {
      Attempt attempt;
      uint16_t port;
      int listener = plane_listen (hosts[i][0], &port, 1);

      attempt_start (&attempt, loop, tcp_target (hosts[i][1], port));
      assert_connected (&attempt, loop, listener);
      attempt_clear (&attempt);
      close (listener);
    }
}

static void
test_refused (JfLoop *loop)
{
  static const char *const hosts[] = { "127.0.0.1", "[::1]", "localhost" };

  for (unsigned i = 0; i < (WITH_NAMES ? 3 : 2); i++)
    {
      Attempt attempt;
      uint16_t port;
      int listener = plane_listen ("127.0.0.1", &port, 1);

      close (listener);
      attempt_start (&attempt, loop, tcp_target (hosts[i], port));
      LOOP_TEST_AWAIT (loop, attempt.done);
      g_assert_cmpint (attempt.refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
      attempt_clear (&attempt);
    }
}

/* Reserved: nobody has this name (RFC 6761), nobody answers at this address (RFC 6666). */
static void
test_unknown_name (JfLoop *loop)
{
  Attempt attempt;

  attempt_start (&attempt, loop, g_strdup ("tcp:nobody.invalid:80"));
  LOOP_TEST_AWAIT (loop, attempt.done);
  g_assert_cmpint (attempt.refusal, ==, JF_REFUSAL_UNREACHABLE);
  attempt_clear (&attempt);
}

static void
test_nobody_there (JfLoop *loop)
{
  Attempt attempt;

  jf_target_connect_timeout_ms = 100;
  attempt_start (&attempt, loop, g_strdup ("tcp:[100::1]:80"));
  LOOP_TEST_AWAIT (loop, attempt.done);
  g_assert_cmpint (attempt.refusal, !=, JF_REFUSAL_NONE);
  attempt_clear (&attempt);
  jf_target_connect_timeout_ms = JF_TARGET_CONNECT_TIMEOUT_MS;
}

/* The listener's queue is full, so nothing answers. */
static void
test_timeout (JfLoop *loop)
{
  uint16_t port;
  int listener = plane_listen ("127.0.0.1", &port, 0);
  int first = plane_connect ("127.0.0.1", port);
  Attempt attempt;

  jf_target_connect_timeout_ms = 50;
  attempt_start (&attempt, loop, tcp_target ("127.0.0.1", port));
  LOOP_TEST_AWAIT (loop, attempt.done);
  g_assert_cmpint (attempt.refusal, ==, JF_REFUSAL_TIMEOUT);
  attempt_clear (&attempt);
  jf_target_connect_timeout_ms = JF_TARGET_CONNECT_TIMEOUT_MS;
  close (first);
  close (listener);
}

/* As a resolver would give them: one that refuses, then one that answers. */
static void
test_several_addresses (JfLoop *loop)
{
  uint16_t port;
  int listener = plane_listen ("127.0.0.2", &port, 1);
  Attempt attempt;

  attempt_start (&attempt, loop, tcp_target ("localhost", port));
  LOOP_TEST_AWAIT (loop, attempt.done);
  g_assert_cmpint (attempt.refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
  attempt_clear (&attempt);
  close (listener);
  /* "localhost" is ::1 and 127.0.0.1 where both are there: whichever listens is found. */
  listener = plane_listen ("::1", &port, 1);
  attempt_start (&attempt, loop, tcp_target ("localhost", port));
  LOOP_TEST_AWAIT (loop, attempt.done);
  if (attempt.refusal == JF_REFUSAL_NONE)
    close (plane_accept (loop, listener));
  else
    g_test_message ("localhost is not ::1 here");
  attempt_clear (&attempt);
  close (listener);
}

static int
unix_listen (const char *path, int backlog)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  g_assert_no_errno (bind (fd, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (fd, backlog));
  return fd;
}

static void
test_unix (JfLoop *loop)
{
  g_autofree char *directory = g_dir_make_tmp ("jackfield-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "socket", NULL);
  Attempt attempt;
  int listener;

  attempt_start (&attempt, loop, g_strconcat ("unix:", path, NULL));
  LOOP_TEST_AWAIT (loop, attempt.done);
  g_assert_cmpint (attempt.refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
  attempt_clear (&attempt);
  listener = unix_listen (path, 4);
  attempt_start (&attempt, loop, g_strconcat ("unix:", path, NULL));
  assert_connected (&attempt, loop, listener);
  attempt_clear (&attempt);
  close (listener);
  /* A socket that nobody listens at any more, and no socket at all. */
  attempt_start (&attempt, loop, g_strconcat ("unix:", path, NULL));
  LOOP_TEST_AWAIT (loop, attempt.done);
  g_assert_cmpint (attempt.refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
  attempt_clear (&attempt);
  attempt_start (&attempt, loop, g_strconcat ("unix:", directory, NULL));
  LOOP_TEST_AWAIT (loop, attempt.done);
  g_assert_cmpint (attempt.refusal, !=, JF_REFUSAL_NONE);
  attempt_clear (&attempt);
  g_unlink (path);
  g_rmdir (directory);
}

/* A server that is slow to accept is waited for, as any program would. */
static void
test_unix_queue_full (JfLoop *loop)
{
  g_autofree char *directory = g_dir_make_tmp ("jackfield-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "socket", NULL);
  int listener = unix_listen (path, 0);
  Attempt attempts[5];

  for (unsigned i = 0; i < G_N_ELEMENTS (attempts); i++)
    attempt_start (&attempts[i], loop, g_strconcat ("unix:", path, NULL));
  loop_test_linger (loop, 30);
  g_assert_false (attempts[4].done);
  for (unsigned i = 0; i < G_N_ELEMENTS (attempts) - 1; i++)
    close (plane_accept (loop, listener));
  for (unsigned i = 0; i < G_N_ELEMENTS (attempts) - 1; i++)
    attempt_clear (&attempts[i]);
  LOOP_TEST_AWAIT (loop, attempts[4].done);
  g_assert_cmpint (attempts[4].refusal, ==, JF_REFUSAL_NONE);
  attempt_clear (&attempts[4]);
  close (listener);
  g_unlink (path);
  g_rmdir (directory);
}

static void
test_unix_queue_stays_full (JfLoop *loop)
{
  g_autofree char *directory = g_dir_make_tmp ("jackfield-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "socket", NULL);
  int listener = unix_listen (path, 0);
  Attempt first, second;

  attempt_start (&first, loop, g_strconcat ("unix:", path, NULL));
  g_assert_true (first.done);
  jf_target_connect_timeout_ms = 50;
  attempt_start (&second, loop, g_strconcat ("unix:", path, NULL));
  LOOP_TEST_AWAIT (loop, second.done);
  g_assert_cmpint (second.refusal, ==, JF_REFUSAL_TIMEOUT);
  attempt_clear (&second);
  jf_target_connect_timeout_ms = JF_TARGET_CONNECT_TIMEOUT_MS;
  attempt_clear (&first);
  close (listener);
  g_unlink (path);
  g_rmdir (directory);
}

static void
test_stop (JfLoop *loop)
{
  uint16_t port;
  int listener = plane_listen ("127.0.0.1", &port, 0);
  int first = plane_connect ("127.0.0.1", port);
  Attempt attempt = { .fd = -1 };

  jf_target_connect_stop (&attempt.connect); /* zeroed: nothing to do */
  attempt_start (&attempt, loop, tcp_target ("127.0.0.1", port));
  attempt_clear (&attempt);
  g_assert_false (attempt.done);
  close (first);
  close (listener);
}

/* While it resolves: the answer comes when we are gone. */
static void
test_stop_resolving (JfLoop *loop)
{
  for (int i = 0; i < 10; i++)
    {
      Attempt *gone = g_new0 (Attempt, 1);

      attempt_start (gone, loop, tcp_target (i < 5 ? "localhost" : "nobody.invalid", 9));
      loop_test_linger (loop, i % 3);
      attempt_clear (gone);
      g_free (gone);
    }
  loop_test_linger (loop, 100);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  loop_test_add ("/target-connect/tcp", test_tcp);
  loop_test_add ("/target-connect/refused", test_refused);
  loop_test_add ("/target-connect/nobody-there", test_nobody_there);
  loop_test_add ("/target-connect/timeout", test_timeout);
  loop_test_add ("/target-connect/unix", test_unix);
  loop_test_add ("/target-connect/unix-queue-full", test_unix_queue_full);
  loop_test_add ("/target-connect/unix-queue-stays-full", test_unix_queue_stays_full);
  loop_test_add ("/target-connect/stop", test_stop);
  if (WITH_NAMES)
    {
      loop_test_add ("/target-connect/name/unknown", test_unknown_name);
      loop_test_add ("/target-connect/name/several-addresses", test_several_addresses);
      loop_test_add ("/target-connect/name/stop", test_stop_resolving);
    }
  return g_test_run ();
}
