/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-log.h"
#include "manager/front/jf-front-private.h"

/* Others of this worker have a turn after so many; level-triggered, so the rest comes again. */
#define ACCEPT_BATCH 16
/* A shortage of the system's is not over in a microsecond. */
#define PAUSE_MS 100

typedef struct
{
  JfFrontWorker *worker;
  int fd;
  JfWatch watch;
  JfTimer pause;
} Listener;

static int
open_spare (void)
{
  return open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void accept_cb (JfWatch *watch, uint32_t events);

static void
resume_cb (JfTimer *timer)
{
  Listener *self = JF_CONTAINER_OF (timer, Listener, pause);
  JfLoop *loop = self->worker->loop;

  if (!jf_watch_start (&self->watch, loop, self->fd, EPOLLIN | EPOLLEXCLUSIVE, accept_cb, NULL))
    jf_timer_start (&self->pause, loop, PAUSE_MS, resume_cb);
}

static void
pause_listener (Listener *self)
{
  jf_watch_stop (&self->watch);
  jf_timer_start (&self->pause, self->worker->loop, PAUSE_MS, resume_cb);
}

/* Out of descriptors: whoever waits is turned away rather than left hanging, and does not wake us
 * for ever. FALSE when not even that is possible. */
static gboolean
turn_one_away (Listener *self)
{
  JfFrontWorker *worker = self->worker;
  int fd;

  if (worker->spare_fd < 0)
    worker->spare_fd = open_spare ();
  if (worker->spare_fd < 0)
    return FALSE;
  close (worker->spare_fd);
  fd = accept4 (self->fd, NULL, NULL, SOCK_CLOEXEC);
  if (fd >= 0)
    {
      jf_count (JF_COUNT_ACCEPTED);
      jf_count (JF_COUNT_CLOSED_TOTAL_LIMIT);
      close (fd);
    }
  worker->spare_fd = open_spare ();
  return fd >= 0;
}

/* FALSE: the rest waits for the next wake-up. */
static gboolean
survive (Listener *self, int code)
{
  switch (code)
    {
    case EAGAIN:
      return FALSE;
    case EMFILE:
    case ENFILE:
      if (turn_one_away (self))
        return TRUE;
      pause_listener (self);
      return FALSE;
    case ENOBUFS:
    case ENOMEM:
      pause_listener (self);
      return FALSE;
    case EBADF:
    case EINVAL:
    case ENOTSOCK:
    case EOPNOTSUPP:
      jf_log (JF_LOG_ERROR, "accept-failed", "reason", JF_S (g_strerror (code)), NULL);
      pause_listener (self);
      return FALSE;
    default: /* an error of the one connection (accept(2)) */
      return TRUE;
    }
}

static void
accept_cb (JfWatch *watch, uint32_t events)
{
  Listener *self = JF_CONTAINER_OF (watch, Listener, watch);

  for (int i = 0; i < ACCEPT_BATCH; i++)
    {
      struct sockaddr_storage address = { 0 };
      socklen_t size = sizeof address;
      int fd = accept4 (self->fd, (struct sockaddr *) &address, &size,
                        SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd >= 0)
        jf_front_door_open (self->worker, fd, (const struct sockaddr *) &address);
      else if (!survive (self, errno))
        break;
    }
}

static void
listener_free (gpointer data)
{
  Listener *self = data;

  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->pause);
  g_free (self);
}

void
jf_front_worker_open (JfFrontWorker *worker)
{
  worker->listeners = g_ptr_array_new_with_free_func (listener_free);
  worker->spare_fd = open_spare ();
}

void
jf_front_worker_listen (JfFrontWorker *worker, int fd)
{
  Listener *self = g_new0 (Listener, 1);

  self->worker = worker;
  self->fd = fd;
  g_ptr_array_add (worker->listeners, self);
  resume_cb (&self->pause);
}

void
jf_front_worker_close (JfFrontWorker *worker)
{
  g_clear_pointer (&worker->listeners, g_ptr_array_unref);
  jf_front_door_close_all (worker);
  jf_front_conn_close_all (worker);
  if (worker->spare_fd >= 0)
    close (worker->spare_fd);
  worker->spare_fd = -1;
}
