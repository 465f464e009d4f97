/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/link/jf-carrier.h"
#include "gateway/link/jf-identity.h"
#include "gateway/link/jf-tls.h"
#include "gateway/wire/jf-preamble.h"

G_BEGIN_DECLS

/* Where a gateway dials, and as whom. Immutable and reference counted; any thread. */
typedef struct JfUplink JfUplink;

JfUplink *jf_uplink_new (const JfCarrier *carrier,
                         const char *host,
                         uint16_t port,
                         const JfKeyId *manager,
                         JfIdentity *identity);
JfUplink *jf_uplink_ref (JfUplink *self);
void jf_uplink_unref (JfUplink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfUplink, jf_uplink_unref)
const JfCarrier *jf_uplink_get_carrier (JfUplink *self);
const char *jf_uplink_get_host (JfUplink *self);
uint16_t jf_uplink_get_port (JfUplink *self);
const JfKeyId *jf_uplink_get_manager (JfUplink *self);
JfIdentity *jf_uplink_get_identity (JfUplink *self);

/* One attempt: carrier, outer TLS with the manager's key pinned, first frame (PROTOCOL.md
 * sections 2 and 3). Belongs to `loop`'s thread, as do the callbacks; one of the two
 * callbacks comes exactly once unless jf_dial_free() was called before. */
typedef struct JfDial JfDial;

/* (transfer full) tls; the CONTROL frame has been sent. NULL with an error: JF_ERROR_WRONG_KEY,
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
/* Gives up when still under way; frees. Also to be called after `done` (allowed inside it). */
void jf_dial_free (JfDial *self);

G_END_DECLS
