/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-accounts.h"

G_BEGIN_DECLS

/* The preferences: switches bound to the settings, the proxy, and the managers. */
#define JF_TYPE_PREFERENCES (jf_preferences_get_type ())
G_DECLARE_FINAL_TYPE (JfPreferences, jf_preferences, JF, PREFERENCES, AdwPreferencesWindow)

/* parent may be NULL. */
JfPreferences *jf_preferences_new (GtkWindow *parent, GSettings *settings, JfAccounts *accounts);

G_END_DECLS
