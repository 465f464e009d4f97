/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/wire/jf-message.h"
#include "manager/control/jf-admin.h"

G_BEGIN_DECLS

/* One request at the admin socket, from its line to its last row. Main thread. */
typedef struct JfAdminCall JfAdminCall;

/* One request line; the answer goes through jf_admin_call_row() and then exactly one of
 * jf_admin_call_ok() and jf_admin_call_fail(), now or later. (jf-admin-verbs.c) */
void jf_admin_verb_run (JfAdminCall *call, const char *line, size_t size);

/* NULL once the admin socket is gone: then answer and do nothing else. */
JfControl *jf_admin_call_get_control (JfAdminCall *self);
void jf_admin_call_row (JfAdminCall *self, JsonObject *row); /* (transfer full) */
void jf_admin_call_ok (JfAdminCall *self);
void jf_admin_call_fail (JfAdminCall *self, JfError code, const char *message);
/* (transfer full) */
void jf_admin_call_fail_error (JfAdminCall *self, GError *error);

/* The tables that a verb only reads. (jf-admin-rows.c) */
void jf_admin_rows_members (JfAdminCall *call);
void jf_admin_rows_devices (JfAdminCall *call);
void jf_admin_rows_services (JfAdminCall *call);
void jf_admin_rows_tunnels (JfAdminCall *call);
void jf_admin_rows_status (JfAdminCall *call);

G_END_DECLS
