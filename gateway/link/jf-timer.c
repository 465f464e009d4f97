/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-loop-private.h"

static JfTimer *
heap_get (GPtrArray *heap, unsigned index)
{
  return g_ptr_array_index (heap, index);
}

static void
heap_put (GPtrArray *heap, unsigned index, JfTimer *timer)
{
  g_ptr_array_index (heap, index) = timer;
  timer->index = index;
}

static void
sift_up (GPtrArray *heap, JfTimer *timer)
{
  unsigned index = timer->index;

  while (index > 0)
    {
      JfTimer *parent = heap_get (heap, (index - 1) / 2);

      if (parent->deadline_us <= timer->deadline_us)
        break;
      heap_put (heap, index, parent);
      index = (index - 1) / 2;
    }
  heap_put (heap, index, timer);
}

static void
sift_down (GPtrArray *heap, JfTimer *timer)
{
  unsigned index = timer->index;

  for (;;)
    {
      unsigned child = 2 * index + 1;

      if (child >= heap->len)
        break;
      if (child + 1 < heap->len &&
          heap_get (heap, child + 1)->deadline_us < heap_get (heap, child)->deadline_us)
        child++;
      if (heap_get (heap, child)->deadline_us >= timer->deadline_us)
        break;
      heap_put (heap, index, heap_get (heap, child));
      index = child;
    }
  heap_put (heap, index, timer);
}

static void
heap_remove (GPtrArray *heap, JfTimer *timer)
{
  JfTimer *last = heap_get (heap, heap->len - 1);
  unsigned index = timer->index;

  g_ptr_array_set_size (heap, (int) heap->len - 1);
  if (last == timer)
    return;
  heap_put (heap, index, last);
  sift_up (heap, last);
  sift_down (heap, last);
}

void
jf_timer_start (JfTimer *timer, JfLoop *loop, unsigned timeout_ms, JfTimerFunc expired)
{
  g_return_if_fail (timer->loop == NULL || timer->loop == loop);

  timer->expired = expired;
  /* Always after now: a timer of 0 ms that starts itself again lets the descriptors have a turn. */
  timer->deadline_us = loop->now_us + MAX ((int64_t) timeout_ms * 1000, 1);
  if (!timer->loop)
    {
      timer->loop = loop;
      timer->index = loop->timers->len;
      g_ptr_array_add (loop->timers, timer);
    }
  sift_up (loop->timers, timer);
  sift_down (loop->timers, timer);
}

void
jf_timer_stop (JfTimer *timer)
{
  if (!timer->loop)
    return;
  heap_remove (timer->loop->timers, timer);
  timer->loop = NULL;
}

void
jf_loop_expire_timers (JfLoop *self)
{
  while (self->timers->len > 0)
    {
      JfTimer *timer = heap_get (self->timers, 0);

      if (timer->deadline_us > self->now_us)
        return;
      jf_timer_stop (timer);
      timer->expired (timer);
    }
}

int
jf_loop_timer_wait_ms (JfLoop *self)
{
  int64_t wait_us;

  if (self->timers->len == 0)
    return -1;
  wait_us = heap_get (self->timers, 0)->deadline_us - g_get_monotonic_time ();
  if (wait_us <= 0)
    return 0;
  return (int) MIN ((wait_us + 999) / 1000, G_MAXINT);
}
