/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-channel.h"

G_BEGIN_DECLS

/* Client side: asks end to end whether the target can be reached, again with growing pauses while
 * it cannot (step S4a depends on it). Embed it. Loop's thread. */
typedef struct
{
  JfLoop *loop;
  JfTimer again;
  uint64_t token;
  unsigned pause_ms;
  JfRefusal refusal; /* the latest answer */
  gboolean known;    /* there is one since the last reset */
  gboolean asked;
  /* Which channel to ask over, NULL when there is none. */
  JfChannel *(*channel) (gpointer owner);
  gpointer owner;
} JfProber;

void jf_prober_init (JfProber *self,
                     JfLoop *loop,
                     JfChannel *(*channel) (gpointer owner),
                     gpointer owner);
/* Nothing is known any more; also stops asking. */
void jf_prober_reset (JfProber *self);
/* Asks, unless a question is under way or the target is known to answer. */
void jf_prober_ask (JfProber *self);
/* A target that refuses is asked again at once, and with small pauses from then on. */
void jf_prober_ask_now (JfProber *self);
/* The channel that was asked is gone. */
void jf_prober_channel_lost (JfProber *self);
/* PROBED has come; FALSE when nobody asked for this token. */
gboolean jf_prober_take (JfProber *self, uint64_t token, JfRefusal refusal);
/* A stream has found out by itself. TRUE when that is news. */
gboolean jf_prober_note (JfProber *self, JfRefusal refusal);

G_END_DECLS
