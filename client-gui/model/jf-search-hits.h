/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-catalog.h"

G_BEGIN_DECLS

/* (transfer full) item ids, the best first, at most max: what matches all words of the text, as in
 * the list; among equals what is connected, is a favourite, was used last. NULL-terminated. */
char **jf_search_hits (JfCatalog *catalog, const char *text, unsigned max);

G_END_DECLS
