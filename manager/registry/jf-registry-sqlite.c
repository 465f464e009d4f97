/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/registry/jf-registry-sqlite.h"

#include <errno.h>
#include <glib-unix.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "manager/registry/jf-registry-backend.h"
#include "manager/registry/jf-sqlite-store.h"

/* One thread owns the database. It takes everything that waits into one transaction, so that one
 * fsync pays for all of it, then hands the outcomes back; an eventfd wakes the main context once
 * a transaction. The mutex is pthread's own because ThreadSanitizer knows it, unlike GLib's. */

/* So that the first of many does not wait for the last for long. */
#define TRANSACTION_MAX 4096

/* A change, or a reading of the audit. */
typedef struct
{
  JfChange *change; /* NULL: reading */
  GTask *task;      /* of a reading */
  int64_t after;
  unsigned limit;
  GPtrArray *lines;
  GError *error;
} Job;

typedef struct
{
  JfRegistry parent;
  JfSqliteStore *store; /* the thread's, while it runs */
  GSource *wake;
  GQueue finishing; /* Job, whose callbacks are due; main context */
  pthread_t thread;
  pthread_mutex_t mutex; /* for what follows */
  pthread_cond_t more;
  GQueue waiting; /* Job */
  GQueue done;    /* Job */
  unsigned outstanding;
  int wake_fd;
  gboolean running;
  gboolean stopping;
} JfRegistrySqlite;

typedef JfRegistryClass JfRegistrySqliteClass;

static GType jf_registry_sqlite_get_type (void);
G_DEFINE_FINAL_TYPE (JfRegistrySqlite, jf_registry_sqlite, jf_registry_get_type ())

static JfRegistrySqlite *
cast (gpointer self)
{
  return G_TYPE_CHECK_INSTANCE_CAST (self, jf_registry_sqlite_get_type (), JfRegistrySqlite);
}

static void
run_job (JfRegistrySqlite *self, Job *job)
{
  if (job->change)
    jf_sqlite_store_change (self->store, job->change, &job->error);
  else
    job->lines = jf_sqlite_store_read_audit (self->store, job->after, job->limit, &job->error);
}

/* Nothing is stored: changes that seemed to go well are undone, and what was read of them too. */
static void
give_up (JfRegistrySqlite *self, GPtrArray *jobs, const GError *error)
{
  for (unsigned i = 0; i < jobs->len; i++)
    {
      Job *job = jobs->pdata[i];

      if (job->change)
        {
          if (!job->error)
            job->error = g_error_copy (error);
          continue;
        }
      g_clear_pointer (&job->lines, g_ptr_array_unref);
      g_clear_error (&job->error);
      run_job (self, job);
    }
}

/* Every change gets its own outcome, unless the storage itself fails: then nothing of this
 * transaction happened and all of them say so. */
static void
run_jobs (JfRegistrySqlite *self, GPtrArray *jobs)
{
  g_autoptr (GError) error = NULL;

  if (!jf_sqlite_store_begin (self->store, &error))
    {
      give_up (self, jobs, error);
      return;
    }
  for (unsigned i = 0; i < jobs->len; i++)
    {
      Job *job = jobs->pdata[i];

      run_job (self, job);
      if (jf_sqlite_store_was_undone (self->store))
        {
          error = g_error_copy (job->error);
          give_up (self, jobs, error);
          return;
        }
    }
  if (!jf_sqlite_store_end (self->store, &error))
    give_up (self, jobs, error);
}

/* Waits for work; NULL at the end. */
static GPtrArray *
take_jobs (JfRegistrySqlite *self)
{
  GPtrArray *jobs = NULL;

  pthread_mutex_lock (&self->mutex);
  while (g_queue_is_empty (&self->waiting) && !self->stopping)
    pthread_cond_wait (&self->more, &self->mutex);
  if (!g_queue_is_empty (&self->waiting))
    jobs = g_ptr_array_new ();
  while (jobs && jobs->len < TRANSACTION_MAX && !g_queue_is_empty (&self->waiting))
    g_ptr_array_add (jobs, g_queue_pop_head (&self->waiting));
  pthread_mutex_unlock (&self->mutex);
  return jobs;
}

static void
hand_back (JfRegistrySqlite *self, GPtrArray *jobs)
{
  eventfd_t one = 1;

  pthread_mutex_lock (&self->mutex);
  for (unsigned i = 0; i < jobs->len; i++)
    g_queue_push_tail (&self->done, jobs->pdata[i]);
  pthread_mutex_unlock (&self->mutex);
  eventfd_write (self->wake_fd, one);
}

static void *
thread_main (void *data)
{
  JfRegistrySqlite *self = data;
  GPtrArray *jobs;

  pthread_setname_np (pthread_self (), "registry");
  while ((jobs = take_jobs (self)))
    {
      run_jobs (self, jobs);
      hand_back (self, jobs);
      g_ptr_array_unref (jobs);
    }
  return NULL;
}

static void
finish_job (JfRegistrySqlite *self, Job *job)
{
  if (job->change)
    jf_registry_change_done ((JfRegistry *) self, job->change, job->error);
  else
    {
      if (job->error)
        g_task_return_error (job->task, job->error);
      else
        g_task_return_pointer (job->task, job->lines, (GDestroyNotify) g_ptr_array_unref);
      g_object_unref (job->task);
    }
  g_free (job);
}

/* Callbacks may write more, close the registry (which comes here again: hence one queue, or the
 * mirror would see changes in the wrong order), and drop it. */
static void
finish_jobs (JfRegistrySqlite *self)
{
  Job *job;

  g_object_ref (self);
  pthread_mutex_lock (&self->mutex);
  self->outstanding -= self->done.length;
  while ((job = g_queue_pop_head (&self->done)))
    g_queue_push_tail (&self->finishing, job);
  pthread_mutex_unlock (&self->mutex);
  while ((job = g_queue_pop_head (&self->finishing)))
    finish_job (self, job);
  g_object_unref (self);
}

static gboolean
wake_cb (int fd, GIOCondition condition, gpointer data)
{
  eventfd_t count;

  eventfd_read (fd, &count);
  finish_jobs (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
enqueue (JfRegistrySqlite *self, Job *job)
{
  gboolean room;

  pthread_mutex_lock (&self->mutex);
  room = self->outstanding < JF_REGISTRY_SQLITE_QUEUE_MAX;
  if (room)
    {
      self->outstanding++;
      g_queue_push_tail (&self->waiting, job);
      pthread_cond_signal (&self->more);
    }
  pthread_mutex_unlock (&self->mutex);
  if (!room)
    g_set_error (&job->error, JF_ERROR, JF_ERROR_LIMIT,
                 "%d writes wait for the registry; try again later", JF_REGISTRY_SQLITE_QUEUE_MAX);
  return room;
}

static void
commit (JfRegistry *registry, JfChange *change)
{
  JfRegistrySqlite *self = cast (registry);
  Job *job = g_new0 (Job, 1);

  job->change = change;
  if (!enqueue (self, job))
    finish_job (self, job);
}

static void
read_audit (JfRegistry *registry, int64_t after, unsigned limit, GTask *task)
{
  JfRegistrySqlite *self = cast (registry);
  Job *job = g_new0 (Job, 1);

  job->task = task;
  job->after = after;
  job->limit = limit;
  if (!enqueue (self, job))
    finish_job (self, job);
}

static void
stop_thread (JfRegistrySqlite *self)
{
  if (!self->running)
    return;
  pthread_mutex_lock (&self->mutex);
  self->stopping = TRUE;
  pthread_cond_signal (&self->more);
  pthread_mutex_unlock (&self->mutex);
  pthread_join (self->thread, NULL);
  self->running = FALSE;
}

static void
close_registry (JfRegistry *registry)
{
  JfRegistrySqlite *self = cast (registry);

  g_object_ref (self);
  stop_thread (self);
  g_source_destroy (self->wake);
  g_clear_pointer (&self->store, jf_sqlite_store_free);
  finish_jobs (self);
  g_object_unref (self);
}

static void
finalize (GObject *object)
{
  JfRegistrySqlite *self = cast (object);

  /* Nothing is outstanding: a task would hold a reference. */
  stop_thread (self);
  g_clear_pointer (&self->store, jf_sqlite_store_free);
  if (self->wake)
    g_source_destroy (self->wake);
  g_clear_pointer (&self->wake, g_source_unref);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  pthread_mutex_destroy (&self->mutex);
  pthread_cond_destroy (&self->more);
  G_OBJECT_CLASS (jf_registry_sqlite_parent_class)->finalize (object);
}

static void
jf_registry_sqlite_class_init (JfRegistrySqliteClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = finalize;
  klass->commit = commit;
  klass->read_audit = read_audit;
  klass->close = close_registry;
}

static void
jf_registry_sqlite_init (JfRegistrySqlite *self)
{
  self->wake_fd = -1;
  pthread_mutex_init (&self->mutex, NULL);
  pthread_cond_init (&self->more, NULL);
  g_queue_init (&self->waiting);
  g_queue_init (&self->done);
  g_queue_init (&self->finishing);
}

static gboolean
start_thread (JfRegistrySqlite *self, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();
  int failed;

  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  failed = self->wake_fd < 0 ? errno : pthread_create (&self->thread, NULL, thread_main, self);
  if (failed)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_FAILED, "cannot start the registry's thread: %s",
                   g_strerror (failed));
      return FALSE;
    }
  self->running = TRUE;
  self->wake = g_unix_fd_source_new (self->wake_fd, G_IO_IN);
  g_source_set_callback (self->wake, G_SOURCE_FUNC (wake_cb), self, NULL);
  g_source_attach (self->wake, context);
  return TRUE;
}

JfRegistry *
jf_registry_sqlite_open (const char *path, GError **error)
{
  g_autoptr (JfRegistry) registry = NULL;
  JfSqliteFile *file;

  g_return_val_if_fail (path, NULL);
  file = jf_sqlite_file_open (path, error);
  if (!file)
    return NULL;
  registry = g_object_new (jf_registry_sqlite_get_type (), NULL);
  cast (registry)->store = jf_sqlite_store_new (file);
  if (!jf_sqlite_store_load (cast (registry)->store, jf_registry_get_mirror (registry),
                             g_get_real_time () / G_USEC_PER_SEC, error) ||
      !start_thread (cast (registry), error))
    return NULL;
  return g_steal_pointer (&registry);
}
