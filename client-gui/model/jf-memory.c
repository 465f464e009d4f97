/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-memory.h"

#include <gio/gio.h>
#include <string.h>

#include "client-gui/model/jf-memory-file.h"
#include "gateway/engine/jf-state.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

#define WRITE_DELAY_MS 1000
#define LATELY_MAX     20

/* What a writing thread needs; it may outlive the memory. Writes come one after the other, and an
 * older one never follows a newer one. */
typedef struct
{
  gatomicrefcount count;
  GMutex lock;
  uint64_t written; /* generation; under the lock */
  char *path;
} Disk;

typedef struct
{
  Disk *disk;
  char *data;
  size_t size;
  uint64_t generation;
} Write;

struct _JfMemory
{
  GObject parent_instance;

  Disk *disk;
  GHashTable *entries; /* service -> JfMemoryEntry */
  char *damage;
  gboolean frozen; /* the file is to be left alone */
  uint64_t generation;
  unsigned timer; /* source id; 0 none */
  gboolean writing;
  gboolean dirty;
  gboolean failing; /* said already */
};

G_DEFINE_FINAL_TYPE (JfMemory, jf_memory, G_TYPE_OBJECT)

enum
{
  FAILED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

static void schedule (JfMemory *self);

static void
disk_unref (Disk *disk)
{
  if (!g_atomic_ref_count_dec (&disk->count))
    return;
  g_mutex_clear (&disk->lock);
  g_free (disk->path);
  g_free (disk);
}

static Write *
write_new (JfMemory *self)
{
  Write *write = g_new0 (Write, 1);

  g_atomic_ref_count_inc (&self->disk->count);
  write->disk = self->disk;
  write->data = jf_memory_file_format (self->entries, &write->size);
  write->generation = ++self->generation;
  self->dirty = FALSE;
  return write;
}

static void
write_free (gpointer data)
{
  Write *write = data;

  disk_unref (write->disk);
  g_free (write->data);
  g_free (write);
}

static gboolean
write_run (Write *write, GError **error)
{
  gboolean good = TRUE;

  g_mutex_lock (&write->disk->lock);
  if (write->generation > write->disk->written)
    {
      good = jf_state_write (write->disk->path, write->data, write->size, error);
      if (good)
        write->disk->written = write->generation;
    }
  g_mutex_unlock (&write->disk->lock);
  return good;
}

static void
write_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (write_run (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
note_result (JfMemory *self, const GError *error)
{
  if (error != NULL && !self->failing)
    {
      self->failing = TRUE;
      g_signal_emit (self, signals[FAILED], 0, error);
    }
  else if (error == NULL)
    self->failing = FALSE;
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfMemory *self = JF_MEMORY (source);
  g_autoptr (GError) error = NULL;

  self->writing = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    self->dirty = TRUE; /* with the next change */
  else if (self->dirty)
    schedule (self);
  note_result (self, error);
}

static gboolean
write_cb (gpointer data)
{
  JfMemory *self = data;
  g_autoptr (GTask) task = NULL;

  self->timer = 0;
  task = g_task_new (self, NULL, written_cb, NULL);
  g_task_set_task_data (task, write_new (self), write_free);
  self->writing = TRUE;
  g_task_run_in_thread (task, write_thread);
  return G_SOURCE_REMOVE;
}

static void
schedule (JfMemory *self)
{
  if (self->timer == 0 && !self->writing)
    self->timer = g_timeout_add (WRITE_DELAY_MS, write_cb, self);
}

static void
touch (JfMemory *self)
{
  if (self->frozen)
    return;
  self->dirty = TRUE;
  schedule (self);
}

gboolean
jf_memory_flush (JfMemory *self, GError **error)
{
  g_autoptr (GError) local = NULL;
  Write *write;
  gboolean good;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->frozen || (!self->dirty && !self->writing))
    return TRUE;
  write = write_new (self);
  good = write_run (write, &local);
  write_free (write);
  self->dirty = !good;
  note_result (self, local);
  if (!good)
    g_propagate_error (error, g_steal_pointer (&local));
  return good;
}

/* What goes first when there are too many: lowest first. */
static int
compare_worth (const JfMemoryEntry *a, const JfMemoryEntry *b)
{
  gboolean kept_a = a->favourite || a->joined;
  gboolean kept_b = b->favourite || b->joined;

  if (kept_a != kept_b)
    return kept_a ? 1 : -1;
  return a->used < b->used ? -1 : a->used > b->used;
}

static void
evict (JfMemory *self)
{
  GHashTableIter iter;
  gpointer key, value;
  const char *worst = NULL;
  const JfMemoryEntry *worst_entry = NULL;

  if (g_hash_table_size (self->entries) < JF_MEMORY_SERVICES_MAX)
    return;
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (worst == NULL || compare_worth (value, worst_entry) < 0)
      {
        worst = key;
        worst_entry = value;
      }
  g_hash_table_remove (self->entries, worst);
}

static const JfMemoryEntry *
look_up (JfMemory *self, const char *service)
{
  static const JfMemoryEntry nothing;
  const JfMemoryEntry *entry = g_hash_table_lookup (self->entries, service);

  return entry != NULL ? entry : &nothing;
}

static JfMemoryEntry *
demand (JfMemory *self, const char *service)
{
  JfMemoryEntry *entry = g_hash_table_lookup (self->entries, service);

  if (entry != NULL)
    return entry;
  evict (self);
  entry = jf_memory_entry_new ();
  g_hash_table_replace (self->entries, g_strdup (service), entry);
  return entry;
}

/* After a change: what holds nothing goes. */
static void
settle (JfMemory *self, const char *service, const JfMemoryEntry *entry)
{
  if (jf_memory_entry_is_empty (entry))
    g_hash_table_remove (self->entries, service);
  touch (self);
}

const char *
jf_memory_get_damage (JfMemory *self)
{
  return self->damage;
}

gboolean
jf_memory_get_favourite (JfMemory *self, const char *service)
{
  return look_up (self, service)->favourite;
}

void
jf_memory_set_favourite (JfMemory *self, const char *service, gboolean favourite)
{
  JfMemoryEntry *entry;

  if (!look_up (self, service)->favourite == !favourite)
    return;
  entry = demand (self, service);
  entry->favourite = !!favourite;
  settle (self, service, entry);
}

int64_t
jf_memory_get_used (JfMemory *self, const char *service)
{
  return look_up (self, service)->used;
}

void
jf_memory_set_used (JfMemory *self, const char *service, int64_t when)
{
  JfMemoryEntry *entry;

  if (look_up (self, service)->used == when)
    return;
  entry = demand (self, service);
  entry->used = MAX (when, 0);
  settle (self, service, entry);
}

gboolean
jf_memory_get_joined (JfMemory *self, const char *service)
{
  return look_up (self, service)->joined;
}

void
jf_memory_set_joined (JfMemory *self, const char *service, gboolean joined)
{
  JfMemoryEntry *entry;

  if (!look_up (self, service)->joined == !joined)
    return;
  entry = demand (self, service);
  entry->joined = !!joined;
  settle (self, service, entry);
}

char *
jf_memory_get_listen (JfMemory *self, const char *service)
{
  return g_strdup (look_up (self, service)->listen);
}

/* What would not come back from the file as it is, is not remembered. */
static gboolean
is_plain (const char *text, size_t max_bytes)
{
  g_autofree char *clean = jf_text_clean (text, max_bytes);

  return strcmp (clean, text) == 0;
}

/* NULL and "": none. FALSE: nothing was changed. */
static gboolean
replace_text (char **place, const char *text)
{
  if (text != NULL && (*text == '\0' || !is_plain (text, JF_TEXT_MAX_BYTES)))
    text = NULL;
  if (g_strcmp0 (*place, text) == 0)
    return FALSE;
  g_free (*place);
  *place = g_strdup (text);
  return TRUE;
}

void
jf_memory_set_listen (JfMemory *self, const char *service, const char *listen)
{
  JfMemoryEntry *entry = demand (self, service);

  if (replace_text (&entry->listen, listen))
    settle (self, service, entry);
  else if (jf_memory_entry_is_empty (entry))
    g_hash_table_remove (self->entries, service);
}

char *
jf_memory_get_title (JfMemory *self, const char *service)
{
  return g_strdup (look_up (self, service)->title);
}

void
jf_memory_set_title (JfMemory *self, const char *service, const char *title)
{
  JfMemoryEntry *entry = g_hash_table_lookup (self->entries, service);
  g_autofree char *clean = NULL;

  if (entry == NULL)
    return;
  clean = jf_text_clean (title, JF_TITLE_MAX_BYTES);
  if (replace_text (&entry->title, clean))
    touch (self);
}

char *
jf_memory_get_opener (JfMemory *self, const char *service)
{
  return g_strdup (look_up (self, service)->opener);
}

void
jf_memory_set_opener (JfMemory *self, const char *service, const char *desktop_id)
{
  JfMemoryEntry *entry = demand (self, service);

  if (replace_text (&entry->opener, desktop_id))
    settle (self, service, entry);
  else if (jf_memory_entry_is_empty (entry))
    g_hash_table_remove (self->entries, service);
}

typedef struct
{
  const char *service;
  int64_t used;
} Use;

static int
compare_uses (gconstpointer a, gconstpointer b)
{
  const Use *one = a;
  const Use *other = b;

  if (one->used != other->used)
    return one->used > other->used ? -1 : 1;
  return strcmp (one->service, other->service);
}

char **
jf_memory_list (JfMemory *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autoptr (GArray) uses = g_array_new (FALSE, FALSE, sizeof (Use));
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      const JfMemoryEntry *entry = value;
      Use use = { key, entry->used };

      if (entry->favourite || entry->joined)
        g_strv_builder_add (builder, key);
      else if (entry->used != 0)
        g_array_append_val (uses, use);
    }
  g_array_sort (uses, compare_uses);
  for (unsigned i = 0; i < MIN (uses->len, LATELY_MAX); i++)
    g_strv_builder_add (builder, g_array_index (uses, Use, i).service);
  return g_strv_builder_end (builder);
}

static void
jf_memory_finalize (GObject *object)
{
  JfMemory *self = JF_MEMORY (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_hash_table_unref (self->entries);
  g_free (self->damage);
  disk_unref (self->disk);

  G_OBJECT_CLASS (jf_memory_parent_class)->finalize (object);
}

static void
jf_memory_class_init (JfMemoryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_memory_finalize;
  signals[FAILED] = g_signal_new ("failed", JF_TYPE_MEMORY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
jf_memory_init (JfMemory *self)
{
  self->disk = g_new0 (Disk, 1);
  g_atomic_ref_count_init (&self->disk->count);
  g_mutex_init (&self->disk->lock);
}

JfMemory *
jf_memory_new (const char *path)
{
  JfMemory *self = g_object_new (JF_TYPE_MEMORY, NULL);

  self->disk->path = g_strdup (path);
  if (path == NULL)
    {
      gboolean damaged;

      self->entries = jf_memory_file_parse ("", 0, &damaged);
      self->frozen = TRUE;
      return self;
    }
  self->entries = jf_memory_file_load (path, &self->damage, &self->frozen);
  /* What was put aside has left nothing in its place. */
  self->dirty = self->damage != NULL && !self->frozen;
  return self;
}
