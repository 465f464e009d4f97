/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* The services of all managers, a search over them, and, where there is nothing to show, why and
 * what to do. Belongs to the main context. Property "search-mode" b with notify. */
#define JF_TYPE_LIST_PAGE (jf_list_page_get_type ())
G_DECLARE_FINAL_TYPE (JfListPage, jf_list_page, JF, LIST_PAGE, GtkBox)

/* Once: whose services; typing anywhere in the window searches. */
void jf_list_page_set_up (JfListPage *self, JfApp *app, GtkWidget *window);
/* Opens the search and puts the cursor into it; or closes it. */
void jf_list_page_toggle_search (JfListPage *self);
/* To the search, where there is one, else to the list. */
void jf_list_page_grab_focus (JfListPage *self);
void jf_list_page_search (JfListPage *self, const char *text); /* opens it with this text */
/* The beginning of the list is in sight, where a service goes that is wanted. */
gboolean jf_list_page_is_at_top (JfListPage *self);
JfItem *jf_list_page_get_focused_item (JfListPage *self);     /* (transfer none) NULL none */
GtkSearchBar *jf_list_page_get_search_bar (JfListPage *self); /* (transfer none) */

G_END_DECLS
