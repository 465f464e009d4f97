/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* A GListModel of JfItem that is replaced whole; what stays at its front and its end is not said. */
#define JF_TYPE_ITEM_LIST (jf_item_list_get_type ())
G_DECLARE_FINAL_TYPE (JfItemList, jf_item_list, JF, ITEM_LIST, GObject)

JfItemList *jf_item_list_new (void);
/* (transfer full) items: of JfItem, with g_object_unref() as its free function */
void jf_item_list_replace (JfItemList *self, GPtrArray *items);
unsigned jf_item_list_get_length (JfItemList *self);
JfItem *jf_item_list_peek (JfItemList *self, unsigned position); /* (transfer none) */

G_END_DECLS
