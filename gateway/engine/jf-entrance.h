/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-acceptor.h"

G_BEGIN_DECLS

/* Client side: where the applications of one tunnel come in: its pseudo sockets, and connections
 * that were handed over. While the tunnel has no channel they wait, for a while; then they are
 * reset. Embed it. Loop's thread. */
typedef struct
{
  JfLoop *loop;
  JfAcceptorFunc accepted;
  gpointer owner;
  GPtrArray *acceptors; /* of JfAcceptor */
  GArray *taken;        /* of int: descriptors that wait */
  JfTimer starved;
  gboolean open;
  gboolean resetting; /* starved for too long */
} JfEntrance;

/* Closed at first. `accepted` as in jf-acceptor.h. */
void jf_entrance_init (JfEntrance *self, JfLoop *loop, JfAcceptorFunc accepted, gpointer owner);
void jf_entrance_clear (JfEntrance *self); /* resets who waits, closes the pseudo sockets */

void jf_entrance_listen (JfEntrance *self, int fd, gboolean check_uid); /* takes fd */
void jf_entrance_take (JfEntrance *self, int fd);                       /* takes fd */
/* TRUE: the tunnel has a channel. */
void jf_entrance_set_open (JfEntrance *self, gboolean open);

G_END_DECLS
