/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* A list view over rows of JfSectionRow that looks like boxed lists behind headings, with menus.
 * It stays where it is when rows change; at the top it stays at the top. Activating a row shows
 * its service. Belongs to the main context. */
#define JF_TYPE_ROW_LIST (jf_row_list_get_type ())
G_DECLARE_FINAL_TYPE (JfRowList, jf_row_list, JF, ROW_LIST, AdwBin)

/* Once. more: not 0: only so many rows are made at first, and as many more whenever the end comes
 * near, for lists that change altogether with each key. */
void jf_row_list_set_model (JfRowList *self, GListModel *rows, unsigned more);
/* Back to the top, and to the first rows. Before a change that replaces all rows. */
void jf_row_list_restart (JfRowList *self);
void jf_row_list_show_first (JfRowList *self);          /* as if it had been activated */
JfItem *jf_row_list_get_focused_item (JfRowList *self); /* (transfer none) NULL none */
gboolean jf_row_list_is_at_top (JfRowList *self);
void jf_row_list_grab_focus (JfRowList *self);

G_END_DECLS
