/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-row.h"

void
jf_row_set_subtitle (AdwActionRow *row, const char *text)
{
  const char *shown = text != NULL ? text : "";

  if (g_strcmp0 (adw_action_row_get_subtitle (row), shown) == 0)
    return;
  adw_action_row_set_subtitle (row, shown);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, shown,
                                  -1);
}
