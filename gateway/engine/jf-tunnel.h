/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/link/jf-dial.h"
#include "gateway/link/jf-loop.h"
#include "gateway/wire/jf-frame.h"
#include "gateway/wire/jf-target.h"

G_BEGIN_DECLS

/* The data plane of one tunnel, on either side: its channels, its streams, the sockets of
 * applications or of the target. This is its handle for the engine's thread (the one that made
 * it); all the work happens in one loop. Functions return at once; events come later in
 * the GMainContext that was the thread's default when the tunnel was made, never from inside a call and never
 * after jf_tunnel_free().
 *
 * A client's tunnel lives as long as the user wants the service: while it has no channels
 * its pseudo socket stays open, and new connections wait in the kernel's queue for up to
 * JF_HANDSHAKE_TIMEOUT_MS * 2, after which they are reset. */
typedef struct JfTunnel JfTunnel;

typedef struct
{
  /* Client: the answer to the probe that goes out with the first channel of each connect, and, as
   * long as the answer is a refusal, again with growing pauses (1 to 30 s). Also when a stream
   * finds the target refused that was reached before. */
  void (*probed) (JfTunnel *self, JfRefusal refusal, gpointer owner);
  /* The number of open channels has changed; `error` (may be NULL) is why the last one failed:
   * JF_ERROR_WRONG_KEY when the peer is not who setup said. */
  void (*channels) (JfTunnel *self, unsigned n_open, const GError *error, gpointer owner);
  /* Client: ask the manager for this many more legs (message "legs"). */
  void (*legs_wanted) (JfTunnel *self, unsigned count, gpointer owner);
  /* Client: the provider's gateway vouches for these. */
  void (*vouched) (JfTunnel *self, const JfKeyId *key_ids, unsigned n, gpointer owner);
  /* The number of open streams has changed; comes up to 200 ms later. */
  void (*streams) (JfTunnel *self, unsigned n_open, gpointer owner);
} JfTunnelEvents;

/* `events` is static; its members may be NULL. */
JfTunnel *jf_tunnel_new_client (JfLoop *loop, const JfTunnelEvents *events, gpointer owner);
/* `vouch`: n_vouch key ids of the provider's other gateways (copied). */
JfTunnel *jf_tunnel_new_server (JfLoop *loop,
                                const JfTarget *target,
                                const JfKeyId *vouch,
                                unsigned n_vouch,
                                const JfTunnelEvents *events,
                                gpointer owner);
/* Resets all its streams and closes all its channels and listeners, in its loop, soon. */
void jf_tunnel_free (JfTunnel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfTunnel, jf_tunnel_free)

/* A `setup` has come: drops the channels there are, then opens one leg for each ticket. */
void jf_tunnel_connect (JfTunnel *self,
                        JfUplink *uplink,
                        const JfKeyId *peer,
                        const JfTicket *tickets,
                        unsigned n_tickets);
/* More legs for the same peer (message "tickets"). */
void jf_tunnel_add_legs (JfTunnel *self, const JfTicket *tickets, unsigned n_tickets);
/* Client: a target that refuses is probed again at once. */
void jf_tunnel_probe_now (JfTunnel *self);
/* Drops the channels; streams are reset; listeners stay. */
void jf_tunnel_disconnect (JfTunnel *self);

/* Client: lets connections at a listening socket in; takes a duplicate, the caller keeps `fd`.
 * check_uid: only programs of this process' user may pass, found by sock_diag(7), or SO_PEERCRED for a UNIX
 * socket; who cannot be identified is reset. */
void jf_tunnel_listen (JfTunnel *self, int fd, gboolean check_uid);
/* Client: one connected stream socket, as if it had been accepted. Takes the descriptor. */
void jf_tunnel_take (JfTunnel *self, int fd);

/* Counts since the beginning, and what is open now. Any time, from the owner's thread. */
typedef struct
{
  uint64_t bytes_sent;     /* application bytes to the peer */
  uint64_t bytes_received; /* application bytes from the peer */
  uint64_t streams_total;
  uint64_t streams_refused;
  unsigned streams_open;
  unsigned channels_open;
  unsigned round_trip_us; /* between the gateways, smallest seen; 0 unknown */
  JfRefusal last_refusal; /* of the target; NONE when the last attempt reached it */
} JfTunnelStats;
void jf_tunnel_get_stats (JfTunnel *self, JfTunnelStats *out);

G_END_DECLS
