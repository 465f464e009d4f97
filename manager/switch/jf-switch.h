/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/link/jf-loop.h"
#include "gateway/link/jf-tls.h"
#include "gateway/wire/jf-key-id.h"
#include "gateway/wire/jf-ticket.h"

G_BEGIN_DECLS

/* The switch joins legs two by two and moves their bytes with splice(2). It sees only ciphertext.
 * Each pair of tickets belongs to one loop (by the ticket's first byte), and so do the two legs
 * that present them: legs that were accepted elsewhere are moved there. Workers share nothing. */
typedef struct JfSwitch JfSwitch;

/* Borrows the loops, which must outlive it. */
JfSwitch *jf_switch_new (JfLoop *const *loops, unsigned n_loops);
/* Cuts everything. After the loops' fronts are closed and before the loops are freed. */
void jf_switch_free (JfSwitch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSwitch, jf_switch_free)

/* A leg at the door: handshake done, LEG frame read, nothing answered yet. (transfer full) tls.
 * From any loop of the switch. Answers READY or REFUSED (PROTOCOL.md section 5). */
void jf_switch_take_leg (JfSwitch *self, JfTls *tls, const JfTicket *ticket);

/* The switch table's rows of one tunnel. Created, used and freed in the main thread. */
typedef struct JfSwitchTunnel JfSwitchTunnel;

typedef struct
{
  uint64_t bytes_to_server; /* relayed, ciphertext */
  uint64_t bytes_to_client;
  unsigned pairs; /* joined now */
} JfSwitchTraffic;

JfSwitchTunnel *jf_switch_tunnel_new (JfSwitch *self, uint64_t tunnel);
/* Makes n pairs of tickets (n at most JF_TICKETS_PER_MESSAGE_MAX), valid at once, each bound to its
 * side's device. */
void jf_switch_tunnel_issue (JfSwitchTunnel *self,
                             const JfKeyId *client,
                             const JfKeyId *server,
                             unsigned n,
                             JfTicket *client_tickets,
                             JfTicket *server_tickets);
/* Cuts its legs, forgets its tickets; it may be used again afterwards. Takes effect soon, in the
 * workers. */
void jf_switch_tunnel_cut (JfSwitchTunnel *self);
void jf_switch_tunnel_get_traffic (JfSwitchTunnel *self, JfSwitchTraffic *out);
void jf_switch_tunnel_free (JfSwitchTunnel *self); /* cuts */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSwitchTunnel, jf_switch_tunnel_free)

/* Rows and tickets in the whole switch now, for `status` and tests. Any thread. */
unsigned jf_switch_count_pairs (JfSwitch *self);
unsigned jf_switch_count_tickets (JfSwitch *self);

G_END_DECLS
