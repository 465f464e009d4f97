/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-prober.h"

#include <unistd.h>

#include "gateway/engine/jf-probe-answer.h"
#include "tests/unit/engine/plane-test.h"

/* The prober at the client's end; the test, or JfProbeAnswers, at the server's. */
typedef struct
{
  PlanePair pair;
  JfProber prober;
  gboolean no_channel;
  JfProbeAnswers *answers;
  JfTarget *target;
  unsigned answered;
  JfRefusal refusal;
  unsigned taken; /* answers that somebody had asked for */
} Fixture;

static JfChannel *
channel_cb (gpointer owner)
{
  Fixture *self = owner;

  return self->no_channel ? NULL : self->pair.client.channel;
}

static gboolean
take_cb (PlaneEnd *end, const JfFrame *frame, const uint8_t *payload, GError **error)
{
  Fixture *self = end->owner;

  g_assert_cmpint (frame->type, ==, JF_FRAME_PROBED);
  if (jf_prober_take (&self->prober, frame->offset, (JfRefusal) frame->flags))
    self->taken++;
  return TRUE;
}

static void
set_up (Fixture *self, JfLoop *loop)
{
  *self = (Fixture){ 0 };
  plane_pair_open (&self->pair, loop);
  self->pair.client.take = take_cb;
  self->pair.client.owner = self;
  jf_prober_init (&self->prober, loop, channel_cb, self);
}

static void
tear_down (Fixture *self)
{
  g_clear_pointer (&self->answers, jf_probe_answers_free);
  jf_prober_reset (&self->prober);
  plane_pair_clear (&self->pair);
  jf_target_free (self->target);
}

static void
answer (Fixture *self, uint64_t token, JfRefusal refusal)
{
  const JfFrame frame = { .type = JF_FRAME_PROBED, .flags = (uint8_t) refusal, .offset = token };
  unsigned before = self->pair.client.frames->len;

  plane_end_send (&self->pair.server, &frame, NULL);
  LOOP_TEST_AWAIT (self->pair.client.loop, self->pair.client.frames->len > before);
}

/* Somebody says that it is worth trying again. */
static void
test_asked_now (JfLoop *loop)
{
  Fixture self;
  JfFrame probe;

  set_up (&self, loop);
  jf_prober_ask_now (&self.prober); /* nothing was asked yet: whoever opens a channel does */
  g_assert_false (self.prober.asked);
  jf_prober_ask (&self.prober);
  probe = plane_end_get (&self.pair.server, JF_FRAME_PROBE, 0);
  self.prober.pause_ms = 60000;
  answer (&self, probe.offset, JF_REFUSAL_TIMEOUT);
  jf_prober_ask_now (&self.prober);
  jf_prober_ask_now (&self.prober);
  probe = plane_end_get (&self.pair.server, JF_FRAME_PROBE, 1);
  g_assert_cmpuint (self.prober.pause_ms, ==, 1000);
  answer (&self, probe.offset, JF_REFUSAL_NONE);
  jf_prober_ask_now (&self.prober); /* it is known to answer */
  loop_test_linger (loop, 20);
  g_assert_cmpuint (plane_end_count (&self.pair.server, JF_FRAME_PROBE), ==, 2);
  tear_down (&self);
}

static void
test_reached (JfLoop *loop)
{
  Fixture self;
  JfFrame probe;

  set_up (&self, loop);
  jf_prober_ask (&self.prober);
  jf_prober_ask (&self.prober); /* one question at a time */
  probe = plane_end_get (&self.pair.server, JF_FRAME_PROBE, 0);
  answer (&self, probe.offset + 1, JF_REFUSAL_TIMEOUT);
  g_assert_cmpuint (self.taken, ==, 0);
  answer (&self, probe.offset, JF_REFUSAL_NONE);
  g_assert_cmpuint (self.taken, ==, 1);
  answer (&self, probe.offset, JF_REFUSAL_TIMEOUT); /* once is enough */
  g_assert_cmpuint (self.taken, ==, 1);
  g_assert_true (self.prober.known);
  g_assert_cmpint (self.prober.refusal, ==, JF_REFUSAL_NONE);
  jf_prober_ask (&self.prober); /* known: nothing to ask */
  loop_test_linger (loop, 20);
  g_assert_cmpuint (plane_end_count (&self.pair.server, JF_FRAME_PROBE), ==, 1);
  jf_prober_reset (&self.prober);
  g_assert_false (self.prober.known);
  jf_prober_ask (&self.prober);
  g_assert_cmpuint (plane_end_get (&self.pair.server, JF_FRAME_PROBE, 1).offset, !=, probe.offset);
  tear_down (&self);
}

/* It asks again by itself, later and later. */
static void
test_refused (JfLoop *loop)
{
  Fixture self;
  unsigned pause_ms;

  set_up (&self, loop);
  pause_ms = self.prober.pause_ms;
  jf_prober_ask (&self.prober);
  answer (&self, plane_end_get (&self.pair.server, JF_FRAME_PROBE, 0).offset,
          JF_REFUSAL_UNREACHABLE);
  g_assert_cmpint (self.prober.refusal, ==, JF_REFUSAL_UNREACHABLE);
  g_assert_cmpuint (self.prober.pause_ms, ==, 2 * pause_ms);
  answer (&self, plane_end_get (&self.pair.server, JF_FRAME_PROBE, 1).offset, JF_REFUSAL_NONE);
  g_assert_cmpuint (self.taken, ==, 2);
  g_assert_cmpuint (self.prober.pause_ms, ==, pause_ms);
  tear_down (&self);
}

static void
test_note (JfLoop *loop)
{
  Fixture self;
  unsigned pause_ms;

  set_up (&self, loop);
  pause_ms = self.prober.pause_ms;
  g_assert_true (jf_prober_note (&self.prober, JF_REFUSAL_NONE));
  g_assert_false (jf_prober_note (&self.prober, JF_REFUSAL_NONE));
  g_assert_null (self.prober.again.loop);
  g_assert_true (jf_prober_note (&self.prober, JF_REFUSAL_TIMEOUT));
  g_assert_false (jf_prober_note (&self.prober, JF_REFUSAL_TIMEOUT));
  g_assert_nonnull (self.prober.again.loop); /* asks by itself whether it has come back */
  g_assert_true (jf_prober_note (&self.prober, JF_REFUSAL_CONNECTION_REFUSED));
  g_assert_true (jf_prober_note (&self.prober, JF_REFUSAL_NONE));
  g_assert_null (self.prober.again.loop);
  /* What was before is over: the next failure is looked after as soon as the first. */
  g_assert_cmpuint (self.prober.pause_ms, ==, pause_ms);
  tear_down (&self);
}

static void
test_channel_lost (JfLoop *loop)
{
  Fixture self;
  JfFrame probe;

  set_up (&self, loop);
  jf_prober_channel_lost (&self.prober); /* nobody had asked */
  self.no_channel = TRUE;
  jf_prober_ask (&self.prober);
  g_assert_false (self.prober.asked);
  self.no_channel = FALSE;
  jf_prober_ask (&self.prober);
  probe = plane_end_get (&self.pair.server, JF_FRAME_PROBE, 0);
  self.no_channel = TRUE;
  jf_prober_channel_lost (&self.prober);
  g_assert_false (self.prober.asked);
  self.no_channel = FALSE;
  jf_prober_ask (&self.prober);
  jf_prober_channel_lost (&self.prober); /* asks over another */
  g_assert_cmpuint (plane_end_get (&self.pair.server, JF_FRAME_PROBE, 2).offset, >, probe.offset);
  answer (&self, probe.offset, JF_REFUSAL_NONE); /* late */
  g_assert_cmpuint (self.taken, ==, 0);
  tear_down (&self);
}

static void
answered_cb (JfRefusal refusal, gpointer owner)
{
  Fixture *self = owner;

  self->answered++;
  self->refusal = refusal;
}

static gboolean
probe_cb (PlaneEnd *end, const JfFrame *frame, const uint8_t *payload, GError **error)
{
  jf_probe_answers_take (((Fixture *) end->owner)->answers, end->channel, frame->offset);
  return TRUE;
}

static void
answers_start (Fixture *self, JfLoop *loop, const char *host, uint16_t port)
{
  g_autofree char *text = g_strdup_printf ("tcp:%s:%u", host, port);

  set_up (self, loop);
  self->target = jf_target_parse (text, NULL);
  self->answers = jf_probe_answers_new (loop, self->target, answered_cb, self);
  self->pair.server.take = probe_cb;
  self->pair.server.owner = self;
}

/* Both halves together: the target is connected to, and nothing is said to it. */
static void
test_answers (JfLoop *loop)
{
  Fixture self;
  uint16_t port;
  int listener = plane_listen ("127.0.0.1", &port, 8), peer;
  char byte;

  answers_start (&self, loop, "127.0.0.1", port);
  jf_prober_ask (&self.prober);
  LOOP_TEST_AWAIT (loop, self.taken == 1);
  g_assert_cmpint (self.prober.refusal, ==, JF_REFUSAL_NONE);
  g_assert_cmpuint (self.answered, ==, 1);
  peer = plane_accept (loop, listener);
  g_assert_cmpuint (plane_read (loop, peer, &byte, 1), ==, 0);
  close (peer);
  close (listener);
  jf_prober_reset (&self.prober);
  jf_prober_ask (&self.prober);
  LOOP_TEST_AWAIT (loop, self.taken == 2);
  g_assert_cmpint (self.prober.refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
  g_assert_cmpint (self.refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
  tear_down (&self);
}

/* The target's queue is full, so that questions pile up: a few wait, the others are told so. */
static void
test_answers_limit (JfLoop *loop)
{
  Fixture self;
  uint16_t port;
  int listener = plane_listen ("127.0.0.1", &port, 0), first = plane_connect ("127.0.0.1", port);
  JfFrame probe = { .type = JF_FRAME_PROBE };

  answers_start (&self, loop, "127.0.0.1", port);
  for (probe.offset = 1; probe.offset <= 10; probe.offset++)
    plane_end_send (&self.pair.client, &probe, NULL);
  g_assert_cmpint (plane_end_get (&self.pair.client, JF_FRAME_PROBED, 5).flags, ==,
                   JF_REFUSAL_LIMIT);
  loop_test_linger (loop, 20);
  g_assert_cmpuint (plane_end_count (&self.pair.client, JF_FRAME_PROBED), ==, 6);
  /* Their channel goes: nobody is told, and there is room for others. */
  jf_probe_answers_forget (self.answers, self.pair.server.channel);
  plane_end_send (&self.pair.client, &probe, NULL);
  loop_test_linger (loop, 20);
  g_assert_cmpuint (plane_end_count (&self.pair.client, JF_FRAME_PROBED), ==, 6);
  g_assert_cmpuint (self.answered, ==, 0);
  tear_down (&self);
  close (first);
  close (listener);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  loop_test_add ("/prober/reached", test_reached);
  loop_test_add ("/prober/refused", test_refused);
  loop_test_add ("/prober/asked-now", test_asked_now);
  loop_test_add ("/prober/note", test_note);
  loop_test_add ("/prober/channel-lost", test_channel_lost);
  loop_test_add ("/probe-answer/answers", test_answers);
  loop_test_add ("/probe-answer/limit", test_answers_limit);
  return g_test_run ();
}
