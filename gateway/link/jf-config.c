/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "gateway/link/jf-config-scan.h"
#include "gateway/wire/jf-error.h"

#define FILE_MAX_BYTES (4 * 1024 * 1024)

struct JfConfig
{
  char *path;
  GKeyFile *file;
  JfConfigScan scan;
};

static gboolean
parse (JfConfig *self, const char *data, size_t size, const JfConfigGroup *known, GError **error)
{
  g_autoptr (GError) found = NULL;

  if (!jf_config_scan_init (&self->scan, self->path, data, size, known, error))
    return FALSE;
  if (size == 0 || g_key_file_load_from_data (self->file, data, size, G_KEY_FILE_NONE, &found))
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "%s: %s", self->path, found->message);
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
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "expected true or false, got \"%s\"", text);
      jf_config_prefix_error (self, group, key, error);
      return FALSE;
    }
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
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   "expected a number from %" PRId64 " to %" PRId64 ", got \"%s\"", min, max, text);
      jf_config_prefix_error (self, group, key, error);
      return FALSE;
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

  g_prefix_error (error, "%s: [%s]%s%s: ", place, group, key ? " " : "", key ? key : "");
}
