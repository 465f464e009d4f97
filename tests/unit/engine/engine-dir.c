/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/engine/engine-dir.h"

#include <glib/gstdio.h>

char *
engine_dir_new (void)
{
  char *dir = g_dir_make_tmp ("jf-engine-XXXXXX", NULL);

  g_assert_nonnull (dir);
  return dir;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL
                                                                    : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  (void) g_remove (path);
}

void
engine_dir_free (char *dir)
{
  remove_tree (dir);
  g_free (dir);
}
