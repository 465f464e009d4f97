/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-control-private.h"

G_BEGIN_DECLS

/* The beginning of a control connection (PROTOCOL.md section 4.1); each a JfMessageHandler. */
gboolean jf_enrollment_handle_hello (JfControl *control,
                                     JfMemberConn *conn,
                                     JsonObject *message,
                                     GError **error);
gboolean jf_enrollment_handle_enroll (JfControl *control,
                                      JfMemberConn *conn,
                                      JsonObject *message,
                                      GError **error);

G_END_DECLS
