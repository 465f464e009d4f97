/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/engine/jf-service.h"

G_BEGIN_DECLS

/* The services that a member may see: a GListModel of JfService, sorted by service. What stays is
 * the same object at the same place; neighbours that come or go together are one
 * "items-changed". Belongs to one context. */
#define JF_TYPE_SERVICES (jf_services_get_type ())
G_DECLARE_FINAL_TYPE (JfServices, jf_services, JF, SERVICES, GObject)

JfServices *jf_services_new (void);
/* (transfer none) NULL: not there */
JfService *jf_services_lookup (JfServices *self, const char *service);
/* `infos` (of JfServiceInfo, emptied) are what these services are now, each at most once; `gone`
 * (strings, may be NULL) are there no more. `whole`: nor is any that `infos` does not name. */
void jf_services_apply (JfServices *self, GPtrArray *infos, GPtrArray *gone, gboolean whole);

G_END_DECLS
