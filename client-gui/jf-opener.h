/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* Starts the program for a service: actions app.open(s item) and app.open-with(s item), which asks
 * for the program even when one was chosen before. A service that is not connected is connected
 * first, and opened once when it is. Outside a sandbox the first time asks when several programs
 * can, and the choice is remembered for the service; in a sandbox the portal does that. What
 * cannot be opened is explained in a dialog (jf-open-help.h). Belongs to the main context. */
typedef struct _JfOpener JfOpener;

/* Services that wait for their connection at once; the one that has waited longest gives up. */
#define JF_OPENER_WAITING_MAX 16
/* After this long nobody expects a program to come up any more. */
#define JF_OPENER_WAIT_S 120

/* Borrows app, which outlives it; adds the actions. */
JfOpener *jf_opener_new (JfApp *app);
void jf_opener_free (JfOpener *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfOpener, jf_opener_free)

G_END_DECLS
