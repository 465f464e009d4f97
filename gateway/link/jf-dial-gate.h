/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many legs of this thread may be on their way to the manager at once; the others wait their
 * turn. A gateway with many joins would otherwise open all its legs together after each welcome, and
 * run into the manager's limit of unknown connections from one address (PROTOCOL.md section 2), which
 * it may share with others behind the same NAT.
 *
 * Embed a seat, zeroed. Everything here is per thread. */
typedef struct JfDialSeat JfDialSeat;
typedef void (*JfDialSeatFunc) (JfDialSeat *seat);
struct JfDialSeat
{
  JfDialSeatFunc taken; /* NULL: neither waiting nor taken */
  gboolean waiting;
  GList link;
};

/* Calls `taken` now when there is a seat, else later, first come first served. */
void jf_dial_gate_enter (JfDialSeat *seat, JfDialSeatFunc taken);
/* Gives the seat to the next, or stops waiting. Idempotent. */
void jf_dial_gate_leave (JfDialSeat *seat);

G_END_DECLS
