/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "client-gui/jf-service-row.h"
#include "client-gui/model/jf-sections.h"

G_BEGIN_DECLS

/* One place of the list view: a heading, or a service with the corners of its box. What it needs
 * is made when it is first needed, and kept. Belongs to the main context. */
#define JF_TYPE_LIST_CELL (jf_list_cell_get_type ())
G_DECLARE_FINAL_TYPE (JfListCell, jf_list_cell, JF, LIST_CELL, GtkWidget)

GtkWidget *jf_list_cell_new (void);
/* Shows the row and follows it, until another one, or NULL, is set. */
void jf_list_cell_set_row (JfListCell *self, JfSectionRow *row);
void jf_list_cell_set_narrow (JfListCell *self, gboolean narrow); /* see JfServiceRow */
JfServiceRow *jf_list_cell_get_service (JfListCell *self); /* (transfer none) NULL: a heading */

G_END_DECLS
