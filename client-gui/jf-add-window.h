/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* The welcome page in a window of its own, for one more manager. Closing it gives up. */
#define JF_TYPE_ADD_WINDOW (jf_add_window_get_type ())
G_DECLARE_FINAL_TYPE (JfAddWindow, jf_add_window, JF, ADD_WINDOW, AdwWindow)

/* (transfer none) not shown yet */
JfAddWindow *jf_add_window_new (GtkWindow *parent, JfAccounts *accounts);
/* An invitation link, or text with one in it. */
void jf_add_window_take_text (JfAddWindow *self, const char *text);

G_END_DECLS
