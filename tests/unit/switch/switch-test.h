/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/switch/jf-switch-private.h"

/* A switch over real loops, and gateways that are played by the test's own thread: it runs both
 * ends of each outer TLS session, and then holds the bare descriptor. */
#define N_LOOPS 2

typedef struct
{
  JfLoop *loops[N_LOOPS];
  JfIdentity *manager;
  JfIdentity *client;
  JfIdentity *server;
  JfSwitch *sw;
  JfSwitchTunnel *tunnel;
} SwitchFixture;

void switch_set_up (SwitchFixture *self);
void switch_tear_down (SwitchFixture *self);

/* One leg, at its gateway's end. */
typedef struct
{
  int fd;         /* bare after READY, else -1 */
  int manager_fd; /* the same connection's other end: owned by the switch, to look at */
} Leg;

/* Presents the ticket as `device`. FALSE: refused, or closed without a word. */
gboolean leg_open (SwitchFixture *self, JfIdentity *device, const JfTicket *ticket, Leg *out);
void leg_close (Leg *leg);

/* Issues one pair of tickets and opens both legs. */
void pair_open (SwitchFixture *self, Leg *client, Leg *server);

void issue (SwitchFixture *self, JfTicket *client_ticket, JfTicket *server_ticket);

void tcp_pair (int fd[2]);

/* Sends and receives at both ends at once, at most `read_bytes` a read, and compares. */
void exchange (const Leg *a, const Leg *b, size_t a_bytes, size_t b_bytes, size_t read_bytes);
/* A few bytes there and back. */
void ping (const Leg *a, const Leg *b);

/* Polls until it is so; fails the test after ten seconds. */
#define wait_until(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    int64_t wait_until_deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;                   \
    while (!(condition))                                                                           \
      {                                                                                            \
        if (g_get_monotonic_time () > wait_until_deadline)                                         \
          g_error ("%s:%d: never: " #condition, __FILE__, __LINE__);                               \
        g_usleep (500);                                                                            \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

/* Waits for the end of the stream: 0 for an orderly one, the errno otherwise. */
int wait_for_end (int fd);
unsigned count_descriptors (void);
