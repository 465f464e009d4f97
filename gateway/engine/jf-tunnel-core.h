/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/engine/jf-tunnel.h"

G_BEGIN_DECLS

/* What of a tunnel lives in its loop: channels, streams, acceptors. Everything here is for the
 * loop's thread; jf-tunnel.c is the handle in the engine's thread. */
typedef struct JfTunnelCore JfTunnelCore;

/* The core's news, in the loop's thread; the meaning is that of JfTunnelEvents. */
typedef struct
{
  void (*probed) (JfRefusal refusal, gpointer owner);
  void (*channels) (unsigned n_open, const GError *error, gpointer owner);
  void (*legs_wanted) (unsigned count, gpointer owner);
  void (*vouched) (const JfKeyId *key_ids, unsigned n, gpointer owner);
  void (*streams) (unsigned n_open, gpointer owner);
} JfTunnelCoreEvents;

/* `stats` belongs to the caller and outlives the core: it is written with relaxed atomics, one
 * member at a time. `target` and `vouch` (NULL on the client side) are borrowed. */
JfTunnelCore *jf_tunnel_core_new (JfLoop *loop,
                                  const JfTarget *target,
                                  const GArray *vouch,
                                  JfTunnelStats *stats,
                                  const JfTunnelCoreEvents *events,
                                  gpointer owner);
void jf_tunnel_core_free (JfTunnelCore *self);

void jf_tunnel_core_connect (JfTunnelCore *self,
                             JfUplink *uplink,
                             const JfKeyId *peer,
                             const JfTicket *tickets,
                             unsigned n_tickets);
void jf_tunnel_core_add_legs (JfTunnelCore *self, const JfTicket *tickets, unsigned n_tickets);
void jf_tunnel_core_probe_now (JfTunnelCore *self);
void jf_tunnel_core_disconnect (JfTunnelCore *self);
void jf_tunnel_core_listen (JfTunnelCore *self, int fd, gboolean check_uid);
void jf_tunnel_core_take (JfTunnelCore *self, int fd);

G_END_DECLS
