/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The small programs of tests/bench: an echo server, and clients that measure what iperf3 does not.
 * Results are one JSON object on standard output. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS         256
#define PING_BYTES     64
#define BACKLOG        4096
#define SAMPLES_MAX    4000000
#define ATTEMPTS_MAX   50
#define ATTEMPT_GAP_US 100000

static const char *target_host;
static int target_port;

static void
fail (const char *what)
{
  fprintf (stderr, "jf-bench-tool: %s: %s\n", what, strerror (errno));
  exit (1);
}

static double
now (void)
{
  struct timespec ts;

  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}

static struct sockaddr_in
address (const char *host, int port)
{
  struct sockaddr_in addr = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) port) };

  if (inet_pton (AF_INET, host, &addr.sin_addr) != 1)
    {
      fprintf (stderr, "jf-bench-tool: %s is not an IPv4 address\n", host);
      exit (2);
    }
  return addr;
}

static void
no_delay (int fd)
{
  int one = 1;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static int
begin_connect (void)
{
  struct sockaddr_in addr = address (target_host, target_port);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

  if (fd < 0)
    fail ("socket");
  no_delay (fd);
  if (connect (fd, (struct sockaddr *) &addr, sizeof addr) != 0 && errno != EINPROGRESS)
    {
      close (fd);
      return -1;
    }
  return fd;
}

static int
connect_blocking (void)
{
  struct sockaddr_in addr = address (target_host, target_port);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || connect (fd, (struct sockaddr *) &addr, sizeof addr) != 0)
    fail ("connect");
  no_delay (fd);
  return fd;
}

/* --- echo: sends back what comes, until the peer has finished */

static void
echo_accept (int epoll, int listener)
{
  int fd;

  while ((fd = accept4 (listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
    {
      struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

      no_delay (fd);
      epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void
echo_some (int fd)
{
  char buffer[4096];
  ssize_t n = recv (fd, buffer, sizeof buffer, 0);

  if (n < 0 && errno == EAGAIN)
    return;
  if (n <= 0 || send (fd, buffer, (size_t) n, MSG_NOSIGNAL) != n)
    close (fd);
}

static void
run_echo (void)
{
  struct sockaddr_in addr = address (target_host, target_port);
  int listener = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int epoll = epoll_create1 (EPOLL_CLOEXEC);
  struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };
  int one = 1;

  setsockopt (listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind (listener, (struct sockaddr *) &addr, sizeof addr) != 0 ||
      listen (listener, BACKLOG) != 0)
    fail ("listen");
  epoll_ctl (epoll, EPOLL_CTL_ADD, listener, &event);
  for (;;)
    {
      struct epoll_event events[EVENTS];
      int n = epoll_wait (epoll, events, EVENTS, -1);

      for (int i = 0; i < n; i++)
        if (events[i].data.fd == listener)
          echo_accept (epoll, listener);
        else
          echo_some (events[i].data.fd);
    }
}

/* --- pingpong: one connection, one message of PING_BYTES at a time */

static int
compare (const void *a, const void *b)
{
  float x = *(const float *) a;
  float y = *(const float *) b;

  return (x > y) - (x < y);
}

static void
ping (int fd)
{
  char buffer[PING_BYTES] = { 0 };
  size_t got = 0;

  if (send (fd, buffer, sizeof buffer, MSG_NOSIGNAL) != (ssize_t) sizeof buffer)
    fail ("send");
  while (got < sizeof buffer)
    {
      ssize_t n = recv (fd, buffer, sizeof buffer - got, 0);

      if (n <= 0)
        fail ("recv");
      got += (size_t) n;
    }
}

static int
run_pingpong (double seconds)
{
  float *samples = malloc (SAMPLES_MAX * sizeof *samples);
  size_t n = 0;
  int fd = connect_blocking ();
  double end;

  for (int i = 0; i < 200; i++)
    ping (fd);
  end = now () + seconds;
  while (n < SAMPLES_MAX && now () < end)
    {
      double start = now ();

      ping (fd);
      samples[n++] = (float) ((now () - start) * 1e6);
    }
  qsort (samples, n, sizeof *samples, compare);
  printf ("{\"p50_us\":%.1f,\"p99_us\":%.1f,\"count\":%zu}\n", (double) samples[n / 2],
          (double) samples[n * 99 / 100], n);
  free (samples);
  close (fd);
  return 0;
}

/* --- connrate: connect, one byte there and back, close; `parallel` at a time */

typedef struct
{
  int fd;
  int asked;
} Attempt;

static void
attempt_start (int epoll, Attempt *attempt)
{
  struct epoll_event event = { .events = EPOLLOUT, .data.ptr = attempt };

  attempt->asked = 0;
  attempt->fd = begin_connect ();
  if (attempt->fd < 0)
    fail ("connect");
  epoll_ctl (epoll, EPOLL_CTL_ADD, attempt->fd, &event);
}

/* 1 answered, 0 under way, -1 failed */
static int
attempt_step (int epoll, Attempt *attempt)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = attempt };
  char byte = 'x';

  if (attempt->asked)
    {
      ssize_t n = recv (attempt->fd, &byte, 1, 0);

      return n == 1 ? 1 : n < 0 && errno == EAGAIN ? 0 : -1;
    }
  if (send (attempt->fd, &byte, 1, MSG_NOSIGNAL) != 1)
    return -1;
  attempt->asked = 1;
  epoll_ctl (epoll, EPOLL_CTL_MOD, attempt->fd, &event);
  return 0;
}

static int
run_connrate (int parallel, double seconds)
{
  Attempt *attempts = calloc ((size_t) parallel, sizeof *attempts);
  int epoll = epoll_create1 (EPOLL_CLOEXEC);
  double start = now ();
  long done = 0;
  long failed = 0;

  for (int i = 0; i < parallel; i++)
    attempt_start (epoll, &attempts[i]);
  while (now () < start + seconds)
    {
      struct epoll_event events[EVENTS];
      int n = epoll_wait (epoll, events, EVENTS, 100);

      for (int i = 0; i < n; i++)
        {
          Attempt *attempt = events[i].data.ptr;
          int outcome = attempt_step (epoll, attempt);

          if (outcome == 0)
            continue;
          done += outcome > 0;
          failed += outcome < 0;
          close (attempt->fd);
          attempt_start (epoll, attempt);
        }
    }
  printf ("{\"rate\":%.1f,\"done\":%ld,\"failed\":%ld}\n", (double) done / (now () - start), done,
          failed);
  free (attempts);
  return 0;
}

/* --- hold: `count` connections that have exchanged a byte, until standard input ends */

static void
hold_one (void)
{
  char byte = 'h';

  for (int i = 0; i < ATTEMPTS_MAX; i++)
    {
      int fd = connect_blocking ();

      if (send (fd, &byte, 1, MSG_NOSIGNAL) == 1 && recv (fd, &byte, 1, 0) == 1)
        return;
      close (fd);
      usleep (ATTEMPT_GAP_US);
    }
  fail ("no answer");
}

static int
run_hold (int count)
{
  char byte;

  for (int i = 0; i < count; i++)
    hold_one ();
  printf ("{\"held\":%d}\n", count);
  fflush (stdout);
  while (read (STDIN_FILENO, &byte, 1) > 0)
    continue;
  return 0;
}

static int
usage (void)
{
  fputs ("usage: jf-bench-tool echo ADDRESS PORT\n"
         "       jf-bench-tool pingpong ADDRESS PORT SECONDS\n"
         "       jf-bench-tool connrate ADDRESS PORT PARALLEL SECONDS\n"
         "       jf-bench-tool hold ADDRESS PORT COUNT\n",
         stderr);
  return 2;
}

int
main (int argc, char **argv)
{
  struct rlimit limit;

  if (argc < 4)
    return usage ();
  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  target_host = argv[2];
  target_port = atoi (argv[3]);
  if (strcmp (argv[1], "echo") == 0)
    run_echo (); /* never returns */
  if (strcmp (argv[1], "pingpong") == 0 && argc == 5)
    return run_pingpong (atof (argv[4]));
  if (strcmp (argv[1], "connrate") == 0 && argc == 6)
    return run_connrate (atoi (argv[4]), atof (argv[5]));
  if (strcmp (argv[1], "hold") == 0 && argc == 5)
    return run_hold (atoi (argv[4]));
  return usage ();
}
