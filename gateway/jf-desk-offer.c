/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/jf-desk-private.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

#define TARGET_MAX_BYTES 4200

/* The offers of the file and those of all calls. */
static gboolean
apply (JfDesk *self, GPtrArray *fixed, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);

  for (unsigned i = 0; i < fixed->len; i++)
    g_ptr_array_add (all, jf_offer_ref (g_ptr_array_index (fixed, i)));
  for (unsigned i = 0; i < self->calls->len; i++)
    {
      const JfDeskCall *call = g_ptr_array_index (self->calls, i);

      if (call->offer != NULL)
        g_ptr_array_add (all, jf_offer_ref (call->offer));
    }
  return jf_server_set_offers (jf_engine_get_server (self->engine), all, error);
}

gboolean
jf_desk_set_offers (JfDesk *self, GPtrArray *offers, GError **error)
{
  if (!apply (self, offers, error))
    return FALSE;
  g_ptr_array_ref (offers);
  g_ptr_array_unref (self->fixed);
  self->fixed = offers;
  return TRUE;
}

static JfOffer *
read_offer (JsonObject *request, GError **error)
{
  g_auto (GStrv) allow = NULL;
  const char *name;
  const char *target;
  const char *title;
  int64_t port;

  if (!jf_message_get_string (request, "name", JF_TEXT_MAX_BYTES, &name, error) ||
      !jf_message_get_string (request, "target", TARGET_MAX_BYTES, &target, error) ||
      !jf_message_get_optional_string (request, "title", JF_TITLE_MAX_BYTES, NULL, &title, error) ||
      !jf_message_get_strings (request, "allow", JF_ALLOW_MAX, JF_TITLE_MAX_BYTES, &allow, error) ||
      !jf_message_get_optional_int (request, "port", 0, UINT16_MAX, 0, &port, error))
    return NULL;
  return jf_offer_new (name, target, title, (const char *const *) allow, (unsigned) port, NULL,
                       NULL, error);
}

/* Not registered, but it is tried again. */
static JsonObject *
waiting_event (const GError *failure)
{
  JsonObject *event = jf_message_new ("state");

  json_object_set_string_member (event, "state", "waiting");
  json_object_set_string_member (event, "code", jf_error_name ((JfError) failure->code));
  json_object_set_string_member (event, "reason", failure->message);
  return event;
}

static void
registered_cb (JfEngine *engine, const GError *failure, gpointer data)
{
  JfDeskCall *call = data;
  JsonObject *event;
  g_autofree char *service = NULL;

  if (failure != NULL && !jf_server_is_retrying (jf_engine_get_server (engine)))
    {
      jf_desk_emit_error (call, failure);
      return;
    }
  service = g_strdup_printf ("%s/%s", jf_engine_get_enrolment (engine)->member, call->offer->name);
  event = failure != NULL ? waiting_event (failure) : jf_message_new (JF_MSG_REGISTERED);
  json_object_set_string_member (event, "service", service);
  jf_desk_emit (call, event);
}

static void
session_changed_cb (JfEngine *engine, gpointer data)
{
  if (jf_engine_get_session_state (engine) == JF_SESSION_FAILED)
    jf_desk_emit_error (data, jf_engine_get_session_error (engine));
}

void
jf_desk_begin_offer (JfDeskCall *call)
{
  g_autoptr (GError) error = NULL;
  JfEngine *engine = call->desk->engine;

  call->offer = read_offer (call->request, &error);
  if (call->offer != NULL && !apply (call->desk, call->desk->fixed, &error))
    g_clear_pointer (&call->offer, jf_offer_unref);
  if (call->offer == NULL)
    {
      jf_desk_emit_error (call, error);
      return;
    }
  g_signal_connect (engine, "registered", G_CALLBACK (registered_cb), call);
  g_signal_connect (engine, "session-changed", G_CALLBACK (session_changed_cb), call);
  session_changed_cb (engine, call);
}

void
jf_desk_end_offer (JfDeskCall *call)
{
  if (call->offer == NULL)
    return;
  g_signal_handlers_disconnect_by_data (call->desk->engine, call);
  g_clear_pointer (&call->offer, jf_offer_unref);
  if (!call->desk->closed)
    (void) apply (call->desk, call->desk->fixed, NULL);
}
