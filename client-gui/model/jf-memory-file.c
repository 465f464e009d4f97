/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client-gui/model/jf-memory.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

/* JF_MEMORY_SERVICES_MAX entries with the longest of everything stay far below. */
#define FILE_MAX_BYTES (16 * 1024 * 1024)
#define ASIDE_MAX      100

JfMemoryEntry *
jf_memory_entry_new (void)
{
  return g_new0 (JfMemoryEntry, 1);
}

void
jf_memory_entry_free (JfMemoryEntry *entry)
{
  g_free (entry->listen);
  g_free (entry->title);
  g_free (entry->opener);
  g_free (entry);
}

gboolean
jf_memory_entry_is_empty (const JfMemoryEntry *entry)
{
  return !entry->favourite && !entry->joined && entry->used == 0 && entry->listen == NULL &&
         entry->opener == NULL;
}

static gboolean
read_bool (GKeyFile *file, const char *group, const char *key, gboolean *damaged)
{
  g_autoptr (GError) error = NULL;
  gboolean value = g_key_file_get_boolean (file, group, key, &error);

  if (g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE))
    *damaged = TRUE;
  return value;
}

static int64_t
read_time (GKeyFile *file, const char *group, const char *key, gboolean *damaged)
{
  g_autoptr (GError) error = NULL;
  int64_t value = g_key_file_get_int64 (file, group, key, &error);

  if (g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE) || value < 0)
    *damaged = TRUE;
  return MAX (value, 0);
}

/* What g_key_file_set_string() writes. GLib's own reading warns when a line has two faults.
 * (transfer full) NULL: a fault */
static char *
unescape (const char *raw)
{
  static const char names[] = "sntr\\";
  static const char meanings[] = " \n\t\r\\";
  g_autoptr (GString) out = g_string_new (NULL);

  for (const char *c = raw; *c != '\0'; c++)
    {
      const char *known;

      if (*c != '\\')
        {
          g_string_append_c (out, *c);
          continue;
        }
      c++;
      known = *c != '\0' ? strchr (names, *c) : NULL;
      if (known == NULL)
        return NULL;
      g_string_append_c (out, meanings[known - names]);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* One line, fit for a screen; what would have to be changed for that is damage but in a title. */
static char *
read_text (GKeyFile *file, const char *group, const char *key, size_t max_bytes, gboolean *damaged)
{
  g_autofree char *raw = g_key_file_get_value (file, group, key, NULL);
  g_autofree char *value = raw != NULL ? unescape (raw) : NULL;
  g_autofree char *clean = NULL;

  if (raw != NULL && value == NULL)
    *damaged = TRUE;
  if (value == NULL || *value == '\0')
    return NULL;
  clean = jf_text_clean (value, max_bytes);
  if (strcmp (clean, value) != 0 && strcmp (key, "title") != 0)
    {
      *damaged = TRUE;
      return NULL;
    }
  return *clean != '\0' ? g_steal_pointer (&clean) : NULL;
}

static JfMemoryEntry *
read_entry (GKeyFile *file, const char *group, gboolean *damaged)
{
  JfMemoryEntry *entry = jf_memory_entry_new ();

  entry->favourite = read_bool (file, group, "favourite", damaged);
  entry->joined = read_bool (file, group, "joined", damaged);
  entry->used = read_time (file, group, "used", damaged);
  entry->listen = read_text (file, group, "listen", JF_TEXT_MAX_BYTES, damaged);
  entry->title = read_text (file, group, "title", JF_TITLE_MAX_BYTES, damaged);
  entry->opener = read_text (file, group, "opener", JF_TEXT_MAX_BYTES, damaged);
  return entry;
}

static gboolean
is_service (const char *text)
{
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;

  return jf_service_split (text, &provider, &name, NULL) && provider != NULL;
}

GHashTable *
jf_memory_file_parse (const char *data, size_t size, gboolean *damaged)
{
  GHashTable *entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                               (GDestroyNotify) jf_memory_entry_free);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) groups = NULL;

  *damaged = FALSE;
  if (size == 0)
    return entries;
  if (memchr (data, '\0', size) != NULL || !g_utf8_validate (data, (gssize) size, NULL) ||
      !g_key_file_load_from_data (file, data, size, G_KEY_FILE_NONE, NULL))
    {
      *damaged = TRUE;
      return entries;
    }
  groups = g_key_file_get_groups (file, NULL);
  for (unsigned i = 0; groups[i] != NULL; i++)
    {
      JfMemoryEntry *entry;

      if (!is_service (groups[i]) || g_hash_table_size (entries) >= JF_MEMORY_SERVICES_MAX)
        {
          *damaged = TRUE;
          continue;
        }
      entry = read_entry (file, groups[i], damaged);
      if (jf_memory_entry_is_empty (entry))
        jf_memory_entry_free (entry);
      else
        g_hash_table_replace (entries, g_strdup (groups[i]), entry);
    }
  return entries;
}

static void
write_entry (GKeyFile *file, const char *service, const JfMemoryEntry *entry)
{
  if (entry->favourite)
    g_key_file_set_boolean (file, service, "favourite", TRUE);
  if (entry->joined)
    g_key_file_set_boolean (file, service, "joined", TRUE);
  if (entry->used != 0)
    g_key_file_set_int64 (file, service, "used", entry->used);
  if (entry->listen != NULL)
    g_key_file_set_string (file, service, "listen", entry->listen);
  if (entry->title != NULL)
    g_key_file_set_string (file, service, "title", entry->title);
  if (entry->opener != NULL)
    g_key_file_set_string (file, service, "opener", entry->opener);
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char *
jf_memory_file_format (GHashTable *entries, size_t *size)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  unsigned n;
  g_autofree char **services = (char **) g_hash_table_get_keys_as_array (entries, &n);

  qsort (services, n, sizeof *services, compare_strings);
  for (unsigned i = 0; i < n; i++)
    write_entry (file, services[i], g_hash_table_lookup (entries, services[i]));
  return g_key_file_to_data (file, size, NULL);
}

/* A plain file of a size that we may have written ourselves; never waits for a pipe's writer. 0,
 * or an errno. */
static int
read_file (const char *path, GString *out)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat info;
  char buffer[16384];
  ssize_t n = -1;
  int saved = 0;

  if (fd < 0)
    return errno;
  if (fstat (fd, &info) != 0 || !S_ISREG (info.st_mode))
    saved = EINVAL;
  else if (info.st_size > FILE_MAX_BYTES)
    saved = EFBIG;
  while (saved == 0 && out->len <= FILE_MAX_BYTES)
    {
      n = read (fd, buffer, sizeof buffer);
      if (n > 0)
        g_string_append_len (out, buffer, n);
      else if (n == 0)
        break;
      else if (errno != EINTR)
        saved = errno;
    }
  close (fd);
  return saved;
}

/* (transfer full) where the damaged file is now; NULL: it could not be moved */
static char *
keep_aside (const char *path)
{
  for (unsigned i = 0; i < ASIDE_MAX; i++)
    {
      g_autofree char *aside = i == 0 ? g_strdup_printf ("%s.damaged", path)
                                      : g_strdup_printf ("%s.damaged-%u", path, i);

      if (g_file_test (aside, G_FILE_TEST_EXISTS))
        continue;
      return g_rename (path, aside) == 0 ? g_steal_pointer (&aside) : NULL;
    }
  return NULL;
}

static char *
explain_damage (const char *path, const char *aside)
{
  if (aside == NULL)
    return g_strdup_printf (_ ("The file %s, which holds your favourites and connections, is "
                               "damaged and cannot be put aside. It is left as it is, and nothing "
                               "new is remembered. Remove it or correct it by hand."),
                               path);
  return g_strdup_printf (_ ("The file %s, which holds your favourites and connections, was "
                             "damaged. It was kept as %s; what could be understood of it is still "
                             "here."),
                             path, aside);
}

GHashTable *
jf_memory_file_load (const char *path, char **damage, gboolean *frozen)
{
  g_autoptr (GString) data = g_string_new (NULL);
  g_autofree char *aside = NULL;
  GHashTable *entries;
  gboolean damaged;
  int failed = read_file (path, data);

  *damage = NULL;
  *frozen = FALSE;
  if (failed != 0)
    g_string_truncate (data, 0);
  entries = jf_memory_file_parse (data->str, data->len, &damaged);
  if (failed == ENOENT)
    return entries;
  if (failed != 0 && failed != EFBIG)
    {
      *frozen = TRUE;
      *damage = g_strdup_printf (_ ("The file %s, which holds your favourites and connections, "
                                    "cannot be read: %s. It is left as it is, and nothing new is "
                                    "remembered. Check its permissions."),
                                    path, g_strerror (failed));
      return entries;
    }
  if (!damaged && failed == 0)
    return entries;
  aside = keep_aside (path);
  *frozen = aside == NULL;
  *damage = explain_damage (path, aside);
  return entries;
}
