/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-preamble.h"
#include "manager/front/jf-front-private.h"
#include "manager/front/jf-front-web.h"

/* A hello of one record needs three looks, however its bytes trickle in (SO_RCVLOWAT). Who makes us
 * look more often than this has cut it into crumbs. */
#define LOOKS_MAX 64

typedef enum
{
  DOOR_HELLO,
  DOOR_HANDSHAKE,
  DOOR_PREAMBLE,
  DOOR_WEB_HANDSHAKE,
  DOOR_WEB,
} DoorState;

/* One connection that has not said what it is. Each step looks at what is there and either waits
 * for events, closes, or hands the connection on. */
typedef struct
{
  JfFrontWorker *worker;
  GList link;
  JfFrontSlot *slot;
  int fd; /* until tls has it */
  JfTls *tls;
  JfWatch watch;
  JfTimer deadline;
  DoorState state;
  unsigned looks;
  unsigned frame_bytes;
  uint8_t frame[JF_PREAMBLE_MAX_BYTES];
  JfFrontCert *cert;
  JfFrontWeb web;
} Door;

/* Step results besides events to wait for. */
#define STEP_CLOSE 0u       /* nothing more to say: the door closes */
#define STEP_AGAIN 0x10000u /* the state has changed: look again */
#define STEP_GONE  0x20000u /* handed on: the door is gone */

static void
door_free (Door *self)
{
  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->deadline);
  if (self->tls != NULL)
    jf_tls_free (self->tls);
  else if (self->fd >= 0)
    close (self->fd);
  jf_front_slot_leave (&self->worker->front->limits, self->slot);
  g_clear_pointer (&self->cert, jf_front_cert_unref);
  g_queue_unlink (&self->worker->doors, &self->link);
  g_free (self);
}

static void
evicted_cb (gpointer owner)
{
  door_free (owner);
}

static void
late_cb (JfTimer *timer)
{
  Door *self = JF_CONTAINER_OF (timer, Door, deadline);

  if (self->state != DOOR_WEB || self->web.phase != JF_FRONT_WEB_LINGER)
    jf_count (JF_COUNT_HANDSHAKE_TIMEOUT);
  door_free (self);
}

static void
set_low_water (Door *self, size_t bytes)
{
  const int value = (int) bytes;

  setsockopt (self->fd, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
}

static uint32_t
begin_tls (Door *self, gboolean gateway)
{
  JfFront *front = self->worker->front;

  if (self->looks > 1)
    set_low_water (self, 1);
  if (gateway)
    {
      self->tls = jf_tls_new (JF_TLS_SERVER, front->identity, JF_ALPN_GATEWAY, self->fd);
      self->state = DOOR_HANDSHAKE;
      return STEP_AGAIN;
    }
  self->cert = jf_front_ref_cert (front);
  if (self->cert == NULL)
    return STEP_CLOSE;
  self->tls = jf_tls_new_web (jf_front_cert_get_credentials (self->cert), self->fd);
  self->state = DOOR_WEB_HANDSHAKE;
  return STEP_AGAIN;
}

static uint32_t
invalid (JfCount which)
{
  jf_count (which);
  return STEP_CLOSE;
}

/* The kernel wakes us when as much is there as the next look needs, so that a hello that comes byte
 * by byte costs no more than one that comes whole. */
static uint32_t
wait_for_more (Door *self, size_t need, uint32_t events)
{
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 || ++self->looks > LOOKS_MAX)
    return invalid (JF_COUNT_HELLO_INVALID);
  set_low_water (self, need);
  return EPOLLIN | EPOLLRDHUP;
}

static uint32_t
look_at_hello (Door *self, uint32_t events)
{
  uint8_t *data = jf_loop_scratch (self->worker->loop, 0, JF_CLIENT_HELLO_MAX_BYTES);
  ssize_t n = recv (self->fd, data, JF_CLIENT_HELLO_MAX_BYTES, MSG_PEEK | MSG_DONTWAIT);
  size_t need = 0;

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return wait_for_more (self, 1, events);
  if (n <= 0)
    return STEP_CLOSE;
  self->looks++;
  switch (jf_client_hello_peek (data, (size_t) n, &need))
    {
    case JF_HELLO_MORE:
      return wait_for_more (self, need, events);
    case JF_HELLO_GATEWAY:
      return begin_tls (self, TRUE);
    case JF_HELLO_WEB:
      return begin_tls (self, FALSE);
    case JF_HELLO_INVALID:
      break;
    }
  return invalid (JF_COUNT_HELLO_INVALID);
}

static uint32_t
shake_hands (Door *self)
{
  int result = jf_tls_handshake (self->tls, NULL);

  if (result == JF_TLS_AGAIN)
    return jf_tls_wants (self->tls);
  if (result < 0)
    return invalid (JF_COUNT_HANDSHAKE_FAILED);
  self->state = self->state == DOOR_HANDSHAKE ? DOOR_PREAMBLE : DOOR_WEB;
  jf_timer_start (&self->deadline, self->worker->loop, jf_front_times.preamble_ms, late_cb);
  return STEP_AGAIN;
}

/* The next owner must find the descriptor unwatched. */
static JfTls *
hand_over (Door *self)
{
  jf_watch_stop (&self->watch);
  self->fd = -1;
  return g_steal_pointer (&self->tls);
}

static uint32_t
pass_control (Door *self)
{
  JfFrontWorker *worker = self->worker;
  JfFrontSlot *slot = g_steal_pointer (&self->slot);
  JfTls *tls = hand_over (self);

  door_free (self);
  jf_front_conn_open (worker, tls, slot);
  return STEP_GONE;
}

static uint32_t
pass_leg (Door *self, const JfTicket *ticket)
{
  JfSwitch *sw = self->worker->front->sw;
  JfTls *tls = hand_over (self);

  door_free (self);
  jf_switch_take_leg (sw, tls, ticket);
  return STEP_GONE;
}

/* PROTOCOL.md section 3. LEG must fill its record: what follows it belongs to the switch, and this
 * session would have swallowed it. What follows CONTROL stays in the session for the connection. */
static uint32_t
read_preamble (Door *self)
{
  JfPreamble preamble;
  gboolean header = self->frame_bytes < JF_PREAMBLE_HEADER_BYTES;
  size_t want = header ? JF_PREAMBLE_HEADER_BYTES : JF_PREAMBLE_MAX_BYTES;
  gssize n = jf_tls_recv (self->tls, self->frame + self->frame_bytes, want - self->frame_bytes,
                          NULL);
  gssize parsed;

  if (n == JF_TLS_AGAIN)
    return jf_tls_wants (self->tls);
  if (n <= 0)
    return invalid (JF_COUNT_PREAMBLE_INVALID);
  self->frame_bytes += (unsigned) n;
  parsed = jf_preamble_parse (self->frame, self->frame_bytes, &preamble, NULL);
  if (parsed > 0 && preamble.kind == JF_PREAMBLE_CONTROL)
    return pass_control (self);
  if (parsed > 0 && preamble.kind == JF_PREAMBLE_LEG && jf_tls_pending (self->tls) == 0)
    return pass_leg (self, &preamble.ticket);
  if (parsed != 0)
    return invalid (JF_COUNT_PREAMBLE_INVALID);
  if (self->frame_bytes == JF_PREAMBLE_HEADER_BYTES &&
      jf_tls_pending (self->tls) != JF_PREAMBLE_MAX_BYTES - JF_PREAMBLE_HEADER_BYTES)
    return invalid (JF_COUNT_PREAMBLE_INVALID);
  return STEP_AGAIN;
}

static uint32_t
step (Door *self, uint32_t events)
{
  switch (self->state)
    {
    case DOOR_HELLO:
      return look_at_hello (self, events);
    case DOOR_HANDSHAKE:
    case DOOR_WEB_HANDSHAKE:
      return shake_hands (self);
    case DOOR_PREAMBLE:
      return read_preamble (self);
    case DOOR_WEB:
      return jf_front_web_step (&self->web, self->tls);
    }
  return STEP_CLOSE;
}

static void
ready_cb (JfWatch *watch, uint32_t events)
{
  Door *self = JF_CONTAINER_OF (watch, Door, watch);
  uint32_t next = STEP_AGAIN;

  while (next == STEP_AGAIN)
    next = step (self, events);
  if (next == STEP_CLOSE)
    door_free (self);
  else if (next != STEP_GONE)
    jf_watch_set (watch, next);
}

void
jf_front_door_open (JfFrontWorker *worker, int fd, const struct sockaddr *address)
{
  JfFrontSlot *slot = jf_front_limits_admit (&worker->front->limits, address, worker->loop);
  Door *self;

  jf_count (JF_COUNT_ACCEPTED);
  if (slot == NULL)
    {
      close (fd);
      return;
    }
  self = g_new0 (Door, 1);
  self->worker = worker;
  self->slot = slot;
  self->fd = fd;
  self->link.data = self;
  g_queue_push_tail_link (&worker->doors, &self->link);
  jf_front_slot_set_owner (slot, evicted_cb, self);
  jf_timer_start (&self->deadline, worker->loop, jf_front_times.handshake_ms, late_cb);
  if (!jf_watch_start (&self->watch, worker->loop, fd, EPOLLIN | EPOLLRDHUP, ready_cb, NULL))
    door_free (self);
}

void
jf_front_door_close_all (JfFrontWorker *worker)
{
  while (worker->doors.head != NULL)
    door_free (worker->doors.head->data);
}
