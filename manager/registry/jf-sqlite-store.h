/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/registry/jf-mirror.h"
#include "manager/registry/jf-sqlite-file.h"

G_BEGIN_DECLS

/* The changes of jf-mirror.h as SQL, with the statements kept. One thread at a time. */
typedef struct JfSqliteStore JfSqliteStore;

JfSqliteStore *jf_sqlite_store_new (JfSqliteFile *file); /* (transfer full) file */
void jf_sqlite_store_free (JfSqliteStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSqliteStore, jf_sqlite_store_free)

/* Drops invitations that have expired at `now`, then reads everything but the audit. */
gboolean jf_sqlite_store_load (JfSqliteStore *self, JfMirror *mirror, int64_t now, GError **error);

/* A transaction takes many changes; one that fails leaves the others alone. */
gboolean jf_sqlite_store_begin (JfSqliteStore *self, GError **error);
gboolean jf_sqlite_store_change (JfSqliteStore *self, JfChange *change, GError **error);
/* FALSE: nothing of the transaction was stored. */
gboolean jf_sqlite_store_end (JfSqliteStore *self, GError **error);
/* Some failures, such as a full disk, undo the whole transaction at once. */
gboolean jf_sqlite_store_was_undone (JfSqliteStore *self);

/* The newest `limit` lines after id `after`, oldest first. */
GPtrArray *jf_sqlite_store_read_audit (JfSqliteStore *self,
                                       int64_t after,
                                       unsigned limit,
                                       GError **error);

G_END_DECLS
