/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/link/jf-loop.h"
#include "gateway/link/jf-socket.h"

G_BEGIN_DECLS

/* A carrier turns what the network allows into a byte-stream descriptor that ends at the manager's
 * front door. Static and immutable; any thread. */
typedef struct JfCarrier JfCarrier;

/* fd: non-blocking, the receiver owns it; -1 with an error (JF_ERROR_UNREACHABLE or
 * G_IO_ERROR_CANCELLED). In the loop's thread. */
typedef void (*JfCarrierDone) (int fd, GError *error, gpointer data);

struct JfCarrier
{
  const char *name; /* "direct" */
  void (*open) (JfLoop *loop,
                const char *host,
                uint16_t port,
                GCancellable *cancellable,
                JfCarrierDone done,
                gpointer data);
};

/* TCP to the manager's port, IPv6 and IPv4 (RFC 8305, through GSocketClient), TCP_NODELAY, and
 * keep-alive so that a dead path is noticed within JF_SILENCE_MAX_MS. */
extern const JfCarrier jf_carrier_direct;

G_END_DECLS
