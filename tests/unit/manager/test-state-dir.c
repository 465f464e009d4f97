/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/state-dir.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"

typedef struct
{
  char *parent;
  char *dir;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->parent = g_dir_make_tmp ("jf-state-XXXXXX", NULL);
  f->dir = g_build_filename (f->parent, "a", "b", NULL);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_autofree char *lock = g_build_filename (f->dir, "lock", NULL);
  g_autofree char *between = g_path_get_dirname (f->dir);

  g_remove (lock);
  g_rmdir (f->dir);
  g_remove (between);
  g_rmdir (f->parent);
  g_free (f->dir);
  g_free (f->parent);
}

static int
take (const char *dir)
{
  g_autoptr (GError) error = NULL;
  int fd = jf_state_dir_take (dir, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fd, >=, 0);
  return fd;
}

static void
expect_failure (const char *dir, int code)
{
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (jf_state_dir_take (dir, &error), ==, -1);
  g_assert_error (error, JF_ERROR, code);
  g_assert_nonnull (strstr (error->message, dir));
}

static void
test_made (Fixture *f, gconstpointer data)
{
  struct stat info;
  int fd = take (f->dir);

  g_assert_cmpint (stat (f->dir, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
  close (fd);
}

static void
test_made_private (Fixture *f, gconstpointer data)
{
  struct stat info;

  g_assert_cmpint (g_mkdir_with_parents (f->dir, 0755), ==, 0);
  g_assert_cmpint (chmod (f->dir, 0755), ==, 0);
  close (take (f->dir));
  g_assert_cmpint (stat (f->dir, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
}

static void
test_lock (Fixture *f, gconstpointer data)
{
  int fd = take (f->dir);

  expect_failure (f->dir, JF_ERROR_BUSY);
  close (fd);
  close (take (f->dir));
}

static void
test_no_directory (Fixture *f, gconstpointer data)
{
  g_autofree char *between = g_path_get_dirname (f->dir);

  g_assert_true (g_file_set_contents (between, "a file", -1, NULL));
  expect_failure (f->dir, JF_ERROR_STORAGE);
  expect_failure (between, JF_ERROR_STORAGE);
}

static void
test_not_ours (Fixture *f, gconstpointer data)
{
  if (geteuid () != 0)
    {
      g_test_skip ("needs root to give a directory away");
      return;
    }
  g_assert_cmpint (g_mkdir_with_parents (f->dir, 0755), ==, 0);
  g_assert_cmpint (chown (f->dir, 65534, (gid_t) -1), ==, 0);
  expect_failure (f->dir, JF_ERROR_STORAGE);
  g_assert_cmpint (chown (f->dir, 0, (gid_t) -1), ==, 0);
  g_assert_cmpint (chmod (f->parent, 0500), ==, 0);
  g_assert_cmpint (chown (f->parent, 65534, (gid_t) -1), ==, 0);
  g_assert_cmpint (seteuid (65534), ==, 0);
  expect_failure (f->dir, JF_ERROR_STORAGE);
  g_assert_cmpint (seteuid (0), ==, 0);
}

static void
test_default (void)
{
  g_autofree char *path = jf_state_dir_default ();

  g_assert_true (g_path_is_absolute (path));
  g_assert_true (g_str_has_suffix (path, "/jackfield-manager"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/manager/state-dir/made", Fixture, NULL, setup, test_made, teardown);
  g_test_add ("/manager/state-dir/private", Fixture, NULL, setup, test_made_private, teardown);
  g_test_add ("/manager/state-dir/lock", Fixture, NULL, setup, test_lock, teardown);
  g_test_add ("/manager/state-dir/no-directory", Fixture, NULL, setup, test_no_directory, teardown);
  g_test_add ("/manager/state-dir/not-ours", Fixture, NULL, setup, test_not_ours, teardown);
  g_test_add_func ("/manager/state-dir/default", test_default);
  return g_test_run ();
}
