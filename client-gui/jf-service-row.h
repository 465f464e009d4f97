/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* A service in the list: what it is, its state in words and symbol, and what can be done with it
 * by the application's actions. All rows are equally high, whatever they say.
 * Belongs to the main context. */
#define JF_TYPE_SERVICE_ROW (jf_service_row_get_type ())
G_DECLARE_FINAL_TYPE (JfServiceRow, jf_service_row, JF, SERVICE_ROW, GtkWidget)

GtkWidget *jf_service_row_new (void);
/* Follows the item until another one, or NULL, is set. */
void jf_service_row_set_item (JfServiceRow *self, JfItem *item);
/* Narrow: the buttons that matter less are in a menu. */
void jf_service_row_set_narrow (JfServiceRow *self, gboolean narrow);
JfItem *jf_service_row_get_item (JfServiceRow *self); /* (transfer none) */
/* (transfer full) all of it in one line, for screen readers */
char *jf_service_row_describe (JfItem *item);
/* The menu of everything that can be done; x and y in the row, or -1: at its last button. */
void jf_service_row_popup (JfServiceRow *self, double x, double y);

G_END_DECLS
