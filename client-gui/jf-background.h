/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* The program without a window. While services are wanted, and the setting run-in-background is on,
 * the window's end is not the program's: the first time that is explained, and in a sandbox the
 * portal is asked, too. Otherwise closing the window quits. Also makes the system match the
 * setting autostart: by the portal in a sandbox, else by a file (client-gui/model/jf-autostart.h);
 * a refusal turns the setting back and is said. Belongs to the main context. */
typedef struct _JfBackground JfBackground;

/* Started by the bus or at login, with nothing to keep connected, it ends after so long. */
#define JF_BACKGROUND_IDLE_MS 30000

/* Borrows app, which outlives it. */
JfBackground *jf_background_new (JfApp *app);
void jf_background_free (JfBackground *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfBackground, jf_background_free)

G_END_DECLS
