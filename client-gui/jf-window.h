/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"
#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* The one window: the list of services beside (narrow: before) the page of one of them. It shows
 * and asks; nothing ends when it is closed. Belongs to the main context. */
#define JF_TYPE_WINDOW (jf_window_get_type ())
G_DECLARE_FINAL_TYPE (JfWindow, jf_window, JF, WINDOW, AdwApplicationWindow)

JfWindow *jf_window_new (JfApp *app);

/* A short message at the bottom for five seconds, plain text. button, action and target (floating
 * is taken) may be NULL together: a button that activates the action. */
void jf_window_toast (JfWindow *self,
                      const char *text,
                      const char *button,
                      const char *action,
                      GVariant *target);

G_END_DECLS
