/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-config-scan.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-names.h"

/* An error quotes what it is about; it stays one line of a bearable length. */
#define MESSAGE_MAX_BYTES 400

typedef struct
{
  JfConfigScan *scan;
  const char *path;
  const JfConfigGroup *known;
  const JfConfigGroup *group_kind; /* of the current group */
  char *group;                     /* the current group, NULL before the first */
  unsigned line;
} Scanner;

static gboolean G_GNUC_PRINTF (3, 4)
    fail (const Scanner *self, GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  g_autofree char *shown = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  shown = jf_text_clean (message, MESSAGE_MAX_BYTES);
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "%s:%u: %s", self->path, self->line, shown);
  return FALSE;
}

static unsigned
lookup (const JfConfigScan *self, const char *group, const char *key)
{
  g_autofree char *name = key ? g_strconcat (group, "\n", key, NULL) : g_strdup (group);

  return GPOINTER_TO_UINT (g_hash_table_lookup (self->lines, name));
}

/* The length of the part before the "*" of "service *"; 0 when the group's name is fixed. */
static size_t
prefix_length (const JfConfigGroup *kind)
{
  size_t length = strlen (kind->group);

  return length > 0 && kind->group[length - 1] == '*' ? length - 1 : 0;
}

static const JfConfigGroup *
find_kind (const JfConfigGroup *known, const char *group)
{
  for (; known->group; known++)
    {
      size_t prefix = prefix_length (known);

      if (prefix == 0 ? strcmp (group, known->group) == 0
                      : strncmp (group, known->group, prefix) == 0 && group[prefix] != '\0')
        return known;
    }
  return NULL;
}

static char *
describe_kind (const JfConfigGroup *kind)
{
  size_t prefix = prefix_length (kind);

  return prefix > 0 ? g_strdup_printf ("[%.*sNAME]", (int) prefix, kind->group)
                    : g_strdup_printf ("[%s]", kind->group);
}

/* By the first word, so that "[servce web]" and "[service]" are both found. */
static const JfConfigGroup *
nearest_kind (const JfConfigGroup *known, const char *group)
{
  g_autofree char *word = g_strndup (group, strcspn (group, " \t"));
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  const char *best;

  for (unsigned i = 0; known[i].group; i++)
    g_ptr_array_add (words, g_strndup (known[i].group, strcspn (known[i].group, " \t")));
  g_ptr_array_add (words, NULL);
  best = jf_config_nearest (word, (const char *const *) words->pdata);
  for (unsigned i = 0; best && known[i].group; i++)
    if (strcmp (best, words->pdata[i]) == 0)
      return &known[i];
  return NULL;
}

static gboolean
scan_group (Scanner *self, char *line, GError **error)
{
  char *end = strchr (line, ']');
  unsigned first;

  if (!end || end == line + 1 || end[1] != '\0' || strchr (line + 1, '['))
    return fail (self, error, "expected [GROUP], got \"%s\"", line);
  g_free (self->group);
  self->group = g_strndup (line + 1, (size_t) (end - line - 1));
  first = lookup (self->scan, self->group, NULL);
  if (first > 0)
    return fail (self, error, "group [%s] is there already, in line %u", self->group, first);
  self->group_kind = find_kind (self->known, self->group);
  if (!self->group_kind)
    {
      const JfConfigGroup *near = nearest_kind (self->known, self->group);
      g_autofree char *hint = near ? describe_kind (near) : NULL;

      return fail (self, error, "unknown group [%s]%s%s%s", self->group,
                   hint ? "; did you mean " : "", hint ? hint : "", hint ? "?" : "");
    }
  g_hash_table_insert (self->scan->lines, g_strdup (self->group), GUINT_TO_POINTER (self->line));
  return TRUE;
}

static gboolean
check_key (Scanner *self, const char *key, GError **error)
{
  const char *near;
  unsigned first;

  if (!g_strv_contains (self->group_kind->keys, key))
    {
      near = jf_config_nearest (key, self->group_kind->keys);
      return fail (self, error, "[%s] unknown key \"%s\"%s%s%s", self->group, key,
                   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    }
  first = lookup (self->scan, self->group, key);
  if (first > 0)
    return fail (self, error, "[%s] %s is there already, in line %u", self->group, key, first);
  return TRUE;
}

/* What GKeyFile would find only when the value is read, where nobody knows the line. */
static gboolean
check_value (Scanner *self, const char *key, const char *value, GError **error)
{
  for (const char *p = strchr (value, '\\'); p; p = strchr (p + 2, '\\'))
    if (p[1] == '\0' || !strchr ("sntr\\;", p[1]))
      return fail (self, error, "[%s] %s: a backslash has to be written as \\\\", self->group, key);
  return TRUE;
}

static gboolean
scan_key (Scanner *self, char *line, GError **error)
{
  char *equals = strchr (line, '=');
  const char *value;

  if (!equals || equals == line)
    return fail (self, error, "expected KEY=VALUE, [GROUP] or # comment, got \"%s\"", line);
  *equals = '\0';
  value = g_strchug (equals + 1);
  g_strchomp (line);
  if (!self->group)
    return fail (self, error, "\"%s\" stands before the first [GROUP]", line);
  if (!check_key (self, line, error) || !check_value (self, line, value, error))
    return FALSE;
  g_hash_table_insert (self->scan->lines, g_strconcat (self->group, "\n", line, NULL),
                       GUINT_TO_POINTER (self->line));
  return TRUE;
}

static gboolean
scan_line (Scanner *self, const char *text, size_t size, GError **error)
{
  g_autofree char *line = NULL;

  if (memchr (text, '\0', size) || !g_utf8_validate (text, (gssize) size, NULL))
    return fail (self, error, "not UTF-8 text");
  line = g_strndup (text, size);
  for (const char *p = line; *p; p++)
    if (g_ascii_iscntrl (*p) && *p != '\t')
      return fail (self, error, "a control character (code %d)", *p);
  g_strstrip (line);
  if (line[0] == '\0' || line[0] == '#')
    return TRUE;
  if (line[0] == '[')
    return scan_group (self, line, error);
  return scan_key (self, line, error);
}

gboolean
jf_config_scan_init (JfConfigScan *self,
                     const char *path,
                     const char *data,
                     size_t size,
                     const JfConfigGroup *known,
                     GError **error)
{
  Scanner scanner = { .scan = self, .path = path, .known = known };
  gboolean done = TRUE;

  self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (size_t at = 0; at < size && done;)
    {
      const char *newline = memchr (data + at, '\n', size - at);
      size_t length = newline ? (size_t) (newline - data) - at : size - at;

      scanner.line++;
      done = scan_line (&scanner, data + at, length, error);
      at += length + 1;
    }
  g_free (scanner.group);
  return done;
}

void
jf_config_scan_clear (JfConfigScan *self)
{
  g_clear_pointer (&self->lines, g_hash_table_unref);
}

unsigned
jf_config_scan_get_line (const JfConfigScan *self, const char *group, const char *key)
{
  unsigned line = key ? lookup (self, group, key) : 0;

  return line > 0 ? line : lookup (self, group, NULL);
}
