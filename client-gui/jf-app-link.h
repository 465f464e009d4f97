/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* Links that the system opens with the app (client-gui/model/jf-link.h). An invitation is shown
 * for confirming; a service is shown, and connecting to it offered: a link alone starts nothing.
 * Waits until the managers are known, and the service's manager has said what it offers; a later
 * link takes the place of one that waits. Lives in the main context. */
typedef struct JfAppLink JfAppLink;

JfAppLink *jf_app_link_new (JfApp *app); /* borrows the app, which owns it */
void jf_app_link_open (JfAppLink *self, const char *uri);
void jf_app_link_free (JfAppLink *self);

G_END_DECLS
