/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The desktop portal's interfaces Background and OpenURI, by plain D-Bus. (GIO's own way to the
 * latter looks for programs inside the sandbox first, and cannot ask again for the program.)
 * Belongs to the thread-default context of the caller. Errors of both: JF_ERROR_NOT_AVAILABLE, there
 * is no such portal, nobody decides; JF_ERROR_TIMEOUT; JF_ERROR_FAILED; G_IO_ERROR_CANCELLED. */

/* How long a person may think about the portal's question. */
#define JF_PORTAL_TIMEOUT_MS 120000

/* Whether this program runs in a sandbox, so that the portal decides and not the program. The
 * environment variable GTK_USE_PORTAL=1 counts as one, as it does for GIO. */
gboolean jf_portal_is_sandboxed (void);

/* Asks whether the program may run without a window, and (autostart) be started at login with
 * `command` (NULL-terminated; ignored unless autostart). parent: the window's handle as the portal
 * wants it, "" for none. reason: shown to the user. */
void jf_portal_request_background_async (GDBusConnection *bus,
                                         const char *parent,
                                         const char *reason,
                                         gboolean autostart,
                                         const char *const *command,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer data);
/* What was granted. */
gboolean jf_portal_request_background_finish (GAsyncResult *result,
                                              gboolean *background,
                                              gboolean *autostart,
                                              GError **error);

/* Opens it with a program of the system, which the portal lets the user choose; ask: even when one
 * was chosen before. Cancelled is also what the user cancelled. */
void jf_portal_open_uri_async (GDBusConnection *bus,
                               const char *parent,
                               const char *uri,
                               gboolean ask,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
gboolean jf_portal_open_uri_finish (GAsyncResult *result, GError **error);

G_END_DECLS
