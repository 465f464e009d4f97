/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"

G_BEGIN_DECLS

/* Notifications of the desktop: a service was lost, is back, or needs the user; with actions of the
 * application, and taken back when that is over. When, how many and which: jf-notices.h. The
 * settings notify-dropped, notify-back and notify-attention turn the kinds off. Belongs to the
 * main context. */
typedef struct _JfNotifier JfNotifier;

/* Borrows app, which outlives it. */
JfNotifier *jf_notifier_new (JfApp *app);
/* Takes everything back that it shows; while the application is still registered. */
void jf_notifier_free (JfNotifier *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfNotifier, jf_notifier_free)

G_END_DECLS
