/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-prober.h"

#define PAUSE_MIN_MS 1000
#define PAUSE_MAX_MS 30000

void
jf_prober_init (JfProber *self,
                JfLoop *loop,
                JfChannel *(*channel) (gpointer owner),
                gpointer owner)
{
  *self = (JfProber){ .loop = loop, .channel = channel, .owner = owner, .pause_ms = PAUSE_MIN_MS };
}

void
jf_prober_reset (JfProber *self)
{
  jf_timer_stop (&self->again);
  self->known = FALSE;
  self->asked = FALSE;
  self->refusal = JF_REFUSAL_NONE;
  self->pause_ms = PAUSE_MIN_MS;
}

static void
again_cb (JfTimer *timer)
{
  jf_prober_ask (JF_CONTAINER_OF (timer, JfProber, again));
}

void
jf_prober_ask (JfProber *self)
{
  JfChannel *channel = self->channel (self->owner);
  JfFrame frame = { .type = JF_FRAME_PROBE };

  if (channel == NULL || self->asked || (self->known && self->refusal == JF_REFUSAL_NONE))
    return;
  self->asked = TRUE;
  frame.offset = ++self->token;
  jf_channel_send (channel, &frame, NULL);
}

void
jf_prober_ask_now (JfProber *self)
{
  self->pause_ms = PAUSE_MIN_MS;
  if (self->again.loop == NULL)
    return;
  jf_timer_stop (&self->again);
  jf_prober_ask (self);
}

void
jf_prober_channel_lost (JfProber *self)
{
  if (!self->asked)
    return;
  self->asked = FALSE;
  jf_prober_ask (self);
}

static void
ask_later (JfProber *self)
{
  jf_timer_start (&self->again, self->loop, self->pause_ms, again_cb);
  self->pause_ms = MIN (self->pause_ms * 2, PAUSE_MAX_MS);
}

gboolean
jf_prober_take (JfProber *self, uint64_t token, JfRefusal refusal)
{
  if (!self->asked || token != self->token)
    return FALSE;
  self->asked = FALSE;
  self->known = TRUE;
  self->refusal = refusal;
  if (refusal != JF_REFUSAL_NONE)
    ask_later (self);
  else
    self->pause_ms = PAUSE_MIN_MS;
  return TRUE;
}

gboolean
jf_prober_note (JfProber *self, JfRefusal refusal)
{
  gboolean news = !self->known || refusal != self->refusal;

  self->known = TRUE;
  self->refusal = refusal;
  if (refusal == JF_REFUSAL_NONE)
    {
      jf_timer_stop (&self->again);
      self->pause_ms = PAUSE_MIN_MS;
    }
  else if (self->again.loop == NULL && !self->asked)
    ask_later (self);
  return news;
}
