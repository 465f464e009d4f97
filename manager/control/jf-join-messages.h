/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-control-private.h"

G_BEGIN_DECLS

/* What gateways say about tunnels (PROTOCOL.md sections 4.3 to 4.5); each a JfMessageHandler. A
 * tunnel that is not the sender's own is treated as one that does not exist: not a word. That
 * is also right for what crosses a `remove` on its way. */
gboolean jf_join_handle_join (JfControl *control,
                              JfMemberConn *conn,
                              JsonObject *message,
                              GError **error);
gboolean jf_join_handle_ready (JfControl *control,
                               JfMemberConn *conn,
                               JsonObject *message,
                               GError **error);
gboolean jf_join_handle_removed (JfControl *control,
                                 JfMemberConn *conn,
                                 JsonObject *message,
                                 GError **error);
gboolean jf_join_handle_leave (JfControl *control,
                               JfMemberConn *conn,
                               JsonObject *message,
                               GError **error);
gboolean jf_join_handle_legs (JfControl *control,
                              JfMemberConn *conn,
                              JsonObject *message,
                              GError **error);

G_END_DECLS
