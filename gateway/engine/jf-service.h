/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What a manager says about one service (PROTOCOL.md section 4.3), checked, every text fit for one
 * line on a screen (jf_text_clean(); markup means nothing). Plain data. */
typedef struct
{
  char *service; /* "PROVIDER/NAME" */
  char *kind;
  char *title; /* "" none */
  char *open;  /* NULL none */
  char *app;   /* NULL none */
  uint16_t port;
  gboolean online;
} JfServiceInfo;

/* JF_ERROR_PROTOCOL */
JfServiceInfo *jf_service_info_parse (JsonObject *entry, GError **error);
JfServiceInfo *jf_service_info_copy (const JfServiceInfo *info);
gboolean jf_service_info_equal (const JfServiceInfo *a, const JfServiceInfo *b);
void jf_service_info_free (JfServiceInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfServiceInfo, jf_service_info_free)

/* One service of the live list (jf_engine_get_services()): the same object for as long as the
 * member may see it. Signal "changed": anything of it but its name. Belongs to the engine's
 * context; strings are valid until it changes, those of its name as long as it lives. */
#define JF_TYPE_SERVICE (jf_service_get_type ())
G_DECLARE_FINAL_TYPE (JfService, jf_service, JF, SERVICE, GObject)

/* (transfer full) info */
JfService *jf_service_new (JfServiceInfo *info);
/* (transfer full) info, of the same service. Emits "changed" when it differs. */
void jf_service_update (JfService *self, JfServiceInfo *info);

const char *jf_service_get_service (JfService *self);  /* "PROVIDER/NAME" */
const char *jf_service_get_provider (JfService *self); /* the two parts of it */
const char *jf_service_get_name (JfService *self);
const char *jf_service_get_kind (JfService *self);  /* "tcp" */
const char *jf_service_get_title (JfService *self); /* "" none */
const char *jf_service_get_open (JfService *self);  /* a URI's template; NULL none */
const char *jf_service_get_app (JfService *self);   /* NULL none */
uint16_t jf_service_get_port (JfService *self);     /* what programs expect */
gboolean jf_service_get_online (JfService *self);   /* a gateway of the provider is there */

G_END_DECLS
