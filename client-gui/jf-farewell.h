/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* The end of the program: every account leaves in order first. The window stays until then, and
 * says so when it takes longer than a moment. SIGTERM, SIGINT and SIGHUP (the session ends) end it,
 * too, quicker. What is connected is remembered for the next start. Belongs to the main context. */
typedef struct _JfFarewell JfFarewell;

#define JF_FAREWELL_MAX_MS       5500 /* the accounts have 5 s; then it ends whatever they do */
#define JF_FAREWELL_QUICK_MAX_MS 2000
#define JF_FAREWELL_SILENT_MS    400 /* no dialog before */

/* Borrows app, which outlives it. */
JfFarewell *jf_farewell_new (JfApp *app);
/* Again while it is under way: ends at once. quick: nobody is there to wait. */
void jf_farewell_begin (JfFarewell *self, gboolean quick);
gboolean jf_farewell_is_under_way (JfFarewell *self);
void jf_farewell_free (JfFarewell *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfFarewell, jf_farewell_free)

G_END_DECLS
