/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"
#include "client-gui/jf-farewell.h"

G_BEGIN_DECLS

/* The application's own actions and all shortcuts. Pieces with actions of their own (opener,
 * dialogs, preferences) add them to the application when they are made. */
void jf_app_add_actions (JfApp *self);
/* Those on one service or manager, called by the former. */
void jf_app_add_item_actions (JfApp *self);
void jf_app_open_link (JfApp *self, const char *uri);
JfFarewell *jf_app_get_farewell (JfApp *self); /* (transfer none) NULL after the shutdown */

/* Whether the settings' schema is installed, with every key in its type: GSettings ends the
 * program where one is missing. JF_ERROR_NOT_AVAILABLE says what is missing and what to do. */
gboolean jf_app_settings_check (GError **error);
/* Only after the check. */
/* state_dir NULL: the user's own; else the file "settings" in it. (transfer full) */
GSettings *jf_app_settings_new (const char *state_dir);

G_END_DECLS
