/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* The programs of this computer that use a service now. Looks every JF_PROGRAMS_LOOK_S seconds while
 * it is shown, in a thread; in a sandbox it says that they cannot be seen. Hides itself while
 * the service is not connected. */
#define JF_TYPE_PROGRAMS_GROUP (jf_programs_group_get_type ())
G_DECLARE_FINAL_TYPE (JfProgramsGroup, jf_programs_group, JF, PROGRAMS_GROUP, AdwPreferencesGroup)

#define JF_PROGRAMS_LOOK_S 3

/* Shows the item as it is now; looks for programs when it is time. */
void jf_programs_group_show (JfProgramsGroup *self, JfItem *item);

G_END_DECLS
