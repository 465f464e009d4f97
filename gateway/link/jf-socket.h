/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/* Socket options that every connection of ours has: TCP_NODELAY, keep-alive within
 * JF_SILENCE_MAX_MS, TCP_USER_TIMEOUT; and jf_socket_tune_local() when it is connected. Ignores
 * what is not a TCP socket. Any thread. */
void jf_socket_tune (int fd);

/* A path that stays within this machine has no congestion to control, and BBR's pacing costs a
 * third more CPU on it: such a socket gets TCP_CONGESTION "reno", which every kernel has and
 * everybody may choose. `address` is the other end's, or a listening socket's own (what it accepts
 * inherits this). Nothing happens when it is not a loopback address. */
void jf_socket_tune_local (int fd, const struct sockaddr *address);

/* Closes with a reset (SO_LINGER of 0) instead of an orderly end. Any thread. */
void jf_socket_reset (int fd);

G_END_DECLS
