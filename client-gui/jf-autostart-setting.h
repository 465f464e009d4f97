/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* Makes the system match the setting "autostart" when that is changed, one change at a time: by the
 * portal in a sandbox, else by a file. What is not granted or cannot be done turns the setting
 * back, and the window says why. Belongs to the main context. */
typedef struct _JfAutostartSetting JfAutostartSetting;

/* What the portal is to start at login; NULL-terminated. */
extern const char *const jf_autostart_command[];

/* Borrows app, which outlives it. */
JfAutostartSetting *jf_autostart_setting_new (JfApp *app);
void jf_autostart_setting_free (JfAutostartSetting *self);

G_END_DECLS
