/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/link/jf-carrier.h"
#include "gateway/link/jf-identity.h"
#include "gateway/link/jf-tls.h"
#include "gateway/wire/jf-preamble.h"

G_BEGIN_DECLS

/* Where a gateway dials, and as whom. Immutable and reference counted; any thread. Its proxy
 * setting is as jf-proxy.h says, JF_PROXY_AUTO at first. */

JfUplink *jf_uplink_new (const JfCarrier *carrier,
                         const char *host,
                         uint16_t port,
                         const JfKeyId *manager,
                         JfIdentity *identity);
/* Another manager's node, or another proxy setting (which has been checked), and the same otherwise. */
JfUplink *jf_uplink_new_node (JfUplink *base,
                              const char *host,
                              uint16_t port,
                              const JfKeyId *manager);
JfUplink *jf_uplink_new_proxied (JfUplink *base, const char *proxy);
JfUplink *jf_uplink_ref (JfUplink *self);
void jf_uplink_unref (JfUplink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfUplink, jf_uplink_unref)
const JfCarrier *jf_uplink_get_carrier (JfUplink *self);
const char *jf_uplink_get_host (JfUplink *self);
uint16_t jf_uplink_get_port (JfUplink *self);
const JfKeyId *jf_uplink_get_manager (JfUplink *self);
JfIdentity *jf_uplink_get_identity (JfUplink *self);
const char *jf_uplink_get_proxy (JfUplink *self); /* may hold a secret */

/* One attempt: carrier, outer TLS with the manager's key pinned, first frame (PROTOCOL.md
 * sections 2 and 3). Belongs to `loop`'s thread, as do the callbacks; one of the two
 * callbacks comes exactly once unless jf_dial_free() was called before. */
typedef struct JfDial JfDial;

/* (transfer full) tls; the CONTROL frame has been sent. NULL with an error: JF_ERROR_WRONG_KEY,
 * JF_ERROR_INTERCEPTED (who answers speaks TLS or HTTP, and is no Jackfield manager),
 * JF_ERROR_UNREACHABLE, JF_ERROR_TIMEOUT, JF_ERROR_PROTOCOL, JF_ERROR_CLOSED. */
typedef void (*JfDialControlDone) (JfTls *tls, GError *error, gpointer data);
/* (transfer full) fd: a bare leg after READY. -1 with an error as above, or
 * JF_ERROR_NOT_AVAILABLE when the manager refused the ticket. */
typedef void (*JfDialLegDone) (int fd, GError *error, gpointer data);

JfDial *jf_dial_control (JfLoop *loop, JfUplink *uplink, JfDialControlDone done, gpointer data);
JfDial *jf_dial_leg (JfLoop *loop,
                     JfUplink *uplink,
                     const JfTicket *ticket,
                     JfDialLegDone done,
                     gpointer data);
/* In `done`: how the connection got there; and after JF_ERROR_WRONG_KEY the key that was seen (NULL:
 * none). */
const JfWay *jf_dial_get_way (JfDial *self);
const JfKeyId *jf_dial_get_seen_key (JfDial *self);
/* Gives up when still under way; frees. Also to be called after `done` (allowed inside it). */
void jf_dial_free (JfDial *self);

G_END_DECLS
