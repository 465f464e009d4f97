/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-account.h"

G_BEGIN_DECLS

/* One manager in the preferences: its state, who one is there, its key, where this computer's own key
 * is kept, and the way out. */
#define JF_TYPE_MANAGER_GROUP (jf_manager_group_get_type ())
G_DECLARE_FINAL_TYPE (JfManagerGroup, jf_manager_group, JF, MANAGER_GROUP, AdwPreferencesGroup)

JfManagerGroup *jf_manager_group_new (JfAccount *account);

G_END_DECLS
