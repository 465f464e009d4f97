/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Which sockets of this machine are connected to a listening socket of this machine, as the kernel
 * lists them (proc(5), unix_diag). Looks at everything there is: not for a thread with a main
 * context that others wait for. */
typedef struct
{
  GHashTable *inodes; /* set of uint64_t: the clients' sockets */
  unsigned n_total;   /* connections there are, those from elsewhere too */
} JfSocketTable;

/* `host` is a numeric address (a wildcard one means any), or the path of a UNIX socket with port 0.
 * JF_ERROR_FAILED when the kernel does not say. */
gboolean jf_socket_table_read (JfSocketTable *self,
                               const char *host,
                               uint16_t port,
                               GError **error);
void jf_socket_table_clear (JfSocketTable *self);

G_END_DECLS
