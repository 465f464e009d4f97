/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "gateway/link/jf-post.h"

G_BEGIN_DECLS

/* A worker thread: a GMainContext of its own (it is that thread's default context), in which one
 * GSource holds an epoll set with all the worker's descriptors, its timers and its turns.
 * Everything below jf_loop_post() is for the worker's own thread only. */
typedef struct JfLoop JfLoop;

/* Starts the thread; `name` is at most 15 bytes (it names the thread). Fails where epoll does. */
JfLoop *jf_loop_new (const char *name, GError **error);
/* Runs what was posted before, stops the thread and joins it. Not from the loop's own thread. */
void jf_loop_free (JfLoop *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfLoop, jf_loop_free)

GMainContext *jf_loop_get_context (JfLoop *self); /* any thread */
gboolean jf_loop_is_current (JfLoop *self);       /* any thread */
/* Runs task(data) in the loop; from any thread, in the order of posting. */
void jf_loop_post (JfLoop *self, JfTask task, gpointer data);

/* A descriptor that is watched. Embed it, zeroed; find the owner with JF_CONTAINER_OF(). */
typedef struct JfWatch JfWatch;
typedef void (*JfWatchFunc) (JfWatch *watch, uint32_t events);
struct JfWatch
{
  JfLoop *loop; /* NULL when stopped */
  JfWatchFunc ready;
  uint32_t events;
  int fd;
};

#define JF_CONTAINER_OF(pointer, type, member)                                                     \
  ((type *) (void *) ((char *) (pointer) -G_STRUCT_OFFSET (type, member)))

/* `events` as for epoll_ctl(2): EPOLLIN, EPOLLOUT, EPOLLET, EPOLLRDHUP, EPOLLEXCLUSIVE. Does not
 * own the descriptor. EPOLLERR and EPOLLHUP always come. Fails when the system has no room. */
gboolean jf_watch_start (JfWatch *watch,
                         JfLoop *loop,
                         int fd,
                         uint32_t events,
                         JfWatchFunc ready,
                         GError **error);
/* No system call when nothing changes. */
void jf_watch_set (JfWatch *watch, uint32_t events);
/* Idempotent. After it `ready` is not called any more, even for an event that was already
 * gathered; freeing the owner is safe, also from inside a callback. Before close(2) of the fd. */
void jf_watch_stop (JfWatch *watch);

/* A deadline. Embed it, zeroed. 15,000 at once are cheap (a heap). */
typedef struct JfTimer JfTimer;
typedef void (*JfTimerFunc) (JfTimer *timer);
struct JfTimer
{
  JfLoop *loop; /* NULL when not running */
  JfTimerFunc expired;
  int64_t deadline_us;
  unsigned index;
};

/* Runs `expired` once after timeout_ms; a running timer is moved. */
void jf_timer_start (JfTimer *timer, JfLoop *loop, unsigned timeout_ms, JfTimerFunc expired);
void jf_timer_stop (JfTimer *timer); /* idempotent */

/* Work to be done once, after the events that are at hand now and without a system call: a queue
 * to flush, a pump that used up its budget. Embed it, zeroed. A turn that schedules itself again
 * runs in the next iteration, after the descriptors were looked at. */
typedef struct JfTurn JfTurn;
typedef void (*JfTurnFunc) (JfTurn *turn);
struct JfTurn
{
  JfLoop *loop; /* NULL when not scheduled */
  JfTurnFunc run;
  JfTurn *next;
  JfTurn *previous;
};

void jf_turn_schedule (JfTurn *turn, JfLoop *loop, JfTurnFunc run); /* idempotent */
void jf_turn_cancel (JfTurn *turn);                                 /* idempotent */

/* Monotonic time in microseconds as of this iteration (no system call). */
int64_t jf_loop_now_us (JfLoop *self);

/* `size` bytes that belong to the worker and may be used until the callback returns; `slot` 0..3
 * keeps users apart. Grows, never shrinks. */
#define JF_LOOP_SCRATCH_SLOTS 4
uint8_t *jf_loop_scratch (JfLoop *self, unsigned slot, size_t size);

G_END_DECLS
