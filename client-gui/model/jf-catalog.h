/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "client-gui/model/jf-accounts.h"

G_BEGIN_DECLS

/* The services of all accounts in one list of JfItem, in the order of accounts; follows them.
 * Signal "item-changed" (JfItem *item, const char *property): what matters for order or section
 * has changed ("state", "title", "favourite", "used", "wanted"). */
#define JF_TYPE_CATALOG (jf_catalog_get_type ())
G_DECLARE_FINAL_TYPE (JfCatalog, jf_catalog, JF, CATALOG, GObject)

JfCatalog *jf_catalog_new (JfAccounts *accounts);
unsigned jf_catalog_count_wanted (JfCatalog *self); /* joined by the user's wish */

G_END_DECLS
