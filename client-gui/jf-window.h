/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"
#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* The one window: the welcome page while there is no manager, else the list of services beside
 * (narrow: before) the page of one of them. It shows and asks; nothing ends when it is closed.
 * Belongs to the main context. Property "first-run" b: there is no manager yet. */
#define JF_TYPE_WINDOW (jf_window_get_type ())
G_DECLARE_FINAL_TYPE (JfWindow, jf_window, JF, WINDOW, AdwApplicationWindow)

JfWindow *jf_window_new (JfApp *app);

/* An invitation, or text with one in it: shows whose it is, on the welcome page or in a window of
 * its own. NULL: asks for one. */
void jf_window_invite (JfWindow *self, const char *text);

/* The page of this service, until win.back. */
void jf_window_show_item (JfWindow *self, JfItem *item);
JfItem *jf_window_get_item (JfWindow *self); /* (transfer none) NULL: none is shown */

/* Whether the user sees what becomes of it: on its page, or at the top of the list. */
gboolean jf_window_shows (JfWindow *self, JfItem *item);
/* (transfer none) the one whose row has the focus, else the one that is shown; NULL none */
JfItem *jf_window_get_current_item (JfWindow *self);

/* The list with this search. */
void jf_window_search (JfWindow *self, const char *text);

/* A short message at the bottom for five seconds, plain text. button, action and target (floating
 * is taken) may be NULL together: a button that activates the action. */
void jf_window_toast (JfWindow *self,
                      const char *text,
                      const char *button,
                      const char *action,
                      GVariant *target);

G_END_DECLS
