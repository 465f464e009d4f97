/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-services.h"
#include "gateway/engine/jf-session.h"

G_BEGIN_DECLS

/* S2, kept up: asks for the list with "watch", and brings a JfServices up to date with what the
 * manager says from then on (PROTOCOL.md section 4.3). While there is no session the list stays as
 * it was last seen. A manager that breaks the rules (a service twice, one that goes and was not
 * there, more than JF_SERVICES_MAX_PER_LIST) breaks the protocol. Belongs to the engine's context. */
typedef struct JfServiceWatch JfServiceWatch;

/* `known` runs once, when the first whole list is here. */
JfServiceWatch *jf_service_watch_new (JfSession *session,
                                      void (*known) (gpointer data),
                                      gpointer data);
void jf_service_watch_free (JfServiceWatch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfServiceWatch, jf_service_watch_free)

/* From now on, and after each welcome. */
void jf_service_watch_begin (JfServiceWatch *self);
/* The session was welcomed. */
void jf_service_watch_start (JfServiceWatch *self);
/* A message "changes". FALSE with an error when the manager broke the protocol. */
gboolean jf_service_watch_handle (JfServiceWatch *self, JsonObject *message, GError **error);

JfServices *jf_service_watch_get_services (JfServiceWatch *self); /* (transfer none) */
gboolean jf_service_watch_is_known (JfServiceWatch *self);

G_END_DECLS
