/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/loop-test.h"

#include <pthread.h>

#define TICK_MS 5

/* Of pthreads, which ThreadSanitizer knows. */
typedef struct
{
  void (*body) (JfLoop *loop);
  JfLoop *loop;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  gboolean done;
} Run;

static void
run_cb (gpointer data)
{
  Run *run = data;

  run->body (run->loop);
  pthread_mutex_lock (&run->mutex);
  run->done = TRUE;
  pthread_cond_signal (&run->changed);
  pthread_mutex_unlock (&run->mutex);
}

static void
test_cb (gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  Run run = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

  *(gconstpointer *) &run.body = data;
  run.loop = jf_loop_new ("test", &error);
  g_assert_no_error (error);
  jf_loop_post (run.loop, run_cb, &run);
  pthread_mutex_lock (&run.mutex);
  while (!run.done)
    pthread_cond_wait (&run.changed, &run.mutex);
  pthread_mutex_unlock (&run.mutex);
  jf_loop_free (run.loop);
}

void
loop_test_add (const char *path, void (*body) (JfLoop *loop))
{
  g_test_add_data_func (path, *(gconstpointer *) &body, test_cb);
}

/* Only there to wake the loop up. */
static void
tick_cb (JfTimer *timer)
{
}

void
loop_test_iterate (JfLoop *loop)
{
  JfTimer tick = { 0 };

  jf_timer_start (&tick, loop, TICK_MS, tick_cb);
  g_main_context_iteration (jf_loop_get_context (loop), TRUE);
  jf_timer_stop (&tick);
}

unsigned
loop_test_linger (JfLoop *loop, unsigned ms)
{
  JfTimer end = { 0 };
  unsigned n = 0;

  jf_timer_start (&end, loop, ms, tick_cb);
  for (; end.loop != NULL; n++)
    g_main_context_iteration (jf_loop_get_context (loop), TRUE);
  return n;
}
