/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* Everything about one service. Property "narrow" b: there is no list beside it, so it has a way
 * back and the whole window's title buttons.
 * It follows its item, and looks at figures once a second, only while it is mapped. */
#define JF_TYPE_SERVICE_PAGE (jf_service_page_get_type ())
G_DECLARE_FINAL_TYPE (JfServicePage, jf_service_page, JF, SERVICE_PAGE, AdwBin)

JfServicePage *jf_service_page_new (void);
/* NULL: asks to choose one. Takes a reference. */
void jf_service_page_set_item (JfServicePage *self, JfItem *item);
JfItem *jf_service_page_get_item (JfServicePage *self); /* (transfer none) NULL none */

G_END_DECLS
