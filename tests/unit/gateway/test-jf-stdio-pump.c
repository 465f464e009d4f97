/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/jf-stdio-pump.h"

typedef struct
{
  int in;   /* what the program writes to standard input */
  int out;  /* what comes out of standard output */
  int peer; /* the service's end of the socket */
  int in_read;
  JfStdioPump *pump;
  gboolean done;
  gboolean failed;
} Fixture;

static void
done_cb (const GError *error, gpointer data)
{
  Fixture *fixture = data;

  fixture->done = TRUE;
  fixture->failed = error != NULL;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  int in[2];
  int out[2];
  int pair[2];

  g_assert_cmpint (pipe (in), ==, 0);
  g_assert_cmpint (pipe (out), ==, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
  fixture->in = in[1];
  fixture->in_read = in[0];
  fixture->out = out[0];
  fixture->peer = pair[1];
  fixture->pump = jf_stdio_pump_new (in[0], out[1], pair[0], done_cb, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  jf_stdio_pump_free (fixture->pump);
  /* What was cancelled ends in the next turns. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  if (fixture->in >= 0)
    close (fixture->in);
  if (fixture->peer >= 0)
    close (fixture->peer);
  close (fixture->in_read);
  close (fixture->out);
}

/* Turns the main context until something can be read; 0 is the end. */
static gssize
read_peer (Fixture *fixture, char *buffer, size_t size)
{
  for (;;)
    {
      gssize got = read (fixture->peer, buffer, size);

      if (got >= 0 || errno != EAGAIN)
        return got;
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
wait_done (Fixture *fixture)
{
  while (!fixture->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_both_ways_and_half_close (Fixture *fixture, gconstpointer data)
{
  char buffer[16];

  g_assert_cmpint (write (fixture->in, "question", 8), ==, 8);
  g_assert_cmpint (read_peer (fixture, buffer, sizeof buffer), ==, 8);
  close (fixture->in);
  fixture->in = -1;
  g_assert_cmpint (read_peer (fixture, buffer, sizeof buffer), ==, 0);
  g_assert_false (fixture->done);
  g_assert_cmpint (write (fixture->peer, "answer", 6), ==, 6);
  close (fixture->peer);
  fixture->peer = -1;
  wait_done (fixture);
  g_assert_false (fixture->failed);
  g_assert_cmpint (read (fixture->out, buffer, sizeof buffer), ==, 6);
  g_assert_cmpint (read (fixture->out, buffer, sizeof buffer), ==, 0);
}

/* The service has said all it had to say, and still listens. */
static void
test_peer_ends_first (Fixture *fixture, gconstpointer data)
{
  char buffer[16];

  g_assert_cmpint (shutdown (fixture->peer, SHUT_WR), ==, 0);
  g_assert_cmpint (write (fixture->in, "more", 4), ==, 4);
  g_assert_cmpint (read_peer (fixture, buffer, sizeof buffer), ==, 4);
  g_assert_false (fixture->done);
  close (fixture->in);
  fixture->in = -1;
  wait_done (fixture);
  g_assert_false (fixture->failed);
}

/* Nobody has to press ^D when the service is gone. */
static void
test_peer_hangs_up (Fixture *fixture, gconstpointer data)
{
  close (fixture->peer);
  fixture->peer = -1;
  wait_done (fixture);
  g_assert_false (fixture->failed);
}

static void
test_nobody_reads_output (Fixture *fixture, gconstpointer data)
{
  close (fixture->out);
  fixture->out = open ("/dev/null", O_RDONLY);
  g_assert_cmpint (write (fixture->peer, "x", 1), ==, 1);
  wait_done (fixture);
  g_assert_true (fixture->failed);
}

#define ADD(name, func) g_test_add ("/stdio-pump/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  ADD ("both-ways-and-half-close", test_both_ways_and_half_close);
  ADD ("peer-ends-first", test_peer_ends_first);
  ADD ("peer-hangs-up", test_peer_hangs_up);
  ADD ("nobody-reads-output", test_nobody_reads_output);
  return g_test_run ();
}
