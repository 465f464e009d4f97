/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-desk-private.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"

/* A call that wants to hear of changes, and the services as it knows them. */
struct JfDeskWatch
{
  JfDeskCall *call;
  JfEngine *engine;
  GPtrArray *services; /* of JfService: as the engine's list is, or as it was before */
  gboolean listed;
};

static JsonObject *
service_event (JfEngine *engine,
               const char *service,
               const char *kind,
               unsigned port,
               const char *title,
               gboolean online,
               const char *open,
               const char *app)
{
  JsonObject *event = jf_message_new ("service");
  JfJoin *join = jf_engine_find_join (engine, service);

  json_object_set_string_member (event, "service", service);
  json_object_set_string_member (event, "kind", kind);
  json_object_set_int_member (event, "port", port);
  json_object_set_string_member (event, "title", title);
  json_object_set_string_member (event, "state", online ? "online" : "offline");
  if (open != NULL)
    json_object_set_string_member (event, "open", open);
  if (app != NULL)
    json_object_set_string_member (event, "app", app);
  if (join != NULL)
    json_object_set_string_member (event, "join", jf_join_state_name (jf_join_get_state (join)));
  return event;
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) infos = jf_engine_list_finish (JF_ENGINE (source), result, &error);
  JfDeskCall *call = data;

  /* Cancelled: the call does not exist any more. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (infos == NULL)
    {
      jf_desk_emit_error (call, error);
      return;
    }
  for (unsigned i = 0; i < infos->len; i++)
    {
      const JfServiceInfo *info = g_ptr_array_index (infos, i);

      jf_desk_emit (call, service_event (JF_ENGINE (source), info->service, info->kind, info->port,
                                         info->title, info->online, info->open, info->app));
    }
  jf_desk_emit_end (call);
}

/* None of these events is a last one, so the call outlives each of them. */

static void
emit_service (JfDeskWatch *self, JfService *service)
{
  jf_desk_emit (self->call,
                service_event (self->engine, jf_service_get_service (service),
                               jf_service_get_kind (service), jf_service_get_port (service),
                               jf_service_get_title (service), jf_service_get_online (service),
                               jf_service_get_open (service), jf_service_get_app (service)));
}

static void
service_changed_cb (JfService *service, gpointer data)
{
  emit_service (data, service);
}

static void
add_service (JfDeskWatch *self, unsigned position)
{
  GListModel *model = jf_engine_get_services (self->engine);
  JfService *service = g_list_model_get_item (model, position);

  g_ptr_array_insert (self->services, (int) position, service);
  g_signal_connect (service, "changed", G_CALLBACK (service_changed_cb), self);
  emit_service (self, service);
}

static void
remove_service (JfDeskWatch *self, unsigned position)
{
  JfService *service = g_ptr_array_index (self->services, position);
  JsonObject *event = jf_message_new ("service");

  g_signal_handlers_disconnect_by_data (service, self);
  json_object_set_string_member (event, "service", jf_service_get_service (service));
  json_object_set_string_member (event, "state", "gone");
  g_ptr_array_remove_index (self->services, position);
  jf_desk_emit (self->call, event);
}

static void
items_changed_cb (GListModel *model,
                  unsigned position,
                  unsigned removed,
                  unsigned added,
                  gpointer data)
{
  for (unsigned i = 0; i < removed; i++)
    remove_service (data, position);
  for (unsigned i = 0; i < added; i++)
    add_service (data, position + i);
}

static void
list_all (JfDeskWatch *self)
{
  GListModel *model = jf_engine_get_services (self->engine);

  if (self->listed)
    return;
  self->listed = TRUE;
  g_signal_connect (model, "items-changed", G_CALLBACK (items_changed_cb), self);
  jf_desk_emit (self->call, jf_message_new ("listing"));
  items_changed_cb (model, 0, 0, g_list_model_get_n_items (model), self);
  jf_desk_emit (self->call, jf_message_new ("listed"));
}

static void
known_cb (JfEngine *engine, gpointer data)
{
  list_all (data);
}

/* For good: nothing will change any more. */
static void
session_changed_cb (JfEngine *engine, gpointer data)
{
  JfDeskWatch *self = data;

  if (jf_engine_get_session_state (engine) == JF_SESSION_FAILED)
    jf_desk_emit_error (self->call, jf_engine_get_session_error (engine));
}

static void
begin_watch (JfDeskCall *call)
{
  JfEngine *engine = call->desk->engine;
  JfDeskWatch *self = g_new0 (JfDeskWatch, 1);

  self->call = call;
  self->engine = g_object_ref (engine);
  self->services = g_ptr_array_new_with_free_func (g_object_unref);
  call->watch = self;
  g_signal_connect (engine, "services-known", G_CALLBACK (known_cb), self);
  g_signal_connect (engine, "session-changed", G_CALLBACK (session_changed_cb), self);
  jf_engine_watch_services (engine);
  if (jf_engine_get_session_state (engine) == JF_SESSION_FAILED)
    session_changed_cb (engine, self);
  else if (jf_engine_services_known (engine))
    list_all (self);
}

void
jf_desk_end_watch (JfDeskCall *call)
{
  JfDeskWatch *self = g_steal_pointer (&call->watch);

  if (self == NULL)
    return;
  g_signal_handlers_disconnect_by_data (self->engine, self);
  if (self->listed)
    g_signal_handlers_disconnect_by_data (jf_engine_get_services (self->engine), self);
  for (unsigned i = 0; i < self->services->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->services, i), self);
  g_ptr_array_unref (self->services);
  g_object_unref (self->engine);
  g_free (self);
}

void
jf_desk_begin_services (JfDeskCall *call)
{
  g_autoptr (GError) error = NULL;
  gboolean watch;

  if (!jf_message_get_bool (call->request, "watch", &watch, &error))
    jf_desk_emit_error (call, error);
  else if (watch)
    begin_watch (call);
  else
    jf_engine_list_async (call->desk->engine, call->cancellable, listed_cb, call);
}
