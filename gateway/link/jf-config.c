/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "gateway/link/jf-config-scan.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-names.h"

#define FILE_MAX_BYTES (4 * 1024 * 1024)
/* Of a value that an error quotes. */
#define SHOWN_MAX_BYTES 80

struct JfConfig
{
  char *path;
  GKeyFile *file;
  JfConfigScan scan;
};

/* Line ends of other systems: GKeyFile takes them for a part of the line. */
static GString *
with_plain_line_ends (const char *data, size_t size)
{
  GString *text = g_string_sized_new (size + 1);

  for (size_t i = 0; i < size; i++)
    if (data[i] != '\r' || (i + 1 < size && data[i + 1] != '\n'))
      g_string_append_c (text, data[i]);
  return text;
}

static gboolean
parse (JfConfig *self, const char *data, size_t size, const JfConfigGroup *known, GError **error)
{
  g_autoptr (GString) text = with_plain_line_ends (data, size);
  g_autoptr (GError) found = NULL;
  g_autofree char *shown = NULL;

  if (!jf_config_scan_init (&self->scan, self->path, text->str, text->len, known, error))
    return FALSE;
  if (text->len == 0 ||
      g_key_file_load_from_data (self->file, text->str, text->len, G_KEY_FILE_NONE, &found))
    return TRUE;
  shown = jf_text_clean (found->message, SHOWN_MAX_BYTES);
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "%s: %s", self->path, shown);
  return FALSE;
}

JfConfig *
jf_config_new (const char *path,
               const char *data,
               size_t size,
               const JfConfigGroup *known,
               GError **error)
{
  g_autoptr (JfConfig) self = g_new0 (JfConfig, 1);

  self->path = g_strdup (path);
  self->file = g_key_file_new ();
  g_key_file_set_list_separator (self->file, ';');
  if (!parse (self, data, size, known, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* NULL with errno. */
static GString *
read_all (int fd)
{
  GString *text = g_string_new (NULL);
  char buffer[4096];

  for (;;)
    {
      ssize_t n = read (fd, buffer, sizeof buffer);

      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        return text;
      if (n > 0)
        g_string_append_len (text, buffer, n);
      if (n < 0 || text->len > FILE_MAX_BYTES)
        {
          int code = n < 0 ? errno : EFBIG;

          g_string_free (text, TRUE);
          errno = code;
          return NULL;
        }
    }
}

JfConfig *
jf_config_load (const char *path, const JfConfigGroup *known, GError **error)
{
  JfConfig *self = NULL;
  GString *text = NULL;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

  if (fd >= 0)
    text = read_all (fd);
  if (text)
    {
      self = jf_config_new (path, text->str, text->len, known, error);
      g_string_free (text, TRUE);
    }
  else
    g_set_error (error, JF_ERROR, JF_ERROR_STORAGE, "cannot read %s: %s", path, g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return self;
}

void
jf_config_free (JfConfig *self)
{
  if (!self)
    return;
  jf_config_scan_clear (&self->scan);
  g_key_file_unref (self->file);
  g_free (self->path);
  g_free (self);
}

char **
jf_config_get_groups (JfConfig *self)
{
  return g_key_file_get_groups (self->file, NULL);
}

gboolean
jf_config_has (JfConfig *self, const char *group, const char *key)
{
  return g_key_file_has_key (self->file, group, key, NULL);
}

/* GKeyFile's own escapes, in place. The scan has seen to it that there are no others. */
static void
unescape (char *text)
{
  static const char from[] = "sntr\\;";
  static const char to[] = " \n\t\r\\;";
  char *out = text;

  for (const char *in = text; *in; in++)
    {
      const char *escape = *in == '\\' && in[1] ? strchr (from, in[1]) : NULL;

      if (escape)
        in++;
      *out++ = escape ? to[escape - from] : *in;
    }
  *out = '\0';
}

char *
jf_config_get_string (JfConfig *self, const char *group, const char *key, const char *fallback)
{
  char *text = g_key_file_get_value (self->file, group, key, NULL);

  if (!text)
    return g_strdup (fallback);
  /* Not g_key_file_get_string(): that leaves the blanks that nobody sees at the end of a line. */
  unescape (g_strchomp (text));
  return text;
}

/* Blanks round the separators mean nothing; empty entries do not count. */
char **
jf_config_get_list (JfConfig *self, const char *group, const char *key)
{
  g_auto (GStrv) raw = g_key_file_get_string_list (self->file, group, key, NULL, NULL);
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  for (char **entry = raw; entry && *entry; entry++)
    if (*g_strstrip (*entry) != '\0')
      g_ptr_array_add (list, g_strdup (*entry));
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

/* A value may hold line ends; an error is one line. */
static gboolean
refuse_value (JfConfig *self,
              const char *group,
              const char *key,
              const char *expected,
              const char *text,
              GError **error)
{
  g_autofree char *shown = jf_text_clean (text, SHOWN_MAX_BYTES);

  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "expected %s, got \"%s\"", expected, shown);
  jf_config_prefix_error (self, group, key, error);
  return FALSE;
}

gboolean
jf_config_get_bool (JfConfig *self,
                    const char *group,
                    const char *key,
                    gboolean fallback,
                    gboolean *out,
                    GError **error)
{
  static const char *const yes[] = { "true", "yes", "1", NULL };
  static const char *const no[] = { "false", "no", "0", NULL };
  g_autofree char *text = jf_config_get_string (self, group, key, NULL);

  if (!text)
    *out = fallback;
  else if (g_strv_contains (yes, text))
    *out = TRUE;
  else if (g_strv_contains (no, text))
    *out = FALSE;
  else
    return refuse_value (self, group, key, "true or false", text, error);
  return TRUE;
}

gboolean
jf_config_get_int (JfConfig *self,
                   const char *group,
                   const char *key,
                   int64_t min,
                   int64_t max,
                   int64_t fallback,
                   int64_t *out,
                   GError **error)
{
  g_autofree char *text = jf_config_get_string (self, group, key, NULL);
  gint64 value = fallback;

  if (text && !g_ascii_string_to_signed (text, 10, min, max, &value, NULL))
    {
      g_autofree char *expected = g_strdup_printf ("a number from %" PRId64 " to %" PRId64, min,
                                                   max);

      return refuse_value (self, group, key, expected, text, error);
    }
  *out = value;
  return TRUE;
}

void
jf_config_prefix_error (JfConfig *self, const char *group, const char *key, GError **error)
{
  unsigned line = jf_config_scan_get_line (&self->scan, group, key);
  g_autofree char *place = line > 0 ? g_strdup_printf ("%s:%u", self->path, line)
                                    : g_strdup (self->path);
  g_autofree char *shown = jf_text_clean (group, SHOWN_MAX_BYTES);

  g_prefix_error (error, "%s: [%s]%s%s: ", place, shown, key ? " " : "", key ? key : "");
}
