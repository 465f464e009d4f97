/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/link/jf-loop.h"
#include "gateway/link/jf-socket.h"
#include "gateway/link/jf-way.h"

G_BEGIN_DECLS

typedef struct JfUplink JfUplink; /* jf-dial.h */

/* A carrier turns what the network allows into a byte-stream descriptor that ends at the manager's
 * front door. Static and immutable; any thread. */
typedef struct JfCarrier JfCarrier;

/* fd: non-blocking, the receiver owns it, and `way` says how it got there; -1 with an error
 * (JF_ERROR_UNREACHABLE or G_IO_ERROR_CANCELLED), `way` NULL. In the loop's thread. */
typedef void (*JfCarrierDone) (int fd, const JfWay *way, GError *error, gpointer data);

struct JfCarrier
{
  const char *name; /* "direct" */
  /* Host, port and proxy are the uplink's. */
  void (*open) (JfLoop *loop,
                JfUplink *uplink,
                GCancellable *cancellable,
                JfCarrierDone done,
                gpointer data);
};

/* TCP to the manager's port, IPv6 and IPv4 (RFC 8305, through GSocketClient), TCP_NODELAY, and
 * keep-alive so that a dead path is noticed within JF_SILENCE_MAX_MS. */
extern const JfCarrier jf_carrier_direct;

/* The same through an HTTP proxy (CONNECT) or a SOCKS proxy, where the uplink's proxy setting
 * names one for https://HOST:PORT; jf_carrier_direct where it does not. */
extern const JfCarrier jf_carrier_connect;

/* For carriers. (transfer none) connection; its descriptor as a JfCarrierDone takes it. */
int jf_carrier_take_descriptor (GSocketConnection *connection, JfWay *way, GError **error);

G_END_DECLS
