/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-backoff.h"

#include "gateway/wire/jf-limits.h"

void
jf_backoff_attempt (JfBackoff *self, int64_t now_us)
{
  self->last_attempt_us = now_us;
}

unsigned
jf_backoff_soonest_ms (const JfBackoff *self, int64_t now_us)
{
  int64_t passed_ms;

  if (self->last_attempt_us == 0)
    return 0;
  passed_ms = (now_us - self->last_attempt_us) / 1000;
  if (passed_ms < 0)
    return JF_REDIAL_MIN_MS;
  return passed_ms >= JF_REDIAL_MIN_MS ? 0 : (unsigned) (JF_REDIAL_MIN_MS - passed_ms);
}

unsigned
jf_backoff_next_ms (JfBackoff *self, int64_t now_us)
{
  unsigned pause_ms;

  if (self->cap_ms == 0)
    self->cap_ms = JF_REDIAL_MIN_MS;
  pause_ms = (unsigned) g_random_int_range (0, (int) self->cap_ms + 1);
  self->cap_ms = MIN (self->cap_ms * 2, JF_REDIAL_MAX_MS);
  return MAX (pause_ms, jf_backoff_soonest_ms (self, now_us));
}

void
jf_backoff_reset (JfBackoff *self)
{
  self->cap_ms = 0;
}
