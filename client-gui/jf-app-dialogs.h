/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* The actions that open a window of their own: app.preferences, app.about, app.forget-account
 * (which asks first), app.explain(s item) and app.explain-account(s account) (the trust dialogs);
 * and the proxy of the settings, followed by the accounts. Once, at startup. */
void jf_app_add_dialogs (JfApp *self);

G_END_DECLS
