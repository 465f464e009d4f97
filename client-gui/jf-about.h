/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-accounts.h"

G_BEGIN_DECLS

/* (transfer none) the About window, not shown yet; its troubleshooting page has the log of every
 * manager, which holds no secrets. parent may be NULL. */
GtkWindow *jf_about_new (GtkWindow *parent, JfAccounts *accounts);

G_END_DECLS
