/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "client-gui/model/jf-accounts.h"
#include "client-gui/model/jf-catalog.h"

G_BEGIN_DECLS

/* Shows the trust dialog of a service that is wanted, or of a manager, once when it happens while the
 * window is the active one; one at a time. While the window is in the background nothing
 * happens: what is still so is shown when it becomes active again. Lives as long as the window
 * that it is made for, and in the main context. */
#define JF_TYPE_TRUST_WATCH (jf_trust_watch_get_type ())
G_DECLARE_FINAL_TYPE (JfTrustWatch, jf_trust_watch, JF, TRUST_WATCH, GObject)

/* (transfer full) */
JfTrustWatch *jf_trust_watch_new (GtkWindow *window, JfAccounts *accounts, JfCatalog *catalog);

G_END_DECLS
