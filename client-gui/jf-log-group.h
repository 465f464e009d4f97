/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* What happened with a service, for support: folded at first; copied whole, without secrets. Reads
 * the log only while it is unfolded and on the screen. */
#define JF_TYPE_LOG_GROUP (jf_log_group_get_type ())
G_DECLARE_FINAL_TYPE (JfLogGroup, jf_log_group, JF, LOG_GROUP, AdwPreferencesGroup)

void jf_log_group_show (JfLogGroup *self, JfItem *item);

G_END_DECLS
