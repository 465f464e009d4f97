/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-applications.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/engine/jf-socket-table.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

/* The kernel keeps so many bytes of a process' name. */
#define COMM_MAX_BYTES 15
#define DELETED        " (deleted)"

typedef struct
{
  char *host;
  uint16_t port;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->host);
  g_free (question);
}

static void
application_free (gpointer data)
{
  JfApplication *application = data;

  g_free (application->name);
  g_free (application);
}

void
jf_applications_free (JfApplications *self)
{
  g_ptr_array_unref (self->list);
  g_free (self);
}

static char *
read_comm (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "comm", NULL);
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return g_strdup ("");
  return g_strchomp (text);
}

static char *
read_exe (const char *pid)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "exe", NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  if (target == NULL)
    return g_strdup ("");
  if (g_str_has_suffix (target, DELETED))
    target[strlen (target) - strlen (DELETED)] = '\0';
  return g_path_get_basename (target);
}

/* What the process calls itself says more than its file, where that is an interpreter; but the
 * kernel cuts it. */
static char *
get_name (const char *pid)
{
  g_autofree char *comm = read_comm (pid);
  g_autofree char *exe = read_exe (pid);
  gboolean cut = strlen (comm) >= COMM_MAX_BYTES && g_str_has_prefix (exe, comm);
  char *name = jf_text_clean (cut || *comm == '\0' ? exe : comm, JF_LABEL_MAX_BYTES);

  if (*g_strstrip (name) != '\0')
    return name;
  g_free (name);
  return g_strdup_printf ("%s", pid);
}

/* One socket counts once, whoever else has inherited it. */
static unsigned
count_sockets (const char *pid, GHashTable *inodes)
{
  g_autofree char *path = g_build_filename ("/proc", pid, "fd", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  unsigned count = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *link = g_build_filename (path, name, NULL);
      char target[64];
      ssize_t size = readlink (link, target, sizeof target - 1);
      unsigned long number;
      uint64_t inode;

      if (size <= 0)
        continue;
      target[size] = '\0';
      if (sscanf (target, "socket:[%lu]", &number) != 1)
        continue;
      inode = number;
      count += g_hash_table_remove (inodes, &inode);
    }
  return count;
}

static void
add (GHashTable *by_name, const char *pid, unsigned connections)
{
  g_autofree char *name = get_name (pid);
  JfApplication *application = g_hash_table_lookup (by_name, name);
  pid_t number = (pid_t) strtol (pid, NULL, 10);

  if (application == NULL)
    {
      application = g_new0 (JfApplication, 1);
      application->name = g_steal_pointer (&name);
      application->pid = number;
      g_hash_table_insert (by_name, application->name, application);
    }
  application->pid = MIN (application->pid, number);
  application->processes++;
  application->connections += connections;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const JfApplication *const *one = a;
  const JfApplication *const *other = b;

  if ((*one)->connections != (*other)->connections)
    return (*one)->connections > (*other)->connections ? -1 : 1;
  return strcmp ((*one)->name, (*other)->name);
}

static JfApplications *
look_through_proc (JfSocketTable *table, GCancellable *cancellable)
{
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GDir) proc = g_dir_open ("/proc", 0, NULL);
  JfApplications *self = g_new0 (JfApplications, 1);
  unsigned known = 0;
  const char *pid;
  GHashTableIter iter;
  gpointer application;

  while (g_hash_table_size (table->inodes) > 0 && proc != NULL &&
         (pid = g_dir_read_name (proc)) != NULL && !g_cancellable_is_cancelled (cancellable))
    {
      unsigned count = g_ascii_isdigit (*pid) ? count_sockets (pid, table->inodes) : 0;

      if (count > 0)
        add (by_name, pid, count);
      known += count;
    }
  self->list = g_ptr_array_new_with_free_func (application_free);
  g_hash_table_iter_init (&iter, by_name);
  while (g_hash_table_iter_next (&iter, NULL, &application))
    g_ptr_array_add (self->list, application);
  g_ptr_array_sort (self->list, compare);
  self->unknown = table->n_total > known ? table->n_total - known : 0;
  return self;
}

static void
find_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Question *question = data;
  GError *error = NULL;
  JfSocketTable table;

  if (!jf_socket_table_read (&table, question->host, question->port, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  g_task_return_pointer (task, look_through_proc (&table, cancellable),
                         (GDestroyNotify) jf_applications_free);
  jf_socket_table_clear (&table);
}

void
jf_applications_find_async (const JfPseudo *pseudo,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Question *question = g_new0 (Question, 1);

  question->host = g_strdup (pseudo->host);
  question->port = pseudo->port;
  g_task_set_task_data (task, question, question_free);
  g_task_run_in_thread (task, find_thread);
}

JfApplications *
jf_applications_find_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
