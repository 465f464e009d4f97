/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/registry/jf-sqlite-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"

/* "JFrg": a file that says otherwise is somebody else's. */
#define APPLICATION_ID  0x4a467267
#define BUSY_TIMEOUT_MS 2000

struct JfSqliteFile
{
  sqlite3 *db;
  char *path;
  int lock_fd;
};

/* migrations[n] leads from version n to n + 1. Released ones never change. */
static const char *const migrations[] = {
  "CREATE TABLE member ("
  "  label TEXT PRIMARY KEY NOT NULL,"
  "  role TEXT NOT NULL CHECK (role IN ('user', 'provider')),"
  "  created INTEGER NOT NULL"
  ") STRICT, WITHOUT ROWID;"
  "CREATE TABLE member_group ("
  "  member TEXT NOT NULL REFERENCES member ON DELETE CASCADE,"
  "  label TEXT NOT NULL,"
  "  PRIMARY KEY (member, label)"
  ") STRICT, WITHOUT ROWID;"
  "CREATE TABLE device ("
  "  key_id TEXT PRIMARY KEY NOT NULL," /* base64url, as in logs */
  "  member TEXT NOT NULL REFERENCES member ON DELETE CASCADE,"
  "  enrolled INTEGER NOT NULL"
  ") STRICT, WITHOUT ROWID;"
  "CREATE INDEX device_member ON device (member);"
  "CREATE TABLE invitation ("
  "  code_hash TEXT PRIMARY KEY NOT NULL,"
  "  member TEXT NOT NULL," /* may be a member to be */
  "  role TEXT NOT NULL CHECK (role IN ('user', 'provider')),"
  "  groups TEXT NOT NULL," /* separated by blanks */
  "  expires INTEGER NOT NULL"
  ") STRICT, WITHOUT ROWID;"
  "CREATE INDEX invitation_member ON invitation (member);"
  "CREATE INDEX invitation_expires ON invitation (expires);"
  "CREATE TABLE service ("
  "  provider TEXT NOT NULL REFERENCES member ON DELETE CASCADE,"
  "  name TEXT NOT NULL,"
  "  kind TEXT NOT NULL,"
  "  port INTEGER NOT NULL CHECK (port BETWEEN 0 AND 65535),"
  "  title TEXT NOT NULL,"
  "  open TEXT NOT NULL,"
  "  app TEXT NOT NULL,"
  "  allow TEXT NOT NULL," /* separated by blanks */
  "  registered INTEGER NOT NULL,"
  "  PRIMARY KEY (provider, name)"
  ") STRICT, WITHOUT ROWID;"
  "CREATE TABLE audit ("
  "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
  "  time INTEGER NOT NULL,"
  "  event TEXT NOT NULL,"
  "  member TEXT NOT NULL,"
  "  device TEXT NOT NULL,"
  "  service TEXT NOT NULL,"
  "  tunnel INTEGER NOT NULL,"
  "  detail TEXT NOT NULL"
  ") STRICT;",

  /* Invitations that leave a member's role as it is have none. */
  "CREATE TABLE new_invitation ("
  "  code_hash TEXT PRIMARY KEY NOT NULL,"
  "  member TEXT NOT NULL,"
  "  role TEXT NOT NULL CHECK (role IN ('', 'user', 'provider')),"
  "  groups TEXT NOT NULL,"
  "  expires INTEGER NOT NULL"
  ") STRICT, WITHOUT ROWID;"
  "INSERT INTO new_invitation SELECT code_hash, member, role, groups, expires FROM invitation;"
  "DROP TABLE invitation;"
  "ALTER TABLE new_invitation RENAME TO invitation;"
  "CREATE INDEX invitation_member ON invitation (member);"
  "CREATE INDEX invitation_expires ON invitation (expires);",
};

static const char *
advice_for (int code)
{
  switch (code & 0xff)
    {
    case SQLITE_FULL:
      return "the disk is full; free some space";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "cannot write there; make the file and its directory writable for the manager";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "the file is damaged or is no registry; it was left as it is: restore it from a "
             "backup, or move it away to begin anew";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds the file; end it and try again";
    case SQLITE_IOERR:
      return "the disk does not read or write; check the disk and the free space";
    default:
      return NULL;
    }
}

void
jf_sqlite_file_set_error (JfSqliteFile *self, const char *doing, GError **error)
{
  int code = sqlite3_extended_errcode (self->db);
  const char *advice = advice_for (code);

  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE, "cannot %s %s: %s%s(%s, %d)", doing, self->path,
               advice ? advice : "", advice ? " " : "", sqlite3_errmsg (self->db), code);
}

gboolean
jf_sqlite_file_exec (JfSqliteFile *self, const char *sql, const char *doing, GError **error)
{
  if (sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  jf_sqlite_file_set_error (self, doing, error);
  return FALSE;
}

sqlite3 *
jf_sqlite_file_get_db (JfSqliteFile *self)
{
  return self->db;
}

/* The first column of the first row. FALSE when there is none, or no database. */
static gboolean
query_text (JfSqliteFile *self, const char *sql, char **out, GError **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean found;

  found = sqlite3_prepare_v2 (self->db, sql, -1, &statement, NULL) == SQLITE_OK &&
          sqlite3_step (statement) == SQLITE_ROW;
  if (found)
    *out = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  else
    jf_sqlite_file_set_error (self, "open", error);
  sqlite3_finalize (statement);
  return found;
}

static gboolean
query_int (JfSqliteFile *self, const char *sql, int64_t *out, GError **error)
{
  g_autofree char *text = NULL;

  if (!query_text (self, sql, &text, error))
    return FALSE;
  *out = text ? g_ascii_strtoll (text, NULL, 10) : 0;
  return TRUE;
}

static gboolean
fail_errno (const char *path, const char *advice, GError **error)
{
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE, "cannot open %s: %s; %s", path,
               g_strerror (errno), advice);
  return FALSE;
}

/* A lock file of its own rather than SQLite's exclusive mode: an operator may look into the
 * registry with sqlite3 while the manager runs. */
static gboolean
take_lock (JfSqliteFile *self, GError **error)
{
  g_autofree char *path = g_strconcat (self->path, ".lock", NULL);

  self->lock_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (self->lock_fd < 0)
    return fail_errno (path, "make its directory writable for the manager", error);
  if (flock (self->lock_fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
               "cannot open %s: another manager has it open; stop that one first", self->path);
  return FALSE;
}

/* SQLite would make it readable for others, and gives its companions the mode of the file. */
static gboolean
prepare_mode (JfSqliteFile *self, GError **error)
{
  int fd = open (self->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  gboolean done;

  if (fd < 0)
    return fail_errno (self->path, "make it writable for the manager", error);
  done = fchmod (fd, 0600) == 0 ||
         fail_errno (self->path, "the manager must own it to make it private", error);
  close (fd);
  return done;
}

static gboolean
check_whole (JfSqliteFile *self, GError **error)
{
  g_autofree char *verdict = NULL;

  if (!query_text (self, "PRAGMA quick_check(1)", &verdict, error))
    return FALSE;
  if (g_strcmp0 (verdict, "ok") == 0)
    return TRUE;
  g_strdelimit (verdict, "\n", ' ');
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE, "cannot open %s: %s (%s)", self->path,
               advice_for (SQLITE_CORRUPT), verdict);
  return FALSE;
}

static gboolean
check_version (JfSqliteFile *self, int64_t *version, GError **error)
{
  int64_t application, objects;

  if (!query_int (self, "PRAGMA user_version", version, error) ||
      !query_int (self, "PRAGMA application_id", &application, error) ||
      !query_int (self, "SELECT count(*) FROM sqlite_schema", &objects, error))
    return FALSE;
  if (application != APPLICATION_ID && (application != 0 || objects > 0))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   "cannot open %s: it is the database of another program; it was left as it is: "
                   "name another state directory, or move it away",
                   self->path);
      return FALSE;
    }
  if (*version >= 0 && *version <= (int64_t) G_N_ELEMENTS (migrations))
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
               "cannot open %s: it has version %" G_GINT64_FORMAT " and this manager knows up to "
               "%u; it was left as it is: install the newer manager, or restore an older registry",
               self->path, *version, (unsigned) G_N_ELEMENTS (migrations));
  return FALSE;
}

static gboolean
migrate (JfSqliteFile *self, int64_t version, GError **error)
{
  if (version == (int64_t) G_N_ELEMENTS (migrations))
    return TRUE;
  if (!jf_sqlite_file_exec (self, "BEGIN IMMEDIATE", "set up", error))
    return FALSE;
  for (size_t i = (size_t) version; i < G_N_ELEMENTS (migrations); i++)
    {
      g_autofree char *mark = g_strdup_printf ("PRAGMA application_id=%d; PRAGMA user_version=%u",
                                               APPLICATION_ID, (unsigned) i + 1);

      if (!jf_sqlite_file_exec (self, migrations[i], "set up", error) ||
          !jf_sqlite_file_exec (self, mark, "set up", error))
        return FALSE; /* closing rolls back */
    }
  return jf_sqlite_file_exec (self, "COMMIT", "set up", error);
}

static gboolean
open_database (JfSqliteFile *self, GError **error)
{
  const int flags = (SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE);
  g_autofree char *mode = NULL;
  int64_t version;

  if (sqlite3_open_v2 (self->path, &self->db, flags, NULL) != SQLITE_OK)
    {
      jf_sqlite_file_set_error (self, "open", error);
      return FALSE;
    }
  sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  /* Everything that can say no comes before anything that writes. */
  if (!check_version (self, &version, error) || !check_whole (self, error) ||
      !query_text (self, "PRAGMA journal_mode=WAL", &mode, error))
    return FALSE;
  if (g_strcmp0 (mode, "wal") != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   "cannot open %s: its file system cannot hold a write-ahead log; use a local one",
                   self->path);
      return FALSE;
    }
  return jf_sqlite_file_exec (self, "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON", "set up",
                              error) &&
         migrate (self, version, error);
}

JfSqliteFile *
jf_sqlite_file_open (const char *path, GError **error)
{
  g_autoptr (JfSqliteFile) self = g_new0 (JfSqliteFile, 1);

  self->path = g_strdup (path);
  self->lock_fd = -1;
  if (!take_lock (self, error) || !prepare_mode (self, error) || !open_database (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
jf_sqlite_file_close (JfSqliteFile *self)
{
  if (!self)
    return;
  sqlite3_close (self->db);
  if (self->lock_fd >= 0)
    close (self->lock_fd); /* after the database: the lock covers its last write */
  g_free (self->path);
  g_free (self);
}
