/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/engine/jf-state.h"
#include "gateway/wire/jf-invitation.h"

G_BEGIN_DECLS

/* Makes this device one of a member's: presents the invitation's code to its manager, and keeps
 * in STATE_DIR/manager what came of it. `state` is borrowed until the end, and locked by the
 * caller. One attempt: a manager that cannot be reached is an error, and the code stays unused.
 * Cancelling ends it at once; the code may have been presented by then. */
void jf_enroll_async (JfState *state,
                      const JfInvitation *invitation,
                      GCancellable *cancellable,
                      GAsyncReadyCallback callback,
                      gpointer data);
JfEnrolment *jf_enroll_finish (GAsyncResult *result, GError **error);

G_END_DECLS
