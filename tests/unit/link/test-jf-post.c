/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-post.h"

#include "tests/unit/link/link-test.h"

#define THREADS          8
#define POSTS_PER_THREAD 2000

static void
append_cb (gpointer data)
{
  GString **slot = data;

  g_string_append_c (*slot, 'x');
}

/* Never inline, even for the context's own thread. */
static void
test_always_queued (void)
{
  GString *log = g_string_new (NULL);

  jf_post (NULL, append_cb, &log, NULL);
  g_assert_cmpuint (log->len, ==, 0);
  jf_post (NULL, append_cb, &log, NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (log->len, ==, 2);
  g_string_free (log, TRUE);
}

typedef struct
{
  unsigned ran;
  unsigned cancelled;
} Tally;

static void
ran_cb (gpointer data)
{
  ((Tally *) data)->ran++;
}

static void
cancelled_cb (gpointer data)
{
  ((Tally *) data)->cancelled++;
}

static void
test_cancelled (void)
{
  GMainContext *context = g_main_context_new ();
  Tally tally = { 0 };

  jf_post (context, ran_cb, &tally, cancelled_cb);
  g_main_context_iteration (context, FALSE);
  g_assert_cmpuint (tally.ran, ==, 1);
  g_assert_cmpuint (tally.cancelled, ==, 0);
  jf_post (context, ran_cb, &tally, cancelled_cb);
  jf_post (context, ran_cb, &tally, NULL);
  g_main_context_unref (context);
  g_assert_cmpuint (tally.ran, ==, 1);
  g_assert_cmpuint (tally.cancelled, ==, 1);
}

typedef struct
{
  JfLoop *loop;
  LinkGate gate;
  unsigned last[THREADS]; /* plain, so that ThreadSanitizer watches the hand-over */
} Crowd;

typedef struct
{
  Crowd *crowd;
  unsigned thread;
  unsigned number;
} Parcel;

static void
arrive_cb (gpointer data)
{
  Parcel *parcel = data;
  Crowd *crowd = parcel->crowd;

  g_assert_cmpuint (parcel->number, ==, crowd->last[parcel->thread] + 1);
  crowd->last[parcel->thread]++;
  if (parcel->number == POSTS_PER_THREAD)
    link_gate_open (&crowd->gate);
  g_free (parcel);
}

typedef struct
{
  Crowd *crowd;
  unsigned thread;
} Sender;

static gpointer
send_main (gpointer data)
{
  Sender *sender = data;

  for (unsigned i = 1; i <= POSTS_PER_THREAD; i++)
    {
      Parcel *parcel = g_new (Parcel, 1);

      *parcel = (Parcel){ sender->crowd, sender->thread, i };
      jf_loop_post (sender->crowd->loop, arrive_cb, parcel);
    }
  return NULL;
}

static void
test_many_threads (void)
{
  Crowd crowd = { .loop = jf_loop_new ("crowd", NULL), .gate = LINK_GATE_INIT };
  GThread *threads[THREADS];
  Sender senders[THREADS];

  for (unsigned i = 0; i < THREADS; i++)
    {
      senders[i] = (Sender){ &crowd, i };
      threads[i] = g_thread_new ("sender", send_main, &senders[i]);
    }
  for (unsigned i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
  link_gate_wait (&crowd.gate, THREADS);
  jf_loop_free (crowd.loop);
}

typedef struct
{
  JfLoop *loops[2];
  LinkGate gate;
  unsigned hops; /* handed back and forth without a lock */
} Ball;

static void
hop_cb (gpointer data)
{
  Ball *ball = data;

  if (++ball->hops == 2000)
    link_gate_open (&ball->gate);
  else
    jf_loop_post (ball->loops[ball->hops % 2], hop_cb, ball);
}

static void
test_ping_pong (void)
{
  Ball ball = { .loops = { jf_loop_new ("ping", NULL), jf_loop_new ("pong", NULL) },
                .gate = LINK_GATE_INIT };

  jf_loop_post (ball.loops[0], hop_cb, &ball);
  link_gate_wait (&ball.gate, 1);
  jf_loop_free (ball.loops[0]);
  jf_loop_free (ball.loops[1]);
  g_assert_cmpuint (ball.hops, ==, 2000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/post/always-queued", test_always_queued);
  g_test_add_func ("/link/post/cancelled", test_cancelled);
  g_test_add_func ("/link/post/many-threads", test_many_threads);
  g_test_add_func ("/link/post/ping-pong", test_ping_pong);
  return g_test_run ();
}
