/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The desktop portal's Background interface, by plain D-Bus. (Links and the keyring go through the
 * portal inside GTK and libsecret.) Belongs to the thread-default context of the caller. */

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
/* What was granted. JF_ERROR_NOT_AVAILABLE: there is no such portal, nobody decides;
 * JF_ERROR_TIMEOUT; JF_ERROR_FAILED; G_IO_ERROR_CANCELLED. */
gboolean jf_portal_request_background_finish (GAsyncResult *result,
                                              gboolean *background,
                                              gboolean *autostart,
                                              GError **error);

G_END_DECLS
