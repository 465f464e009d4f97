/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Says to whoever started us how we are: on a pipe, and to systemd where that is there. */

/* "LISTEN addr:port\n" for each, then "READY\n"; closes the descriptor. A reader that has gone
 * away is no failure of ours: FALSE says so. */
gboolean jf_ready_write (int fd, const char *const *listen);

void jf_service_manager_ready (void);
void jf_service_manager_reloading (void);
void jf_service_manager_stopping (void);
/* Keeps the watchdog quiet while the main context runs. NULL where there is none; else destroy and
 * unref it. */
GSource *jf_service_manager_watch (void);

G_END_DECLS
