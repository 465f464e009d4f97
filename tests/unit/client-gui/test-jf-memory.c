/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-memory.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "client-gui/model/jf-memory-file.h"
#include "gateway/wire/jf-error.h"
#include "tests/unit/engine/engine-dir.h"

typedef struct
{
  char *dir;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = engine_dir_new ();
  fixture->path = g_build_filename (fixture->dir, "services.memory", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  (void) g_chmod (fixture->dir, 0700);
  engine_dir_free (fixture->dir);
  g_free (fixture->path);
}

static char *
contents (const char *path)
{
  char *text = NULL;

  (void) g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

static void
test_comes_back (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfMemory) memory = jf_memory_new (fixture->path);
  g_autoptr (JfMemory) again = NULL;
  g_autofree char *listen = NULL, *title = NULL, *opener = NULL;
  struct stat info;

  g_assert_null (jf_memory_get_damage (memory));
  jf_memory_set_favourite (memory, "clinic/cam", TRUE);
  jf_memory_set_used (memory, "clinic/cam", 1700000000);
  jf_memory_set_joined (memory, "clinic/cam", TRUE);
  jf_memory_set_listen (memory, "clinic/cam", "unix:/tmp/a b.sock");
  jf_memory_set_title (memory, "clinic/cam", "Ward <b>camera</b> ; 1");
  jf_memory_set_opener (memory, "clinic/cam", "org.example.Viewer.desktop");
  g_assert_true (jf_memory_flush (memory, NULL));
  g_assert_cmpint (stat (fixture->path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);

  again = jf_memory_new (fixture->path);
  g_assert_null (jf_memory_get_damage (again));
  g_assert_true (jf_memory_get_favourite (again, "clinic/cam"));
  g_assert_true (jf_memory_get_joined (again, "clinic/cam"));
  g_assert_cmpint (jf_memory_get_used (again, "clinic/cam"), ==, 1700000000);
  listen = jf_memory_get_listen (again, "clinic/cam");
  title = jf_memory_get_title (again, "clinic/cam");
  opener = jf_memory_get_opener (again, "clinic/cam");
  g_assert_cmpstr (listen, ==, "unix:/tmp/a b.sock");
  g_assert_cmpstr (title, ==, "Ward <b>camera</b> ; 1");
  g_assert_cmpstr (opener, ==, "org.example.Viewer.desktop");
  g_assert_false (jf_memory_get_favourite (again, "clinic/other"));
}

/* Soon, by itself, in one go. */
static void
test_is_written_by_itself (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfMemory) memory = jf_memory_new (fixture->path);
  g_autofree char *text = NULL;

  for (int i = 0; i < 1000; i++)
    jf_memory_set_used (memory, "clinic/cam", i);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  while (!g_file_test (fixture->path, G_FILE_TEST_EXISTS))
    g_main_context_iteration (NULL, TRUE);
  text = contents (fixture->path);
  g_assert_nonnull (strstr (text, "used=999"));
}

static void
test_what_holds_nothing_goes (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfMemory) memory = jf_memory_new (fixture->path);
  g_auto (GStrv) list = NULL;
  g_autofree char *text = NULL;

  jf_memory_set_title (memory, "clinic/cam", "Not kept alone");
  jf_memory_set_favourite (memory, "clinic/cam", TRUE);
  jf_memory_set_title (memory, "clinic/cam", "Camera");
  jf_memory_set_favourite (memory, "clinic/cam", FALSE);
  jf_memory_set_listen (memory, "clinic/cam", "");
  jf_memory_set_opener (memory, "clinic/cam", NULL);
  list = jf_memory_list (memory);
  g_assert_cmpuint (g_strv_length (list), ==, 0);
  g_assert_true (jf_memory_flush (memory, NULL));
  text = contents (fixture->path);
  g_assert_cmpstr (text, ==, "");
}

static void
test_list (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfMemory) memory = jf_memory_new (fixture->path);
  g_auto (GStrv) list = NULL;

  for (int i = 1; i <= 100; i++)
    {
      g_autofree char *service = g_strdup_printf ("clinic/s%d", i);

      jf_memory_set_used (memory, service, i);
    }
  jf_memory_set_favourite (memory, "clinic/s1", TRUE);
  jf_memory_set_joined (memory, "clinic/never", TRUE);
  list = jf_memory_list (memory);
  g_assert_cmpuint (g_strv_length (list), ==, 22);
  g_assert_true (g_strv_contains ((const char *const *) list, "clinic/s1"));
  g_assert_true (g_strv_contains ((const char *const *) list, "clinic/never"));
  g_assert_true (g_strv_contains ((const char *const *) list, "clinic/s81"));
  g_assert_false (g_strv_contains ((const char *const *) list, "clinic/s80"));
}

static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfMemory) memory = jf_memory_new (fixture->path);
  g_autoptr (JfMemory) again = NULL;

  jf_memory_set_favourite (memory, "clinic/old", TRUE);
  for (int i = 1; i <= JF_MEMORY_SERVICES_MAX; i++)
    {
      g_autofree char *service = g_strdup_printf ("clinic/s%d", i);

      jf_memory_set_used (memory, service, i);
    }
  g_assert_true (jf_memory_get_favourite (memory, "clinic/old"));
  g_assert_cmpint (jf_memory_get_used (memory, "clinic/s1"), ==, 0);
  g_assert_cmpint (jf_memory_get_used (memory, "clinic/s2"), ==, 2);
  g_assert_true (jf_memory_flush (memory, NULL));
  again = jf_memory_new (fixture->path);
  g_assert_null (jf_memory_get_damage (again));
  g_assert_cmpint (jf_memory_get_used (again, "clinic/s2"), ==, 2);
}

/* The damaged file is there still, what is good of it counts, and the next write is whole. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text;
    size_t size;
    gboolean favourite;
  } files[] = {
    { "[clinic/cam]\nfavourite=true\n[no service]\nfavourite=true\n", 0, TRUE },
    { "[clinic/cam]\nfavourite=true\nused=yesterday\n", 0, TRUE },
    { "[clinic/cam]\nfavourite=true\nlisten=a\\nb\n", 0, TRUE },
    { "[clinic/cam]\nfavourite=true\ntitle=a\\x\\\n", 0, TRUE },
    { "[clinic/cam]\nfavourite=true\nnonsense\n", 0, FALSE },
    { "[clinic/cam]\nfavourite=true\n\0", 29, FALSE },
    { "\xff\xfe", 2, FALSE },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *aside = i == 0 ? g_strdup_printf ("%s.damaged", fixture->path)
                                      : g_strdup_printf ("%s.damaged-%u", fixture->path, i);
      g_autoptr (JfMemory) memory = NULL;
      g_autofree char *kept = NULL;

      g_assert_true (g_file_set_contents (fixture->path, files[i].text,
                                          files[i].size > 0 ? (gssize) files[i].size : -1, NULL));
      memory = jf_memory_new (fixture->path);
      g_assert_nonnull (strstr (jf_memory_get_damage (memory), aside));
      g_assert_cmpint (jf_memory_get_favourite (memory, "clinic/cam"), ==, files[i].favourite);
      kept = contents (aside);
      g_assert_cmpstr (kept, ==, files[i].text);
      g_assert_true (jf_memory_flush (memory, NULL));
      g_assert_true (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
    }
}

/* A title from the file is fit for a screen, whatever it holds. */
static void
test_title_is_cleaned (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfMemory) memory = NULL;
  g_autofree char *title = NULL;

  g_assert_true (g_file_set_contents (fixture->path,
                                      "[clinic/cam]\nfavourite=true\n"
                                      "title=a\\nb\xe2\x80\xaexc\n",
                                      -1, NULL));
  memory = jf_memory_new (fixture->path);
  g_assert_null (jf_memory_get_damage (memory));
  title = jf_memory_get_title (memory, "clinic/cam");
  g_assert_cmpstr (title, ==, "a bxc");
}

static void
test_left_alone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfMemory) memory = NULL;

  /* A directory in its place: neither read nor replaced. */
  g_assert_cmpint (g_mkdir (fixture->path, 0700), ==, 0);
  memory = jf_memory_new (fixture->path);
  g_assert_nonnull (strstr (jf_memory_get_damage (memory), fixture->path));
  jf_memory_set_favourite (memory, "clinic/cam", TRUE);
  g_assert_true (jf_memory_get_favourite (memory, "clinic/cam"));
  g_assert_true (jf_memory_flush (memory, NULL));
  g_assert_true (g_file_test (fixture->path, G_FILE_TEST_IS_DIR));
}

static void
test_a_pipe_stops_nobody (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfMemory) memory = NULL;

  g_assert_cmpint (mkfifo (fixture->path, 0600), ==, 0);
  memory = jf_memory_new (fixture->path);
  g_assert_nonnull (jf_memory_get_damage (memory));
}

static void
failed_cb (JfMemory *memory, const GError *error, gpointer data)
{
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  ++*(unsigned *) data;
}

static void
test_cannot_be_written (Fixture *fixture, gconstpointer data)
{
  g_autofree char *gone = g_build_filename (fixture->dir, "gone", "memory", NULL);
  g_autoptr (JfMemory) memory = jf_memory_new (gone);
  g_autofree char *parent = g_path_get_dirname (gone);
  unsigned n_failed = 0;

  g_signal_connect (memory, "failed", G_CALLBACK (failed_cb), &n_failed);
  jf_memory_set_favourite (memory, "clinic/cam", TRUE);
  while (n_failed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (jf_memory_flush (memory, NULL));
  g_assert_cmpuint (n_failed, ==, 1);
  /* It is said again after it has worked in between. */
  g_assert_cmpint (g_mkdir (parent, 0700), ==, 0);
  g_assert_true (jf_memory_flush (memory, NULL));
  g_assert_true (g_file_test (gone, G_FILE_TEST_EXISTS));
  g_assert_cmpint (g_remove (gone), ==, 0);
  g_assert_cmpint (g_rmdir (parent), ==, 0);
  jf_memory_set_favourite (memory, "clinic/cam", FALSE);
  g_assert_false (jf_memory_flush (memory, NULL));
  g_assert_cmpuint (n_failed, ==, 2);
}

static void
test_in_memory_only (void)
{
  g_autoptr (JfMemory) memory = jf_memory_new (NULL);

  jf_memory_set_favourite (memory, "clinic/cam", TRUE);
  g_assert_true (jf_memory_get_favourite (memory, "clinic/cam"));
  g_assert_true (jf_memory_flush (memory, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, func) g_test_add ("/memory/" name, Fixture, NULL, set_up, func, tear_down)
  CASE ("comes-back", test_comes_back);
  CASE ("written-by-itself", test_is_written_by_itself);
  CASE ("empty", test_what_holds_nothing_goes);
  CASE ("list", test_list);
  CASE ("too-many", test_too_many);
  CASE ("damaged", test_damaged);
  CASE ("title", test_title_is_cleaned);
  CASE ("left-alone", test_left_alone);
  CASE ("pipe", test_a_pipe_stops_nobody);
  CASE ("cannot-be-written", test_cannot_be_written);
#undef CASE
  g_test_add_func ("/memory/in-memory", test_in_memory_only);
  return g_test_run ();
}
