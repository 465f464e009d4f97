/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* What goes through the tunnel of a service: the picture of throughput and the figures. Hides itself
 * while there is no tunnel. */
#define JF_TYPE_TRAFFIC_GROUP (jf_traffic_group_get_type ())
G_DECLARE_FINAL_TYPE (JfTrafficGroup, jf_traffic_group, JF, TRAFFIC_GROUP, AdwPreferencesGroup)

/* Shows the item as it is now. */
void jf_traffic_group_show (JfTrafficGroup *self, JfItem *item);

G_END_DECLS
