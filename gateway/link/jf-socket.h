/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Socket options that every connection of ours has: TCP_NODELAY, keep-alive within
 * JF_SILENCE_MAX_MS, TCP_USER_TIMEOUT. Ignores what is not a TCP socket. Any thread. */
void jf_socket_tune (int fd);

/* Closes with a reset (SO_LINGER of 0) instead of an orderly end. Any thread. */
void jf_socket_reset (int fd);

G_END_DECLS
