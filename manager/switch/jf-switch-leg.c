/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/switch/jf-switch-leg.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "gateway/wire/jf-preamble.h"
#include "manager/switch/jf-relay.h"

/* What the kernel holds for a peer that does not read; with a full bucket, this is what such a
 * peer costs. */
#define NOTSENT_BYTES (64 * 1024)

static gssize
say (JfTls *tls, JfPreambleKind kind)
{
  const JfPreamble answer = { .kind = kind };
  uint8_t frame[JF_PREAMBLE_MAX_BYTES];
  size_t size = jf_preamble_pack (&answer, frame);
  gssize n = jf_tls_send (tls, frame, size, NULL);

  return n >= 0 && (size_t) n != size ? -1 : n;
}

void
jf_switch_leg_refuse (JfTls *tls)
{
  say (tls, JF_PREAMBLE_REFUSED);
  jf_tls_free (tls);
}

void
jf_switch_leg_stop (JfSwitchLeg *self)
{
  if (self->loop == NULL)
    return;
  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->deadline);
  if (self->tls != NULL)
    jf_tls_free (g_steal_pointer (&self->tls));
  else
    jf_socket_reset (self->fd);
  self->loop = NULL;
  self->bare = FALSE;
}

int
jf_switch_leg_take (JfSwitchLeg *self)
{
  jf_watch_stop (&self->watch);
  self->loop = NULL;
  self->bare = FALSE;
  return self->fd;
}

static void
fail (JfSwitchLeg *self)
{
  jf_switch_leg_stop (self);
  self->changed (self, FALSE);
}

/* Only hangups are watched: a peer that has left takes its row along. */
static void
hangup_cb (JfWatch *watch, uint32_t events)
{
  fail (JF_CONTAINER_OF (watch, JfSwitchLeg, watch));
}

static void
become_bare (JfSwitchLeg *self)
{
  const int notsent_bytes = NOTSENT_BYTES;

  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->deadline);
  self->fd = jf_tls_detach (g_steal_pointer (&self->tls));
  jf_socket_tune (self->fd);
  setsockopt (self->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &notsent_bytes, sizeof notsent_bytes);
  if (!jf_watch_start (&self->watch, self->loop, self->fd, EPOLLRDHUP, hangup_cb, NULL))
    {
      fail (self);
      return;
    }
  self->bare = TRUE;
  self->changed (self, TRUE);
}

static void answer (JfSwitchLeg *self);

static void
writable_cb (JfWatch *watch, uint32_t events)
{
  answer (JF_CONTAINER_OF (watch, JfSwitchLeg, watch));
}

static void
late_cb (JfTimer *timer)
{
  fail (JF_CONTAINER_OF (timer, JfSwitchLeg, deadline));
}

static void
answer (JfSwitchLeg *self)
{
  gssize n = say (self->tls, JF_PREAMBLE_READY);

  if (n >= 0)
    {
      become_bare (self);
      return;
    }
  if (n != JF_TLS_AGAIN)
    {
      fail (self);
      return;
    }
  if (self->watch.loop != NULL)
    return;
  jf_timer_start (&self->deadline, self->loop, JF_PREAMBLE_TIMEOUT_MS, late_cb);
  if (!jf_watch_start (&self->watch, self->loop, jf_tls_get_fd (self->tls), EPOLLOUT, writable_cb,
                       NULL))
    fail (self);
}

void
jf_switch_leg_start (JfSwitchLeg *self, JfLoop *loop, JfTls *tls, JfSwitchLegFunc changed)
{
  *self = (JfSwitchLeg){ .loop = loop, .tls = tls, .fd = -1, .changed = changed };
  answer (self);
}
