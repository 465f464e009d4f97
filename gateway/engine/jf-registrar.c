/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-registrar.h"

#include <string.h>

#include "gateway/engine/jf-backoff.h"
#include "gateway/engine/jf-offer.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

/* Services of one "register" message; the rest of it is the envelope. */
#define PART_MAX_BYTES (JF_MESSAGE_MAX_BYTES - 256)

struct JfRegistrar
{
  GMainContext *context;
  JfSession *session;
  JfRegistrarDone done;
  gpointer owner;

  GPtrArray *offers; /* of JfOffer; NULL: nothing was ever set */
  GSource *timer;    /* to the next registration */
  JfBackoff backoff;
  gboolean asking; /* an answer is awaited */
  gboolean stale;  /* the offers have changed since it was asked for */
  gboolean retrying;
  gboolean registered;
};

static gboolean register_cb (gpointer data);

static void
clear_timer (JfRegistrar *self)
{
  if (self->timer == NULL)
    return;
  g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

static void
set_timer (JfRegistrar *self, unsigned timeout_ms)
{
  clear_timer (self);
  self->timer = g_timeout_source_new (timeout_ms);
  g_source_set_callback (self->timer, register_cb, self, NULL);
  g_source_attach (self->timer, self->context);
}

static gboolean
is_connected (JfRegistrar *self)
{
  return jf_session_get_state (self->session) == JF_SESSION_CONNECTED;
}

/* A user has nothing to withdraw and may not even say so. */
static gboolean
is_worth_saying (JfRegistrar *self)
{
  return self->offers != NULL && (self->offers->len > 0 ||
                                  g_strcmp0 (jf_session_get_role (self->session), "provider") == 0);
}

/* What the manager may be able to do later, without anybody doing anything here. */
static gboolean
is_passing (const GError *failure)
{
  return g_error_matches (failure, JF_ERROR, JF_ERROR_STORAGE) ||
         g_error_matches (failure, JF_ERROR, JF_ERROR_TIMEOUT) ||
         g_error_matches (failure, JF_ERROR, JF_ERROR_UNREACHABLE);
}

static void
settle (JfRegistrar *self, const GError *failure)
{
  self->registered = failure == NULL;
  self->retrying = failure != NULL && is_passing (failure);
  if (failure == NULL)
    {
      jf_backoff_reset (&self->backoff);
      jf_log (JF_LOG_INFO, "registered", "services", JF_I (self->offers->len), NULL);
    }
  else
    jf_log (JF_LOG_WARNING, "not-registered", "services", JF_I (self->offers->len), "retry",
            JF_S (self->retrying ? "yes" : "no"), "reason", JF_S (failure->message), NULL);
  if (self->retrying)
    set_timer (self, jf_backoff_next_ms (&self->backoff, g_get_monotonic_time ()));
  self->done (self, failure, self->owner);
}

static gboolean
reply_cb (JfSession *session,
          JsonObject *message,
          const GError *failure,
          gpointer data,
          GError **error)
{
  JfRegistrar *self = data;
  gboolean more = FALSE;

  if (failure == NULL && strcmp (jf_message_type (message), JF_MSG_REGISTERED) != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "expected registered");
      return FALSE;
    }
  if (failure == NULL && !jf_message_get_bool (message, "more", &more, error))
    return FALSE;
  if (more)
    return TRUE;
  self->asking = FALSE;
  if (failure != NULL && !is_connected (self))
    return TRUE; /* jf_registrar_start() follows the next welcome */
  if (self->stale)
    set_timer (self, 0);
  else
    settle (self, failure);
  return TRUE;
}

static JsonObject *
make_part (JsonArray *services)
{
  JsonObject *message = jf_message_new (JF_MSG_REGISTER);

  json_object_set_array_member (message, "services", services);
  return message;
}

static void
send_part (JfRegistrar *self, JsonArray *services, int64_t number)
{
  g_autoptr (JsonObject) part = make_part (services);

  json_object_set_int_member (part, "request", number);
  json_object_set_boolean_member (part, "more", TRUE);
  (void) jf_session_send (self->session, part);
}

/* As many messages as it takes, all under one number (PROTOCOL.md section 4.2). */
static void
send_all (JfRegistrar *self)
{
  int64_t number = jf_session_next_number (self->session);
  JsonArray *services = json_array_new ();
  g_autoptr (JsonObject) last = NULL;
  size_t size = 0;

  self->stale = FALSE;
  self->retrying = FALSE;
  jf_backoff_attempt (&self->backoff, g_get_monotonic_time ());
  for (unsigned i = 0; i < self->offers->len; i++)
    {
      const JfOffer *offer = g_ptr_array_index (self->offers, i);
      size_t entry_size = jf_offer_get_json_size (offer);

      if (size + entry_size > PART_MAX_BYTES)
        {
          send_part (self, services, number);
          services = json_array_new ();
          size = 0;
        }
      size += entry_size;
      json_array_add_object_element (services, jf_offer_to_json (offer));
    }
  last = make_part (services);
  self->asking = jf_session_request_numbered (self->session, last, number, reply_cb, self);
}

static gboolean
register_cb (gpointer data)
{
  JfRegistrar *self = data;

  clear_timer (self);
  if (is_connected (self) && is_worth_saying (self))
    send_all (self);
  return G_SOURCE_REMOVE;
}

void
jf_registrar_set_offers (JfRegistrar *self, GPtrArray *offers)
{
  g_ptr_array_ref (offers);
  g_clear_pointer (&self->offers, g_ptr_array_unref);
  self->offers = offers;
  self->registered = FALSE;
  self->stale = TRUE;
  /* The manager lets little pile up behind a registration that it stores: the next one waits. */
  if (!self->asking)
    set_timer (self, 0);
}

void
jf_registrar_start (JfRegistrar *self)
{
  clear_timer (self);
  self->asking = FALSE;
  self->registered = FALSE;
  if (is_worth_saying (self))
    send_all (self);
}

gboolean
jf_registrar_is_registered (JfRegistrar *self)
{
  return self->registered;
}

gboolean
jf_registrar_is_busy (JfRegistrar *self)
{
  return is_connected (self) && (self->asking || self->timer != NULL) && is_worth_saying (self);
}

gboolean
jf_registrar_is_retrying (JfRegistrar *self)
{
  return self->retrying;
}

JfRegistrar *
jf_registrar_new (JfSession *session, JfRegistrarDone done, gpointer owner)
{
  JfRegistrar *self = g_new0 (JfRegistrar, 1);

  self->context = g_main_context_ref_thread_default ();
  self->session = session;
  self->done = done;
  self->owner = owner;
  return self;
}

void
jf_registrar_free (JfRegistrar *self)
{
  jf_session_forget (self->session, self);
  clear_timer (self);
  g_clear_pointer (&self->offers, g_ptr_array_unref);
  g_main_context_unref (self->context);
  g_free (self);
}
