/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-loop.h"

#include <errno.h>
#include <unistd.h>

#include "gateway/link/jf-loop-private.h"
#include "gateway/wire/jf-error.h"

typedef struct
{
  GSource base;
  JfLoop *loop;
} LoopSource;

static __thread JfLoop *current;

/* The deadline goes into poll's timeout here, rather than through g_source_set_ready_time(), which
 * writes to an eventfd at every change. Only this thread changes the heap, so nothing is missed. */
static gboolean
prepare (GSource *source, int *timeout_ms)
{
  JfLoop *self = ((LoopSource *) source)->loop;

  if (jf_loop_has_turns (self))
    {
      *timeout_ms = 0;
      return TRUE;
    }
  *timeout_ms = jf_loop_timer_wait_ms (self);
  return *timeout_ms == 0;
}

static gboolean
check (GSource *source)
{
  JfLoop *self = ((LoopSource *) source)->loop;

  self->now_us = g_get_monotonic_time ();
  return g_source_query_unix_fd (source, self->epoll_tag) != 0 || jf_loop_has_turns (self) ||
         jf_loop_timer_wait_ms (self) == 0;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  JfLoop *self = ((LoopSource *) source)->loop;

  self->now_us = g_get_monotonic_time ();
  if (g_source_query_unix_fd (source, self->epoll_tag) != 0)
    jf_loop_deliver_events (self);
  jf_loop_expire_timers (self);
  jf_loop_run_turns (self);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs loop_funcs = { .prepare = prepare, .check = check, .dispatch = dispatch };

static gpointer
thread_main (gpointer data)
{
  JfLoop *self = data;

  current = self;
  jf_loop_set_current (self);
  g_main_context_push_thread_default (self->context);
  self->now_us = g_get_monotonic_time ();
  while (!self->stop)
    g_main_context_iteration (self->context, TRUE);
  g_main_context_pop_thread_default (self->context);
  current = NULL;
  return NULL;
}

static void
dispose (JfLoop *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_main_context_unref (self->context);
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  g_ptr_array_unref (self->timers);
  for (unsigned i = 0; i < JF_LOOP_SCRATCH_SLOTS; i++)
    g_free (self->scratch[i]);
  g_free (self);
}

static JfLoop *
loop_alloc (void)
{
  JfLoop *self = g_new0 (JfLoop, 1);

  self->context = g_main_context_new ();
  self->timers = g_ptr_array_new ();
  self->turns.next = self->turns.previous = &self->turns;
  self->running.next = self->running.previous = &self->running;
  self->now_us = g_get_monotonic_time ();
  self->source = g_source_new (&loop_funcs, sizeof (LoopSource));
  ((LoopSource *) self->source)->loop = self;
  g_source_set_static_name (self->source, "jf-loop");
  g_source_set_priority (self->source, G_PRIORITY_DEFAULT);
  /* Nobody runs this context from inside. Without it GLib takes the epoll set out of its poll and
   * puts it back around every dispatch: three system calls and one more round a wake-up. */
  g_source_set_can_recurse (self->source, TRUE);
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->wakeup_fd = -1;
  g_main_context_set_poll_func (self->context, jf_loop_poll);
  return self;
}

JfLoop *
jf_loop_new (const char *name, GError **error)
{
  JfLoop *self = loop_alloc ();

  /* The first to ask for it sets a variable that all threads read. */
  (void) jf_error_quark ();
  if (self->epoll_fd < 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_FAILED, "cannot make an epoll set: %s",
                   g_strerror (errno));
      dispose (self);
      return NULL;
    }
  self->epoll_tag = g_source_add_unix_fd (self->source, self->epoll_fd, G_IO_IN);
  g_source_attach (self->source, self->context);
  self->mailbox = jf_mailbox_get (self->context);
  /* The maker will be posted to as well; better made here than in a hurry by another thread. */
  jf_mailbox_get (g_main_context_get_thread_default ());
  self->thread = g_thread_try_new (name, thread_main, self, error);
  if (!self->thread)
    {
      dispose (self);
      return NULL;
    }
  return self;
}

static void
stop_cb (gpointer data)
{
  ((JfLoop *) data)->stop = TRUE;
}

void
jf_loop_free (JfLoop *self)
{
  if (!self)
    return;
  g_return_if_fail (!jf_loop_is_current (self));

  jf_loop_post (self, stop_cb, self);
  g_thread_join (self->thread);
  dispose (self);
}

GMainContext *
jf_loop_get_context (JfLoop *self)
{
  return self->context;
}

gboolean
jf_loop_is_current (JfLoop *self)
{
  return current == self;
}

void
jf_loop_post (JfLoop *self, JfTask task, gpointer data)
{
  jf_mailbox_post (self->mailbox, task, data, NULL);
}

int64_t
jf_loop_now_us (JfLoop *self)
{
  return self->now_us;
}

uint8_t *
jf_loop_scratch (JfLoop *self, unsigned slot, size_t size)
{
  g_return_val_if_fail (slot < JF_LOOP_SCRATCH_SLOTS, NULL);

  if (self->scratch_size[slot] < size)
    {
      g_free (self->scratch[slot]); /* the old content is of no use to anyone */
      self->scratch[slot] = g_malloc (size);
      self->scratch_size[slot] = size;
    }
  return self->scratch[slot];
}
