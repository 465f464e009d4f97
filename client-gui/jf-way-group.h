/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* How a service is reached and whom one trusts for it: the manager, the way to it in plain words,
 * and the provider's key with its first use. */
#define JF_TYPE_WAY_GROUP (jf_way_group_get_type ())
G_DECLARE_FINAL_TYPE (JfWayGroup, jf_way_group, JF, WAY_GROUP, AdwPreferencesGroup)

/* Shows the item as it is now. */
void jf_way_group_show (JfWayGroup *self, JfItem *item);

G_END_DECLS
