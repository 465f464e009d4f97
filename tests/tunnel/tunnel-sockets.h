/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Blocking sockets of the applications and servers in the tests. All end the test when the system
 * refuses. */

/* A listening socket on 127.0.0.1; *port in host order. */
int sockets_listen (uint16_t *port);
int sockets_connect (const char *host, uint16_t port);
int sockets_accept (int listener);
void sockets_write (int fd, const void *data, size_t size);
/* Reads until `size` bytes or the end; returns how many. -1 with errno on an error. */
gssize sockets_read (int fd, void *data, size_t size);
void sockets_reset (int fd);
/* Sends the same bytes back until the end, then half-closes and closes. */
void sockets_echo (int fd);

/* Accepts for ever, each connection in a thread of its own that runs serve(fd). */
typedef struct SocketsServer SocketsServer;
SocketsServer *sockets_server_new (void (*serve) (int fd));
uint16_t sockets_server_get_port (SocketsServer *self);
unsigned sockets_server_count (SocketsServer *self); /* accepted so far */
void sockets_server_free (SocketsServer *self);

G_END_DECLS
