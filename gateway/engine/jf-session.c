/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-session.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/engine/jf-backoff.h"
#include "gateway/engine/jf-session-link.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-names.h"

#define WELCOME_TIMEOUT_MS 10000
/* A welcome that lasted this long was a success: the pauses start small again. */
#define LASTED_US         (10 * G_USEC_PER_SEC)
#define FINISH_TIMEOUT_MS 2000

struct JfSession
{
  GMainContext *context;
  JfLoop *loop;
  JfUplink *uplink;
  char *code;
  const JfSessionEvents *events;
  gpointer owner;

  JfSessionState state;
  int64_t since; /* seconds since 1970, of the state */
  JfSessionLink *link;
  GError *error;
  GError *told; /* what the manager said before it closes */
  char *member;
  char *role;

  GHashTable *requests; /* number -> Request */
  int64_t last_number;

  JfBackoff backoff;
  GSource *timer; /* to dial again, or until when the welcome must be here */
  GNetworkMonitor *monitor;
  int64_t welcomed_us; /* of this connection; 0: not yet */
  char *renewing;      /* why the connection is about to be made anew */
  JfKeyId seen;        /* another key than the manager's */
  gboolean has_seen;
};

typedef struct
{
  JfSessionReply reply;
  gpointer data;
} Request;

static void dial (JfSession *self);

const char *
jf_session_state_name (JfSessionState state)
{
  static const char *const names[] = {
    [JF_SESSION_STOPPED] = "stopped",     [JF_SESSION_CONNECTING] = "connecting",
    [JF_SESSION_CONNECTED] = "connected", [JF_SESSION_WAITING] = "waiting",
    [JF_SESSION_FAILED] = "failed",
  };

  return names[state];
}

static void
clear_timer (JfSession *self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
set_timer (JfSession *self, unsigned timeout_ms, GSourceFunc func)
{
  clear_timer (self);
  self->timer = g_timeout_source_new (timeout_ms);
  g_source_set_callback (self->timer, func, self, NULL);
  g_source_attach (self->timer, self->context);
}

static void
enter_state (JfSession *self, JfSessionState state)
{
  if (self->state != state)
    self->since = g_get_real_time () / G_USEC_PER_SEC;
  self->state = state;
}

static void
set_state (JfSession *self, JfSessionState state, GError *error)
{
  g_clear_error (&self->error);
  self->error = error;
  enter_state (self, state);
  self->events->state (self, self->owner);
}

/* All that waits for an answer gets the same one; nothing can be asked anew meanwhile. */
static void
fail_requests (JfSession *self, const GError *failure)
{
  GHashTableIter iter;
  gpointer value;

  for (;;)
    {
      Request request;

      g_hash_table_iter_init (&iter, self->requests);
      if (!g_hash_table_iter_next (&iter, NULL, &value))
        return;
      request = *(Request *) value;
      g_hash_table_iter_remove (&iter);
      if (request.reply != NULL)
        (void) request.reply (self, NULL, failure, request.data, NULL);
    }
}

static void
drop_link (JfSession *self)
{
  clear_timer (self);
  g_clear_pointer (&self->link, jf_session_link_free);
  self->welcomed_us = 0;
}

static gboolean
redial_cb (gpointer data)
{
  dial (data);
  return G_SOURCE_REMOVE;
}

/* Codes that the next attempt would only bring again. */
static gboolean
is_final (const GError *error)
{
  return g_error_matches (error, JF_ERROR, JF_ERROR_WRONG_KEY) ||
         g_error_matches (error, JF_ERROR, JF_ERROR_NOT_ENROLLED) ||
         g_error_matches (error, JF_ERROR, JF_ERROR_BAD_INVITATION) ||
         g_error_matches (error, JF_ERROR, JF_ERROR_BUSY) ||
         g_error_matches (error, JF_ERROR, JF_ERROR_VERSION);
}

/* Says to people what to do about it. (transfer full) */
static GError *
explain (JfSession *self, const GError *error)
{
  const char *host = jf_uplink_get_host (self->uplink);

  if (g_error_matches (error, JF_ERROR, JF_ERROR_NOT_ENROLLED))
    return g_error_new (JF_ERROR, JF_ERROR_NOT_ENROLLED,
                        "the manager at %s does not know this device (any more); ask the operator "
                        "for an invitation link and run: jackfield-gateway enroll LINK",
                        host);
  if (g_error_matches (error, JF_ERROR, JF_ERROR_WRONG_KEY))
    return g_error_new (JF_ERROR, JF_ERROR_WRONG_KEY,
                        "the manager at %s has another key than the one this device was enrolled "
                        "with; ask the operator, and enroll again only if they confirm a new key",
                        host);
  if (g_error_matches (error, JF_ERROR, JF_ERROR_BAD_INVITATION))
    return g_error_new (JF_ERROR, JF_ERROR_BAD_INVITATION,
                        "the manager at %s refuses the invitation: it is mistyped, used or "
                        "expired; ask the operator for a new link",
                        host);
  if (g_error_matches (error, JF_ERROR, JF_ERROR_BUSY))
    return g_error_new_literal (
        JF_ERROR, JF_ERROR_BUSY,
        _ ("another gateway with this device's key has connected in its place; stop one of them, or "
        "enroll one as a device of its own (another --state-dir)"));
  if (g_error_matches (error, JF_ERROR, JF_ERROR_VERSION))
    return g_error_new (JF_ERROR, JF_ERROR_VERSION,
                        "the manager at %s speaks no protocol version of this program; update the "
                        "older of the two",
                        host);
  return g_error_copy (error);
}

static void
note_loss (JfSession *self, int64_t now_us)
{
  if (self->welcomed_us == 0)
    return;
  if (now_us - self->welcomed_us >= LASTED_US)
    jf_backoff_reset (&self->backoff);
}

static void
lost (JfSession *self, const GError *reason)
{
  int64_t now_us = g_get_monotonic_time ();
  g_autoptr (GError) why = NULL;
  gboolean final;

  why = explain (self, self->told != NULL ? self->told : reason);
  final = is_final (why);
  note_loss (self, now_us);
  g_clear_error (&self->told);
  drop_link (self);
  enter_state (self, final ? JF_SESSION_FAILED : JF_SESSION_WAITING);
  fail_requests (self, why);
  if (!final)
    set_timer (self, jf_backoff_next_ms (&self->backoff, now_us), redial_cb);
  set_state (self, self->state, g_steal_pointer (&why));
}

static gboolean
welcome_timeout_cb (gpointer data)
{
  JfSession *self = data;
  g_autoptr (GError) error = g_error_new (JF_ERROR, JF_ERROR_TIMEOUT,
                                          _ ("the manager at %s does not answer"),
                                             jf_uplink_get_host (self->uplink));

  lost (self, error);
  return G_SOURCE_REMOVE;
}

static void
transmit (JfSession *self, JsonObject *message)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = jf_message_to_bytes (message, &error);

  if (bytes == NULL)
    {
      g_warning ("a message of type %s is too long: %s", jf_message_type (message), error->message);
      return;
    }
  jf_session_link_send (self->link, bytes);
}

static void
link_opened_cb (JfSessionLink *link, gpointer owner)
{
  JfSession *self = owner;
  g_autoptr (JsonObject) hello = jf_message_new (JF_MSG_HELLO);
  JsonArray *versions = json_array_new ();

  json_array_add_int_element (versions, 1);
  json_object_set_array_member (hello, "versions", versions);
  json_object_set_string_member (hello, "software", "jackfield-gateway " JF_VERSION);
  transmit (self, hello);
}

static void
send_code (JfSession *self)
{
  g_autoptr (JsonObject) message = jf_message_new (JF_MSG_ENROLL);

  json_object_set_int_member (message, "request", ++self->last_number);
  json_object_set_string_member (message, "code", self->code);
  transmit (self, message);
  /* A code is used up by the first who presents it. */
  memset (self->code, 0, strlen (self->code));
  g_clear_pointer (&self->code, g_free);
}

static gboolean
take_member (JfSession *self, JsonObject *message, GError **error)
{
  const char *member;
  const char *role;

  if (!jf_message_get_string (message, "member", JF_LABEL_MAX_BYTES, &member, error) ||
      !jf_message_get_string (message, "role", JF_LABEL_MAX_BYTES, &role, error) ||
      !jf_label_check (member, "member", error))
    return FALSE;
  if (strcmp (role, "user") != 0 && strcmp (role, "provider") != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "welcome: role is not user or provider");
      return FALSE;
    }
  g_free (self->member);
  self->member = g_strdup (member);
  g_free (self->role);
  self->role = g_strdup (role);
  return TRUE;
}

static gboolean
take_welcome (JfSession *self, JsonObject *message, GError **error)
{
  int64_t version;

  if (!jf_message_get_int (message, "version", 1, 1, &version, error) ||
      !take_member (self, message, error))
    return FALSE;
  clear_timer (self);
  self->welcomed_us = g_get_monotonic_time ();
  set_state (self, JF_SESSION_CONNECTED, NULL);
  return TRUE;
}

/* (transfer full) what an "error" message says */
static GError *
read_error (JsonObject *message, GError **error)
{
  const char *code;
  const char *text;
  g_autofree char *clean = NULL;

  if (!jf_message_get_string (message, "code", JF_LABEL_MAX_BYTES, &code, error) ||
      !jf_message_get_optional_string (message, "message", JF_TEXT_MAX_BYTES, "", &text, error))
    return NULL;
  clean = jf_text_clean (text, JF_TEXT_MAX_BYTES);
  return g_error_new_literal (JF_ERROR, (int) jf_error_from_name (code),
                              *clean != '\0' ? clean : code);
}

static gboolean
take_error (JfSession *self, JsonObject *message, GError **error)
{
  g_autoptr (GError) told = read_error (message, error);

  if (told == NULL)
    return FALSE;
  if (self->welcomed_us == 0 && self->code != NULL &&
      g_error_matches (told, JF_ERROR, JF_ERROR_NOT_ENROLLED))
    {
      send_code (self);
      return TRUE;
    }
  g_clear_error (&self->told);
  self->told = g_steal_pointer (&told);
  /* What is final need not wait for the manager to close. */
  if (self->welcomed_us == 0 || is_final (self->told))
    lost (self, self->told);
  return TRUE;
}

static gboolean
answer_request (JfSession *self, JsonObject *message, int64_t number, GError **error)
{
  Request *found = g_hash_table_lookup (self->requests, &number);
  g_autoptr (GError) failure = NULL;
  gboolean more = FALSE;
  Request request = *found;

  if (strcmp (jf_message_type (message), JF_MSG_ERROR) == 0)
    {
      failure = read_error (message, error);
      if (failure == NULL)
        return FALSE;
    }
  else if (!jf_message_get_bool (message, "more", &more, error))
    return FALSE;
  if (!more)
    g_hash_table_remove (self->requests, &number);
  if (request.reply == NULL)
    return TRUE;
  return request.reply (self, failure != NULL ? NULL : message, failure, request.data, error);
}

static gboolean
take_early_message (JfSession *self, JsonObject *message, GError **error)
{
  const char *type = jf_message_type (message);

  if (strcmp (type, JF_MSG_WELCOME) == 0)
    return take_welcome (self, message, error);
  if (strcmp (type, JF_MSG_ENROLLED) == 0)
    {
      if (!take_member (self, message, error))
        return FALSE;
      if (self->events->enrolled != NULL)
        self->events->enrolled (self, self->owner);
      return TRUE;
    }
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "a message came before the welcome");
  return FALSE;
}

static gboolean
take_message (JfSession *self, JsonObject *message, GError **error)
{
  const char *type = jf_message_type (message);
  g_autoptr (GError) local = NULL;
  int64_t number;

  if (!jf_message_get_optional_int (message, "request", 1, (INT64_C (1) << 53) - 1, 0, &number,
                                    error))
    return FALSE;
  if (number != 0 && g_hash_table_contains (self->requests, &number))
    return answer_request (self, message, number, error);
  if (strcmp (type, JF_MSG_ERROR) == 0)
    return take_error (self, message, error);
  if (self->welcomed_us == 0)
    return take_early_message (self, message, error);
  if (self->events->message (self, message, self->owner, &local))
    return TRUE;
  if (local == NULL)
    g_set_error (&local, JF_ERROR, JF_ERROR_PROTOCOL, "this message type is not known here");
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
link_message_cb (JfSessionLink *link, JsonObject *message, gpointer owner)
{
  JfSession *self = owner;
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (GError) error = NULL;

  /* Our part of it is over; only the end is still awaited. */
  if (self->state == JF_SESSION_STOPPED)
    return;
  if (take_message (self, message, &error) || self->link != link)
    return;
  if (error == NULL)
    g_set_error (&error, JF_ERROR, JF_ERROR_PROTOCOL, "the message was not understood");
  answer = jf_message_new_error (0, JF_ERROR_PROTOCOL, error->message);
  transmit (self, answer);
  g_clear_error (&self->told);
  self->told = g_steal_pointer (&error);
  jf_session_link_finish (link);
}

static void
keep_seen_key (JfSession *self, JfSessionLink *link)
{
  const JfKeyId *seen = jf_session_link_get_seen_key (link);

  self->has_seen = seen != NULL;
  if (seen != NULL)
    self->seen = *seen;
}

static void
link_closed_cb (JfSessionLink *link, const GError *reason, gpointer owner)
{
  JfSession *self = owner;

  if (self->state == JF_SESSION_STOPPED)
    {
      drop_link (self);
      self->events->state (self, self->owner);
      return;
    }
  keep_seen_key (self, link);
  lost (self, reason);
}

static const JfSessionLinkEvents link_events = {
  .opened = link_opened_cb,
  .message = link_message_cb,
  .closed = link_closed_cb,
};

static void
dial (JfSession *self)
{
  clear_timer (self);
  self->has_seen = FALSE;
  jf_backoff_attempt (&self->backoff, g_get_monotonic_time ());
  self->link = jf_session_link_new (self->loop, self->uplink, &link_events, self);
  /* The dial has deadlines of its own; this one is for a manager that says nothing. */
  set_timer (self, WELCOME_TIMEOUT_MS + (2 * JF_HANDSHAKE_TIMEOUT_MS), welcome_timeout_cb);
  set_state (self, JF_SESSION_CONNECTING, NULL);
}

void
jf_session_try_now (JfSession *self)
{
  if (self->state == JF_SESSION_STOPPED || self->state == JF_SESSION_CONNECTED)
    return;
  jf_backoff_reset (&self->backoff);
  if (self->state != JF_SESSION_CONNECTING)
    set_timer (self, jf_backoff_soonest_ms (&self->backoff, g_get_monotonic_time ()), redial_cb);
}

static void
network_changed_cb (GNetworkMonitor *monitor, gboolean available, gpointer data)
{
  JfSession *self = data;

  /* A dial that began without the network may still fail: then the next comes soon. */
  if (available && self->state != JF_SESSION_FAILED)
    jf_session_try_now (self);
}

JfSession *
jf_session_new (JfLoop *loop,
                JfUplink *uplink,
                const char *code,
                const JfSessionEvents *events,
                gpointer owner)
{
  JfSession *self = g_new0 (JfSession, 1);

  self->context = g_main_context_ref_thread_default ();
  self->since = g_get_real_time () / G_USEC_PER_SEC;
  self->loop = loop;
  self->uplink = jf_uplink_ref (uplink);
  self->code = g_strdup (code);
  self->events = events;
  self->owner = owner;
  self->requests = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->monitor = g_object_ref (g_network_monitor_get_default ());
  g_signal_connect (self->monitor, "network-changed", G_CALLBACK (network_changed_cb), self);
  return self;
}

void
jf_session_free (JfSession *self)
{
  g_signal_handlers_disconnect_by_data (self->monitor, self);
  g_object_unref (self->monitor);
  drop_link (self);
  g_hash_table_unref (self->requests);
  jf_uplink_unref (self->uplink);
  g_main_context_unref (self->context);
  g_clear_error (&self->error);
  g_clear_error (&self->told);
  g_free (self->renewing);
  g_free (self->code);
  g_free (self->member);
  g_free (self->role);
  g_free (self);
}

void
jf_session_start (JfSession *self)
{
  if (self->state == JF_SESSION_STOPPED && self->link == NULL)
    dial (self);
}

static gboolean
finish_timeout_cb (gpointer data)
{
  JfSession *self = data;

  drop_link (self);
  self->events->state (self, self->owner);
  return G_SOURCE_REMOVE;
}

void
jf_session_finish (JfSession *self)
{
  g_clear_error (&self->error);
  enter_state (self, JF_SESSION_STOPPED);
  /* Never from inside the call, so that the owner has one way to hear of it. */
  set_timer (self, self->link != NULL ? FINISH_TIMEOUT_MS : 0, finish_timeout_cb);
  if (self->link != NULL)
    jf_session_link_finish (self->link);
}

JfSessionState
jf_session_get_state (JfSession *self)
{
  return self->state;
}

int64_t
jf_session_get_since (JfSession *self)
{
  return self->since;
}

const GError *
jf_session_get_error (JfSession *self)
{
  return self->error;
}

int
jf_session_get_retry_ms (JfSession *self)
{
  int64_t left_us;

  if (self->state != JF_SESSION_WAITING || self->timer == NULL)
    return -1;
  left_us = g_source_get_ready_time (self->timer) - g_get_monotonic_time ();
  return (int) (MAX (left_us, 0) / 1000);
}

JfUplink *
jf_session_get_uplink (JfSession *self)
{
  return self->uplink;
}

/* In a call of its own, since the owner hears of it. */
static gboolean
renew_cb (gpointer data)
{
  JfSession *self = data;
  g_autofree char *why = g_steal_pointer (&self->renewing);
  g_autoptr (GError) reason = g_error_new_literal (JF_ERROR, JF_ERROR_CLOSED, why);

  lost (self, reason);
  jf_session_try_now (self);
  return G_SOURCE_REMOVE;
}

void
jf_session_set_uplink (JfSession *self, JfUplink *uplink, const char *why)
{
  jf_uplink_ref (uplink);
  jf_uplink_unref (self->uplink);
  self->uplink = uplink;
  if (self->state == JF_SESSION_CONNECTED || self->state == JF_SESSION_CONNECTING)
    {
      g_free (self->renewing);
      self->renewing = g_strdup (why);
      set_timer (self, 0, renew_cb);
    }
  else
    jf_session_try_now (self);
}

gboolean
jf_session_get_way (JfSession *self, JfWay *out)
{
  *out = (JfWay){ 0 };
  if (self->state != JF_SESSION_CONNECTED)
    return FALSE;
  *out = *jf_session_link_get_way (self->link);
  return TRUE;
}

const JfKeyId *
jf_session_get_seen_key (JfSession *self)
{
  return self->has_seen ? &self->seen : NULL;
}

const char *
jf_session_get_member (JfSession *self)
{
  return self->member;
}

const char *
jf_session_get_role (JfSession *self)
{
  return self->role;
}

gboolean
jf_session_send (JfSession *self, JsonObject *message)
{
  if (self->state != JF_SESSION_CONNECTED)
    return FALSE;
  transmit (self, message);
  return TRUE;
}

int64_t
jf_session_next_number (JfSession *self)
{
  return ++self->last_number;
}

gboolean
jf_session_request_numbered (JfSession *self,
                             JsonObject *message,
                             int64_t number,
                             JfSessionReply reply,
                             gpointer data)
{
  Request *request;

  if (self->state != JF_SESSION_CONNECTED)
    return FALSE;
  request = g_new (Request, 1);
  request->reply = reply;
  request->data = data;
  g_hash_table_insert (self->requests, g_memdup2 (&number, sizeof number), request);
  json_object_set_int_member (message, "request", number);
  transmit (self, message);
  return TRUE;
}

gboolean
jf_session_request (JfSession *self, JsonObject *message, JfSessionReply reply, gpointer data)
{
  return jf_session_request_numbered (self, message, jf_session_next_number (self), reply, data);
}

void
jf_session_forget (JfSession *self, gpointer data)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->requests);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Request *request = value;

      if (request->data == data)
        request->reply = NULL;
    }
}
