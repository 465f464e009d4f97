/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting. GLib would poll(2) its wake-up and our epoll set, and we would ask that set again for
 * the events: two system calls a wake-up, and a set inside a poll is dear to wake. While those two
 * are all there is, the wake-up joins the set, and epoll_wait(2) is the poll. */
#include <errno.h>

#include "gateway/link/jf-loop-private.h"

/* GPollFunc has no user data. */
static __thread JfLoop *polling;

void
jf_loop_set_current (JfLoop *self)
{
  polling = self;
}

static gboolean
adopt_wakeup (JfLoop *self, int fd)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = self };

  if (self->wakeup_fd == fd)
    return TRUE;
  if (self->wakeup_fd >= 0 || epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
    return FALSE;
  self->wakeup_fd = fd;
  return TRUE;
}

int
jf_loop_gather_events (JfLoop *self, int timeout_ms, gboolean *woken)
{
  int n = epoll_wait (self->epoll_fd, self->batch, JF_LOOP_BATCH, timeout_ms);

  *woken = FALSE;
  self->batch_size = MAX (n, 0);
  self->batch_next = 0;
  for (int i = 0; i < self->batch_size; i++)
    if (self->batch[i].data.ptr == self)
      {
        self->batch[i].data.ptr = NULL;
        *woken = TRUE;
      }
  return n;
}

/* Events that were gathered and not delivered, because a source of a higher priority went first,
 * must not be overwritten: of an edge there is no second report. */
static int
poll_set (JfLoop *self, GPollFD *set, GPollFD *wakeup, int timeout_ms)
{
  gboolean woken = FALSE;
  int n = self->batch_size - self->batch_next;

  if (n == 0)
    n = jf_loop_gather_events (self, timeout_ms, &woken);
  set->revents = n > (woken ? 1 : 0) ? G_IO_IN : 0;
  wakeup->revents = woken ? G_IO_IN : 0;
  return n < 0 ? -1 : (set->revents != 0) + (wakeup->revents != 0);
}

int
jf_loop_poll (GPollFD *fds, unsigned n_fds, int timeout_ms)
{
  JfLoop *self = polling;
  int set = n_fds == 2 && self != NULL && fds[1].fd == self->epoll_fd ? 1 : 0;

  if (self == NULL || n_fds != 2 || fds[set].fd != self->epoll_fd ||
      !adopt_wakeup (self, fds[!set].fd))
    return g_poll (fds, n_fds, timeout_ms);
  return poll_set (self, &fds[set], &fds[!set], timeout_ms);
}
