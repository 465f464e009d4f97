/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-loop-private.h"

static void
take_out (JfTurn *turn)
{
  turn->previous->next = turn->next;
  turn->next->previous = turn->previous;
  turn->next = turn->previous = NULL;
  turn->loop = NULL;
}

void
jf_turn_schedule (JfTurn *turn, JfLoop *loop, JfTurnFunc run)
{
  g_return_if_fail (turn->loop == NULL || turn->loop == loop);

  turn->run = run;
  if (turn->loop)
    return;
  turn->loop = loop;
  turn->next = &loop->turns;
  turn->previous = loop->turns.previous;
  turn->previous->next = turn;
  loop->turns.previous = turn;
}

void
jf_turn_cancel (JfTurn *turn)
{
  if (turn->loop)
    take_out (turn);
}

gboolean
jf_loop_has_turns (JfLoop *self)
{
  return self->turns.next != &self->turns;
}

/* Turns that are scheduled from here on wait for the next iteration: hence a list of their own. */
void
jf_loop_run_turns (JfLoop *self)
{
  if (!jf_loop_has_turns (self))
    return;
  self->running.next = self->turns.next;
  self->running.previous = self->turns.previous;
  self->running.next->previous = &self->running;
  self->running.previous->next = &self->running;
  self->turns.next = self->turns.previous = &self->turns;
  while (self->running.next != &self->running)
    {
      JfTurn *turn = self->running.next;

      take_out (turn);
      turn->run (turn);
    }
}
