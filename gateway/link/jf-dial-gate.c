/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-dial-gate.h"

#include "gateway/wire/jf-limits.h"

typedef struct
{
  unsigned taken;
  GQueue waiting;
} Gate;

static GPrivate thread_gate = G_PRIVATE_INIT (g_free);

static Gate *
get_gate (void)
{
  Gate *gate = g_private_get (&thread_gate);

  if (gate == NULL)
    {
      gate = g_new0 (Gate, 1);
      g_private_set (&thread_gate, gate);
    }
  return gate;
}

void
jf_dial_gate_enter (JfDialSeat *seat, JfDialSeatFunc taken)
{
  Gate *gate = get_gate ();

  seat->taken = taken;
  seat->waiting = gate->taken >= JF_LEGS_DIALLED_AT_ONCE;
  if (seat->waiting)
    {
      seat->link.data = seat;
      g_queue_push_tail_link (&gate->waiting, &seat->link);
      return;
    }
  gate->taken++;
  taken (seat);
}

void
jf_dial_gate_leave (JfDialSeat *seat)
{
  Gate *gate = get_gate ();
  JfDialSeat *next;

  if (seat->taken == NULL)
    return;
  seat->taken = NULL;
  if (seat->waiting)
    {
      g_queue_unlink (&gate->waiting, &seat->link);
      return;
    }
  gate->taken--;
  next = g_queue_peek_head (&gate->waiting);
  if (next == NULL)
    return;
  g_queue_unlink (&gate->waiting, &next->link);
  next->waiting = FALSE;
  gate->taken++;
  next->taken (next);
}
