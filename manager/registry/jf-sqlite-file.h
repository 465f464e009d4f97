/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sqlite3.h>

G_BEGIN_DECLS

/* An SQLite file that is ours alone while it is open, with the current schema. One thread at a
 * time. */
typedef struct JfSqliteFile JfSqliteFile;

JfSqliteFile *jf_sqlite_file_open (const char *path, GError **error);
void jf_sqlite_file_close (JfSqliteFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSqliteFile, jf_sqlite_file_close)

sqlite3 *jf_sqlite_file_get_db (JfSqliteFile *self);
/* Runs one statement without results; `doing` is for the message: "cannot DOING …". */
gboolean jf_sqlite_file_exec (JfSqliteFile *self,
                              const char *sql,
                              const char *doing,
                              GError **error);
/* What the last call on the database failed with, as JF_ERROR_STORAGE. */
void jf_sqlite_file_set_error (JfSqliteFile *self, const char *doing, GError **error);

G_END_DECLS
