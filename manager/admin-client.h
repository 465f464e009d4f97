/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "manager/manager-verbs.h"

G_BEGIN_DECLS

/* The operator's side of the admin socket (manager/control/jf-admin.h). Blocks. */

/* One row of the answer, parsed, and the line as it came. Both borrowed. */
typedef void (*JfAdminRow) (JsonObject *row, const char *line, gpointer data);

#define JF_ADMIN_SOCKET         "admin.sock"
#define JF_ADMIN_TIMEOUT_S      30
#define JF_ADMIN_LINE_MAX_BYTES (1024 * 1024)

/* `state_dir` NULL: the default one. The error of a manager that says no has its code and message.
 * TRUE only after the manager said "ok". */
gboolean jf_admin_request (const char *state_dir,
                           JsonObject *request,
                           JfAdminRow row,
                           gpointer data,
                           GError **error);

/* A request with its "verb". */
JsonObject *jf_admin_request_new (const char *verb);
/* What `revoke` sends for what a person typed: the short form of a key id, as the tables print it,
 * becomes the beginning of that key id; everything else stays. Free with g_free(). */
char *jf_admin_who (const char *text);

/* Text of a row's member, "" when it is absent or no text; borrowed. */
const char *jf_admin_row_text (JsonObject *row, const char *member);
/* A JfAdminRow that prints the line. */
void jf_admin_print_row (JsonObject *row, const char *line, gpointer unused);

G_END_DECLS
