/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* One timer for the whole process that asks connected items for their figures, once a second;
 * none while nothing is connected. Belongs to the main context. */
void jf_sampler_add (JfItem *item); /* borrowed until it is removed */
void jf_sampler_remove (JfItem *item);

G_END_DECLS
