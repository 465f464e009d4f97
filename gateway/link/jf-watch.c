/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>

#include "gateway/link/jf-loop-private.h"
#include "gateway/wire/jf-error.h"

#define ALWAYS (EPOLLERR | EPOLLHUP)

static int
control (JfWatch *watch, int operation)
{
  struct epoll_event event = { .events = watch->events, .data.ptr = watch };

  return epoll_ctl (watch->loop->epoll_fd, operation, watch->fd, &event);
}

gboolean
jf_watch_start (JfWatch *watch,
                JfLoop *loop,
                int fd,
                uint32_t events,
                JfWatchFunc ready,
                GError **error)
{
  g_return_val_if_fail (watch->loop == NULL, FALSE);

  *watch = (JfWatch){ .loop = loop, .ready = ready, .events = events, .fd = fd };
  if (control (watch, EPOLL_CTL_ADD) < 0)
    {
      int code = errno;

      watch->loop = NULL;
      g_set_error (error, JF_ERROR,
                   code == ENOSPC || code == ENOMEM ? JF_ERROR_LIMIT : JF_ERROR_FAILED,
                   "cannot watch descriptor %d: %s", fd, g_strerror (code));
      return FALSE;
    }
  return TRUE;
}

void
jf_watch_set (JfWatch *watch, uint32_t events)
{
  gboolean exclusive = ((watch->events | events) & EPOLLEXCLUSIVE) != 0;
  int result;

  g_return_if_fail (watch->loop != NULL);

  if (watch->events == events)
    return;
  watch->events = events;
  /* epoll_ctl(2): a descriptor that was added with EPOLLEXCLUSIVE cannot be modified. */
  if (exclusive)
    {
      control (watch, EPOLL_CTL_DEL);
      result = control (watch, EPOLL_CTL_ADD);
    }
  else
    result = control (watch, EPOLL_CTL_MOD);
  if (result < 0)
    g_warning ("cannot change the watch of descriptor %d: %s", watch->fd, g_strerror (errno));
}

void
jf_watch_stop (JfWatch *watch)
{
  JfLoop *loop = watch->loop;

  if (!loop)
    return;
  control (watch, EPOLL_CTL_DEL);
  watch->loop = NULL;
  for (int i = loop->batch_next; i < loop->batch_size; i++)
    if (loop->batch[i].data.ptr == watch)
      loop->batch[i].data.ptr = NULL;
}

void
jf_loop_deliver_events (JfLoop *self)
{
  gboolean woken;

  if (self->batch_next == self->batch_size)
    jf_loop_gather_events (self, 0, &woken);
  while (self->batch_next < self->batch_size)
    {
      struct epoll_event *event = &self->batch[self->batch_next++];
      JfWatch *watch = event->data.ptr;
      uint32_t events;

      if (!watch)
        continue;
      /* A callback before this one may have lost interest in what was gathered. */
      events = event->events & (watch->events | ALWAYS);
      if (events)
        watch->ready (watch, events);
    }
}
