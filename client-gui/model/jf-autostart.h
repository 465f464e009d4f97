/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Starting at login on a desktop without a portal: a desktop file in the autostart folder, written
 * whole or not at all. The work is done in a thread. */

/* The file of that name. folder: NULL is $XDG_CONFIG_HOME/autostart, made if need be. on: written
 * anew; otherwise removed (one that is not there is removed already). program: what to start, a
 * name on PATH or an absolute path; it gets --gapplication-service. */
void jf_autostart_set_async (const char *folder,
                             const char *app_id,
                             const char *program,
                             gboolean on,
                             GAsyncReadyCallback callback,
                             gpointer data);
gboolean jf_autostart_set_finish (GAsyncResult *result, GError **error); /* JF_ERROR_STORAGE */

/* (transfer full) "jackfield" where that is on PATH, else the running program's own path. */
char *jf_autostart_find_program (void);
/* (transfer full) the text of such a file */
char *jf_autostart_format (const char *app_id, const char *program);

G_END_DECLS
