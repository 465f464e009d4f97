/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* Asks where the local socket of one service shall be, and puts it there: what was typed is
 * checked while it is typed, and what the engine refuses is said at the field that it is about.
 * Modal for its parent; ends itself. */
#define JF_TYPE_ADDRESS_DIALOG (jf_address_dialog_get_type ())
G_DECLARE_FINAL_TYPE (JfAddressDialog, jf_address_dialog, JF, ADDRESS_DIALOG, AdwWindow)

JfAddressDialog *jf_address_dialog_new (GtkWindow *parent, JfItem *item);

G_END_DECLS
