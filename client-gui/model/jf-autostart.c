/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-autostart.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "gateway/wire/jf-error.h"

typedef struct
{
  char *folder;
  char *path;
  char *text; /* NULL: remove it */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_free (work->folder);
  g_free (work->path);
  g_free (work->text);
  g_free (work);
}

/* A word of Exec=, quoted as the Desktop Entry Specification wants it; then backslashes once more,
 * since the value is a string of a key file, and per cent signs, since those begin field codes. */
static char *
quote (const char *program)
{
  GString *out = g_string_new ("\"");

  for (const char *c = program; *c != '\0'; c++)
    {
      if (strchr ("\"`$\\", *c) != NULL)
        g_string_append (out, *c == '\\' ? "\\\\\\" : "\\\\");
      if (*c == '%')
        g_string_append_c (out, '%');
      g_string_append_c (out, *c);
    }
  g_string_append_c (out, '"');
  return g_string_free (out, FALSE);
}

static gboolean
is_plain (const char *program)
{
  for (const char *c = program; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("/._-+", *c) == NULL)
      return FALSE;
  return TRUE;
}

char *
jf_autostart_format (const char *app_id, const char *program)
{
  g_autofree char *word = is_plain (program) ? g_strdup (program) : quote (program);

  return g_strdup_printf ("[Desktop Entry]\n"
                          "Type=Application\n"
                          "Name=Jackfield\n"
                          "Icon=%s\n"
                          "Exec=%s --gapplication-service\n"
                          "X-GNOME-UsesNotifications=true\n"
                          "NoDisplay=true\n",
                          app_id, word);
}

char *
jf_autostart_find_program (void)
{
  g_autofree char *found = g_find_program_in_path ("jackfield");
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  GStatBuf a, b;

  if (self == NULL)
    return g_strdup ("jackfield");
  /* Another one of that name is not this program. */
  if (found != NULL && g_stat (found, &a) == 0 && g_stat (self, &b) == 0 && a.st_dev == b.st_dev &&
      a.st_ino == b.st_ino)
    return g_strdup ("jackfield");
  return g_steal_pointer (&self);
}

static gboolean
fail (GError **error, const char *path, int saved_errno)
{
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
               _ ("%s cannot be changed: %s"), path, g_strerror (saved_errno));
  return FALSE;
}

static gboolean
write_file (const Work *work, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (g_mkdir_with_parents (work->folder, 0700) != 0)
    return fail (error, work->folder, errno);
  if (g_file_set_contents_full (work->path, work->text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                &cause))
    return TRUE;
  g_set_error_literal (error, JF_ERROR, JF_ERROR_STORAGE, cause->message);
  return FALSE;
}

static void
work_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Work *work = data;
  GError *error = NULL;
  gboolean done;

  if (work->text != NULL)
    done = write_file (work, &error);
  else
    done = g_unlink (work->path) == 0 || errno == ENOENT || errno == ENOTDIR ||
           fail (&error, work->path, errno);
  if (done)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
jf_autostart_set_async (const char *folder,
                        const char *app_id,
                        const char *program,
                        gboolean on,
                        GAsyncReadyCallback callback,
                        gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, data);
  g_autofree char *name = g_strconcat (app_id, ".desktop", NULL);
  Work *work = g_new0 (Work, 1);

  work->folder = folder != NULL ? g_strdup (folder)
                                : g_build_filename (g_get_user_config_dir (), "autostart", NULL);
  work->path = g_build_filename (work->folder, name, NULL);
  work->text = on ? jf_autostart_format (app_id, program) : NULL;
  g_task_set_task_data (task, work, work_free);
  g_task_run_in_thread (task, work_thread);
}

gboolean
jf_autostart_set_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
