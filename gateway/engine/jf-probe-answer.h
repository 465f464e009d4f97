/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-channel.h"
#include "gateway/wire/jf-target.h"

G_BEGIN_DECLS

/* Server side: PROBEs that are being answered (PROTOCOL.md section 6): each connects to the
 * target, closes at once, and answers PROBED. Loop's thread. */
typedef struct JfProbeAnswers JfProbeAnswers;

typedef void (*JfProbeAnswered) (JfRefusal refusal, gpointer owner);

/* Borrows the target. `answered` tells the owner what was found. */
JfProbeAnswers *jf_probe_answers_new (JfLoop *loop,
                                      const JfTarget *target,
                                      JfProbeAnswered answered,
                                      gpointer owner);
void jf_probe_answers_free (JfProbeAnswers *self);

/* Beyond a few at once the answer is JF_REFUSAL_LIMIT. */
void jf_probe_answers_take (JfProbeAnswers *self, JfChannel *channel, uint64_t token);
/* The channel is about to be freed. */
void jf_probe_answers_forget (JfProbeAnswers *self, JfChannel *channel);

G_END_DECLS
