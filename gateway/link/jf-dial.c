/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-dial.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

#include "gateway/link/jf-dial-gate.h"
#include "gateway/link/jf-dial-private.h"
#include "gateway/link/jf-proxy.h"
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-error.h"

#define CARRIER_TIMEOUT_MS 10000

JfDialTimes jf_dial_times = {
  .carrier_ms = CARRIER_TIMEOUT_MS,
  .session_ms = 2 * JF_HANDSHAKE_TIMEOUT_MS,
};

typedef enum
{
  CARRIER,
  HANDSHAKE,
  SEND,
  ANSWER,
  DONE,
} State;

struct JfDial
{
  unsigned references; /* one is the owner's, one the carrier's while it is opening */
  State state;
  JfLoop *loop;
  JfUplink *uplink;
  GCancellable *cancellable;
  JfTls *tls;
  JfWatch watch;
  JfTimer timer;
  JfTurn turn;
  JfDialSeat seat; /* of a leg */

  JfPreambleKind kind;
  JfDialControlDone control_done;
  JfDialLegDone leg_done;
  gpointer data;

  JfWay way;
  JfKeyId seen;
  gboolean has_seen;

  uint8_t out[JF_PREAMBLE_MAX_BYTES];
  size_t out_size;
  uint8_t in[JF_PREAMBLE_HEADER_BYTES];
  size_t in_have;
};

static void
dial_unref (JfDial *self)
{
  if (--self->references > 0)
    return;
  g_object_unref (self->cancellable);
  jf_uplink_unref (self->uplink);
  g_free (self);
}

/* Lets go of everything but the memory. The ticket was a secret until now. */
static void
stop (JfDial *self)
{
  self->state = DONE;
  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->timer);
  jf_turn_cancel (&self->turn);
  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->tls, jf_tls_free);
  gnutls_memset (self->out, 0, sizeof self->out);
  jf_dial_gate_leave (&self->seat);
}

static void
fail (JfDial *self, GError *error)
{
  stop (self);
  if (self->kind == JF_PREAMBLE_CONTROL)
    self->control_done (NULL, error, self->data);
  else
    self->leg_done (-1, error, self->data);
  g_error_free (error);
}

static void
succeed (JfDial *self)
{
  JfTls *tls = g_steal_pointer (&self->tls);

  stop (self);
  if (self->kind == JF_PREAMBLE_CONTROL)
    self->control_done (tls, NULL, self->data);
  else
    self->leg_done (jf_tls_detach (tls), NULL, self->data);
}

/* Names the manager in front of what went wrong with it. */
static void
fail_session (JfDial *self, GError *error)
{
  g_prefix_error (&error, "manager %s port %u: ", jf_uplink_get_host (self->uplink),
                  jf_uplink_get_port (self->uplink));
  fail (self, error);
}

/* Which proxy the system names is the carrier's secret; one that was set is not ours to hide. */
static GError *
carrier_timeout (JfDial *self)
{
  const char *setting = jf_uplink_get_proxy (self->uplink);
  char proxy[JF_WAY_PROXY_SIZE];

  jf_proxy_describe (setting, proxy, sizeof proxy);
  if (*proxy == '\0')
    return g_error_new (JF_ERROR, JF_ERROR_TIMEOUT,
                        _ ("no connection to %s port %u within %u s"),
                           jf_uplink_get_host (self->uplink), jf_uplink_get_port (self->uplink),
                           jf_dial_times.carrier_ms / 1000);
  return g_error_new (JF_ERROR, JF_ERROR_TIMEOUT,
                      _ ("no connection to %s port %u through the proxy %s within %u s"),
                         jf_uplink_get_host (self->uplink), jf_uplink_get_port (self->uplink),
                         proxy, jf_dial_times.carrier_ms / 1000);
}

static void
timeout_cb (JfTimer *timer)
{
  JfDial *self = JF_CONTAINER_OF (timer, JfDial, timer);

  if (self->state == CARRIER)
    fail (self, carrier_timeout (self));
  else
    fail_session (self, g_error_new (JF_ERROR, JF_ERROR_TIMEOUT,
                                     _ ("no answer within %u s; is this a Jackfield manager?"),
                                        jf_dial_times.session_ms / 1000));
}

static gboolean
check_manager (JfDial *self, GError **error)
{
  const JfKeyId *pinned = jf_uplink_get_manager (self->uplink);
  char wanted[JF_KEY_ID_SHORT_SIZE], got[JF_KEY_ID_SHORT_SIZE];
  JfKeyId peer = { { 0 } };

  if (jf_tls_get_peer (self->tls, &peer) && jf_key_id_equal (&peer, pinned))
    return TRUE;
  self->seen = peer;
  self->has_seen = TRUE;
  jf_key_id_format_short (pinned, wanted);
  jf_key_id_format_short (&peer, got);
  g_set_error (error, JF_ERROR, JF_ERROR_WRONG_KEY,
               "its key is %s instead of %s; somebody may be intercepting the connection. "
               "Ask the operator by another way whether the manager's key has changed; "
               "if so, enroll again with a new invitation link",
               got, wanted);
  return FALSE;
}

/* Something else answers in the manager's place. Always -1. */
static int
explain_handshake (JfDial *self, GError *found, GError **error)
{
  g_autoptr (GError) owned = found;
  const char *what = NULL;

  switch (jf_tls_get_far (self->tls))
    {
    case JF_TLS_FAR_HTTP:
      what = _ ("a web server answers, and no Jackfield manager");
      break;
    case JF_TLS_FAR_OTHER:
      what = _ ("something else that speaks TLS answers, and no Jackfield manager");
      break;
    case JF_TLS_FAR_UNKNOWN:
      g_propagate_error (error, g_steal_pointer (&owned));
      return -1;
    }
  g_set_error (error, JF_ERROR, JF_ERROR_INTERCEPTED,
               _ ("%s. Perhaps this network wants you to sign in with a browser first, or a proxy "
                  "or firewall intercepts encrypted connections; otherwise the address is wrong, "
                  "or another server has taken it (%s)"),
                  what, owned->message);
  return -1;
}

/* Each returns 1 to go on, JF_TLS_AGAIN to wait, -1 with an error. */
static int
do_handshake (JfDial *self, GError **error)
{
  GError *found = NULL;
  int result = jf_tls_handshake (self->tls, &found);

  if (result == JF_TLS_AGAIN)
    return result;
  if (result < 0)
    return explain_handshake (self, found, error);
  if (!check_manager (self, error))
    return -1;
  self->state = SEND;
  return 1;
}

static int
do_send (JfDial *self, GError **error)
{
  /* One record or nothing: the frame is far smaller than one. */
  gssize n = jf_tls_send (self->tls, self->out, self->out_size, error);

  if (n < 0)
    return (int) n;
  self->state = self->kind == JF_PREAMBLE_LEG ? ANSWER : DONE;
  return 1;
}

static int
check_answer (JfDial *self, const JfPreamble *answer, GError **error)
{
  if (answer->kind == JF_PREAMBLE_REFUSED)
    g_set_error_literal (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE,
                         "the manager refused the ticket of this leg");
  else if (answer->kind != JF_PREAMBLE_READY || jf_tls_pending (self->tls) > 0)
    g_set_error_literal (error, JF_ERROR, JF_ERROR_PROTOCOL,
                         "unexpected answer to the first frame");
  else
    {
      self->state = DONE;
      return 1;
    }
  return -1;
}

/* Reads the one record of the answer and not a byte more: what follows belongs to the leg. */
static int
do_answer (JfDial *self, GError **error)
{
  JfPreamble answer;
  gssize n = jf_tls_recv (self->tls, self->in + self->in_have, sizeof self->in - self->in_have,
                          error);

  if (n == 0)
    g_set_error_literal (error, JF_ERROR, JF_ERROR_CLOSED,
                         _ ("the connection ended before the first frame's answer"));
  if (n <= 0)
    return n == 0 ? -1 : (int) n;
  self->in_have += (size_t) n;
  n = jf_preamble_parse (self->in, self->in_have, &answer, error);
  if (n < 0)
    return -1;
  if (n == 0 && self->in_have < sizeof self->in)
    return 1;
  if (n == 0)
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_PROTOCOL, "unexpected first frame");
      return -1;
    }
  return check_answer (self, &answer, error);
}

static void
advance (JfDial *self)
{
  GError *error = NULL;
  int result = 1;

  while (result > 0 && self->state != DONE)
    {
      if (self->state == HANDSHAKE)
        result = do_handshake (self, &error);
      else if (self->state == SEND)
        result = do_send (self, &error);
      else
        result = do_answer (self, &error);
    }
  if (result == JF_TLS_AGAIN)
    jf_watch_set (&self->watch, jf_tls_wants (self->tls));
  else if (result < 0)
    fail_session (self, error);
  else
    succeed (self);
}

static void
ready_cb (JfWatch *watch, uint32_t events)
{
  advance (JF_CONTAINER_OF (watch, JfDial, watch));
}

static void
carrier_cb (int fd, const JfWay *way, GError *error, gpointer data)
{
  JfDial *self = data;
  GError *own = NULL;

  if (self->state == DONE) /* freed or timed out meanwhile */
    {
      if (fd >= 0)
        close (fd);
    }
  else if (fd < 0)
    fail (self, g_error_copy (error));
  else
    {
      self->tls = jf_tls_new (JF_TLS_CLIENT, jf_uplink_get_identity (self->uplink), JF_ALPN_GATEWAY,
                              fd);
      self->way = *way;
      self->state = HANDSHAKE;
      jf_timer_start (&self->timer, self->loop, jf_dial_times.session_ms, timeout_cb);
      if (jf_watch_start (&self->watch, self->loop, fd, EPOLLOUT, ready_cb, &own))
        advance (self);
      else
        fail (self, own);
    }
  dial_unref (self);
}

/* In a turn, so that no carrier can call back before the caller has the dial in its hands. */
static void
begin_cb (JfTurn *turn)
{
  JfDial *self = JF_CONTAINER_OF (turn, JfDial, turn);

  self->references++;
  jf_uplink_get_carrier (self->uplink)
      ->open (self->loop, self->uplink, self->cancellable, carrier_cb, self);
}

static JfDial *
dial_new (JfLoop *loop, JfUplink *uplink, const JfPreamble *preamble, gpointer data)
{
  JfDial *self = g_new0 (JfDial, 1);

  self->references = 1;
  self->loop = loop;
  self->uplink = jf_uplink_ref (uplink);
  self->cancellable = g_cancellable_new ();
  self->kind = preamble->kind;
  self->data = data;
  self->out_size = jf_preamble_pack (preamble, self->out);
  return self;
}

static void
begin (JfDial *self)
{
  jf_timer_start (&self->timer, self->loop, jf_dial_times.carrier_ms, timeout_cb);
  jf_turn_schedule (&self->turn, self->loop, begin_cb);
}

static void
seated_cb (JfDialSeat *seat)
{
  begin (JF_CONTAINER_OF (seat, JfDial, seat));
}

JfDial *
jf_dial_control (JfLoop *loop, JfUplink *uplink, JfDialControlDone done, gpointer data)
{
  JfPreamble preamble = { .kind = JF_PREAMBLE_CONTROL };
  JfDial *self = dial_new (loop, uplink, &preamble, data);

  self->control_done = done;
  begin (self);
  return self;
}

JfDial *
jf_dial_leg (JfLoop *loop,
             JfUplink *uplink,
             const JfTicket *ticket,
             JfDialLegDone done,
             gpointer data)
{
  JfPreamble preamble = { .kind = JF_PREAMBLE_LEG, .ticket = *ticket };
  JfDial *self = dial_new (loop, uplink, &preamble, data);

  self->leg_done = done;
  jf_dial_gate_enter (&self->seat, seated_cb);
  return self;
}

const JfWay *
jf_dial_get_way (JfDial *self)
{
  return &self->way;
}

const JfKeyId *
jf_dial_get_seen_key (JfDial *self)
{
  return self->has_seen ? &self->seen : NULL;
}

void
jf_dial_free (JfDial *self)
{
  if (!self)
    return;
  stop (self);
  dial_unref (self);
}
