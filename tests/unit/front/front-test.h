/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/front/jf-front-private.h"

/* A real front door on a port of its own, and gateways played by the test's own thread, which is
 * also the main thread of the front. */
#define N_LOOPS 2

typedef struct
{
  JfLoop *loops[N_LOOPS];
  JfIdentity *manager;
  JfIdentity *device;
  JfSwitch *sw;
  JfFront *front;
  uint16_t port;
  /* what the events said */
  GPtrArray *conns;    /* JfFrontConn, in the order of opening, as long as the fixture lives */
  GPtrArray *messages; /* GBytes */
  unsigned n_closed;
  int closed_code;
  gboolean echo;
  gboolean welcome; /* whoever opens is known at once */
} FrontFixture;

void front_set_up (FrontFixture *self);
void front_tear_down (FrontFixture *self);

/* TCP to the front from 127.0.`net`.`host`; non-blocking. */
int front_connect (FrontFixture *self, unsigned net, unsigned host);
/* NULL when the front ends it. Takes fd. */
JfTls *front_handshake (FrontFixture *self, int fd, JfIdentity *device);
JfTls *front_open (FrontFixture *self, JfIdentity *device); /* connect and handshake */
JfTls *front_open_control (FrontFixture *self);             /* and CONTROL, and `opened` */

void tls_send_all (JfTls *tls, const void *data, size_t size); /* one record */
void tls_send_message (JfTls *tls, const void *data, size_t size);
/* The next message; "" for a heartbeat; NULL at the end. */
char *tls_receive_message (JfTls *tls);
/* TRUE when the front ends the connection without a word. */
gboolean tls_is_ended (JfTls *tls);
gboolean fd_is_ended (int fd);

/* Runs the main context until it is so; fails the test after ten seconds. */
#define run_until(condition)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    int64_t run_until_deadline = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;                    \
    while (!(condition))                                                                           \
      {                                                                                            \
        if (g_get_monotonic_time () > run_until_deadline)                                          \
          g_error ("%s:%d: never: " #condition, __FILE__, __LINE__);                               \
        if (!g_main_context_iteration (NULL, FALSE))                                               \
          g_usleep (200);                                                                          \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END

unsigned count_descriptors (void);
