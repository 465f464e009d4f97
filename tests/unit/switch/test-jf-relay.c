/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-socket.h"
#include "tests/unit/switch/switch-test.h"

#define MIB (1024 * 1024)

typedef struct
{
  SwitchFixture fixture;
  Leg client;
  Leg server;
} PairFixture;

/* data: the number of pipes that each worker may have. */
static void
set_up (PairFixture *self, gconstpointer data)
{
  switch_set_up (&self->fixture);
  jf_switch_tune (self->fixture.sw, JF_TICKET_LIFETIME_MS, GPOINTER_TO_UINT (data));
  pair_open (&self->fixture, &self->client, &self->server);
}

static void
tear_down (PairFixture *self, gconstpointer data)
{
  leg_close (&self->client);
  leg_close (&self->server);
  wait_until (jf_switch_count_pairs (self->fixture.sw) == 0);
  switch_tear_down (&self->fixture);
}

static void
test_bulk (PairFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_SWITCH_COPIED);

  exchange (&self->client, &self->server, 24 * MIB, 0, 65536);
  exchange (&self->client, &self->server, 0, 24 * MIB, 65536);
  exchange (&self->client, &self->server, 16 * MIB, 16 * MIB, 50000);
  if (GPOINTER_TO_UINT (data) == 0)
    g_assert_cmpuint (jf_count_get (JF_COUNT_SWITCH_COPIED), >, before);
  else
    g_assert_cmpuint (jf_count_get (JF_COUNT_SWITCH_COPIED), ==, before);
}

/* Round every size at which the relay changes its ways; a lost edge would stall here. */
static void
test_sizes (PairFixture *self, gconstpointer data)
{
  static const size_t sizes[] = { 1, 64, 4096, 16384, 32768, 65536, 131072 };

  for (int round = 0; round < 20; round++)
    for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
      for (size_t more = 0; more < 3; more++)
        exchange (&self->client, &self->server, sizes[i] - 1 + more, sizes[i], 65536);
}

static void
test_slow_reader (PairFixture *self, gconstpointer data)
{
  exchange (&self->client, &self->server, 3 * MIB, 100, 700);
}

static void
test_half_close (PairFixture *self, gconstpointer data)
{
  exchange (&self->client, &self->server, 100000, 0, 65536);
  g_assert_cmpint (shutdown (self->client.fd, SHUT_WR), ==, 0);
  g_assert_cmpint (wait_for_end (self->server.fd), ==, 0);
  exchange (&self->client, &self->server, 0, 2 * MIB, 65536);
  g_assert_cmpuint (jf_switch_count_pairs (self->fixture.sw), ==, 1);
  g_assert_cmpint (shutdown (self->server.fd, SHUT_WR), ==, 0);
  g_assert_cmpint (wait_for_end (self->client.fd), ==, 0);
}

/* What was sent before the end arrives before the end, also when it is much. */
static void
test_close_after_bulk (PairFixture *self, gconstpointer data)
{
  g_autofree uint8_t *bytes = g_malloc0 (MIB);
  size_t sent = 0, received = 0;
  gboolean ended = FALSE;

  while (!ended)
    {
      struct pollfd wanted[2] = { { .fd = sent < 4 * MIB ? self->client.fd : -1,
                                    .events = POLLOUT },
                                  { .fd = self->server.fd, .events = POLLIN } };
      ssize_t n;

      g_assert_cmpint (poll (wanted, 2, 10000), >, 0);
      if ((wanted[0].revents & POLLOUT) != 0)
        {
          n = send (self->client.fd, bytes, MIN (MIB, 4 * MIB - sent), MSG_NOSIGNAL);
          sent += (size_t) MAX (n, 0);
          if (sent == 4 * MIB)
            leg_close (&self->client);
        }
      if ((wanted[1].revents & POLLIN) != 0)
        {
          n = recv (self->server.fd, bytes, MIB, 0);
          g_assert_cmpint (n, >=, 0);
          received += (size_t) n;
          ended = n == 0;
        }
    }
  g_assert_cmpuint (received, ==, 4 * MIB);
}

static void
test_reset (PairFixture *self, gconstpointer data)
{
  ping (&self->client, &self->server);
  jf_socket_reset (self->client.fd);
  self->client.fd = -1;
  g_assert_cmpint (wait_for_end (self->server.fd), ==, ECONNRESET);
}

static void
test_reset_after_half_close (PairFixture *self, gconstpointer data)
{
  g_assert_cmpint (shutdown (self->server.fd, SHUT_WR), ==, 0);
  g_assert_cmpint (wait_for_end (self->client.fd), ==, 0);
  jf_socket_reset (self->server.fd);
  self->server.fd = -1;
  wait_until (jf_switch_count_pairs (self->fixture.sw) == 0);
}

static int
queued (int fd, unsigned long which)
{
  int n = 0;

  g_assert_cmpint (ioctl (fd, which, &n), ==, 0);
  return n;
}

/* Writes until the whole path is full. */
static size_t
stuff (int fd)
{
  g_autofree uint8_t *bytes = g_malloc0 (65536);
  struct pollfd wanted = { .fd = fd, .events = POLLOUT };
  size_t sent = 0;

  while (poll (&wanted, 1, 300) == 1)
    {
      ssize_t n = send (fd, bytes, 65536, MSG_NOSIGNAL | MSG_DONTWAIT);

      sent += (size_t) MAX (n, 0);
    }
  return sent;
}

/* What has arrived and was not read is the sender's own window, which the gateways bound end to end;
 * what counts here is what the switch took on. */
static void
test_never_reads (PairFixture *self, gconstpointer data)
{
  size_t sent = stuff (self->client.fd);
  int arriving = queued (self->client.manager_fd, FIONREAD);
  int leaving = queued (self->server.manager_fd, SIOCOUTQ);
  int elsewhere = queued (self->client.fd, SIOCOUTQ) + queued (self->server.fd, FIONREAD);
  int held = (int) sent - elsewhere - arriving - leaving;
  Leg client, server;

  g_test_message ("sent %zu, arriving %d, held %d, leaving %d", sent, arriving, held, leaving);
  g_assert_cmpint (held, <=, JF_BUCKET_MAX_BYTES);
  /* what a reader that never reads may cost the manager */
  G_STATIC_ASSERT (JF_BUCKET_MAX_BYTES <= 256 * 1024);
  g_assert_cmpint (MAX (held, 0) + leaving, <=, 256 * 1024);

  /* It slows nobody else, in whatever worker. */
  for (int i = 0; i < N_LOOPS; i++)
    {
      pair_open (&self->fixture, &client, &server);
      exchange (&client, &server, MIB, MIB, 65536);
      leg_close (&client);
      leg_close (&server);
    }
  wait_until (jf_switch_count_pairs (self->fixture.sw) == 1);
}

/* The reset is noticed although the full path keeps the switch from reading. */
static void
test_reset_while_stuck (PairFixture *self, gconstpointer data)
{
  stuff (self->client.fd);
  jf_socket_reset (self->client.fd);
  self->client.fd = -1;
  wait_until (jf_switch_count_pairs (self->fixture.sw) == 0);
  g_assert_cmpint (wait_for_end (self->server.fd), ==, ECONNRESET);
}

/* One pair that moves all it can does not keep a neighbour in its worker waiting. */
static void
test_fairness (PairFixture *self, gconstpointer data)
{
  g_autofree uint8_t *bytes = g_malloc0 (MIB);
  int64_t worst_us = 0;
  Leg client, server;

  for (int i = 0; i < N_LOOPS; i++) /* the last one shares the worker of the first */
    {
      pair_open (&self->fixture, &client, &server);
      if (i + 1 < N_LOOPS)
        {
          leg_close (&client);
          leg_close (&server);
        }
    }
  for (int i = 0; i < 50; i++)
    {
      int64_t start_us;

      while (send (self->client.fd, bytes, MIB, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        ;
      start_us = g_get_monotonic_time ();
      ping (&client, &server);
      worst_us = MAX (worst_us, g_get_monotonic_time () - start_us);
      while (recv (self->server.fd, bytes, MIB, MSG_DONTWAIT) > 0)
        ;
    }
  g_test_message ("worst ping beside bulk: %d us", (int) worst_us);
  g_assert_cmpint (worst_us, <, 500 * 1000);
  leg_close (&client);
  leg_close (&server);
}

size_t __sanitizer_get_current_allocated_bytes (void) __attribute__ ((weak));

static size_t
allocated_bytes (void)
{
  if (__sanitizer_get_current_allocated_bytes != NULL)
    return __sanitizer_get_current_allocated_bytes ();
  return mallinfo2 ().uordblks;
}

static void
test_parked_pairs_are_small (PairFixture *self, gconstpointer data)
{
  enum
  {
    N_PAIRS = 200
  };
  g_autofree Leg *legs = g_new0 (Leg, 2 * N_PAIRS);
  size_t before = allocated_bytes ();
  size_t after;

  for (int i = 0; i < N_PAIRS; i++)
    {
      pair_open (&self->fixture, &legs[2 * i], &legs[2 * i + 1]);
      ping (&legs[2 * i], &legs[2 * i + 1]);
    }
  after = allocated_bytes ();
  g_test_message ("a parked pair: %zu bytes", (after - before) / N_PAIRS);
  g_assert_cmpuint (after - before, <=, 1024 * N_PAIRS);
  for (int i = 0; i < 2 * N_PAIRS; i++)
    leg_close (&legs[i]);
}

/* As a user without privileges who has used up his pipe pages, and who has no descriptors left. */
static void
become_unprivileged (void)
{
  if (geteuid () != 0)
    return;
  g_assert_cmpint (setgroups (0, NULL), ==, 0);
  g_assert_cmpint (setgid (65534), ==, 0);
  g_assert_cmpint (setuid (65534), ==, 0);
}

static void
use_up_pipe_pages (void)
{
  int fd[2];

  for (;;)
    {
      if (pipe2 (fd, O_CLOEXEC) != 0)
        return;
      if (fcntl (fd[1], F_SETPIPE_SZ, 256 * 1024) < 0 &&
          fcntl (fd[1], F_GETPIPE_SZ) < JF_BUCKET_PIPE_MIN_BYTES)
        return;
    }
}

static void
test_no_pipe_pages (void)
{
  PairFixture self = { 0 };
  uint64_t before = jf_count_get (JF_COUNT_SWITCH_COPIED);

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  become_unprivileged ();
  set_up (&self, GUINT_TO_POINTER (G_MAXUINT));
  use_up_pipe_pages ();
  exchange (&self.client, &self.server, 4 * MIB, 4 * MIB, 65536);
  g_assert_cmpuint (jf_count_get (JF_COUNT_SWITCH_COPIED), >, before);
  tear_down (&self, NULL);
}

static void
test_no_descriptors (void)
{
  PairFixture self = { 0 };
  struct rlimit none, old;
  uint64_t before = jf_count_get (JF_COUNT_SWITCH_COPIED);

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, 0);
      g_test_trap_assert_passed ();
      return;
    }
  set_up (&self, GUINT_TO_POINTER (G_MAXUINT));
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &old), ==, 0);
  none = (struct rlimit){ .rlim_cur = 2, .rlim_max = old.rlim_max }; /* poll(2) wants two */
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  exchange (&self.client, &self.server, 4 * MIB, 4 * MIB, 65536);
  g_assert_cmpuint (jf_count_get (JF_COUNT_SWITCH_COPIED), >, before);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &old), ==, 0);
  tear_down (&self, NULL);
}

static void
add (const char *path, unsigned max_pipes, void (*function) (PairFixture *self, gconstpointer data))
{
  g_autofree char *full = g_strdup_printf ("/relay/%s/%s", max_pipes > 0 ? "splice" : "copy", path);

  g_test_add (full, PairFixture, GUINT_TO_POINTER (max_pipes), set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (int copies = 0; copies < 2; copies++)
    {
      unsigned max_pipes = copies ? 0 : G_MAXUINT;

      add ("bulk", max_pipes, test_bulk);
      add ("sizes", max_pipes, test_sizes);
      add ("slow-reader", max_pipes, test_slow_reader);
      add ("half-close", max_pipes, test_half_close);
      add ("close-after-bulk", max_pipes, test_close_after_bulk);
      add ("reset", max_pipes, test_reset);
      add ("reset-after-half-close", max_pipes, test_reset_after_half_close);
      add ("reset-while-stuck", max_pipes, test_reset_while_stuck);
      add ("never-reads", max_pipes, test_never_reads);
      add ("fairness", max_pipes, test_fairness);
    }
  add ("parked-pairs-are-small", G_MAXUINT, test_parked_pairs_are_small);
  g_test_add_func ("/relay/no-pipe-pages", test_no_pipe_pages);
  g_test_add_func ("/relay/no-descriptors", test_no_descriptors);
  return g_test_run ();
}
