/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <pthread.h>

#include "manager/front/jf-front-cert.h"
#include "manager/front/jf-front-limits.h"
#include "manager/front/jf-front.h"

G_BEGIN_DECLS

/* Inside the front door:
 *
 *   JfFront ── n JfFrontWorker, one a loop, each with
 *                listeners   all listening sockets, shared with the other workers
 *                doors       connections that have not said what they are (jf-front-door.c)
 *                conns       control connections (jf-front-conn.c)
 *
 * A connection stays in the worker that accepted it. */

/* What the main thread's side of the connections needs; outlives the front for those who still
 * hold one. */
typedef struct
{
  atomic_uint refs;
  gboolean alive; /* main thread */
  const JfFrontEvents *events;
  gpointer owner;
} JfFrontHub;

void jf_front_hub_unref (JfFrontHub *self);

/* Those of jf-limits.h, but for tests, which have no time to wait. */
typedef struct
{
  unsigned handshake_ms;
  unsigned preamble_ms;
  unsigned enroll_ms;
} JfFrontTimes;

extern JfFrontTimes jf_front_times;

typedef struct
{
  JfFront *front;
  JfLoop *loop;
  GPtrArray *listeners;
  GQueue doors;
  GQueue conns;
  int spare_fd; /* given up to turn one away when there are no descriptors */
} JfFrontWorker;

struct JfFront
{
  JfSwitch *sw;
  JfIdentity *identity;
  JfFrontHub *hub;
  JfFrontLimits limits;
  pthread_mutex_t cert_lock;
  JfFrontCert *cert;  /* guarded by cert_lock */
  GArray *listen_fds; /* main thread */
  unsigned n_workers;
  JfFrontWorker *workers;
};

JfFrontCert *jf_front_ref_cert (JfFront *self); /* any thread; NULL when there is none */

/* Everything below is for the worker's own thread. */

/* Takes over what was accepted. */
void jf_front_door_open (JfFrontWorker *worker, int fd, const struct sockaddr *address);
void jf_front_door_close_all (JfFrontWorker *worker);

/* (transfer full) tls and slot: CONTROL was read. */
void jf_front_conn_open (JfFrontWorker *worker, JfTls *tls, JfFrontSlot *slot);
void jf_front_conn_close_all (JfFrontWorker *worker);

void jf_front_worker_open (JfFrontWorker *worker);
/* Borrows the listening descriptor. */
void jf_front_worker_listen (JfFrontWorker *worker, int fd);
void jf_front_worker_close (JfFrontWorker *worker);

G_END_DECLS
