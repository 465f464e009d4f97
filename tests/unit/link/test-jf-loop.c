/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-loop.h"

#include <gio/gio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "tests/unit/link/link-test.h"

typedef struct
{
  JfLoop *loop;
  LinkGate gate;
  GString *log; /* the loop's thread only */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GError *error = NULL;

  fixture->loop = jf_loop_new ("test-loop", &error);
  g_assert_no_error (error);
  fixture->gate = (LinkGate) LINK_GATE_INIT;
  fixture->log = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  jf_loop_free (fixture->loop);
  g_string_free (fixture->log, TRUE);
}

static int
event_new (unsigned value)
{
  int fd = eventfd (value, EFD_NONBLOCK | EFD_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
event_drain (int fd)
{
  uint64_t value;

  g_assert_cmpint (read (fd, &value, sizeof value), ==, sizeof value);
}

static void
event_raise (int fd)
{
  uint64_t one = 1;

  g_assert_cmpint (write (fd, &one, sizeof one), ==, sizeof one);
}

static void
check_thread_cb (gpointer data)
{
  Fixture *fixture = data;

  g_assert_true (jf_loop_is_current (fixture->loop));
  g_assert_true (g_main_context_get_thread_default () == jf_loop_get_context (fixture->loop));
}

static void
test_thread (Fixture *fixture, gconstpointer data)
{
  g_assert_false (jf_loop_is_current (fixture->loop));
  link_call (fixture->loop, check_thread_cb, fixture);
}

static void
count_cb (gpointer data)
{
  (*(unsigned *) data)++;
}

/* What was posted before the end still runs. */
static void
test_free_runs_posts (Fixture *fixture, gconstpointer data)
{
  JfLoop *loop = jf_loop_new ("short-lived", NULL);
  unsigned count = 0;

  for (int i = 0; i < 1000; i++)
    jf_loop_post (loop, count_cb, &count);
  jf_loop_free (loop);
  g_assert_cmpuint (count, ==, 1000);
}

/* --- descriptors --- */

typedef struct Source
{
  JfWatch watch;
  Fixture *fixture;
  struct Source *victim; /* to be stopped when this one is ready */
  unsigned calls;
  uint32_t last;
} Source;

static void
stop_cb (JfWatch *watch, uint32_t events)
{
  Source *source = JF_CONTAINER_OF (watch, Source, watch);

  source->calls++;
  source->last = events;
  jf_watch_stop (watch);
  jf_watch_stop (watch);
  g_assert_null (watch->loop);
  if (source->victim)
    jf_watch_stop (&source->victim->watch);
  link_gate_open (&source->fixture->gate);
}

typedef struct
{
  Fixture *fixture;
  Source one, two;
} Pair;

static void
start_pair_cb (gpointer data)
{
  Pair *pair = data;

  pair->one = (Source){ .fixture = pair->fixture, .victim = &pair->two };
  pair->two = (Source){ .fixture = pair->fixture, .victim = &pair->one };
  g_assert_true (jf_watch_start (&pair->one.watch, pair->fixture->loop, event_new (1), EPOLLIN,
                                 stop_cb, NULL));
  g_assert_true (jf_watch_start (&pair->two.watch, pair->fixture->loop, event_new (1), EPOLLIN,
                                 stop_cb, NULL));
}

static void
end_pair_cb (gpointer data)
{
  Pair *pair = data;

  g_assert_cmpuint (pair->one.calls + pair->two.calls, ==, 1);
  close (pair->one.watch.fd);
  close (pair->two.watch.fd);
}

/* Both are ready in the same batch; whoever comes first stops the other. */
static void
test_stop_other (Fixture *fixture, gconstpointer data)
{
  Pair pair = { .fixture = fixture };

  link_call (fixture->loop, start_pair_cb, &pair);
  link_gate_wait (&fixture->gate, 1);
  link_call (fixture->loop, end_pair_cb, &pair);
}

static void
twice_cb (gpointer data)
{
  Fixture *fixture = data;
  GError *error = NULL;
  JfWatch first = { 0 }, second = { 0 };
  int fd = event_new (0);

  g_assert_true (jf_watch_start (&first, fixture->loop, fd, EPOLLIN, stop_cb, &error));
  g_assert_no_error (error);
  g_assert_false (jf_watch_start (&second, fixture->loop, fd, EPOLLIN, stop_cb, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_FAILED);
  g_assert_null (second.loop);
  g_clear_error (&error);
  jf_watch_stop (&first);
  close (fd);
  g_assert_false (jf_watch_start (&second, fixture->loop, fd, EPOLLIN, stop_cb, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_FAILED);
  g_clear_error (&error);
}

static void
test_watch_errors (Fixture *fixture, gconstpointer data)
{
  link_call (fixture->loop, twice_cb, fixture);
}

static void
start_exclusive_cb (gpointer data)
{
  Source *source = data;

  g_assert_true (jf_watch_start (&source->watch, source->fixture->loop, event_new (1),
                                 EPOLLEXCLUSIVE, stop_cb, NULL));
  jf_watch_set (&source->watch, EPOLLIN | EPOLLEXCLUSIVE);
  jf_watch_set (&source->watch, EPOLLEXCLUSIVE);
  jf_watch_set (&source->watch, EPOLLOUT);
  jf_watch_set (&source->watch, EPOLLIN);
}

static void
test_watch_set (Fixture *fixture, gconstpointer data)
{
  Source source = { .fixture = fixture };

  link_call (fixture->loop, start_exclusive_cb, &source);
  link_gate_wait (&fixture->gate, 1);
  g_assert_cmpuint (source.last, ==, EPOLLIN);
  close (source.watch.fd);
}

typedef struct
{
  Fixture *fixture;
  Source *sources;
  unsigned n;
} Crowd;

static void
drain_cb (JfWatch *watch, uint32_t events)
{
  Source *source = JF_CONTAINER_OF (watch, Source, watch);

  event_drain (watch->fd);
  source->calls++;
  link_gate_open (&source->fixture->gate);
}

static void
start_crowd_cb (gpointer data)
{
  Crowd *crowd = data;

  for (unsigned i = 0; i < crowd->n; i++)
    {
      crowd->sources[i].fixture = crowd->fixture;
      g_assert_true (jf_watch_start (&crowd->sources[i].watch, crowd->fixture->loop, event_new (0),
                                     EPOLLIN, drain_cb, NULL));
    }
}

static void
end_crowd_cb (gpointer data)
{
  Crowd *crowd = data;

  for (unsigned i = 0; i < crowd->n; i++)
    {
      jf_watch_stop (&crowd->sources[i].watch);
      close (crowd->sources[i].watch.fd);
    }
}

static unsigned
descriptors_allowed (unsigned wanted)
{
  struct rlimit limit;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &limit));
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  getrlimit (RLIMIT_NOFILE, &limit);
  return (unsigned) MIN (wanted, limit.rlim_cur - 100);
}

/* More at once than one batch takes, and one alone among many. */
static void
test_many_descriptors (Fixture *fixture, gconstpointer data)
{
  Crowd crowd = { .fixture = fixture, .n = descriptors_allowed (10000) };

  crowd.sources = g_new0 (Source, crowd.n);
  link_call (fixture->loop, start_crowd_cb, &crowd);
  for (unsigned i = 0; i < crowd.n; i++)
    event_raise (crowd.sources[i].watch.fd);
  link_gate_wait (&fixture->gate, crowd.n);
  for (unsigned i = 1; i <= 1000; i++)
    {
      event_raise (crowd.sources[crowd.n / 2].watch.fd);
      link_gate_wait (&fixture->gate, crowd.n + i);
    }
  link_call (fixture->loop, end_crowd_cb, &crowd);
  for (unsigned i = 0; i < crowd.n; i++)
    g_assert_cmpuint (crowd.sources[i].calls, ==, i == crowd.n / 2 ? 1001 : 1);
  g_free (crowd.sources);
}

/* --- timers --- */

typedef struct
{
  JfTimer timer;
  Fixture *fixture;
  char letter;
  unsigned repeat;
} Alarm;

static void
alarm_cb (JfTimer *timer)
{
  Alarm *alarm = JF_CONTAINER_OF (timer, Alarm, timer);

  g_assert_null (timer->loop);
  g_string_append_c (alarm->fixture->log, alarm->letter);
  if (alarm->repeat > 0)
    {
      alarm->repeat--;
      jf_timer_start (timer, alarm->fixture->loop, 0, alarm_cb);
      return;
    }
  link_gate_open (&alarm->fixture->gate);
}

typedef struct
{
  Fixture *fixture;
  Alarm alarms[5];
} Alarms;

static void
start_alarms_cb (gpointer data)
{
  static const unsigned timeouts_ms[] = { 30, 10, 1, 20, 0 };
  Alarms *alarms = data;

  for (unsigned i = 0; i < 5; i++)
    {
      alarms->alarms[i] = (Alarm){ .fixture = alarms->fixture, .letter = (char) ('a' + i) };
      jf_timer_start (&alarms->alarms[i].timer, alarms->fixture->loop, timeouts_ms[i], alarm_cb);
    }
  /* Moved, and stopped. */
  jf_timer_start (&alarms->alarms[2].timer, alarms->fixture->loop, 40, alarm_cb);
  jf_timer_stop (&alarms->alarms[1].timer);
  jf_timer_stop (&alarms->alarms[1].timer);
}

static void
test_timers (Fixture *fixture, gconstpointer data)
{
  Alarms alarms = { .fixture = fixture };

  link_call (fixture->loop, start_alarms_cb, &alarms);
  link_gate_wait (&fixture->gate, 4);
  g_assert_cmpstr (fixture->log->str, ==, "edac");
}

static void
start_restless_cb (gpointer data)
{
  Alarm *alarm = data;

  jf_timer_start (&alarm->timer, alarm->fixture->loop, 0, alarm_cb);
}

/* A timer of 0 ms that starts itself again keeps nobody else away. */
static void
test_timer_restless (Fixture *fixture, gconstpointer data)
{
  Alarm alarm = { .fixture = fixture, .letter = 'x', .repeat = 1000 };

  link_call (fixture->loop, start_restless_cb, &alarm);
  for (int i = 0; i < 10; i++)
    link_call (fixture->loop, check_thread_cb, fixture);
  link_gate_wait (&fixture->gate, 1);
  g_assert_cmpuint (fixture->log->len, ==, 1001);
}

typedef struct
{
  Fixture *fixture;
  GRand *random;
  JfTimer timers[2000];
  int64_t last_us;
  unsigned left;
} Heap;

static Heap *heap;

static void
ordered_cb (JfTimer *timer)
{
  g_assert_cmpint (timer->deadline_us, >=, heap->last_us);
  heap->last_us = timer->deadline_us;
  if (--heap->left == 0)
    link_gate_open (&heap->fixture->gate);
}

static void
start_heap_cb (gpointer data)
{
  for (unsigned i = 0; i < 20000; i++)
    {
      JfTimer *timer = &heap->timers[g_rand_int_range (heap->random, 0, 2000)];

      if (g_rand_int_range (heap->random, 0, 3) == 0)
        jf_timer_stop (timer);
      else
        jf_timer_start (timer, heap->fixture->loop,
                        (unsigned) g_rand_int_range (heap->random, 0, 50), ordered_cb);
    }
  for (unsigned i = 0; i < 2000; i++)
    heap->left += heap->timers[i].loop != NULL;
}

static void
test_timer_heap (Fixture *fixture, gconstpointer data)
{
  heap = g_new0 (Heap, 1);
  heap->fixture = fixture;
  heap->random = g_rand_new_with_seed (17);
  link_call (fixture->loop, start_heap_cb, NULL);
  link_gate_wait (&fixture->gate, 1);
  g_rand_free (heap->random);
  g_clear_pointer (&heap, g_free);
}

/* --- turns --- */

typedef struct Round
{
  JfTurn turn;
  Fixture *fixture;
  struct Round *victim;
  unsigned repeat;
  char letter;
} Round;

static void
round_cb (JfTurn *turn)
{
  Round *this = JF_CONTAINER_OF (turn, Round, turn);

  g_assert_null (turn->loop);
  g_string_append_c (this->fixture->log, this->letter);
  if (this->victim)
    jf_turn_cancel (&this->victim->turn);
  if (this->repeat-- > 0)
    jf_turn_schedule (turn, this->fixture->loop, round_cb);
  else
    link_gate_open (&this->fixture->gate);
}

typedef struct
{
  Fixture *fixture;
  Round rounds[4];
} Rounds;

static void
start_rounds_cb (gpointer data)
{
  Rounds *rounds = data;

  for (unsigned i = 0; i < 4; i++)
    {
      rounds->rounds[i] = (Round){ .fixture = rounds->fixture, .letter = (char) ('a' + i) };
      jf_turn_schedule (&rounds->rounds[i].turn, rounds->fixture->loop, round_cb);
      jf_turn_schedule (&rounds->rounds[i].turn, rounds->fixture->loop, round_cb);
    }
  rounds->rounds[0].repeat = 2;
  rounds->rounds[1].victim = &rounds->rounds[2];
  g_assert_cmpstr (rounds->fixture->log->str, ==, "");
}

/* In order, once each, again in the next iteration; a cancelled one never. */
static void
test_turns (Fixture *fixture, gconstpointer data)
{
  Rounds rounds = { .fixture = fixture };

  link_call (fixture->loop, start_rounds_cb, &rounds);
  link_gate_wait (&fixture->gate, 3);
  g_assert_cmpstr (fixture->log->str, ==, "abdaa");
}

typedef struct
{
  Fixture *fixture;
  JfTurn turn;
  Source source;
  unsigned turns;
} Busy;

static void
busy_cb (JfTurn *turn)
{
  Busy *busy = JF_CONTAINER_OF (turn, Busy, turn);

  busy->turns++;
  if (busy->turns == 1)
    event_raise (busy->source.watch.fd);
  /* Looked at before the second turn, although there was no sleep in between. */
  if (busy->turns == 2)
    g_assert_cmpuint (busy->source.calls, ==, 1);
  if (busy->turns < 1000)
    jf_turn_schedule (turn, busy->fixture->loop, busy_cb);
  else
    link_gate_open (&busy->fixture->gate);
}

static void
start_busy_cb (gpointer data)
{
  Busy *busy = data;

  busy->source.fixture = busy->fixture;
  g_assert_true (jf_watch_start (&busy->source.watch, busy->fixture->loop, event_new (0), EPOLLIN,
                                 stop_cb, NULL));
  jf_turn_schedule (&busy->turn, busy->fixture->loop, busy_cb);
}

static void
test_turns_let_descriptors_in (Fixture *fixture, gconstpointer data)
{
  Busy busy = { .fixture = fixture };

  link_call (fixture->loop, start_busy_cb, &busy);
  link_gate_wait (&fixture->gate, 2);
  close (busy.source.watch.fd);
}

/* --- the rest --- */

static void
in_pool_cb (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
  g_task_return_int (task, 42);
}

static void
task_done_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  g_assert_true (jf_loop_is_current (fixture->loop));
  g_assert_cmpint (g_task_propagate_int (G_TASK (result), NULL), ==, 42);
  link_gate_open (&fixture->gate);
}

static void
start_task_cb (gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, task_done_cb, data);

  g_task_run_in_thread (task, in_pool_cb);
}

static void
test_glib_async (Fixture *fixture, gconstpointer data)
{
  link_call (fixture->loop, start_task_cb, fixture);
  link_gate_wait (&fixture->gate, 1);
}

static void
scratch_cb (gpointer data)
{
  Fixture *fixture = data;
  uint8_t *small = jf_loop_scratch (fixture->loop, 0, 10);
  uint8_t *other = jf_loop_scratch (fixture->loop, 3, 100);

  memset (small, 1, 10);
  memset (other, 2, 100);
  g_assert_true (jf_loop_scratch (fixture->loop, 0, 5) == small);
  g_assert_cmpuint (small[9], ==, 1);
  memset (jf_loop_scratch (fixture->loop, 0, 100000), 3, 100000);
  g_assert_cmpuint (other[99], ==, 2);
}

typedef struct
{
  Fixture *fixture;
  JfWatch watch;
  int fd;
  unsigned urgent;
} Edge;

static void
edge_cb (JfWatch *watch, uint32_t events)
{
  Edge *edge = JF_CONTAINER_OF (watch, Edge, watch);

  g_assert_cmpuint (edge->urgent, ==, 0);
  jf_watch_stop (watch);
  link_gate_open (&edge->fixture->gate);
}

/* Runs before the loop's own source, again and again, and wakes the context up each time. */
static gboolean
urgent_cb (gpointer data)
{
  Edge *edge = data;

  if (edge->urgent == 8)
    event_raise (edge->fd);
  g_main_context_wakeup (jf_loop_get_context (edge->fixture->loop));
  return --edge->urgent > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
start_edge_cb (gpointer data)
{
  Edge *edge = data;
  g_autoptr (GSource) urgent = g_idle_source_new ();

  g_assert_true (jf_watch_start (&edge->watch, edge->fixture->loop, edge->fd, EPOLLIN | EPOLLET,
                                 edge_cb, NULL));
  g_source_set_priority (urgent, G_PRIORITY_HIGH);
  g_source_set_callback (urgent, urgent_cb, edge, NULL);
  g_source_attach (urgent, jf_loop_get_context (edge->fixture->loop));
}

/* An edge that was gathered while others went first is delivered in the end, once. */
static void
test_edge_behind_urgent_sources (Fixture *fixture, gconstpointer data)
{
  Edge edge = { .fixture = fixture, .fd = event_new (0), .urgent = 8 };

  jf_loop_post (fixture->loop, start_edge_cb, &edge);
  link_gate_wait (&fixture->gate, 1);
  close (edge.fd);
}

static void
test_scratch (Fixture *fixture, gconstpointer data)
{
  link_call (fixture->loop, scratch_cb, fixture);
}

#define ADD(path, function)                                                                        \
  g_test_add ("/link/loop/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("thread", test_thread);
  ADD ("free-runs-posts", test_free_runs_posts);
  ADD ("stop-other", test_stop_other);
  ADD ("watch-errors", test_watch_errors);
  ADD ("watch-set", test_watch_set);
  ADD ("many-descriptors", test_many_descriptors);
  ADD ("timers", test_timers);
  ADD ("timer-restless", test_timer_restless);
  ADD ("timer-heap", test_timer_heap);
  ADD ("turns", test_turns);
  ADD ("turns-let-descriptors-in", test_turns_let_descriptors_in);
  ADD ("glib-async", test_glib_async);
  ADD ("edge-behind-urgent-sources", test_edge_behind_urgent_sources);
  ADD ("scratch", test_scratch);
  return g_test_run ();
}
