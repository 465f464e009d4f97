/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/jf-desk.h"

G_BEGIN_DECLS

/* STATE_DIR/gateway.sock of the process that holds the lock of the state directory: each
 * connection brings one request to the desk and gets its events, until it hangs up. Only
 * the same user may. */
typedef struct JfLocalServer JfLocalServer;

/* More connections at once are closed. */
#define JF_LOCAL_CLIENTS_MAX 1024

JfLocalServer *jf_local_server_new (const char *dir, JfDesk *desk, GError **error);
void jf_local_server_free (JfLocalServer *self); /* ends the calls, removes the socket */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfLocalServer, jf_local_server_free)

/* The other end: a connection to it. JF_ERROR_UNREACHABLE when there is none. */
GSocket *jf_local_connect (const char *dir, GError **error);

G_END_DECLS
