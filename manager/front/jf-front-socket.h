/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* A listening socket, non-blocking, for "ADDR:PORT", "[ADDR]:PORT" or ":PORT" (IPv6 and IPv4).
 * What it accepts is tuned as jf_socket_tune() does: Linux hands those options on. -1 with
 * JF_ERROR_BUSY or JF_ERROR_INVALID. */
int jf_front_socket_listen (const char *listen, GError **error);
char *jf_front_socket_format_local (int fd); /* as above, with the real port */

/* Numeric, without port; an IPv4 address in IPv6 clothes as IPv4. */
char *jf_front_socket_format_address (const struct sockaddr *address, socklen_t size);

G_END_DECLS
