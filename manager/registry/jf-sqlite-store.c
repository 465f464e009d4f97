/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/registry/jf-sqlite-store.h"

#include <stdarg.h>

#include "gateway/wire/jf-error.h"
#include "manager/registry/jf-registry-backend.h"

typedef enum
{
  BEGIN,
  SAVEPOINT,
  RELEASE,
  UNDO_ONE,
  COMMIT,
  ROLLBACK,
  PURGE_INVITES,
  ADD_INVITE,
  FIND_INVITE,
  DROP_INVITE,
  DROP_INVITES_OF,
  PUT_MEMBER,
  ADD_GROUP,
  DROP_MEMBER,
  PUT_DEVICE,
  DROP_DEVICE,
  PUT_SERVICE,
  DROP_SERVICE,
  DROP_SERVICES_OF_USER,
  ADD_AUDIT,
  PURGE_AUDIT,
  READ_AUDIT,
  LOAD_MEMBERS,
  LOAD_DEVICES,
  LOAD_INVITES,
  LOAD_SERVICES,
  N_STATEMENTS
} Statement;

static const char *const statements[N_STATEMENTS] = {
  [BEGIN] = "BEGIN IMMEDIATE",
  [SAVEPOINT] = "SAVEPOINT one",
  [RELEASE] = "RELEASE one",
  [UNDO_ONE] = "ROLLBACK TO one",
  [COMMIT] = "COMMIT",
  [ROLLBACK] = "ROLLBACK",
  [PURGE_INVITES] = "DELETE FROM invitation WHERE expires <= ?",
  [ADD_INVITE] = "INSERT INTO invitation (code_hash, member, role, groups, expires)"
                 " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
  [FIND_INVITE] = "SELECT member, role, groups FROM invitation WHERE code_hash = ? AND expires > ?",
  [DROP_INVITE] = "DELETE FROM invitation WHERE code_hash = ?",
  [DROP_INVITES_OF] = "DELETE FROM invitation WHERE member = ?",
  /* an invitation without a role */
  [PUT_MEMBER] = "INSERT INTO member (label, role, created)"
                 " VALUES (?1, iif (?2 = '', 'user', ?2), ?3)"
                 " ON CONFLICT (label) DO UPDATE SET role = iif (?2 = '', role, ?2)",
  [ADD_GROUP] = "INSERT INTO member_group (member, label) VALUES (?, ?) ON CONFLICT DO NOTHING",
  [DROP_MEMBER] = "DELETE FROM member WHERE label = ?",
  [PUT_DEVICE] = "INSERT INTO device (key_id, member, enrolled) VALUES (?, ?, ?)"
                 " ON CONFLICT (key_id) DO UPDATE"
                 " SET member = excluded.member, enrolled = excluded.enrolled",
  [DROP_DEVICE] = "DELETE FROM device WHERE key_id = ?",
  [PUT_SERVICE] = "INSERT INTO service"
                  " (provider, name, kind, port, title, open, app, allow, registered)"
                  " SELECT label, ?, ?, ?, ?, ?, ?, ?, ? FROM member"
                  " WHERE label = ? AND role = 'provider'"
                  " ON CONFLICT (provider, name) DO UPDATE SET"
                  " kind = excluded.kind, port = excluded.port, title = excluded.title,"
                  " open = excluded.open, app = excluded.app, allow = excluded.allow,"
                  " registered = excluded.registered",
  [DROP_SERVICE] = "DELETE FROM service WHERE provider = ? AND name = ?",
  [DROP_SERVICES_OF_USER] = "DELETE FROM service WHERE provider ="
                            " (SELECT label FROM member WHERE label = ? AND role = 'user')",
  [ADD_AUDIT] = "INSERT INTO audit (time, event, member, device, service, tunnel, detail)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
  /* Lines lie in the order of time but for those written after a clock went back: they are found
   * when those before them have gone. So only so many rows are ever looked at. */
  [PURGE_AUDIT] = "DELETE FROM audit WHERE time < ?1 AND id IN"
                  " (SELECT id FROM audit ORDER BY id LIMIT ?2)",
  [READ_AUDIT] = "SELECT id, time, event, member, device, service, tunnel, detail FROM"
                 " (SELECT * FROM audit WHERE id > ? ORDER BY id DESC LIMIT ?) ORDER BY id",
  [LOAD_MEMBERS] = "SELECT label, role, created,"
                   " (SELECT coalesce(group_concat(g.label, ' '), '')"
                   "  FROM member_group g WHERE g.member = member.label) FROM member",
  [LOAD_DEVICES] = "SELECT key_id, member, enrolled FROM device",
  [LOAD_INVITES] = "SELECT code_hash, member, role, groups, expires FROM invitation",
  [LOAD_SERVICES] = "SELECT provider, name, kind, port, title, open, app, allow, registered"
                    " FROM service",
};

struct JfSqliteStore
{
  JfSqliteFile *file;
  sqlite3 *db;
  sqlite3_stmt *cache[N_STATEMENTS];
};

JfSqliteStore *
jf_sqlite_store_new (JfSqliteFile *file)
{
  JfSqliteStore *self = g_new0 (JfSqliteStore, 1);

  self->file = file;
  self->db = jf_sqlite_file_get_db (file);
  return self;
}

void
jf_sqlite_store_free (JfSqliteStore *self)
{
  if (!self)
    return;
  for (unsigned i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize (self->cache[i]);
  jf_sqlite_file_close (self->file);
  g_free (self);
}

/* A statement with its values: 's' a text, 'i' an int64_t for each letter of `types`. The texts
 * must live until done(). NULL when it cannot be prepared. */
static sqlite3_stmt *
ask_va (JfSqliteStore *self, Statement which, GError **error, const char *types, va_list values)
{
  sqlite3_stmt **slot = &self->cache[which];

  if (!*slot && sqlite3_prepare_v3 (self->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT,
                                    slot, NULL) != SQLITE_OK)
    {
      jf_sqlite_file_set_error (self->file, "use", error);
      return NULL;
    }
  for (int i = 0; types[i]; i++)
    if (types[i] == 's')
      sqlite3_bind_text (*slot, i + 1, va_arg (values, const char *), -1, SQLITE_STATIC);
    else
      sqlite3_bind_int64 (*slot, i + 1, va_arg (values, int64_t));
  return *slot;
}

static sqlite3_stmt *
ask (JfSqliteStore *self, Statement which, GError **error, const char *types, ...)
{
  sqlite3_stmt *statement;
  va_list values;

  va_start (values, types);
  statement = ask_va (self, which, error, types, values);
  va_end (values);
  return statement;
}

static void
done (sqlite3_stmt *statement)
{
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
}

/* TRUE with a row; FALSE at the end, or with an error. */
static gboolean
next_row (JfSqliteStore *self, sqlite3_stmt *statement, GError **error)
{
  int result = sqlite3_step (statement);

  if (result != SQLITE_ROW && result != SQLITE_DONE)
    jf_sqlite_file_set_error (self->file, "read", error);
  return result == SQLITE_ROW;
}

/* Runs a statement that gives no rows. */
static gboolean
run (JfSqliteStore *self, Statement which, GError **error, const char *types, ...)
{
  sqlite3_stmt *statement;
  va_list values;
  gboolean good;

  va_start (values, types);
  statement = ask_va (self, which, error, types, values);
  va_end (values);
  if (!statement)
    return FALSE;
  good = sqlite3_step (statement) == SQLITE_DONE;
  if (!good)
    jf_sqlite_file_set_error (self->file, "write", error);
  done (statement);
  return good;
}

static const char *
column (sqlite3_stmt *statement, int index)
{
  return (const char *) sqlite3_column_text (statement, index);
}

static char **
column_words (sqlite3_stmt *statement, int index)
{
  const char *text = column (statement, index);

  return text && text[0] ? g_strsplit (text, " ", -1) : g_new0 (char *, 1);
}

static void
load_member (sqlite3_stmt *row, JfRole role, JfMirror *mirror)
{
  g_auto (GStrv) groups = column_words (row, 3);

  jf_mirror_put_member (mirror, column (row, 0), role, (const char *const *) groups,
                        sqlite3_column_int64 (row, 2));
}

static void
load_invite (sqlite3_stmt *row, JfRole role, JfMirror *mirror)
{
  g_auto (GStrv) groups = column_words (row, 3);
  JfInvite invite = {
    .code_hash = (char *) column (row, 0),
    .member = (char *) column (row, 1),
    .role = role,
    .groups = groups,
    .expires = sqlite3_column_int64 (row, 4),
  };

  jf_mirror_put_invite (mirror, &invite);
}

static void
load_service (sqlite3_stmt *row, JfMirror *mirror)
{
  g_auto (GStrv) allow = column_words (row, 7);
  JfServiceRecord service = {
    .provider = (char *) column (row, 0),
    .name = (char *) column (row, 1),
    .kind = (char *) column (row, 2),
    .port = (uint16_t) sqlite3_column_int (row, 3),
    .title = (char *) column (row, 4),
    .open = (char *) column (row, 5),
    .app = (char *) column (row, 6),
    .allow = allow,
    .registered = sqlite3_column_int64 (row, 8),
  };

  jf_mirror_put_service (mirror, &service);
}

static gboolean
load_row (Statement which, sqlite3_stmt *row, JfMirror *mirror, GError **error)
{
  JfKeyId key_id;
  JfRole role;

  switch (which)
    {
    case LOAD_MEMBERS:
      if (!jf_role_parse (column (row, 1), &role, error))
        return FALSE;
      load_member (row, role, mirror);
      return TRUE;
    case LOAD_INVITES:
      role = JF_ROLE_SAME;
      if (column (row, 2)[0] != '\0' && !jf_role_parse (column (row, 2), &role, error))
        return FALSE;
      load_invite (row, role, mirror);
      return TRUE;
    case LOAD_DEVICES:
      if (!jf_key_id_parse (column (row, 0), &key_id, error))
        return FALSE;
      jf_mirror_put_device (mirror, &key_id, column (row, 1), sqlite3_column_int64 (row, 2));
      return TRUE;
    default:
      load_service (row, mirror);
      return TRUE;
    }
}

static gboolean
load_table (JfSqliteStore *self, Statement which, JfMirror *mirror, GError **error)
{
  sqlite3_stmt *statement = ask (self, which, error, "");
  GError *problem = NULL;

  if (!statement)
    return FALSE;
  while (next_row (self, statement, &problem))
    if (!load_row (which, statement, mirror, &problem))
      {
        /* Somebody has edited the file by hand. */
        problem->code = JF_ERROR_STORAGE;
        g_prefix_error (&problem, "cannot read %s: ", sqlite3_db_filename (self->db, "main"));
        break;
      }
  done (statement);
  if (problem)
    g_propagate_error (error, problem);
  return problem == NULL;
}

gboolean
jf_sqlite_store_load (JfSqliteStore *self, JfMirror *mirror, int64_t now, GError **error)
{
  return run (self, PURGE_INVITES, error, "i", now) &&
         load_table (self, LOAD_MEMBERS, mirror, error) &&
         load_table (self, LOAD_DEVICES, mirror, error) &&
         load_table (self, LOAD_INVITES, mirror, error) &&
         load_table (self, LOAD_SERVICES, mirror, error);
}

static gboolean
invite (JfSqliteStore *self, const JfChange *change, GError **error)
{
  const JfInvite *new = change->invite;
  g_autofree char *groups = g_strjoinv (" ", new->groups);

  if (!run (self, PURGE_INVITES, error, "i", change->time) ||
      !run (self, ADD_INVITE, error, "ssssi", new->code_hash, new->member, jf_role_name (new->role),
            groups, new->expires))
    return FALSE;
  if (sqlite3_changes (self->db) > 0)
    return TRUE;
  g_set_error_literal (error, JF_ERROR, JF_ERROR_BUSY, "there is an invitation with this code");
  return FALSE;
}

/* The columns of FIND_INVITE, copied: the row goes away. */
static gboolean
find_invite (JfSqliteStore *self,
             const JfChange *change,
             char **member,
             char **role,
             char ***groups,
             GError **error)
{
  sqlite3_stmt *statement = ask (self, FIND_INVITE, error, "si", change->code_hash, change->time);
  GError *problem = NULL;

  if (!statement)
    return FALSE;
  if (next_row (self, statement, &problem))
    {
      *member = g_strdup (column (statement, 0));
      *role = g_strdup (column (statement, 1));
      *groups = column_words (statement, 2);
    }
  else if (!problem)
    g_set_error_literal (&problem, JF_ERROR, JF_ERROR_BAD_INVITATION,
                         "this invitation is mistyped, used or expired; ask for a new one");
  done (statement);
  if (problem)
    g_propagate_error (error, problem);
  return problem == NULL;
}

static gboolean
enroll (JfSqliteStore *self, const JfChange *change, GError **error)
{
  g_autofree char *member = NULL;
  g_autofree char *role = NULL;
  g_auto (GStrv) groups = NULL;
  char key_id[JF_KEY_ID_TEXT_SIZE];

  jf_key_id_format (&change->device, key_id);
  if (!find_invite (self, change, &member, &role, &groups, error) ||
      !run (self, DROP_INVITE, error, "s", change->code_hash) ||
      !run (self, PUT_MEMBER, error, "ssi", member, role, change->time))
    return FALSE;
  for (unsigned i = 0; groups[i]; i++)
    if (!run (self, ADD_GROUP, error, "ss", member, groups[i]))
      return FALSE;
  return run (self, DROP_SERVICES_OF_USER, error, "s", member) &&
         run (self, PUT_DEVICE, error, "ssi", key_id, member, change->time);
}

static gboolean
not_available (const char *what, GError **error)
{
  g_set_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE, "there is no such %s", what);
  return FALSE;
}

static gboolean
put_service (JfSqliteStore *self, const JfServiceRecord *service, GError **error)
{
  g_autofree char *allow = g_strjoinv (" ", service->allow);

  if (!run (self, PUT_SERVICE, error, "ssissssis", service->name, service->kind,
            (int64_t) service->port, service->title, service->open, service->app, allow,
            service->registered, service->provider))
    return FALSE;
  return sqlite3_changes (self->db) > 0 || not_available ("member", error);
}

static gboolean
delete_member (JfSqliteStore *self, const char *label, GError **error)
{
  int dropped;

  if (!run (self, DROP_INVITES_OF, error, "s", label))
    return FALSE;
  dropped = sqlite3_changes (self->db);
  if (!run (self, DROP_MEMBER, error, "s", label))
    return FALSE;
  return dropped + sqlite3_changes (self->db) > 0 || not_available ("member", error);
}

static gboolean
delete_device (JfSqliteStore *self, const JfKeyId *device, GError **error)
{
  char key_id[JF_KEY_ID_TEXT_SIZE];

  jf_key_id_format (device, key_id);
  return run (self, DROP_DEVICE, error, "s", key_id) &&
         (sqlite3_changes (self->db) > 0 || not_available ("device", error));
}

static gboolean
add_audit (JfSqliteStore *self, const JfAuditLine *line, GError **error)
{
  return run (self, ADD_AUDIT, error, "issssis", line->time, line->event, line->member,
              line->device, line->service, line->tunnel, line->detail);
}

static gboolean
purge_audit (JfSqliteStore *self, JfChange *change, GError **error)
{
  if (!run (self, PURGE_AUDIT, error, "ii", change->before, (int64_t) JF_AUDIT_PURGE_MAX))
    return FALSE;
  change->n_purged = (unsigned) sqlite3_changes (self->db);
  return TRUE;
}

static gboolean
apply (JfSqliteStore *self, JfChange *change, GError **error)
{
  switch (change->kind)
    {
    case JF_CHANGE_INVITE:
      return invite (self, change, error);
    case JF_CHANGE_ENROLL:
      return enroll (self, change, error);
    case JF_CHANGE_PUT_SERVICE:
      return put_service (self, change->service, error);
    case JF_CHANGE_DELETE_SERVICE:
      return run (self, DROP_SERVICE, error, "ss", change->service->provider,
                  change->service->name);
    case JF_CHANGE_DELETE_MEMBER:
      return delete_member (self, change->member, error);
    case JF_CHANGE_DELETE_DEVICE:
      return delete_device (self, &change->device, error);
    case JF_CHANGE_AUDIT:
      return add_audit (self, change->audit, error);
    case JF_CHANGE_PURGE_AUDIT:
      return purge_audit (self, change, error);
    }
  g_assert_not_reached ();
}

gboolean
jf_sqlite_store_begin (JfSqliteStore *self, GError **error)
{
  return run (self, BEGIN, error, "");
}

gboolean
jf_sqlite_store_was_undone (JfSqliteStore *self)
{
  return sqlite3_get_autocommit (self->db) != 0;
}

gboolean
jf_sqlite_store_change (JfSqliteStore *self, JfChange *change, GError **error)
{
  if (!run (self, SAVEPOINT, error, ""))
    return FALSE;
  if (apply (self, change, error))
    return run (self, RELEASE, error, "");
  if (!jf_sqlite_store_was_undone (self))
    {
      run (self, UNDO_ONE, NULL, "");
      run (self, RELEASE, NULL, "");
    }
  return FALSE;
}

gboolean
jf_sqlite_store_end (JfSqliteStore *self, GError **error)
{
  if (run (self, COMMIT, error, ""))
    return TRUE;
  if (!jf_sqlite_store_was_undone (self))
    run (self, ROLLBACK, NULL, "");
  return FALSE;
}

static JfAuditLine *
audit_line_new (sqlite3_stmt *row)
{
  JfAuditLine line = {
    .id = sqlite3_column_int64 (row, 0),
    .time = sqlite3_column_int64 (row, 1),
    .event = (char *) column (row, 2),
    .member = (char *) column (row, 3),
    .device = (char *) column (row, 4),
    .service = (char *) column (row, 5),
    .tunnel = sqlite3_column_int64 (row, 6),
    .detail = (char *) column (row, 7),
  };

  return jf_audit_line_copy (&line);
}

GPtrArray *
jf_sqlite_store_read_audit (JfSqliteStore *self, int64_t after, unsigned limit, GError **error)
{
  g_autoptr (GPtrArray) lines = jf_audit_lines_new ();
  sqlite3_stmt *statement = ask (self, READ_AUDIT, error, "ii", after, (int64_t) limit);
  GError *problem = NULL;

  if (!statement)
    return NULL;
  while (next_row (self, statement, &problem))
    g_ptr_array_add (lines, audit_line_new (statement));
  done (statement);
  if (!problem)
    return g_steal_pointer (&lines);
  g_propagate_error (error, problem);
  return NULL;
}
