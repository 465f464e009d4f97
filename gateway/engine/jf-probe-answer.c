/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-probe-answer.h"

#include <unistd.h>

#include "gateway/engine/jf-target-connect.h"

#define AT_ONCE_MAX 4

typedef struct
{
  JfProbeAnswers *all;
  JfTargetConnect connect;
  JfChannel *channel;
  uint64_t token;
} Answer;

struct JfProbeAnswers
{
  JfLoop *loop;
  const JfTarget *target;
  JfProbeAnswered answered;
  gpointer owner;
  GPtrArray *answers; /* of Answer */
};

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  jf_target_connect_stop (&answer->connect);
  g_free (answer);
}

static void
send_probed (JfChannel *channel, uint64_t token, JfRefusal refusal)
{
  JfFrame frame = { .type = JF_FRAME_PROBED, .flags = (uint8_t) refusal, .offset = token };

  jf_channel_send (channel, &frame, NULL);
}

static void
connected_cb (JfTargetConnect *connect, int fd, JfRefusal refusal)
{
  Answer *answer = JF_CONTAINER_OF (connect, Answer, connect);
  JfProbeAnswers *self = answer->all;

  if (fd >= 0)
    close (fd);
  send_probed (answer->channel, answer->token, refusal);
  g_ptr_array_remove_fast (self->answers, answer);
  self->answered (refusal, self->owner);
}

JfProbeAnswers *
jf_probe_answers_new (JfLoop *loop,
                      const JfTarget *target,
                      JfProbeAnswered answered,
                      gpointer owner)
{
  JfProbeAnswers *self = g_new0 (JfProbeAnswers, 1);

  self->loop = loop;
  self->target = target;
  self->answered = answered;
  self->owner = owner;
  self->answers = g_ptr_array_new_with_free_func (answer_free);
  return self;
}

void
jf_probe_answers_free (JfProbeAnswers *self)
{
  g_ptr_array_unref (self->answers);
  g_free (self);
}

void
jf_probe_answers_take (JfProbeAnswers *self, JfChannel *channel, uint64_t token)
{
  Answer *answer;

  if (self->answers->len >= AT_ONCE_MAX)
    {
      send_probed (channel, token, JF_REFUSAL_LIMIT);
      return;
    }
  answer = g_new0 (Answer, 1);
  answer->all = self;
  answer->channel = channel;
  answer->token = token;
  g_ptr_array_add (self->answers, answer);
  jf_target_connect_start (&answer->connect, self->loop, self->target, connected_cb);
}

void
jf_probe_answers_forget (JfProbeAnswers *self, JfChannel *channel)
{
  for (unsigned i = self->answers->len; i > 0; i--)
    if (((Answer *) self->answers->pdata[i - 1])->channel == channel)
      g_ptr_array_remove_index_fast (self->answers, i - 1);
}
