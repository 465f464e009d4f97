/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-accounts.h"

G_BEGIN_DECLS

/* Asks whether to leave a manager, and does it when the user means it. To stay is the default. A
 * failure is said in another dialog. parent may be NULL. */
void jf_forget_ask (GtkWindow *parent, JfAccounts *accounts, JfAccount *account);

G_END_DECLS
