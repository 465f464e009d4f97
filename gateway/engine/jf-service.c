/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-service.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-names.h"

struct _JfService
{
  GObject parent_instance;

  JfServiceInfo *info;
  char *service; /* outlives the infos: lists use it as a key */
  char *provider;
  const char *name; /* in service */
};

G_DEFINE_FINAL_TYPE (JfService, jf_service, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

void
jf_service_info_free (JfServiceInfo *info)
{
  g_free (info->service);
  g_free (info->kind);
  g_free (info->title);
  g_free (info->open);
  g_free (info->app);
  g_free (info);
}

JfServiceInfo *
jf_service_info_copy (const JfServiceInfo *info)
{
  JfServiceInfo *copy = g_new0 (JfServiceInfo, 1);

  copy->service = g_strdup (info->service);
  copy->kind = g_strdup (info->kind);
  copy->title = g_strdup (info->title);
  copy->open = g_strdup (info->open);
  copy->app = g_strdup (info->app);
  copy->port = info->port;
  copy->online = info->online;
  return copy;
}

gboolean
jf_service_info_equal (const JfServiceInfo *a, const JfServiceInfo *b)
{
  return strcmp (a->service, b->service) == 0 && strcmp (a->kind, b->kind) == 0 &&
         strcmp (a->title, b->title) == 0 && g_strcmp0 (a->open, b->open) == 0 &&
         g_strcmp0 (a->app, b->app) == 0 && a->port == b->port && !a->online == !b->online;
}

static gboolean
check_name (const char *service, GError **error)
{
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;

  if (jf_service_split (service, &provider, &name, NULL) && provider != NULL)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "services: not PROVIDER/NAME");
  return FALSE;
}

static char *
clean_optional (const char *text)
{
  return text != NULL ? jf_text_clean (text, JF_TEXT_MAX_BYTES) : NULL;
}

JfServiceInfo *
jf_service_info_parse (JsonObject *entry, GError **error)
{
  g_autoptr (JfServiceInfo) info = g_new0 (JfServiceInfo, 1);
  const char *service, *kind, *title, *open, *app;
  int64_t port;

  if (!jf_message_get_string (entry, "service", JF_TEXT_MAX_BYTES, &service, error) ||
      !jf_message_get_string (entry, "kind", JF_LABEL_MAX_BYTES, &kind, error) ||
      !jf_message_get_int (entry, "port", 1, UINT16_MAX, &port, error) ||
      !jf_message_get_optional_string (entry, "title", JF_TITLE_MAX_BYTES, "", &title, error) ||
      !jf_message_get_optional_string (entry, "open", JF_TEXT_MAX_BYTES, NULL, &open, error) ||
      !jf_message_get_optional_string (entry, "app", JF_TEXT_MAX_BYTES, NULL, &app, error) ||
      !jf_message_get_bool (entry, "online", &info->online, error) || !check_name (service, error))
    return NULL;
  info->service = g_strdup (service);
  info->kind = jf_text_clean (kind, JF_LABEL_MAX_BYTES);
  info->title = jf_text_clean (title, JF_TITLE_MAX_BYTES);
  info->open = clean_optional (open);
  info->app = clean_optional (app);
  info->port = (uint16_t) port;
  return g_steal_pointer (&info);
}

static void
jf_service_finalize (GObject *object)
{
  JfService *self = JF_SERVICE (object);

  jf_service_info_free (self->info);
  g_free (self->provider);
  g_free (self->service);

  G_OBJECT_CLASS (jf_service_parent_class)->finalize (object);
}

static void
jf_service_class_init (JfServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_service_finalize;
  signals[CHANGED] = g_signal_new ("changed", JF_TYPE_SERVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
jf_service_init (JfService *self)
{
}

JfService *
jf_service_new (JfServiceInfo *info)
{
  JfService *self = g_object_new (JF_TYPE_SERVICE, NULL);

  self->info = info;
  self->service = g_strdup (info->service);
  self->name = strchr (self->service, '/') + 1;
  self->provider = g_strndup (self->service, (size_t) (self->name - self->service) - 1);
  return self;
}

void
jf_service_update (JfService *self, JfServiceInfo *info)
{
  g_autoptr (JfServiceInfo) old = self->info;

  if (jf_service_info_equal (old, info))
    {
      g_steal_pointer (&old);
      jf_service_info_free (info);
      return;
    }
  self->info = info;
  g_signal_emit (self, signals[CHANGED], 0);
}

const char *
jf_service_get_service (JfService *self)
{
  return self->service;
}

const char *
jf_service_get_provider (JfService *self)
{
  return self->provider;
}

const char *
jf_service_get_name (JfService *self)
{
  return self->name;
}

const char *
jf_service_get_kind (JfService *self)
{
  return self->info->kind;
}

const char *
jf_service_get_title (JfService *self)
{
  return self->info->title;
}

const char *
jf_service_get_open (JfService *self)
{
  return self->info->open;
}

const char *
jf_service_get_app (JfService *self)
{
  return self->info->app;
}

uint16_t
jf_service_get_port (JfService *self)
{
  return self->info->port;
}

gboolean
jf_service_get_online (JfService *self)
{
  return self->info->online;
}
