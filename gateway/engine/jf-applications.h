/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

#include "gateway/engine/jf-pseudo.h"

G_BEGIN_DECLS

/* A program that is connected to a pseudo socket now; several processes of one name are one. */
typedef struct
{
  char *name; /* fit for a screen; never "" */
  pid_t pid;  /* of its oldest process */
  unsigned processes;
  unsigned connections;
} JfApplication;

typedef struct
{
  GPtrArray *list;  /* of JfApplication; most connections first, then by name */
  unsigned unknown; /* connections of whom one cannot tell: other users, other machines, processes
                       that a sandbox hides */
} JfApplications;

void jf_applications_free (JfApplications *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfApplications, jf_applications_free)

/* Looks through /proc in a thread of its own; `pseudo` is needed for the call only. Fails when
 * cancelled, or with JF_ERROR_FAILED when the kernel does not list its sockets. */
void jf_applications_find_async (const JfPseudo *pseudo,
                                 GCancellable *cancellable,
                                 GAsyncReadyCallback callback,
                                 gpointer data);
JfApplications *jf_applications_find_finish (GAsyncResult *result, GError **error);

G_END_DECLS
