/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row's subtitle that is what the row is about ("Local address": 127.83.4.12): shown, and the
 * description of the row for screen readers, who would hear only the title otherwise. NULL: "". */
void jf_row_set_subtitle (AdwActionRow *row, const char *text);

G_END_DECLS
