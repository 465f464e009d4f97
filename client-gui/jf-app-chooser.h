/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* Asks with which application something is to be opened. Signal "chosen" (GAppInfo *) before it
 * closes, never when it is cancelled. */
#define JF_TYPE_APP_CHOOSER (jf_app_chooser_get_type ())
G_DECLARE_FINAL_TYPE (JfAppChooser, jf_app_chooser, JF, APP_CHOOSER, AdwWindow)

/* More applications than this are not offered. */
#define JF_APP_CHOOSER_MAX 64

/* title: of what is opened, plain text. apps: at least one, of GAppInfo, the likely one first. */
JfAppChooser *jf_app_chooser_new (GtkWindow *parent, const char *title, GList *apps);

G_END_DECLS
