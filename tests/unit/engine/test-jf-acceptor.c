/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/link/jf-counter.h"
#include "tests/unit/engine/plane-test.h"

typedef struct
{
  JfLoop *loop;
  JfAcceptor *acceptor;
  uint16_t port;
  unsigned accepted;
  unsigned pause_after; /* 0: never */
  GArray *fds;          /* of int */
} Fixture;

static void
accepted_cb (int fd, gpointer owner)
{
  Fixture *self = owner;

  g_assert_cmpint (fcntl (fd, F_GETFL) & O_NONBLOCK, !=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD) & FD_CLOEXEC, !=, 0);
  g_array_append_val (self->fds, fd);
  if (++self->accepted == self->pause_after)
    jf_acceptor_set_mode (self->acceptor, JF_ACCEPTOR_PAUSED);
}

static void
set_up (Fixture *self, JfLoop *loop, gboolean check_uid)
{
  *self = (Fixture){ .loop = loop };
  self->fds = g_array_new (FALSE, FALSE, sizeof (int));
  self->acceptor = jf_acceptor_new (loop, plane_listen ("127.0.0.1", &self->port, 128), check_uid,
                                    accepted_cb, self);
}

static void
tear_down (Fixture *self)
{
  g_clear_pointer (&self->acceptor, jf_acceptor_free);
  for (unsigned i = 0; i < self->fds->len; i++)
    close (g_array_index (self->fds, int, i));
  g_array_unref (self->fds);
}

static int
dial (Fixture *self)
{
  return plane_connect ("127.0.0.1", self->port);
}

/* It begins paused; who came meanwhile is let in later, and nobody twice. */
static void
test_modes (JfLoop *loop)
{
  Fixture self;
  int first, second, third, no_delay = 0;
  socklen_t size = sizeof no_delay;

  set_up (&self, loop, FALSE);
  first = dial (&self);
  g_assert_cmpuint (loop_test_linger (loop, 30), <, 20);
  g_assert_cmpuint (self.accepted, ==, 0);
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  LOOP_TEST_AWAIT (loop, self.accepted == 1);
  g_assert_no_errno (
      getsockopt (g_array_index (self.fds, int, 0), IPPROTO_TCP, TCP_NODELAY, &no_delay, &size));
  g_assert_cmpint (no_delay, !=, 0);
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_RESET);
  second = dial (&self);
  plane_await_reset (loop, second);
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_PAUSED);
  third = dial (&self);
  loop_test_linger (loop, 30);
  g_assert_cmpuint (self.accepted, ==, 1);
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_RESET);
  plane_await_reset (loop, third);
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  close (third);
  third = dial (&self);
  LOOP_TEST_AWAIT (loop, self.accepted == 2);
  close (first);
  close (second);
  close (third);
  tear_down (&self);
}

/* The owner pauses it from inside its callback: the others wait. */
static void
test_paused_by_owner (JfLoop *loop)
{
  int fds[8];
  Fixture self;

  set_up (&self, loop, FALSE);
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = dial (&self);
  self.pause_after = 3;
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  LOOP_TEST_AWAIT (loop, self.accepted == 3);
  loop_test_linger (loop, 30);
  g_assert_cmpuint (self.accepted, ==, 3);
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  LOOP_TEST_AWAIT (loop, self.accepted == G_N_ELEMENTS (fds));
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  tear_down (&self);
}

/* More than one turn takes. */
static void
test_burst (JfLoop *loop)
{
  int fds[100];
  Fixture self;

  set_up (&self, loop, TRUE);
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = dial (&self);
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  LOOP_TEST_AWAIT (loop, self.accepted == G_N_ELEMENTS (fds));
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  tear_down (&self);
}

static void
test_uid (JfLoop *loop)
{
  uint64_t before = jf_count_get (JF_COUNT_UID_REFUSED);
  Fixture self;
  int own, status;
  pid_t pid;

  if (getuid () != 0)
    {
      g_test_skip ("only root can be somebody else");
      return;
    }
  set_up (&self, loop, TRUE);
  pid = fork ();
  g_assert_no_errno (pid);
  if (pid == 0)
    {
      char byte;
      int fd;

      if (setresuid (12345, 12345, 12345) < 0)
        _exit (1);
      fd = plane_connect ("127.0.0.1", self.port);
      fcntl (fd, F_SETFL, 0);
      _exit (read (fd, &byte, 1) < 0 && errno == ECONNRESET ? 0 : 2);
    }
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  LOOP_TEST_AWAIT (loop, waitpid (pid, &status, WNOHANG) == pid);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (self.accepted, ==, 0);
  g_assert_cmpuint (jf_count_get (JF_COUNT_UID_REFUSED), ==, before + 1);
  own = dial (&self);
  LOOP_TEST_AWAIT (loop, self.accepted == 1);
  close (own);
  /* One that has gone already is nobody's. */
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_PAUSED);
  close (dial (&self));
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  LOOP_TEST_AWAIT (loop, jf_count_get (JF_COUNT_UID_REFUSED) == before + 2);
  g_assert_cmpuint (self.accepted, ==, 1);
  tear_down (&self);
}

/* Out of descriptors: connections wait, no time is burnt, and all come in at last. */
static void
test_out_of_descriptors (JfLoop *loop)
{
  struct rlimit limit, tight;
  int made[3], next;
  Fixture self;

  set_up (&self, loop, FALSE);
  for (unsigned i = 0; i < G_N_ELEMENTS (made); i++)
    made[i] = dial (&self);
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &limit));
  next = dup (made[0]);
  close (next);
  tight = limit;
  tight.rlim_cur = (rlim_t) next + 1; /* room for one */
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &tight));
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  LOOP_TEST_AWAIT (loop, self.accepted == 1);
  g_assert_cmpuint (loop_test_linger (loop, 250), <, 30);
  g_assert_cmpuint (self.accepted, ==, 1);
  /* A change of mind during the pause holds. */
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_PAUSED);
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limit));
  loop_test_linger (loop, 150);
  g_assert_cmpuint (self.accepted, ==, 1);
  jf_acceptor_set_mode (self.acceptor, JF_ACCEPTOR_OPEN);
  LOOP_TEST_AWAIT (loop, self.accepted == 3);
  for (unsigned i = 0; i < G_N_ELEMENTS (made); i++)
    close (made[i]);
  tear_down (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  loop_test_add ("/acceptor/modes", test_modes);
  loop_test_add ("/acceptor/paused-by-owner", test_paused_by_owner);
  loop_test_add ("/acceptor/burst", test_burst);
  loop_test_add ("/acceptor/uid", test_uid);
  loop_test_add ("/acceptor/out-of-descriptors", test_out_of_descriptors);
  return g_test_run ();
}
