/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* The search of GNOME Shell (org.gnome.Shell.SearchProvider2): finds services by the same words as
 * the list does, and connects the one that is chosen; one that is connected is opened. A result is
 * named by its item id. Works without a window; while the program has only just been started for
 * the search, the answer waits a moment for the managers. Belongs to the main context. */
typedef struct _JfSearchProvider JfSearchProvider;

#define JF_SEARCH_RESULTS_MAX 20
#define JF_SEARCH_TERMS_MAX   32   /* more: an error */
#define JF_SEARCH_METAS_MAX   100  /* more: an error */
#define JF_SEARCH_WAITING_MAX 32   /* the oldest is answered with what there is */
#define JF_SEARCH_WAIT_MS     2000 /* for managers that do not answer */

/* Exports it on the bus; borrows app, which outlives it. NULL with an error: something else is
 * there. */
JfSearchProvider *jf_search_provider_new (JfApp *app,
                                          GDBusConnection *bus,
                                          const char *path,
                                          GError **error);
void jf_search_provider_free (JfSearchProvider *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSearchProvider, jf_search_provider_free)

G_END_DECLS
