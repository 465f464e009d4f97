/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int log_format = JF_LOG_TEXT;
static int log_most = JF_LOG_INFO;
static int log_journal;

static const char *const level_names[] = { "error", "warning", "info", "debug" };
static const char *const journal_prefixes[] = { "<3>", "<4>", "<6>", "<7>" };

/* journald reads a priority in front of a line, but only there is it not noise (see
 * systemd.exec(5) about JOURNAL_STREAM). */
static gboolean
stderr_is_journal (void)
{
  const char *stream = g_getenv ("JOURNAL_STREAM");
  struct stat status;
  char own[64];

  if (!stream || fstat (STDERR_FILENO, &status) < 0)
    return FALSE;
  g_snprintf (own, sizeof own, "%" PRIuMAX ":%" PRIuMAX, (uintmax_t) status.st_dev,
              (uintmax_t) status.st_ino);
  return strcmp (own, stream) == 0;
}

void
jf_log_setup (JfLogFormat format, JfLogLevel most)
{
  g_atomic_int_set (&log_format, (int) format);
  g_atomic_int_set (&log_most, (int) most);
  g_atomic_int_set (&log_journal, stderr_is_journal ());
}

static void
append_time (GString *line)
{
  int64_t now_us = g_get_real_time ();
  time_t seconds = (time_t) (now_us / G_USEC_PER_SEC);
  struct tm utc;

  gmtime_r (&seconds, &utc);
  g_string_append_printf (line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                          utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                          (int) (now_us % G_USEC_PER_SEC / 1000));
}

/* Line separators and invisible directions are as good as control characters in a log. */
static gboolean
needs_escape (gunichar c)
{
  GUnicodeType type = g_unichar_type (c);

  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
         type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

static void
append_escape (GString *line, gunichar c)
{
  if (c > 0xffff) /* JSON has surrogate pairs only */
    {
      g_string_append_printf (line, "\\u%04x", 0xd800 + ((c - 0x10000) >> 10));
      c = 0xdc00 + ((c - 0x10000) & 0x3ff);
    }
  g_string_append_printf (line, "\\u%04x", c);
}

/* Text between quotes, the same in both formats. */
static void
append_quoted (GString *line, const char *text)
{
  g_string_append_c (line, '"');
  while (*text)
    {
      gunichar c = g_utf8_get_char_validated (text, -1);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        {
          g_string_append (line, "\\ufffd");
          text++;
          continue;
        }
      if (c == '"' || c == '\\')
        g_string_append_c (line, '\\');
      if (needs_escape (c))
        append_escape (line, c);
      else
        g_string_append_unichar (line, c);
      text = g_utf8_next_char (text);
    }
  g_string_append_c (line, '"');
}

static void
append_text_value (GString *line, const char *text)
{
  gboolean plain = *text != '\0';

  for (const char *p = text; *p && plain; p++)
    plain = *p > ' ' && *p < 0x7f && *p != '"' && *p != '\\' && *p != '=';
  if (plain)
    g_string_append (line, text);
  else
    append_quoted (line, text);
}

static void
begin_text (GString *line, JfLogLevel level, const char *event)
{
  append_time (line);
  g_string_append_printf (line, " %s %s", level_names[level], event);
}

static void
begin_json (GString *line, JfLogLevel level, const char *event)
{
  g_string_append (line, "{\"time\":\"");
  append_time (line);
  g_string_append_printf (line, "\",\"level\":\"%s\",\"event\":", level_names[level]);
  append_quoted (line, event);
}

static void
append_field (GString *line, JfLogFormat format, const char *name, const JfLogValue *value)
{
  if (format == JF_LOG_JSON)
    {
      g_string_append_c (line, ',');
      append_quoted (line, name);
      g_string_append_c (line, ':');
    }
  else
    g_string_append_printf (line, " %s=", name);
  if (!value->string)
    g_string_append_printf (line, "%" PRId64, value->number);
  else if (format == JF_LOG_JSON)
    append_quoted (line, value->string);
  else
    append_text_value (line, value->string);
}

/* One write a line, so that lines of several threads never mix. A log that cannot be written must
 * not stop the program. */
static void
write_line (const GString *line)
{
  while (write (STDERR_FILENO, line->str, line->len) < 0 && errno == EINTR)
    ;
}

void
jf_log (JfLogLevel level, const char *event, ...)
{
  JfLogFormat format = (JfLogFormat) g_atomic_int_get (&log_format);
  GString *line;
  const char *name;
  va_list fields;

  g_return_if_fail ((unsigned) level < G_N_ELEMENTS (level_names));

  if ((int) level > g_atomic_int_get (&log_most))
    return;
  line = g_string_sized_new (256);
  if (g_atomic_int_get (&log_journal))
    g_string_append (line, journal_prefixes[level]);
  if (format == JF_LOG_JSON)
    begin_json (line, level, event);
  else
    begin_text (line, level, event);
  va_start (fields, event);
  while ((name = va_arg (fields, const char *)) != NULL)
    append_field (line, format, name, va_arg (fields, const JfLogValue *));
  va_end (fields);
  g_string_append (line, format == JF_LOG_JSON ? "}\n" : "\n");
  write_line (line);
  g_string_free (line, TRUE);
}

static JfLogLevel
level_from_glib (GLogLevelFlags flags)
{
  if (flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
    return JF_LOG_ERROR;
  if (flags & G_LOG_LEVEL_WARNING)
    return JF_LOG_WARNING;
  if (flags & (G_LOG_LEVEL_MESSAGE | G_LOG_LEVEL_INFO))
    return JF_LOG_INFO;
  return JF_LOG_DEBUG;
}

/* A field's value may lack its NUL when it has a length. */
static char *
dup_field (const GLogField *fields, size_t n_fields, const char *key)
{
  for (size_t i = 0; i < n_fields; i++)
    if (strcmp (fields[i].key, key) == 0)
      return fields[i].length < 0 ? g_strdup (fields[i].value)
                                  : g_strndup (fields[i].value, (size_t) fields[i].length);
  return g_strdup ("");
}

static GLogWriterOutput
glib_writer_cb (GLogLevelFlags flags, const GLogField *fields, gsize n_fields, gpointer data)
{
  g_autofree char *domain = dup_field (fields, n_fields, "GLIB_DOMAIN");
  g_autofree char *message = dup_field (fields, n_fields, "MESSAGE");

  jf_log (level_from_glib (flags), "library", "domain", JF_S (domain), "message", JF_S (message),
          NULL);
  return G_LOG_WRITER_HANDLED;
}

void
jf_log_take_glib (void)
{
  static gsize once; /* GLib allows it once */

  if (!g_once_init_enter (&once))
    return;
  g_log_set_writer_func (glib_writer_cb, NULL, NULL);
  g_once_init_leave (&once, 1);
}
