/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/registry/jf-registry-sqlite.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-invitation.h"
#include "tests/unit/registry/registry-contract.h"

/* A directory of its own with the registry in it. */
typedef struct
{
  char *dir;
  char *path;
} Storage;

static gpointer
storage_make (void)
{
  Storage *storage = g_new0 (Storage, 1);

  storage->dir = g_dir_make_tmp ("jf-registry-XXXXXX", NULL);
  g_assert_nonnull (storage->dir);
  storage->path = g_build_filename (storage->dir, "registry.sqlite", NULL);
  return storage;
}

static JfRegistry *
storage_open (gpointer data, GError **error)
{
  return jf_registry_sqlite_open (((Storage *) data)->path, error);
}

static void
storage_drop (gpointer data)
{
  Storage *storage = data;
  g_autoptr (GDir) dir = g_dir_open (storage->dir, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (storage->dir, name, NULL);

      g_remove (path);
    }
  g_rmdir (storage->dir);
  g_free (storage->dir);
  g_free (storage->path);
  g_free (storage);
}

static const RegistryBackend sqlite_backend = {
  .name = "sqlite",
  .make = storage_make,
  .open = storage_open,
  .drop = storage_drop,
};

static void
setup (Storage **storage, gconstpointer data)
{
  *storage = storage_make ();
}

static void
teardown (Storage **storage, gconstpointer data)
{
  storage_drop (*storage);
}

static JfRegistry *
open_good (Storage *storage)
{
  g_autoptr (GError) error = NULL;
  JfRegistry *registry = storage_open (storage, &error);

  g_assert_no_error (error);
  return registry;
}

static void
end (JfRegistry *registry)
{
  jf_registry_close (registry);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* callbacks that hold it */
  g_assert_finalize_object (registry);
}

/* Opening fails with this code, names the path, and leaves the file as it is. */
static void
expect_refusal (Storage *storage, int code, const char *words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  size_t before_size = 0;
  size_t after_size = 0;

  g_file_get_contents (storage->path, &before, &before_size, NULL);
  g_assert_null (storage_open (storage, &error));
  g_assert_error (error, JF_ERROR, code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, storage->path));
  g_assert_nonnull (strstr (error->message, words));
  g_assert_null (strchr (error->message, '\n'));
  g_file_get_contents (storage->path, &after, &after_size, NULL);
  g_assert_cmpmem (before, before_size, after, after_size);
}

static void
sql (Storage *storage, const char *statements)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open (storage->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, statements, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
test_mode (Storage **storage, gconstpointer data)
{
  const char *const ends[] = { "", "-wal", "-shm", ".lock" };
  JfRegistry *registry;

  g_assert_true (g_file_set_contents ((*storage)->path, "", 0, NULL));
  g_assert_cmpint (chmod ((*storage)->path, 0666), ==, 0);
  registry = open_good (*storage);
  g_assert_true (write_audit (registry, "x", NULL));
  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat ((*storage)->path, ends[i], NULL);
      struct stat info;

      g_assert_cmpint (stat (path, &info), ==, 0);
      g_assert_cmpint (info.st_mode & 0777, ==, 0600);
    }
  end (registry);
}

static void
test_garbage (Storage **storage, gconstpointer data)
{
  g_autofree char *garbage = g_strnfill (8192, 'g');

  g_assert_true (g_file_set_contents ((*storage)->path, garbage, 8192, NULL));
  expect_refusal (*storage, JF_ERROR_STORAGE, "restore it from a backup");
}

/* Every page but the first overwritten, and a file cut short. */
static void
test_damage (Storage **storage, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  size_t size;
  JfRegistry *registry = open_good (*storage);

  for (int i = 0; i < 200; i++)
    jf_registry_audit_async (registry, &(JfAuditLine){ .event = (char *) "x" }, NULL, NULL);
  end (registry);
  g_assert_true (g_file_get_contents ((*storage)->path, &bytes, &size, NULL));
  g_assert_true (g_file_set_contents ((*storage)->path, bytes, 8192, NULL));
  expect_refusal (*storage, JF_ERROR_STORAGE, "restore it from a backup");
  memset (bytes + 4096, 0x5a, size - 4096);
  g_assert_true (g_file_set_contents ((*storage)->path, bytes, (gssize) size, NULL));
  expect_refusal (*storage, JF_ERROR_STORAGE, "restore it from a backup");
}

/* Version 1 knew no invitations without a role; those that it has stay good. */
static void
test_older (Storage **storage, gconstpointer data)
{
  g_autofree char *hash = jf_invitation_code_hash ("one");
  g_autofree char *insert = NULL;
  g_autoptr (GError) error = NULL;
  JfRegistry *registry;
  JfKeyId keys[2] = { key_id (1), key_id (2) };

  end (open_good (*storage));
  sql (*storage, "DROP TABLE invitation;"
                 "CREATE TABLE invitation ("
                 "  code_hash TEXT PRIMARY KEY NOT NULL,"
                 "  member TEXT NOT NULL,"
                 "  role TEXT NOT NULL CHECK (role IN ('user', 'provider')),"
                 "  groups TEXT NOT NULL,"
                 "  expires INTEGER NOT NULL"
                 ") STRICT, WITHOUT ROWID;"
                 "CREATE INDEX invitation_member ON invitation (member);"
                 "CREATE INDEX invitation_expires ON invitation (expires);"
                 "PRAGMA user_version=1");
  insert = g_strdup_printf (
      "INSERT INTO invitation VALUES ('%s', 'clinic', 'provider', 'x', 9999999999)", hash);
  sql (*storage, insert);
  registry = open_good (*storage);
  g_assert_true (write_enroll (registry, "one", &keys[0], &error));
  g_assert_no_error (error);
  g_assert_true (write_invite (registry, "two", "clinic", JF_ROLE_SAME, NULL, 60, &error));
  g_assert_no_error (error);
  g_assert_true (write_enroll (registry, "two", &keys[1], NULL));
  g_assert_cmpint (jf_registry_get_member (registry, "clinic")->role, ==, JF_ROLE_PROVIDER);
  end (registry);
}

static void
test_newer (Storage **storage, gconstpointer data)
{
  end (open_good (*storage));
  sql (*storage, "PRAGMA user_version=99");
  expect_refusal (*storage, JF_ERROR_STORAGE, "install the newer manager");
}

static void
test_foreign (Storage **storage, gconstpointer data)
{
  sql (*storage, "CREATE TABLE recipe (name TEXT)");
  expect_refusal (*storage, JF_ERROR_STORAGE, "another program");
}

/* Rows that the schema takes and the manager does not understand. */
static void
test_edited (Storage **storage, gconstpointer data)
{
  end (open_good (*storage));
  sql (*storage, "INSERT INTO member VALUES ('alice', 'user', 1);"
                 "INSERT INTO device VALUES ('no key id', 'alice', 1)");
  expect_refusal (*storage, JF_ERROR_STORAGE, "cannot read");
}

static void
test_no_directory (Storage **storage, gconstpointer data)
{
  Storage inside = {
    .dir = (*storage)->dir,
    .path = g_build_filename ((*storage)->path, "registry.sqlite", NULL),
  };

  expect_refusal (&inside, JF_ERROR_STORAGE, "No such file or directory");
  g_assert_true (g_file_set_contents ((*storage)->path, "a file", -1, NULL));
  expect_refusal (&inside, JF_ERROR_STORAGE, "Not a directory");
  g_free (inside.path);
}

static void
test_read_only_directory (Storage **storage, gconstpointer data)
{
  const uid_t nobody = 65534;
  gboolean root = geteuid () == 0;

  g_assert_cmpint (chmod ((*storage)->dir, 0500), ==, 0);
  if (root)
    {
      /* root may write everywhere */
      g_assert_cmpint (chown ((*storage)->dir, nobody, (gid_t) -1), ==, 0);
      g_assert_cmpint (seteuid (nobody), ==, 0);
    }
  expect_refusal (*storage, JF_ERROR_STORAGE, "writable");
  if (root)
    g_assert_cmpint (seteuid (0), ==, 0);
  g_assert_cmpint (chmod ((*storage)->dir, 0700), ==, 0);
}

static void
test_two_managers (Storage **storage, gconstpointer data)
{
  JfRegistry *registry = open_good (*storage);

  expect_refusal (*storage, JF_ERROR_BUSY, "another manager");
  g_assert_true (write_audit (registry, "x", NULL));
  end (registry);
  end (open_good (*storage));
}

/* An operator may look into it with the sqlite3 program meanwhile. */
static void
test_readable_beside (Storage **storage, gconstpointer data)
{
  JfRegistry *registry = open_good (*storage);
  JfKeyId key = key_id (1);
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;

  add_member (registry, "alice", JF_ROLE_USER, &key);
  g_assert_cmpint (sqlite3_open ((*storage)->path, &db), ==, SQLITE_OK);
  sqlite3_prepare_v2 (db, "SELECT label FROM member", -1, &statement, NULL);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  g_assert_cmpstr ((const char *) sqlite3_column_text (statement, 0), ==, "alice");
  sqlite3_finalize (statement);
  sqlite3_close (db);
  end (registry);
}

/* Somebody's sqlite3 program holds the file for writing: nothing is stored, nothing is lost. */
static void
test_held (Storage **storage, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) read_error = NULL;
  JfRegistry *registry = open_good (*storage);
  JfKeyId key = key_id (1);
  Waiter write = { 0 };
  Waiter reading = { 0 };
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open ((*storage)->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  jf_registry_audit_async (registry, &(JfAuditLine){ .event = (char *) "x" }, waiter_cb, &write);
  jf_registry_read_audit_async (registry, 0, 10, waiter_cb, &reading);
  g_assert_false (waiter_finish (&write, registry, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "another program holds the file"));
  g_assert_cmpint (sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  while (!reading.result)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_unref (jf_registry_read_audit_finish (registry, reading.result, &read_error));
  g_assert_no_error (read_error);
  g_object_unref (reading.result);
  add_member (registry, "alice", JF_ROLE_USER, &key);
  end (registry);
}

/* The code itself is nowhere in the files. */
static void
test_no_code_stored (Storage **storage, gconstpointer data)
{
  JfRegistry *registry = open_good (*storage);
  const char *const ends[] = { "", "-wal" };

  g_assert_true (
      write_invite (registry, "Se3ntinelSe3ntinelSe3n", "alice", JF_ROLE_USER, NULL, 60, NULL));
  for (unsigned i = 0; i < G_N_ELEMENTS (ends); i++)
    {
      g_autofree char *path = g_strconcat ((*storage)->path, ends[i], NULL);
      g_autofree char *bytes = NULL;
      size_t size;

      g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
      g_assert_null (memmem (bytes, size, "Se3ntinel", 9));
    }
  end (registry);
}

/* The file may not grow beyond this; a full disk without one. */
static void
limit_file_size (rlim_t bytes)
{
  struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
}

static void
test_disk_full (Storage **storage, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *detail = g_strnfill (60000, 'd');
  JfAuditLine line = { .event = (char *) "x", .detail = detail };
  JfRegistry *registry = open_good (*storage);
  g_autoptr (GPtrArray) lines = NULL;
  Waiter waiter = { 0 };
  JfKeyId key = key_id (1);
  unsigned stored = 0;

  signal (SIGXFSZ, SIG_IGN);
  limit_file_size (400000);
  do
    jf_registry_audit_async (registry, &line, waiter_cb, &waiter);
  while (waiter_finish (&waiter, registry, &error) && ++stored < 100);
  g_test_message ("%s", error ? error->message : "no error");
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_false (write_invite (registry, "one", "alice", JF_ROLE_USER, detail, 60, NULL));
  g_assert_cmpuint (jf_registry_count_invitations (registry), ==, 0);
  limit_file_size (RLIM_INFINITY);
  add_member (registry, "alice", JF_ROLE_USER, &key); /* there is room again */
  end (registry);
  registry = open_good (*storage);
  lines = read_audit (registry, 0, 1000, NULL);
  g_assert_cmpuint (lines->len, ==, stored);
  g_assert_nonnull (jf_registry_get_member (registry, "alice"));
  end (registry);
}

static void
test_queue_full (Storage **storage, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  JfRegistry *registry = open_good (*storage);
  const char *const code = "x";
  Waiter waiter = { 0 };

  /* Outcomes leave the queue in the main context, which does not run here. */
  for (unsigned i = 0; i < JF_REGISTRY_SQLITE_QUEUE_MAX; i++)
    jf_registry_delete_service_async (registry, "clinic", code, NULL, NULL);
  jf_registry_audit_async (registry, &(JfAuditLine){ .event = (char *) "x" }, waiter_cb, &waiter);
  g_assert_false (waiter_finish (&waiter, registry, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_LIMIT);
  end (registry);
}

#define CRASHER_OPTION "--crasher"

typedef struct
{
  JfRegistry *registry;
  int fd;
  unsigned number;
} Crasher;

static void crasher_write (Crasher *crasher);

static void
crasher_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Crasher *crasher = data;
  char said = '+';

  if (!jf_registry_write_finish (crasher->registry, result, NULL) ||
      write (crasher->fd, &said, 1) != 1)
    _exit (1);
  crasher_write (crasher);
}

static void
crasher_write (Crasher *crasher)
{
  JfAuditLine line = { .event = (char *) "crash", .tunnel = ++crasher->number };

  jf_registry_audit_async (crasher->registry, &line, crasher_cb, crasher);
}

/* This program again, as the process that will be killed. Says '+' for each write that was
 * acknowledged. */
static int
crasher_main (const char *path)
{
  Crasher crasher = { .fd = STDOUT_FILENO };

  crasher.registry = jf_registry_sqlite_open (path, NULL);
  if (!crasher.registry)
    return 2;
  for (int i = 0; i < 8; i++)
    crasher_write (&crasher);
  for (;;)
    g_main_context_iteration (NULL, TRUE);
}

static pid_t
crasher_start (const char *path, int fd)
{
  pid_t pid = fork ();

  if (pid != 0)
    return pid;
  dup2 (fd, STDOUT_FILENO);
  execl ("/proc/self/exe", "crasher", CRASHER_OPTION, path, NULL);
  _exit (3);
}

static unsigned
count_said (int fd)
{
  char buffer[4096];
  unsigned count = 0;
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    count += (unsigned) n;
  return count;
}

/* SIGKILL after some acknowledged writes, ten times over: none of them is lost. */
static void
test_crash (Storage **storage, gconstpointer data)
{
  unsigned acknowledged = 0;

  for (unsigned round = 0; round < 10; round++)
    {
      g_autoptr (GPtrArray) lines = NULL;
      JfRegistry *registry;
      char said[16];
      int fds[2];
      pid_t pid;

      g_assert_cmpint (pipe (fds), ==, 0);
      pid = crasher_start ((*storage)->path, fds[1]);
      g_assert_cmpint (pid, >, 0);
      close (fds[1]);
      for (unsigned i = 0; i <= round * 3; i++)
        g_assert_cmpint (read (fds[0], said, 1), ==, 1);
      kill (pid, SIGKILL);
      g_assert_cmpint (waitpid (pid, NULL, 0), ==, pid);
      acknowledged += round * 3 + 1 + count_said (fds[0]);
      close (fds[0]);
      registry = open_good (*storage);
      lines = read_audit (registry, 0, 100000, NULL);
      g_assert_cmpuint (lines->len, >=, acknowledged);
      acknowledged = lines->len; /* some were stored and not yet said */
      end (registry);
    }
}

static void
test_dropped_without_close (Storage **storage, gconstpointer data)
{
  JfRegistry *registry = open_good (*storage);

  g_assert_true (write_audit (registry, "x", NULL));
  g_assert_finalize_object (registry);
  end (open_good (*storage));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*run) (Storage **storage, gconstpointer data);
  } tests[] = {
    { "crash", test_crash },
    { "mode", test_mode },
    { "garbage", test_garbage },
    { "damage", test_damage },
    { "older", test_older },
    { "newer", test_newer },
    { "foreign", test_foreign },
    { "edited", test_edited },
    { "no-directory", test_no_directory },
    { "read-only-directory", test_read_only_directory },
    { "two-managers", test_two_managers },
    { "readable-beside", test_readable_beside },
    { "held", test_held },
    { "no-code-stored", test_no_code_stored },
    { "disk-full", test_disk_full },
    { "queue-full", test_queue_full },
    { "dropped-without-close", test_dropped_without_close },
  };

  if (argc == 3 && strcmp (argv[1], CRASHER_OPTION) == 0)
    return crasher_main (argv[2]);
  g_test_init (&argc, &argv, NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/registry/sqlite/%s", tests[i].name);

      g_test_add (path, Storage *, NULL, setup, tests[i].run, teardown);
    }
  registry_contract_add (&sqlite_backend);
  return g_test_run ();
}
