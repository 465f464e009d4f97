/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/link/jf-identity.h"
#include "gateway/link/jf-loop.h"
#include "manager/switch/jf-switch.h"

G_BEGIN_DECLS

/* The front door: accepts, peeks the ClientHello, ends the outer TLS in the worker that accepted,
 * hands legs to the switch and control connections to the main thread. Enforces every limit that
 * holds before somebody is known (PROTOCOL.md sections 2 and 3). */
typedef struct JfFront JfFront;

/* One control connection. Reference counted; its functions may be called from the main thread at
 * any time, also after the end (then they do nothing). */
typedef struct JfFrontConn JfFrontConn;

/* All in the main thread (the default main context), in order for each connection. */
typedef struct
{
  /* A gateway has said CONTROL. It is unknown until jf_front_conn_set_known(), and closed after
   * JF_ENROLL_TIMEOUT_MS without it. */
  void (*opened) (JfFrontConn *conn, gpointer owner);
  void (*message) (JfFrontConn *conn, GBytes *message, gpointer owner);
  /* Once, after `opened`, whoever ended it. */
  void (*closed) (JfFrontConn *conn, const GError *reason, gpointer owner);
  /* May be NULL. What jf_front_conn_send_and_tell() sent is with the kernel, and all before it. */
  void (*drained) (JfFrontConn *conn, gpointer owner);
} JfFrontEvents;

/* Borrows loops and switch. `events` is static. */
JfFront *jf_front_new (JfLoop *const *loops,
                       unsigned n_loops,
                       JfSwitch *sw,
                       JfIdentity *identity,
                       const JfFrontEvents *events,
                       gpointer owner);
/* Stops listening and closes every connection; no event comes afterwards. */
void jf_front_free (JfFront *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfFront, jf_front_free)

/* Certificate for everybody who is not a gateway, PEM. NULL for both: a self-signed one is made.
 * May be called again (SIGHUP): a bad file fails and the old one stays. */
gboolean jf_front_set_certificate (JfFront *self,
                                   const char *certificate_path,
                                   const char *key_path,
                                   GError **error);

/* "ADDR:PORT", "[ADDR]:PORT", ":PORT" (all addresses, IPv6 and IPv4). Port 0 picks one. Several
 * calls listen at several. Fails with JF_ERROR_BUSY or JF_ERROR_INVALID. */
gboolean jf_front_listen (JfFront *self, const char *listen, GError **error);
/* What it listens at, with real ports, as above. NULL-terminated, free with g_strfreev(). */
char **jf_front_get_listen (JfFront *self);

JfFrontConn *jf_front_conn_ref (JfFrontConn *self);
void jf_front_conn_unref (JfFrontConn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfFrontConn, jf_front_conn_unref)

const JfKeyId *jf_front_conn_get_peer (JfFrontConn *self);
/* Numeric address without port. The operator decides whether it may be kept. */
const char *jf_front_conn_get_address (JfFrontConn *self);
void jf_front_conn_set_known (JfFrontConn *self);
void jf_front_conn_send (JfFrontConn *self, GBytes *message);
/* Besides, `drained` will come, so that who has much to say may wait for a slow reader. */
void jf_front_conn_send_and_tell (JfFrontConn *self, GBytes *message);
void jf_front_conn_finish (JfFrontConn *self); /* after what was sent before */
void jf_front_conn_close (JfFrontConn *self);  /* at once */

/* For tests and the owner's use of `data`. Main thread. */
void jf_front_conn_set_data (JfFrontConn *self, gpointer data);
gpointer jf_front_conn_get_data (JfFrontConn *self);

G_END_DECLS
