/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/engine/jf-session.h"

G_BEGIN_DECLS

/* S2: the questions "what may I use" that are under way. Belongs to the engine's context. */
typedef struct JfServiceList JfServiceList;

JfServiceList *jf_service_list_new (JfSession *session);
/* Tasks under way are cancelled. */
void jf_service_list_free (JfServiceList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfServiceList, jf_service_list_free)

/* The task returns a GPtrArray of JfServiceInfo, as soon as there is a session. */
void jf_service_list_add (JfServiceList *self, GTask *task);
/* The session was welcomed. */
void jf_service_list_start (JfServiceList *self);
/* There will be no session any more. */
void jf_service_list_fail (JfServiceList *self, const GError *reason);

G_END_DECLS
