/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/registry/jf-registry.h"

G_BEGIN_DECLS

/* The registry in one SQLite file (0600) with a thread of its own. Belongs to the thread-default
 * context of the caller.
 *
 * Makes the file when there is none and brings an older one up to date. A file that is damaged, of
 * a newer version, of something else, or in use by another manager is left as it is:
 * JF_ERROR_STORAGE or JF_ERROR_BUSY, and the message says what to do. Blocks while it reads. */
JfRegistry *jf_registry_sqlite_open (const char *path, GError **error);

/* Writes that may wait for the disk; further ones fail with JF_ERROR_LIMIT. */
#define JF_REGISTRY_SQLITE_QUEUE_MAX 65536

G_END_DECLS
