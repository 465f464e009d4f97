/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-target-connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/engine/jf-target-connect-private.h"
#include "gateway/link/jf-socket.h"

/* How long to wait for a place in a UNIX socket's queue before asking again: nothing reports it. */
#define QUEUE_FULL_PAUSE_MS 10

unsigned jf_target_connect_timeout_ms = JF_TARGET_CONNECT_TIMEOUT_MS;

static void try_next (JfTargetConnect *self);
static void again_cb (JfTimer *timer);

static JfRefusal
refusal_from_errno (int error)
{
  switch (error)
    {
    case ECONNREFUSED:
    case ENOENT: /* a UNIX socket that is not there */
      return JF_REFUSAL_CONNECTION_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
      return JF_REFUSAL_UNREACHABLE;
    case ETIMEDOUT:
      return JF_REFUSAL_TIMEOUT;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
      return JF_REFUSAL_LIMIT;
    default:
      return JF_REFUSAL_FAILED;
    }
}

static void
release (JfTargetConnect *self)
{
  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->deadline);
  jf_timer_stop (&self->again);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_list_free_full (g_steal_pointer (&self->addresses), g_object_unref);
  self->loop = NULL;
}

static void
finish (JfTargetConnect *self, int fd, JfRefusal refusal)
{
  release (self);
  self->done (self, fd, refusal);
}

static void
drop_fd (JfTargetConnect *self)
{
  jf_watch_stop (&self->watch);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

static void
settle (JfTargetConnect *self)
{
  int error = 0;
  socklen_t size = sizeof error;

  if (getsockopt (self->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
    error = errno;
  /* Reset already, but it stood: what the target had said first can still be read. */
  self->was_reset = error == ECONNRESET;
  if (error == 0 || self->was_reset)
    {
      int fd = self->fd;

      self->fd = -1;
      finish (self, fd, JF_REFUSAL_NONE);
      return;
    }
  self->refusal = refusal_from_errno (error);
  drop_fd (self);
  try_next (self);
}

static void
writable_cb (JfWatch *watch, uint32_t events)
{
  settle (JF_CONTAINER_OF (watch, JfTargetConnect, watch));
}

/* A connection over loopback stands before connect(2) returns EINPROGRESS: a look at it is cheaper
 * than a round through the epoll set. */
static gboolean
is_writable_already (int fd)
{
  struct pollfd entry = { .fd = fd, .events = POLLOUT };

  return poll (&entry, 1, 0) == 1;
}

static void
take_failure (JfTargetConnect *self, int error)
{
  gboolean queue_full = self->fd >= 0 && error == EAGAIN && self->target->kind == JF_TARGET_UNIX;

  self->refusal = refusal_from_errno (error);
  drop_fd (self);
  if (queue_full) /* where a blocking connect(2) would wait */
    jf_timer_start (&self->again, self->loop, QUEUE_FULL_PAUSE_MS, again_cb);
  else
    try_next (self);
}

static void
try_address (JfTargetConnect *self, const struct sockaddr *address, socklen_t size)
{
  int one = 1;

  self->fd = socket (address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (self->fd >= 0 && address->sa_family != AF_UNIX)
    {
      setsockopt (self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      jf_socket_tune_local (self->fd, address);
    }
  if (self->fd < 0 || (connect (self->fd, address, size) < 0 && errno != EINPROGRESS))
    {
      take_failure (self, errno);
      return;
    }
  if (is_writable_already (self->fd))
    settle (self);
  else if (!jf_watch_start (&self->watch, self->loop, self->fd, EPOLLOUT, writable_cb, NULL))
    {
      drop_fd (self);
      finish (self, -1, JF_REFUSAL_LIMIT);
    }
}

static void
try_inet_address (JfTargetConnect *self, GInetAddress *address)
{
  g_autoptr (GSocketAddress)
      socket_address = g_inet_socket_address_new (address, self->target->port);
  struct sockaddr_storage native;
  gssize size = g_socket_address_get_native_size (socket_address);

  if (size <= (gssize) sizeof native &&
      g_socket_address_to_native (socket_address, &native, sizeof native, NULL))
    try_address (self, (struct sockaddr *) &native, (socklen_t) size);
  else
    try_next (self);
}

static void
try_next (JfTargetConnect *self)
{
  g_autoptr (GInetAddress) address = NULL;

  if (self->addresses == NULL)
    {
      finish (self, -1, self->refusal);
      return;
    }
  address = self->addresses->data;
  self->addresses = g_list_delete_link (self->addresses, self->addresses);
  try_inet_address (self, address);
}

static void
resolved_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  JfTargetConnect *self = data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return; /* `self` may be gone */
  g_clear_object (&self->cancellable);
  self->addresses = addresses;
  self->refusal = JF_REFUSAL_UNREACHABLE;
  try_next (self);
}

static void
start_tcp (JfTargetConnect *self)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (self->target->host);
  g_autoptr (GResolver) resolver = NULL;

  if (address != NULL)
    {
      try_inet_address (self, address);
      return;
    }
  resolver = g_resolver_get_default ();
  self->cancellable = g_cancellable_new ();
  g_resolver_lookup_by_name_async (resolver, self->target->host, self->cancellable, resolved_cb,
                                   self);
}

static void
start_unix (JfTargetConnect *self)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  if (g_strlcpy (address.sun_path, self->target->path, sizeof address.sun_path) >=
      sizeof address.sun_path)
    finish (self, -1, JF_REFUSAL_FAILED);
  else
    try_address (self, (struct sockaddr *) &address, sizeof address);
}

static void
again_cb (JfTimer *timer)
{
  start_unix (JF_CONTAINER_OF (timer, JfTargetConnect, again));
}

static void
expired_cb (JfTimer *timer)
{
  JfTargetConnect *self = JF_CONTAINER_OF (timer, JfTargetConnect, deadline);

  drop_fd (self);
  finish (self, -1, JF_REFUSAL_TIMEOUT);
}

void
jf_target_connect_start (JfTargetConnect *self,
                         JfLoop *loop,
                         const JfTarget *target,
                         JfTargetConnectDone done)
{
  self->loop = loop;
  self->target = target;
  self->done = done;
  self->fd = -1;
  self->refusal = JF_REFUSAL_FAILED;
  jf_timer_start (&self->deadline, loop, jf_target_connect_timeout_ms, expired_cb);
  if (target->kind == JF_TARGET_UNIX)
    start_unix (self);
  else
    start_tcp (self);
}

void
jf_target_connect_stop (JfTargetConnect *self)
{
  if (self->loop == NULL)
    return;
  drop_fd (self);
  release (self);
}
