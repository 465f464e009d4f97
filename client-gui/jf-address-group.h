/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* Where programs find the service on this computer: the address with "copy", and its choice. */
#define JF_TYPE_ADDRESS_GROUP (jf_address_group_get_type ())
G_DECLARE_FINAL_TYPE (JfAddressGroup, jf_address_group, JF, ADDRESS_GROUP, AdwPreferencesGroup)

/* Shows the item as it is now. */
void jf_address_group_show (JfAddressGroup *self, JfItem *item);

G_END_DECLS
