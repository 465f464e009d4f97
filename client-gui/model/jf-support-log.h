/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What happened, for support: the last JF_SUPPORT_LOG_LINES lines, in memory only. Never holds
 * codes, keys that are secret, payload or host addresses of services. Belongs to the main
 * context. Signal "changed". */
#define JF_TYPE_SUPPORT_LOG (jf_support_log_get_type ())
G_DECLARE_FINAL_TYPE (JfSupportLog, jf_support_log, JF, SUPPORT_LOG, GObject)

#define JF_SUPPORT_LOG_LINES    500
#define JF_SUPPORT_LOG_LINE_MAX 300 /* bytes; longer ones are cut */

JfSupportLog *jf_support_log_new (void);
/* service: NULL for the account itself. Invitation links and codes inside the text are replaced. */
void jf_support_log_add (JfSupportLog *self, const char *service, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/* (transfer full) with versions of app and system on top; service NULL: all lines, else those of
 * the service and the account. */
char *jf_support_log_format (JfSupportLog *self, const char *service);

G_END_DECLS
