/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-control-private.h"

G_BEGIN_DECLS

/* S2: `list` (PROTOCOL.md section 4.3), a JfMessageHandler. The answer comes in pages; a long one
 * is spread over time, so that a reader of ordinary speed never has JF_CONTROL_QUEUE_MAX_BYTES
 * waiting for it. With "watch", changes follow the answer: jf-watchers.h. */
gboolean jf_listing_handle_list (JfControl *control,
                                 JfMemberConn *conn,
                                 JsonObject *message,
                                 GError **error);

/* One object of `services`, as JSON. Free with g_free(). */
char *jf_listing_describe (JfControl *control, const JfServiceRecord *record);

G_END_DECLS
