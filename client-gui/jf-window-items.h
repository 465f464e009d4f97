/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Actions of JfWindow on the service that is shown or whose row has the focus, for the keyboard:
 * win.use, win.leave, win.copy-address, win.favourite, win.details. */
void jf_window_class_add_item_actions (GtkWidgetClass *klass);

G_END_DECLS
