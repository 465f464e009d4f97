/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/jf-app.h"
#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* Dialogs for a service that could not be opened: what is missing, and what else the user can do.
 * They come up on the window, which is made if need be. The ways out are rows of one table in
 * jf-open-help.c: the software centre, when the provider names an app; copying the address. Client
 * software that the provider leaves at the manager becomes a row before those two. */

/* No program here opens links with that scheme. */
void jf_open_help_no_program (JfApp *app, JfItem *item, const char *scheme);
/* The provider names no kind of program, and the port says nothing either. */
void jf_open_help_no_link (JfApp *app, JfItem *item);
/* The provider's link is not opened; error: why, as whole sentences. */
void jf_open_help_refused (JfApp *app, JfItem *item, const GError *error);
/* A program did not start; program: its name, NULL unknown. */
void jf_open_help_failed (JfApp *app, JfItem *item, const char *program, const GError *error);

G_END_DECLS
