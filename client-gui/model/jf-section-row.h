/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-sections.h"

G_BEGIN_DECLS

/* What JfSections does with its rows. */
struct _JfSectionRow
{
  GObject parent_instance;

  JfItem *item;
  char *heading;
  gboolean first;
  gboolean last;

  /* of jf-row-diff.c, for as long as it works */
  unsigned place;
  gboolean is_new; /* in the list that comes */
  gboolean keeps;
};

JfSectionRow *jf_section_row_new_item (JfItem *item);
JfSectionRow *jf_section_row_new_heading (const char *heading);
void jf_section_row_place (JfSectionRow *self, gboolean first, gboolean last);

G_END_DECLS
