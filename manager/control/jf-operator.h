/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-admin-limits.h"
#include "manager/control/jf-control.h"

G_BEGIN_DECLS

/* What only the operator may do, whichever door he comes through. Main thread. Async callbacks come
 * in the main context with a NULL source object. */

typedef struct
{
  const char *member;
  JfRole role;               /* JF_ROLE_SAME: as it is */
  const char *const *groups; /* NULL: none */
  unsigned expires_s;        /* 1 to JF_INVITATION_MAX_S */
} JfInviteRequest;

/* Fails with JF_ERROR_INVALID (a label, the time) or JF_ERROR_STORAGE. */
void jf_operator_invite_async (JfControl *control,
                               const JfInviteRequest *invite,
                               GAsyncReadyCallback callback,
                               gpointer data);
/* The link, a secret; free with g_free(). */
char *jf_operator_invite_finish (GAsyncResult *result, int64_t *expires, GError **error);

/* `who`: a member's label, a key id, or at least JF_KEY_PREFIX_MIN characters that begin exactly one
 * key id. Connections and tunnels go at once, then the registry forgets. Fails with
 * JF_ERROR_NOT_AVAILABLE, JF_ERROR_INVALID (ambiguous), JF_ERROR_STORAGE (then it is still
 * enrolled and may connect again). */
#define JF_KEY_PREFIX_MIN 6
void jf_operator_revoke_async (JfControl *control,
                               const char *who,
                               GAsyncReadyCallback callback,
                               gpointer data);
/* What was revoked: a device of `member`, or (*device empty) the whole member. Free both. */
gboolean jf_operator_revoke_finish (GAsyncResult *result,
                                    char **member,
                                    char **device,
                                    GError **error);

/* S6 to both sides. JF_ERROR_NOT_AVAILABLE when there is no such tunnel. */
gboolean jf_operator_close (JfControl *control, uint64_t tunnel, GError **error);

G_END_DECLS
