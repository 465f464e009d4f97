/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/link/jf-loop.h"
#include "gateway/link/jf-tls.h"

G_BEGIN_DECLS

/* A control connection after its first frame (PROTOCOL.md section 4): length-prefixed messages and
 * heartbeats over a TLS session, for either end. Knows nothing of JSON. Belongs to its loop's
 * thread, callbacks run there. Memory: what is unsent, and a message that is half here. */
typedef struct JfConn JfConn;

typedef struct
{
  /* One whole message. (transfer none). May call jf_conn_free(). */
  void (*message) (JfConn *conn, GBytes *message, gpointer owner);
  /* The end, once, for whatever reason; `reason` says it (JF_ERROR_CLOSED when orderly). The owner
   * calls jf_conn_free(), now or later. */
  void (*closed) (JfConn *conn, const GError *reason, gpointer owner);
  /* May be NULL. All that was queued is with the kernel, so that who has much to say may go on. May
   * call jf_conn_send() and jf_conn_finish(), not jf_conn_free(). */
  void (*drained) (JfConn *conn, gpointer owner);
} JfConnEvents;

/* (transfer full) tls, handshake and first frame done. JF_TLS_CLIENT sends the heartbeats,
 * JF_TLS_SERVER answers them. `events` is static. */
JfConn *jf_conn_new (JfLoop *loop,
                     JfTls *tls,
                     JfTlsSide side,
                     const JfConnEvents *events,
                     gpointer owner);
/* Queues (transfer none). Beyond JF_CONTROL_QUEUE_MAX_BYTES the connection ends: JF_ERROR_LIMIT. */
void jf_conn_send (JfConn *self, GBytes *message);
/* Sends what is queued, then ends; `closed` comes when that is done or after 2 s. */
void jf_conn_finish (JfConn *self);
void jf_conn_free (JfConn *self); /* at once; `closed` is not called */

G_END_DECLS
