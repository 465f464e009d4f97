/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* When to try again: full jitter (a random pause between 0 and a cap that doubles from
 * JF_REDIAL_MIN_MS to JF_REDIAL_MAX_MS), and attempts at least JF_REDIAL_MIN_MS apart. Plain data,
 * zeroed at first. */
typedef struct
{
  unsigned cap_ms;
  int64_t last_attempt_us; /* monotonic; 0: none yet */
} JfBackoff;

/* An attempt begins now. */
void jf_backoff_attempt (JfBackoff *self, int64_t now_us);
/* The pause before the next attempt; each call doubles the cap. */
unsigned jf_backoff_next_ms (JfBackoff *self, int64_t now_us);
/* The pause when there is a reason to try at once: what is left of the distance. */
unsigned jf_backoff_soonest_ms (const JfBackoff *self, int64_t now_us);
/* The last attempt was a success that lasted. */
void jf_backoff_reset (JfBackoff *self);

G_END_DECLS
