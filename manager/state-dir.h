/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a manager keeps its key, registry and admin socket. */

/* /var/lib/jackfield-manager for root, else below XDG_STATE_HOME. Free with g_free(). */
char *jf_state_dir_default (void);

/* Makes it (0700) where there is none, makes it private where it is not, and takes its lock, so
 * that two managers cannot share it. Returns the lock's descriptor, to be kept open, or -1 with
 * JF_ERROR_STORAGE or JF_ERROR_BUSY. */
int jf_state_dir_take (const char *path, GError **error);

G_END_DECLS
