/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-acceptor.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/engine/jf-peer-uid.h"
#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-socket.h"

/* So that one busy pseudo socket does not keep the loop from its streams. */
#define ACCEPTS_PER_TURN 32
/* Out of descriptors: connections wait in the kernel's queue this long before the next try. */
#define EXHAUSTED_PAUSE_MS 100

struct JfAcceptor
{
  JfLoop *loop;
  JfAcceptorFunc accepted;
  gpointer owner;
  JfWatch watch;
  JfTimer pause;
  JfAcceptorMode mode;
  gboolean check_uid;
  int fd;
  int diag_fd;
  uid_t uid; /* who may pass */
};

static gboolean
may_pass (JfAcceptor *self, int fd)
{
  uid_t uid;

  if (self->mode == JF_ACCEPTOR_RESET)
    return FALSE;
  if (!self->check_uid)
    return TRUE;
  if (jf_peer_uid_get (self->diag_fd, fd, &uid) && uid == self->uid)
    return TRUE;
  jf_count (JF_COUNT_UID_REFUSED);
  return FALSE;
}

static void
pause_over_cb (JfTimer *timer)
{
  JfAcceptor *self = JF_CONTAINER_OF (timer, JfAcceptor, pause);

  jf_watch_set (&self->watch, self->mode == JF_ACCEPTOR_PAUSED ? 0 : EPOLLIN);
}

static void
take_pause (JfAcceptor *self)
{
  jf_watch_set (&self->watch, 0);
  jf_timer_start (&self->pause, self->loop, EXHAUSTED_PAUSE_MS, pause_over_cb);
}

static void
stop (JfAcceptor *self)
{
  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->pause);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static void
ready_cb (JfWatch *watch, uint32_t events)
{
  JfAcceptor *self = JF_CONTAINER_OF (watch, JfAcceptor, watch);
  int one = 1;

  /* jf_pseudo_free() has shut it down. */
  if ((events & EPOLLHUP) != 0)
    {
      stop (self);
      return;
    }
  /* The owner may change the mode from inside `accepted`, when its last channel breaks. */
  for (int i = 0; i < ACCEPTS_PER_TURN && self->mode != JF_ACCEPTOR_PAUSED; i++)
    {
      int fd = accept4 (self->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

      if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
        take_pause (self);
      if (fd < 0 && errno != ECONNABORTED && errno != EINTR)
        return;
      if (fd < 0)
        continue;
      if (!may_pass (self, fd))
        {
          jf_socket_reset (fd);
          continue;
        }
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* fails on UNIX sockets */
      self->accepted (fd, self->owner);
    }
}

JfAcceptor *
jf_acceptor_new (JfLoop *loop, int fd, gboolean check_uid, JfAcceptorFunc accepted, gpointer owner)
{
  JfAcceptor *self = g_new0 (JfAcceptor, 1);

  self->loop = loop;
  self->fd = fd;
  self->check_uid = check_uid;
  self->accepted = accepted;
  self->owner = owner;
  self->mode = JF_ACCEPTOR_PAUSED;
  self->uid = getuid ();
  self->diag_fd = check_uid ? jf_peer_uid_open () : -1;
  jf_watch_start (&self->watch, loop, fd, 0, ready_cb, NULL);
  return self;
}

void
jf_acceptor_set_mode (JfAcceptor *self, JfAcceptorMode mode)
{
  self->mode = mode;
  if (self->watch.loop != NULL && self->pause.loop == NULL)
    jf_watch_set (&self->watch, mode == JF_ACCEPTOR_PAUSED ? 0 : EPOLLIN);
}

void
jf_acceptor_free (JfAcceptor *self)
{
  stop (self);
  if (self->diag_fd >= 0)
    close (self->diag_fd);
  g_free (self);
}
