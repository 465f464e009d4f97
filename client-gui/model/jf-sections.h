/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "client-gui/model/jf-catalog.h"

G_BEGIN_DECLS

/* One row of the list as it is shown: a heading, or a service with its place in its box. */
#define JF_TYPE_SECTION_ROW (jf_section_row_get_type ())
G_DECLARE_FINAL_TYPE (JfSectionRow, jf_section_row, JF, SECTION_ROW, GObject)

JfItem *jf_section_row_get_item (JfSectionRow *self);        /* (transfer none) NULL: a heading */
const char *jf_section_row_get_heading (JfSectionRow *self); /* NULL: a service */
/* Properties "item" and "heading"; "first" and "last" b with notify: in its box, for round corners. */
gboolean jf_section_row_get_first (JfSectionRow *self);
gboolean jf_section_row_get_last (JfSectionRow *self);

/* The list: sections Connected (all that is wanted), Favourites, Recently used (at most five),
 * then All by provider, each behind a heading; with a search text only what matches all its
 * words, best first, in one box without headings. A service is in one section
 * only. GListModel of JfSectionRow; rows that stay keep their object. Changes are gathered and
 * applied soon, at most every 50 ms under a storm; jf_sections_set_search() applies
 * at once and stays below 16 ms with 5,000 services. */
#define JF_TYPE_SECTIONS (jf_sections_get_type ())
G_DECLARE_FINAL_TYPE (JfSections, jf_sections, JF, SECTIONS, GObject)

JfSections *jf_sections_new (JfCatalog *catalog);
void jf_sections_set_search (JfSections *self, const char *text); /* NULL or "": everything */
unsigned jf_sections_get_n_services (JfSections *self);           /* rows that are no headings */

G_END_DECLS
