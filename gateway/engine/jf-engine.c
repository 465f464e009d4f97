/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-engine.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/engine/jf-known-gateways.h"
#include "gateway/engine/jf-service-list.h"
#include "gateway/engine/jf-service-watch.h"
#include "gateway/engine/jf-setup.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-names.h"

/* How long the end waits for the manager to take what is withdrawn. */
#define WITHDRAW_TIMEOUT_MS 2000

struct _JfEngine
{
  GObject parent_instance;

  JfState *state;
  JfEnrolment *enrolment;
  JfIdentity *identity;
  JfLoop *loops[JF_ENGINE_LOOPS_MAX];
  unsigned n_loops;
  unsigned next_loop;
  JfSession *session;
  JfServer *server;
  JfKnownGateways *known;
  GListStore *joins; /* of JfJoin */
  JfServiceList *listing;
  JfServiceWatch *watch;
  GMainContext *context;
  gboolean leaving;
  gboolean finishing;
  GSource *withdrawing; /* leaving, and the manager is still to take the last registration */
};

G_DEFINE_FINAL_TYPE (JfEngine, jf_engine, G_TYPE_OBJECT)

enum
{
  SESSION_CHANGED,
  REGISTERED,
  OFFERS_CHANGED,
  SERVICES_KNOWN,
  LEFT,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

static JfLoop *
pick_loop (gpointer data)
{
  JfEngine *self = data;

  return self->loops[self->next_loop++ % self->n_loops];
}

/* A callback may begin or end joins, so the list is walked in a copy. */
static GPtrArray *
copy_joins (JfEngine *self)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func (g_object_unref);
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (self->joins));

  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (copy, g_list_model_get_item (G_LIST_MODEL (self->joins), i));
  return copy;
}

static void
clear_withdrawing (JfEngine *self)
{
  if (self->withdrawing == NULL)
    return;
  g_source_destroy (self->withdrawing);
  g_clear_pointer (&self->withdrawing, g_source_unref);
}

static void
finish_when_left (JfEngine *self)
{
  if (!self->leaving || self->finishing || self->withdrawing != NULL ||
      g_list_model_get_n_items (G_LIST_MODEL (self->joins)) > 0)
    return;
  self->finishing = TRUE;
  jf_session_finish (self->session);
}

static gboolean
withdraw_timeout_cb (gpointer data)
{
  JfEngine *self = data;

  jf_log (JF_LOG_WARNING, "not-withdrawn", "reason", JF_S ("the manager does not answer"), NULL);
  clear_withdrawing (self);
  finish_when_left (self);
  return G_SOURCE_REMOVE;
}

static void
start_withdrawing (JfEngine *self)
{
  self->withdrawing = g_timeout_source_new (WITHDRAW_TIMEOUT_MS);
  g_source_set_callback (self->withdrawing, withdraw_timeout_cb, self, NULL);
  g_source_attach (self->withdrawing, self->context);
}

/* Nothing is withdrawn without a session, or when the manager has answered. */
static void
check_withdrawing (JfEngine *self)
{
  if (self->withdrawing == NULL || jf_server_is_busy (self->server))
    return;
  clear_withdrawing (self);
  finish_when_left (self);
}

static void
start_all (JfEngine *self)
{
  g_autoptr (GPtrArray) joins = copy_joins (self);

  jf_server_start (self->server);
  for (unsigned i = 0; i < joins->len; i++)
    jf_join_start (g_ptr_array_index (joins, i));
  jf_service_list_start (self->listing);
  jf_service_watch_start (self->watch);
}

static void
lose_all (JfEngine *self, gboolean final)
{
  g_autoptr (GPtrArray) joins = copy_joins (self);
  /* Who hears of it may end the session, and its error with it. */
  g_autoptr (GError) reason = g_error_copy (jf_session_get_error (self->session));

  for (unsigned i = 0; i < joins->len; i++)
    jf_join_session_lost (g_ptr_array_index (joins, i), reason, final);
  if (final)
    jf_service_list_fail (self->listing, reason);
  check_withdrawing (self);
}

/* What the manager says about this device may have changed since it was enrolled. */
static void
keep_role (JfEngine *self)
{
  const char *member = jf_session_get_member (self->session);
  const char *role = jf_session_get_role (self->session);
  g_autoptr (GError) error = NULL;

  if (strcmp (self->enrolment->member, member) == 0 && strcmp (self->enrolment->role, role) == 0)
    return;
  g_free (self->enrolment->member);
  self->enrolment->member = g_strdup (member);
  g_free (self->enrolment->role);
  self->enrolment->role = g_strdup (role);
  if (!jf_state_save_enrolment (self->state, self->enrolment, &error))
    jf_log (JF_LOG_WARNING, "role-not-kept", "reason", JF_S (error->message), NULL);
}

static void
log_session (JfEngine *self, JfSessionState state)
{
  const GError *reason = jf_session_get_error (self->session);

  if (state == JF_SESSION_CONNECTED)
    jf_log (JF_LOG_INFO, "connected", "member", JF_S (self->enrolment->member), "role",
            JF_S (self->enrolment->role), NULL);
  else if (reason != NULL)
    jf_log (JF_LOG_WARNING, "disconnected", "reason", JF_S (reason->message), NULL);
}

static void
session_state_cb (JfSession *session, gpointer owner)
{
  g_autoptr (JfEngine) self = g_object_ref (JF_ENGINE (owner));
  JfSessionState state = jf_session_get_state (session);

  if (state == JF_SESSION_STOPPED)
    {
      self->finishing = FALSE;
      g_signal_emit (self, signals[LEFT], 0);
      return;
    }
  if (state == JF_SESSION_CONNECTED)
    keep_role (self);
  log_session (self, state);
  if (state == JF_SESSION_CONNECTED)
    start_all (self);
  else if (state == JF_SESSION_WAITING || state == JF_SESSION_FAILED)
    lose_all (self, state == JF_SESSION_FAILED);
  g_signal_emit (self, signals[SESSION_CHANGED], 0);
}

static JfJoin *
find_join_by_tunnel (JfEngine *self, int64_t id)
{
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (self->joins));

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfJoin) join = g_list_model_get_item (G_LIST_MODEL (self->joins), i);

      if (jf_join_get_tunnel (join) == id)
        return join; /* the list holds it */
    }
  return NULL;
}

/* About a tunnel that is not (any more) here: an answer where one is due. */
static void
answer_unknown (JfEngine *self, const char *type, int64_t id)
{
  g_autoptr (GError) reason = NULL;
  g_autoptr (JsonObject) answer = NULL;

  if (strcmp (type, JF_MSG_SETUP) == 0)
    reason = g_error_new (JF_ERROR, JF_ERROR_CLOSED, _ ("this tunnel is not wanted here"));
  else if (strcmp (type, JF_MSG_REMOVE) != 0)
    return;
  answer = jf_setup_removed (id, reason);
  (void) jf_session_send (self->session, answer);
}

static gboolean
route_to_server (JfEngine *self, JsonObject *message, gboolean *handled, GError **error)
{
  return jf_server_handle (self->server, message, handled, error);
}

static gboolean
session_message_cb (JfSession *session, JsonObject *message, gpointer owner, GError **error)
{
  static const char *const known[] = {
    JF_MSG_SETUP, JF_MSG_JOINED, JF_MSG_REMOVE, JF_MSG_TICKETS, NULL,
  };
  g_autoptr (JfEngine) self = g_object_ref (JF_ENGINE (owner));
  const char *type = jf_message_type (message);
  gboolean to_server = FALSE;
  gboolean handled = FALSE;
  const char *side;
  int64_t id;
  JfJoin *join;

  if (strcmp (type, JF_MSG_CHANGES) == 0)
    return jf_service_watch_handle (self->watch, message, error);
  if (!g_strv_contains (known, type))
    return FALSE;
  if (!jf_setup_get_tunnel (message, &id, error) ||
      !jf_message_get_optional_string (message, "side", JF_LABEL_MAX_BYTES, "", &side, error))
    return FALSE;
  to_server = strcmp (type, JF_MSG_SETUP) == 0 && strcmp (side, "client") != 0;
  join = to_server ? NULL : find_join_by_tunnel (self, id);
  if (join != NULL)
    return jf_join_handle (join, message, error);
  if (to_server || (strcmp (type, JF_MSG_SETUP) != 0 && strcmp (type, JF_MSG_JOINED) != 0))
    {
      if (!route_to_server (self, message, &handled, error))
        return FALSE;
    }
  if (!handled)
    answer_unknown (self, type, id);
  return TRUE;
}

static const JfSessionEvents session_events = {
  .state = session_state_cb,
  .message = session_message_cb,
};

static void
server_registered_cb (JfServer *server, const GError *failure, gpointer owner)
{
  g_autoptr (JfEngine) self = g_object_ref (JF_ENGINE (owner));

  g_signal_emit (self, signals[REGISTERED], 0, failure);
  /* Also when it will be tried again: the end waits for no retry. */
  if (self->withdrawing != NULL)
    clear_withdrawing (self);
  finish_when_left (self);
}

static void
server_changed_cb (JfServer *server, gpointer owner)
{
  g_signal_emit (owner, signals[OFFERS_CHANGED], 0);
}

static const JfServerEvents server_events = {
  .registered = server_registered_cb,
  .changed = server_changed_cb,
};

static void
services_known_cb (gpointer data)
{
  g_signal_emit (data, signals[SERVICES_KNOWN], 0);
}

static gboolean
start_loops (JfEngine *self, GError **error)
{
  unsigned n = CLAMP (g_get_num_processors (), 1, JF_ENGINE_LOOPS_MAX);

  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("jf-engine-%u", i);

      self->loops[i] = jf_loop_new (name, error);
      if (self->loops[i] == NULL)
        return FALSE;
      self->n_loops++;
    }
  return TRUE;
}

static JfUplink *
make_uplink (JfEngine *self)
{
  g_autoptr (JfUplink)
      plain = jf_uplink_new (&jf_carrier_connect, self->enrolment->host, self->enrolment->port,
                             &self->enrolment->key, self->identity);

  return jf_uplink_new_proxied (plain, jf_state_get_proxy (self->state));
}

static gboolean
build (JfEngine *self, GError **error)
{
  g_autoptr (JfUplink) uplink = NULL;
  g_autofree char *known = jf_state_path (self->state, "known_gateways");

  self->enrolment = jf_state_load_enrolment (self->state, error);
  if (self->enrolment == NULL)
    return FALSE;
  self->identity = jf_state_load_identity (self->state, error);
  if (self->identity == NULL || !start_loops (self, error))
    return FALSE;
  uplink = make_uplink (self);
  self->known = jf_known_gateways_new (known, &self->enrolment->key);
  self->session = jf_session_new (self->loops[0], uplink, NULL, &session_events, self);
  self->server = jf_server_new (self->session, pick_loop, &server_events, self);
  self->listing = jf_service_list_new (self->session);
  self->watch = jf_service_watch_new (self->session, services_known_cb, self);
  return TRUE;
}

JfEngine *
jf_engine_new (JfState *state, GError **error)
{
  g_autoptr (JfEngine) self = g_object_new (JF_TYPE_ENGINE, NULL);

  self->state = state;
  if (!build (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
jf_engine_start (JfEngine *self)
{
  jf_session_start (self->session);
}

void
jf_engine_leave (JfEngine *self)
{
  g_autoptr (GPtrArray) joins = copy_joins (self);

  if (self->leaving)
    return;
  self->leaving = TRUE;
  if (jf_server_is_busy (self->server))
    start_withdrawing (self);
  for (unsigned i = 0; i < joins->len; i++)
    jf_join_leave (g_ptr_array_index (joins, i));
  finish_when_left (self);
}

static void
join_changed_cb (JfJoin *join, gpointer data)
{
  JfEngine *self = data;
  JfJoinState state = jf_join_get_state (join);
  unsigned position;

  if (state != JF_JOIN_FAILED && state != JF_JOIN_LEFT)
    return;
  g_signal_handlers_disconnect_by_data (join, self);
  if (g_list_store_find (self->joins, join, &position))
    g_list_store_remove (self->joins, position);
  finish_when_left (self);
}

JfJoin *
jf_engine_find_join (JfEngine *self, const char *service)
{
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (self->joins));

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfJoin) join = g_list_model_get_item (G_LIST_MODEL (self->joins), i);
      const char *full = jf_join_get_service (join);
      const char *slash = strchr (full, '/');

      if (jf_join_is_leaving (join))
        continue;
      if (strcmp (full, service) == 0 || (slash != NULL && strcmp (slash + 1, service) == 0))
        return join; /* the list holds it */
    }
  return NULL;
}

static gboolean
may_join (JfEngine *self, const char *service, GError **error)
{
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;

  if (!jf_service_split (service, &provider, &name, error))
    return FALSE;
  if (self->leaving)
    g_set_error (error, JF_ERROR, JF_ERROR_CLOSED, _ ("this gateway is ending"));
  else if (jf_engine_find_join (self, service) != NULL)
    g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
                 _ ("%s is joined by this device already"), service);
  else if (g_list_model_get_n_items (G_LIST_MODEL (self->joins)) >= JF_JOINS_MAX_PER_DEVICE)
    g_set_error (error, JF_ERROR, JF_ERROR_LIMIT,
                 _ ("this device has joined %d services, which is the most; leave one first"),
                    JF_JOINS_MAX_PER_DEVICE);
  else
    return TRUE;
  return FALSE;
}

JfJoin *
jf_engine_join (JfEngine *self, const char *service, const JfPseudoSpec *spec, GError **error)
{
  g_autoptr (JfJoin) join = NULL;
  JfSessionState state = jf_session_get_state (self->session);
  JfJoinParts parts = {
    .session = self->session,
    .state = self->state,
    .known = self->known,
    .server = self->server,
  };

  if (!may_join (self, service, error))
    return NULL;
  if (state == JF_SESSION_FAILED)
    {
      g_propagate_error (error, g_error_copy (jf_session_get_error (self->session)));
      return NULL;
    }
  parts.loop = pick_loop (self);
  join = jf_join_new (&parts, service, spec);
  g_list_store_append (self->joins, join);
  g_signal_connect (join, "changed", G_CALLBACK (join_changed_cb), self);
  if (state == JF_SESSION_WAITING)
    jf_join_session_lost (join, jf_session_get_error (self->session), FALSE);
  else
    jf_join_start (join);
  return g_steal_pointer (&join);
}

GListModel *
jf_engine_get_joins (JfEngine *self)
{
  return G_LIST_MODEL (self->joins);
}

JfServer *
jf_engine_get_server (JfEngine *self)
{
  return self->server;
}

JfSessionState
jf_engine_get_session_state (JfEngine *self)
{
  return jf_session_get_state (self->session);
}

const GError *
jf_engine_get_session_error (JfEngine *self)
{
  return jf_session_get_error (self->session);
}

int64_t
jf_engine_get_session_since (JfEngine *self)
{
  return jf_session_get_since (self->session);
}

void
jf_engine_try_now (JfEngine *self)
{
  jf_session_try_now (self->session);
}

gboolean
jf_engine_set_proxy (JfEngine *self, const char *proxy, GError **error)
{
  g_autofree char *before = g_strdup (jf_state_get_proxy (self->state));
  g_autoptr (JfUplink) uplink = NULL;

  if (!jf_state_set_proxy (self->state, proxy, error))
    return FALSE;
  if (strcmp (before, proxy) == 0)
    return TRUE;
  uplink = make_uplink (self);
  jf_session_set_uplink (self->session, uplink, _ ("the proxy setting has changed"));
  return TRUE;
}

gboolean
jf_engine_get_way (JfEngine *self, JfWay *out)
{
  return jf_session_get_way (self->session, out);
}

const JfKeyId *
jf_engine_get_seen_manager_key (JfEngine *self)
{
  return jf_session_get_seen_key (self->session);
}

JfKnownGateways *
jf_engine_get_known_gateways (JfEngine *self)
{
  return self->known;
}

int
jf_engine_get_retry_ms (JfEngine *self)
{
  return jf_session_get_retry_ms (self->session);
}

const JfEnrolment *
jf_engine_get_enrolment (JfEngine *self)
{
  return self->enrolment;
}

const JfKeyId *
jf_engine_get_key_id (JfEngine *self)
{
  return jf_identity_get_key_id (self->identity);
}

void
jf_engine_watch_services (JfEngine *self)
{
  jf_service_watch_begin (self->watch);
}

GListModel *
jf_engine_get_services (JfEngine *self)
{
  return G_LIST_MODEL (jf_service_watch_get_services (self->watch));
}

gboolean
jf_engine_services_known (JfEngine *self)
{
  return jf_service_watch_is_known (self->watch);
}

void
jf_engine_list_async (JfEngine *self,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);

  jf_service_list_add (self->listing, task);
}

GPtrArray *
jf_engine_list_finish (JfEngine *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
jf_engine_dispose (GObject *object)
{
  JfEngine *self = JF_ENGINE (object);
  g_autoptr (GPtrArray) joins = copy_joins (self);

  for (unsigned i = 0; i < joins->len; i++)
    {
      g_signal_handlers_disconnect_by_data (g_ptr_array_index (joins, i), self);
      jf_join_abandon (g_ptr_array_index (joins, i));
    }
  g_list_store_remove_all (self->joins);
  clear_withdrawing (self);
  g_clear_pointer (&self->listing, jf_service_list_free);
  g_clear_pointer (&self->watch, jf_service_watch_free);
  g_clear_pointer (&self->server, jf_server_free);
  g_clear_pointer (&self->session, jf_session_free);

  G_OBJECT_CLASS (jf_engine_parent_class)->dispose (object);
}

static void
jf_engine_finalize (GObject *object)
{
  JfEngine *self = JF_ENGINE (object);

  for (unsigned i = 0; i < self->n_loops; i++)
    jf_loop_free (self->loops[i]);
  g_clear_object (&self->joins);
  g_clear_pointer (&self->known, jf_known_gateways_free);
  g_clear_pointer (&self->identity, jf_identity_unref);
  g_clear_pointer (&self->enrolment, jf_enrolment_free);
  g_main_context_unref (self->context);

  G_OBJECT_CLASS (jf_engine_parent_class)->finalize (object);
}

static void
jf_engine_class_init (JfEngineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = jf_engine_dispose;
  object_class->finalize = jf_engine_finalize;
  signals[SESSION_CHANGED] = g_signal_new ("session-changed", JF_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[REGISTERED] = g_signal_new ("registered", JF_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL,
                                      NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
  signals[OFFERS_CHANGED] = g_signal_new ("offers-changed", JF_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SERVICES_KNOWN] = g_signal_new ("services-known", JF_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[LEFT] = g_signal_new ("left", JF_TYPE_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void
jf_engine_init (JfEngine *self)
{
  self->joins = g_list_store_new (JF_TYPE_JOIN);
  self->context = g_main_context_ref_thread_default ();
}
