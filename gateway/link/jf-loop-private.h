/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-loop.h"
#include "gateway/link/jf-post-private.h"

G_BEGIN_DECLS

/* Taken from the epoll set at once; the rest waits for the next iteration. */
#define JF_LOOP_BATCH 256

struct JfLoop
{
  GMainContext *context;
  GSource *source;
  JfMailbox *mailbox;
  GThread *thread;
  gpointer epoll_tag;
  int epoll_fd;
  int wakeup_fd; /* GLib's own, once it is in our set, too; else -1 */
  gboolean stop; /* the loop's own thread only */

  int64_t now_us;

  /* The events at hand. batch_next is the first that was not yet delivered. */
  struct epoll_event batch[JF_LOOP_BATCH];
  int batch_next;
  int batch_size;

  GPtrArray *timers; /* a binary heap, earliest first */

  /* Heads of circular lists: what runs next time, and what is left of this time's. */
  JfTurn turns;
  JfTurn running;

  uint8_t *scratch[JF_LOOP_SCRATCH_SLOTS];
  size_t scratch_size[JF_LOOP_SCRATCH_SLOTS];
};

/* In place of poll(2) for the context: the thread waits in epoll_wait(2) itself, and the events are
 * at hand already when the source is dispatched. */
int jf_loop_poll (GPollFD *fds, unsigned n_fds, int timeout_ms);
/* Fills the batch, which must have been delivered; what epoll_wait(2) returned. `woken`: GLib's
 * wake-up was among the events (and counts, but is no watch's). */
int jf_loop_gather_events (JfLoop *self, int timeout_ms, gboolean *woken);
void jf_loop_set_current (JfLoop *self); /* whose thread this is */
void jf_loop_deliver_events (JfLoop *self);
void jf_loop_expire_timers (JfLoop *self);
/* Milliseconds until the first deadline, -1 without any. */
int jf_loop_timer_wait_ms (JfLoop *self);
void jf_loop_run_turns (JfLoop *self);
gboolean jf_loop_has_turns (JfLoop *self);

G_END_DECLS
