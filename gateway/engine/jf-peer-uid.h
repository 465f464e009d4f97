/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

/* Whose program is at the other end of this accepted connection? For TCP over loopback the kernel
 * is asked for the connecting socket's owner (sock_diag(7), by its exact pair of addresses), for
 * a UNIX socket SO_PEERCRED. FALSE when that cannot be told, also when the connecting program has
 * closed its socket already, or belongs to a user who has no number in this user namespace (in a
 * sandbox that is everybody else): then nobody may pass. `diag_fd` is a socket of
 * jf_peer_uid_open(). */
gboolean jf_peer_uid_get (int diag_fd, int fd, uid_t *uid);

/* A netlink socket for jf_peer_uid_get(); -1 when the system has none. */
int jf_peer_uid_open (void);

G_END_DECLS
