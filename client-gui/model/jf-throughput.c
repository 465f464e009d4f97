/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-throughput.h"

#include <glib/gi18n-lib.h>

#include "client-gui/model/jf-words.h"

typedef struct
{
  double received; /* bytes a second */
  double sent;
} Sample;

struct _JfThroughput
{
  GObject parent_instance;

  Sample samples[JF_THROUGHPUT_SAMPLES]; /* a ring */
  unsigned next;
  unsigned n;
  int64_t last_us; /* 0: no total yet */
  uint64_t received;
  uint64_t sent;
  unsigned watchers;
};

G_DEFINE_FINAL_TYPE (JfThroughput, jf_throughput, G_TYPE_OBJECT)

enum
{
  CHANGED,
  WATCHED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

static void
push (JfThroughput *self, Sample sample)
{
  self->samples[self->next] = sample;
  self->next = (self->next + 1) % JF_THROUGHPUT_SAMPLES;
  self->n = MIN (self->n + 1, JF_THROUGHPUT_SAMPLES);
}

void
jf_throughput_add (JfThroughput *self, int64_t now_us, uint64_t received, uint64_t sent)
{
  gboolean anew = received < self->received || sent < self->sent;
  double seconds = (double) (now_us - self->last_us) / G_USEC_PER_SEC;
  int64_t last_us = self->last_us;
  Sample sample = { 0 };
  unsigned n;

  if (last_us != 0 && now_us <= last_us)
    return;
  sample.received = (double) (anew ? received : received - self->received) / seconds;
  sample.sent = (double) (anew ? sent : sent - self->sent) / seconds;
  self->last_us = now_us;
  self->received = received;
  self->sent = sent;
  /* The first total says how much, but not since when. */
  if (last_us == 0)
    return;
  n = (unsigned) CLAMP (seconds + 0.5, 1, JF_THROUGHPUT_SAMPLES);
  for (unsigned i = 0; i < n; i++)
    push (self, sample);
  g_signal_emit (self, signals[CHANGED], 0);
}

void
jf_throughput_clear (JfThroughput *self)
{
  gboolean had = self->n > 0;

  self->next = self->n = 0;
  self->last_us = 0;
  self->received = self->sent = 0;
  if (had)
    g_signal_emit (self, signals[CHANGED], 0);
}

/* index 0 is the oldest */
static const Sample *
sample_at (JfThroughput *self, unsigned index)
{
  return &self->samples[(self->next + JF_THROUGHPUT_SAMPLES - self->n + index) %
                        JF_THROUGHPUT_SAMPLES];
}

unsigned
jf_throughput_get (JfThroughput *self, double received[], double sent[])
{
  for (unsigned i = 0; i < self->n; i++)
    {
      received[i] = sample_at (self, i)->received;
      sent[i] = sample_at (self, i)->sent;
    }
  return self->n;
}

double
jf_throughput_get_peak (JfThroughput *self)
{
  double peak = 0;

  for (unsigned i = 0; i < self->n; i++)
    {
      const Sample *sample = sample_at (self, i);

      peak = MAX (peak, MAX (sample->received, sample->sent));
    }
  return peak;
}

char *
jf_throughput_describe (JfThroughput *self)
{
  g_autofree char *down = NULL;
  g_autofree char *up = NULL;
  g_autofree char *peak = NULL;
  const Sample *now;

  if (self->n == 0)
    return g_strdup (_ ("Nothing has been measured yet"));
  if (jf_throughput_get_peak (self) < 1)
    return g_strdup (_ ("No traffic in the last two minutes"));
  now = sample_at (self, self->n - 1);
  down = jf_words_rate (now->received);
  up = jf_words_rate (now->sent);
  peak = jf_words_rate (jf_throughput_get_peak (self));
  /* TRANSLATORS: three rates, such as "1.2 MB/s" */
  return g_strdup_printf (_ ("Now %s down, %s up; at most %s in the last two minutes"), down, up,
                             peak);
}

void
jf_throughput_watch (JfThroughput *self)
{
  if (self->watchers++ == 0)
    g_signal_emit (self, signals[WATCHED], 0);
}

void
jf_throughput_unwatch (JfThroughput *self)
{
  g_return_if_fail (self->watchers > 0);
  if (--self->watchers == 0)
    g_signal_emit (self, signals[WATCHED], 0);
}

gboolean
jf_throughput_is_watched (JfThroughput *self)
{
  return self->watchers > 0;
}

static void
jf_throughput_class_init (JfThroughputClass *klass)
{
  signals[CHANGED] = g_signal_new ("changed", JF_TYPE_THROUGHPUT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[WATCHED] = g_signal_new ("watched", JF_TYPE_THROUGHPUT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
jf_throughput_init (JfThroughput *self)
{
}

JfThroughput *
jf_throughput_new (void)
{
  return g_object_new (JF_TYPE_THROUGHPUT, NULL);
}
