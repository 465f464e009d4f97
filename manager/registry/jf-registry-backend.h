/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/registry/jf-mirror.h"
#include "manager/registry/jf-registry.h"

G_BEGIN_DECLS

/* What a backend of the registry implements; nobody else includes this.
 *
 * The base class checks arguments, keeps the mirror and answers reads. The backend makes changes
 * durable. It may do so in threads of its own, but everything that is named here is called, and
 * calls back, in the context in which the registry was made. */
struct _JfRegistryClass
{
  GObjectClass parent_class;

  /* Makes one change durable, whole or not at all, if its precondition (jf-mirror.h) holds. Ends
   * with jf_registry_change_done(), never inside this call, in the order of the calls. A backend
   * may store several changes at once. */
  void (*commit) (JfRegistry *self, JfChange *change);
  /* Reads after all changes so far. Ends with g_task_return_pointer() of an array of JfAuditLine,
   * or with an error. (transfer full) task. */
  void (*read_audit) (JfRegistry *self, int64_t after, unsigned limit, GTask *task);
  /* Ends every change that is outstanding and lets go of the storage. Blocks. Called once. */
  void (*close) (JfRegistry *self);
};

/* Takes the change and the error; NULL error: stored, and so applied to the mirror. */
void jf_registry_change_done (JfRegistry *self, JfChange *change, GError *error);

/* For filling it at the start, and for a backend that hears of others' changes: applying the same
 * row twice gives the same. */
JfMirror *jf_registry_get_mirror (JfRegistry *self);

GPtrArray *jf_audit_lines_new (void); /* frees its lines */

G_END_DECLS
