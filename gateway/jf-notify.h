/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Tells whoever started this process that it is ready: "READY\n" on a descriptor, and systemd.
 * The first call counts. fd: -1 none; closed after. */
void jf_notify_ready (int *fd);
/* FALSE, and a line on standard error, when the number given with --ready-fd is not open. */
gboolean jf_notify_check_fd (const char *verb, int fd);
void jf_notify_stopping (void);

G_END_DECLS
