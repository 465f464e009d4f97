/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-join.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/engine/jf-join-private.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-names.h"

#define LEAVE_TIMEOUT_MS 2000
/* The manager may not have heard yet that an earlier join of the same service was left. */
#define BUSY_TRIES_MAX 5

G_DEFINE_FINAL_TYPE (JfJoin, jf_join, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

static void ask (JfJoin *self);

const char *
jf_join_state_name (JfJoinState state)
{
  static const char *const names[] = {
    [JF_JOIN_CONNECTING] = "connecting", [JF_JOIN_WAITING] = "waiting", [JF_JOIN_JOINED] = "joined",
    [JF_JOIN_FAILED] = "failed",         [JF_JOIN_LEFT] = "left",
  };

  return names[state];
}

static void
clear_timer (JfJoin *self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
set_timer (JfJoin *self, unsigned timeout_ms, GSourceFunc func)
{
  clear_timer (self);
  self->timer = g_timeout_source_new (timeout_ms);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, self->context);
}

static gboolean
is_over (JfJoin *self)
{
  return self->state == JF_JOIN_FAILED || self->state == JF_JOIN_LEFT;
}

static gboolean
same_reason (const GError *a, const GError *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return a->domain == b->domain && a->code == b->code && strcmp (a->message, b->message) == 0;
}

/* (transfer none) reason, may be NULL */
static void
set_state (JfJoin *self, JfJoinState state, const GError *reason)
{
  GError *copy;

  if (self->state == state && same_reason (self->reason, reason))
    return;
  copy = reason != NULL ? g_error_copy (reason) : NULL;
  g_clear_error (&self->reason);
  self->reason = copy;
  if (self->state != state)
    self->since = g_get_real_time () / G_USEC_PER_SEC;
  self->state = state;
  jf_log (JF_LOG_INFO, "join", "service", JF_S (jf_join_get_service (self)), "state",
          JF_S (jf_join_state_name (state)), "tunnel", JF_I (self->tunnel_id), "reason",
          JF_S (reason != NULL ? reason->message : ""), NULL);
  g_signal_emit (self, signals[CHANGED], 0);
}

static GError *
refusal_error (JfJoin *self)
{
  return g_error_new (JF_ERROR, JF_ERROR_UNREACHABLE,
                      _ ("the gateway of %s cannot reach the service itself: %s"), self->provider,
                         jf_refusal_text (self->refusal));
}

void
jf_join_update (JfJoin *self)
{
  g_autoptr (GError) refused = NULL;

  if (is_over (self) || self->leaving)
    return;
  if (self->joined && self->reached && self->n_channels > 0)
    set_state (self, JF_JOIN_JOINED, NULL);
  else if (self->session_error != NULL)
    set_state (self, JF_JOIN_CONNECTING, self->session_error);
  else if (self->again != NULL)
    set_state (self, JF_JOIN_WAITING, self->again);
  else if (self->offline != NULL)
    set_state (self, JF_JOIN_WAITING, self->offline);
  else if (self->refusal != JF_REFUSAL_NONE)
    {
      refused = refusal_error (self);
      set_state (self, JF_JOIN_WAITING, refused);
    }
  else
    set_state (self, JF_JOIN_CONNECTING, self->channel_error);
}

void
jf_join_transmit (JfJoin *self, JsonObject *message)
{
  if (self->parts.session != NULL)
    (void) jf_session_send (self->parts.session, message);
  json_object_unref (message);
}

void
jf_join_send_ready (JfJoin *self)
{
  if (self->ready_sent || !self->set_up)
    return;
  self->ready_sent = TRUE;
  jf_join_transmit (self, jf_setup_message (JF_MSG_READY, self->tunnel_id));
}

/* From here on the join needs nothing of the engine, and may outlive it. */
static void
let_go (JfJoin *self)
{
  clear_timer (self);
  jf_join_release (self);
  if (self->parts.session != NULL)
    jf_session_forget (self->parts.session, self);
  self->parts.session = NULL;
  self->tunnel_id = 0;
}

static void
end (JfJoin *self, JfJoinState state, const GError *reason)
{
  let_go (self);
  set_state (self, state, reason);
}

void
jf_join_fail (JfJoin *self, GError *reason)
{
  g_autoptr (GError) owned = reason;

  if (is_over (self))
    return;
  if (self->tunnel_id != 0)
    jf_join_transmit (self, jf_setup_removed (self->tunnel_id, reason));
  end (self, JF_JOIN_FAILED, owned);
}

static gboolean
ask_again_cb (gpointer data)
{
  JfJoin *self = data;

  clear_timer (self);
  g_clear_error (&self->again);
  ask (self);
  jf_join_update (self);
  return G_SOURCE_REMOVE;
}

/* The manager has no tunnel for us and may have one later. (transfer full) reason */
static void
try_later (JfJoin *self, GError *reason)
{
  self->tunnel_id = 0;
  jf_join_disconnect (self);
  g_clear_error (&self->offline);
  g_clear_error (&self->again);
  self->again = reason;
  set_timer (self, jf_backoff_next_ms (&self->backoff, g_get_monotonic_time ()), ask_again_cb);
  jf_join_update (self);
}

/* What may be different the next time, without anybody doing anything about it. */
static gboolean
is_passing (JfJoin *self, const GError *error)
{
  switch ((JfError) error->code)
    {
    case JF_ERROR_UNREACHABLE:
    case JF_ERROR_TIMEOUT:
    case JF_ERROR_LIMIT:
    case JF_ERROR_STORAGE:
    case JF_ERROR_FAILED:
      return TRUE;
    case JF_ERROR_BUSY:
      return ++self->busy_tries < BUSY_TRIES_MAX;
    default:
      return FALSE;
    }
}

/* (transfer full) what to tell people about an answer of the manager */
static GError *
explain (JfJoin *self, const GError *told)
{
  const char *service = jf_join_get_service (self);

  switch ((JfError) told->code)
    {
    case JF_ERROR_NOT_AVAILABLE:
      return g_error_new (JF_ERROR, JF_ERROR_NOT_AVAILABLE,
                          "%s: no such service, or not for you; see: jackfield-gateway services",
                          service);
    case JF_ERROR_BUSY:
      return g_error_new (JF_ERROR, JF_ERROR_BUSY,
                          _ ("%s is joined by this device already"), service);
    case JF_ERROR_CLOSED:
      return g_error_new (JF_ERROR, JF_ERROR_CLOSED,
                          _ ("%s was closed by the operator: %s"), service, told->message);
    default:
      return g_error_new (told->domain, told->code, "%s: %s", service, told->message);
    }
}

static void
take_refusal (JfJoin *self, const GError *told)
{
  GError *reason = explain (self, told);

  self->tunnel_id = 0;
  if (is_passing (self, told))
    try_later (self, reason);
  else
    jf_join_fail (self, reason);
}

/* The manager must speak of the service that was asked for: the pin that counts is that of its
 * provider. */
static gboolean
take_name (JfJoin *self, const char *service, const char *provider, const char *name)
{
  if (self->service != NULL)
    return strcmp (self->service, service) == 0;
  if (strcmp (self->asked, service) != 0 && strcmp (self->asked, name) != 0)
    return FALSE;
  self->service = g_strdup (service);
  self->provider = g_strdup (provider);
  return TRUE;
}

static gboolean
wrong_service (GError **error)
{
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "this is not the service that was asked for");
  return FALSE;
}

/* The manager looks for another device of the provider's, which may not even exist. */
static gboolean
is_own (JfJoin *self)
{
  const char *slash = self->service != NULL ? strchr (self->service, '/') : NULL;

  return slash != NULL &&
         g_strcmp0 (self->provider, jf_session_get_member (self->parts.session)) == 0 &&
         jf_server_offers (self->parts.server, slash + 1);
}

/* (transfer full) told, or NULL */
static void
set_offline (JfJoin *self, GError *told)
{
  g_clear_error (&self->offline);
  self->offline = told;
  if (is_own (self))
    {
      g_clear_error (&self->offline);
      self->offline = g_error_new (
          JF_ERROR, JF_ERROR_UNREACHABLE,
          _ ("%s is offered by this device itself, and by no other that is "
                                   "online; use its target directly, or join it from another "
                                   "device"),
             self->service);
    }
  else if (told == NULL)
    self->offline = g_error_new (JF_ERROR, JF_ERROR_UNREACHABLE,
                                 _ ("the gateway of %s is offline"), self->provider);
  jf_join_update (self);
}

static gboolean
take_waiting (JfJoin *self, JsonObject *message, GError **error)
{
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;
  const char *service;

  if (!jf_setup_get_tunnel (message, &self->tunnel_id, error) ||
      !jf_message_get_string (message, "service", JF_TEXT_MAX_BYTES, &service, error))
    return FALSE;
  if (!jf_service_split (service, &provider, &name, NULL) || provider == NULL ||
      !take_name (self, service, provider, name))
    return wrong_service (error);
  jf_join_disconnect (self);
  set_offline (self, NULL);
  return TRUE;
}

static gboolean
take_setup (JfJoin *self, JsonObject *message, GError **error)
{
  JfUplink *uplink = jf_session_get_uplink (self->parts.session);
  g_autoptr (JfSetup) setup = jf_setup_parse (message, uplink, error);
  GError *reason = NULL;

  if (setup == NULL)
    return FALSE;
  if (!setup->client || !take_name (self, setup->service, setup->provider, setup->name))
    return wrong_service (error);
  self->tunnel_id = setup->tunnel;
  if (self->leaving)
    return TRUE;
  g_free (self->title);
  self->title = g_strdup (setup->title);
  self->ready_sent = FALSE;
  self->joined = FALSE;
  self->busy_tries = 0;
  g_clear_error (&self->offline);
  if (jf_join_connect (self, setup, &reason))
    jf_join_update (self);
  else
    jf_join_fail (self, reason);
  return TRUE;
}

static void
leave_now (JfJoin *self)
{
  if (self->tunnel_id != 0)
    jf_join_transmit (self, jf_setup_message (JF_MSG_LEAVE, self->tunnel_id));
}

static gboolean
join_reply (JfSession *session,
            JsonObject *message,
            const GError *failure,
            gpointer data,
            GError **error)
{
  g_autoptr (JfJoin) self = g_object_ref (JF_JOIN (data));
  gboolean good;

  self->asking = FALSE;
  if (failure != NULL)
    {
      /* With the session itself lost, jf_join_session_lost() says so. */
      if (jf_session_get_state (session) != JF_SESSION_CONNECTED)
        return TRUE;
      if (self->leaving)
        end (self, JF_JOIN_LEFT, NULL);
      else
        take_refusal (self, failure);
      return TRUE;
    }
  if (strcmp (jf_message_type (message), JF_MSG_WAITING) == 0)
    good = take_waiting (self, message, error);
  else if (strcmp (jf_message_type (message), JF_MSG_SETUP) == 0)
    good = take_setup (self, message, error);
  else
    good = wrong_service (error);
  if (good && self->leaving)
    leave_now (self);
  return good;
}

static void
ask (JfJoin *self)
{
  g_autoptr (JsonObject) message = NULL;

  if (self->asking || self->tunnel_id != 0)
    return;
  message = jf_message_new (JF_MSG_JOIN);
  json_object_set_string_member (message, "service", jf_join_get_service (self));
  jf_backoff_attempt (&self->backoff, g_get_monotonic_time ());
  self->asking = jf_session_request (self->parts.session, message, join_reply, self);
}

static gboolean
take_remove (JfJoin *self, JsonObject *message, GError **error)
{
  g_autofree char *clean = NULL;
  g_autoptr (GError) told = NULL;
  const char *code;
  const char *text;
  gboolean final;

  if (!jf_message_get_string (message, "code", JF_LABEL_MAX_BYTES, &code, error) ||
      !jf_message_get_optional_string (message, "message", JF_TEXT_MAX_BYTES, "", &text, error) ||
      !jf_message_get_bool (message, "final", &final, error))
    return FALSE;
  clean = jf_text_clean (text, JF_TEXT_MAX_BYTES);
  told = g_error_new_literal (JF_ERROR, (int) jf_error_from_name (code),
                              *clean != '\0' ? clean : code);
  jf_join_disconnect (self);
  jf_join_transmit (self, jf_setup_message (JF_MSG_REMOVED, self->tunnel_id));
  if (self->leaving)
    {
      if (final)
        end (self, JF_JOIN_LEFT, NULL);
    }
  else if (final)
    take_refusal (self, told);
  else
    set_offline (self, g_steal_pointer (&told));
  return TRUE;
}

static gboolean
take_tickets (JfJoin *self, JsonObject *message, GError **error)
{
  g_autoptr (GArray) tickets = NULL;

  if (!jf_message_get_tickets (message, "tickets", &tickets, error))
    return FALSE;
  if (self->set_up && self->tunnel != NULL)
    jf_tunnel_add_legs (self->tunnel, (const JfTicket *) (void *) tickets->data, tickets->len);
  return TRUE;
}

gboolean
jf_join_handle (JfJoin *self, JsonObject *message, GError **error)
{
  G_GNUC_UNUSED g_autoptr (JfJoin) guard = g_object_ref (self);
  const char *type = jf_message_type (message);

  if (is_over (self))
    return TRUE;
  if (strcmp (type, JF_MSG_SETUP) == 0)
    return take_setup (self, message, error);
  if (strcmp (type, JF_MSG_REMOVE) == 0)
    return take_remove (self, message, error);
  if (strcmp (type, JF_MSG_TICKETS) == 0)
    return take_tickets (self, message, error);
  if (strcmp (type, JF_MSG_JOINED) == 0)
    {
      self->joined = self->ready_sent;
      jf_backoff_reset (&self->backoff);
      jf_join_update (self);
      return TRUE;
    }
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "%s: not for a client gateway", type);
  return FALSE;
}

void
jf_join_start (JfJoin *self)
{
  G_GNUC_UNUSED g_autoptr (JfJoin) guard = g_object_ref (self);

  if (is_over (self) || self->leaving)
    return;
  g_clear_error (&self->session_error);
  g_clear_error (&self->channel_error);
  if (self->again != NULL)
    clear_timer (self);
  g_clear_error (&self->again);
  ask (self);
  jf_join_update (self);
}

void
jf_join_try_now (JfJoin *self)
{
  if (is_over (self) || self->leaving)
    return;
  jf_backoff_reset (&self->backoff);
  if (jf_session_get_state (self->parts.session) != JF_SESSION_CONNECTED)
    jf_session_try_now (self->parts.session);
  else if (self->again != NULL)
    set_timer (self, jf_backoff_soonest_ms (&self->backoff, g_get_monotonic_time ()), ask_again_cb);
  else if (self->refusal != JF_REFUSAL_NONE && self->tunnel != NULL)
    jf_tunnel_probe_now (self->tunnel);
}

void
jf_join_session_lost (JfJoin *self, const GError *reason, gboolean final)
{
  G_GNUC_UNUSED g_autoptr (JfJoin) guard = g_object_ref (self);

  if (is_over (self))
    return;
  self->tunnel_id = 0;
  self->asking = FALSE;
  self->set_up = FALSE;
  g_clear_error (&self->offline);
  if (self->leaving)
    {
      end (self, JF_JOIN_LEFT, NULL);
      return;
    }
  if (final)
    {
      end (self, JF_JOIN_FAILED, reason);
      return;
    }
  g_clear_error (&self->session_error);
  self->session_error = reason != NULL ? g_error_copy (reason) : NULL;
  jf_join_update (self);
}

static gboolean
leave_timeout_cb (gpointer data)
{
  g_autoptr (JfJoin) self = g_object_ref (JF_JOIN (data));

  end (self, JF_JOIN_LEFT, NULL);
  return G_SOURCE_REMOVE;
}

void
jf_join_leave (JfJoin *self)
{
  G_GNUC_UNUSED g_autoptr (JfJoin) guard = g_object_ref (self);

  if (is_over (self) || self->leaving)
    return;
  self->leaving = TRUE;
  jf_join_release (self);
  if (!self->asking && self->tunnel_id == 0)
    {
      end (self, JF_JOIN_LEFT, NULL);
      return;
    }
  set_timer (self, LEAVE_TIMEOUT_MS, leave_timeout_cb);
  leave_now (self);
}

void
jf_join_abandon (JfJoin *self)
{
  let_go (self);
  self->state = JF_JOIN_LEFT;
}

JfJoinState
jf_join_get_state (JfJoin *self)
{
  return self->state;
}

gboolean
jf_join_is_leaving (JfJoin *self)
{
  return self->leaving;
}

int64_t
jf_join_get_since (JfJoin *self)
{
  return self->since;
}

const JfKeyId *
jf_join_get_offered_key (JfJoin *self)
{
  return self->has_offered ? &self->offered : NULL;
}

const JfKeyId *
jf_join_get_expected_key (JfJoin *self)
{
  return self->has_expected ? &self->expected : NULL;
}

const GError *
jf_join_get_reason (JfJoin *self)
{
  return self->reason;
}

const char *
jf_join_get_service (JfJoin *self)
{
  return self->service != NULL ? self->service : self->asked;
}

const char *
jf_join_get_title (JfJoin *self)
{
  return self->title != NULL ? self->title : "";
}

int64_t
jf_join_get_tunnel (JfJoin *self)
{
  return self->tunnel_id;
}

int
jf_join_get_retry_ms (JfJoin *self)
{
  int64_t left_us;

  if (self->again == NULL || self->timer == NULL)
    return -1;
  left_us = g_source_get_ready_time (self->timer) - g_get_monotonic_time ();
  return (int) (MAX (left_us, 0) / 1000);
}

JfJoin *
jf_join_new (const JfJoinParts *parts, const char *service, const JfPseudoSpec *spec)
{
  JfJoin *self = g_object_new (JF_TYPE_JOIN, NULL);

  self->parts = *parts;
  self->asked = g_strdup (service);
  /* Nothing opens before the first setup, so nothing can fail. */
  (void) jf_join_add_spec (self, spec, NULL);
  return self;
}

static void
jf_join_finalize (GObject *object)
{
  JfJoin *self = JF_JOIN (object);

  let_go (self);
  g_main_context_unref (self->context);
  g_ptr_array_unref (self->sockets);
  g_clear_error (&self->reason);
  g_clear_error (&self->session_error);
  g_clear_error (&self->offline);
  g_clear_error (&self->again);
  g_clear_error (&self->channel_error);
  g_free (self->asked);
  g_free (self->service);
  g_free (self->provider);
  g_free (self->title);

  G_OBJECT_CLASS (jf_join_parent_class)->finalize (object);
}

static void
jf_join_class_init (JfJoinClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_join_finalize;
  signals[CHANGED] = g_signal_new ("changed", JF_TYPE_JOIN, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
jf_join_init (JfJoin *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->since = g_get_real_time () / G_USEC_PER_SEC;
  self->sockets = jf_join_sockets_new ();
}
