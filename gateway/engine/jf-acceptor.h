/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/link/jf-loop.h"

G_BEGIN_DECLS

/* Lets the connections of applications in at a pseudo socket that is open already. Belongs to its
 * loop's thread. */
typedef struct JfAcceptor JfAcceptor;

/* fd: a connected, non-blocking socket of somebody who may pass; the receiver owns it. */
typedef void (*JfAcceptorFunc) (int fd, gpointer owner);

typedef enum
{
  JF_ACCEPTOR_OPEN,   /* every connection goes to the owner */
  JF_ACCEPTOR_PAUSED, /* connections wait in the kernel's queue */
  JF_ACCEPTOR_RESET,  /* every connection is reset */
} JfAcceptorMode;

/* Takes the listening descriptor. Begins paused. check_uid as in jf_tunnel_listen(). */
JfAcceptor *jf_acceptor_new (JfLoop *loop,
                             int fd,
                             gboolean check_uid,
                             JfAcceptorFunc accepted,
                             gpointer owner);
void jf_acceptor_set_mode (JfAcceptor *self, JfAcceptorMode mode);
void jf_acceptor_free (JfAcceptor *self);

G_END_DECLS
