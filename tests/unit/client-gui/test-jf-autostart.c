/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-autostart.h"

#include <glib/gstdio.h>

#include "gateway/wire/jf-error.h"

#define APP "org.example.App"

typedef struct
{
  char *dir;
  char *folder; /* not there yet */
  char *path;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("jf-autostart-XXXXXX", NULL);
  f->folder = g_build_filename (f->dir, "config", "autostart", NULL);
  f->path = g_build_filename (f->folder, APP ".desktop", NULL);
}

static void
remove_folder (const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);

  (void) g_rmdir (path);
  (void) g_rmdir (parent);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  (void) g_unlink (f->path);
  remove_folder (f->folder);
  (void) g_rmdir (f->dir);
  g_free (f->dir);
  g_free (f->folder);
  g_free (f->path);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

static gboolean
change (const char *folder, const char *program, gboolean on, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  jf_autostart_set_async (folder, APP, program, on, done_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return jf_autostart_set_finish (result, error);
}

static void
test_on_and_off (Fixture *f, gconstpointer data)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autofree char *exec = NULL;

  g_assert_true (change (f->folder, "jackfield", TRUE, NULL));
  g_assert_true (change (f->folder, "jackfield", TRUE, NULL));
  g_assert_true (g_key_file_load_from_file (file, f->path, G_KEY_FILE_NONE, NULL));
  exec = g_key_file_get_string (file, "Desktop Entry", "Exec", NULL);
  g_assert_cmpstr (exec, ==, "jackfield --gapplication-service");
  g_assert_true (change (f->folder, "jackfield", FALSE, NULL));
  g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
  g_assert_true (change (f->folder, "jackfield", FALSE, NULL));
}

/* What cannot be written leaves nothing behind, and says so. */
static void
test_failure (Fixture *f, gconstpointer data)
{
  g_autofree char *parent = g_path_get_dirname (f->folder);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (parent, "a file", -1, NULL));
  g_assert_false (change (f->folder, "jackfield", TRUE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_true (change (f->folder, "jackfield", FALSE, NULL));
  g_assert_cmpint (g_unlink (parent), ==, 0);
}

/* Read back as a desktop reads it. */
static void
test_odd_paths (Fixture *f, gconstpointer data)
{
  static const char *const paths[] = { "/opt/a b/jackfield", "/opt/50%/jackfield",
                                       "/opt/\"$HOME`\\/jackfield" };

  for (size_t i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autofree char *text = jf_autostart_format (APP, paths[i]);
      g_autoptr (GKeyFile) file = g_key_file_new ();
      g_autofree char *exec = NULL;
      g_auto (GStrv) words = NULL;

      g_assert_true (g_key_file_load_from_data (file, text, (gsize) -1, G_KEY_FILE_NONE, NULL));
      exec = g_key_file_get_string (file, "Desktop Entry", "Exec", NULL);
      g_assert_true (g_shell_parse_argv (exec, NULL, &words, NULL));
      g_assert_cmpuint (g_strv_length (words), ==, 2);
      if (i == 1)
        g_assert_cmpstr (words[0], ==, "/opt/50%%/jackfield");
      else
        g_assert_cmpstr (words[0], ==, paths[i]);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/autostart/on-and-off", Fixture, NULL, set_up, test_on_and_off, tear_down);
  g_test_add ("/autostart/failure", Fixture, NULL, set_up, test_failure, tear_down);
  g_test_add ("/autostart/odd-paths", Fixture, NULL, set_up, test_odd_paths, tear_down);
  return g_test_run ();
}
