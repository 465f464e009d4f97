/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-receive-window.h"

#include "gateway/wire/jf-limits.h"

/* Round trips below this are the scheduler's noise, not the path's length. */
#define ROUND_TRIP_FLOOR_US 1000

void
jf_receive_window_init (JfReceiveWindow *self)
{
  *self = (JfReceiveWindow){ .limit = JF_WINDOW_INITIAL_BYTES, .window = JF_WINDOW_INITIAL_BYTES };
}

gboolean
jf_receive_window_take (JfReceiveWindow *self, uint64_t offset, size_t size)
{
  if (offset != self->received || size > self->limit - self->received)
    return FALSE;
  self->received += size;
  return TRUE;
}

static void
measure (JfReceiveWindow *self, int64_t now_us, unsigned round_trip_us)
{
  int64_t allowed_us = 2 * (int64_t) MAX (round_trip_us, ROUND_TRIP_FLOOR_US);

  if (self->epoch_start_us != 0 && self->delivered - self->epoch_start < self->window)
    return;
  if (self->epoch_start_us != 0 && now_us - self->epoch_start_us < allowed_us)
    self->window = MIN (self->window * 2, JF_WINDOW_MAX_BYTES);
  self->epoch_start = self->delivered;
  self->epoch_start_us = now_us;
}

gboolean
jf_receive_window_deliver (JfReceiveWindow *self,
                           size_t size,
                           int64_t now_us,
                           unsigned round_trip_us)
{
  self->delivered += size;
  measure (self, now_us, round_trip_us);
  if (self->delivered - self->acked < self->window / 4)
    return FALSE;
  self->acked = self->delivered;
  self->limit = self->delivered + self->window;
  return TRUE;
}
