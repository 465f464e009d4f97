/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-support-log.h"

#include <string.h>
#include <sys/utsname.h>

#include "gateway/wire/jf-names.h"

/* English, as all logs: it is for whoever helps, and is compared with the manager's. */

/* What is looked at; more than is shown, so that a cut never lays bare half a secret. */
#define LOOK_MAX (8 * JF_SUPPORT_LOG_LINE_MAX)

typedef struct
{
  int64_t when_us; /* unix */
  char *service;   /* NULL: the account itself */
  char *text;
} Line;

struct _JfSupportLog
{
  GObject parent_instance;

  GQueue lines; /* of Line, oldest first */
};

G_DEFINE_FINAL_TYPE (JfSupportLog, jf_support_log, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->service);
  g_free (line->text);
  g_free (line);
}

/* Invitation links lose their fragment; a code with its pin, or anything in a key's armour, goes
 * wherever it stands. A manager's key id alone stays: it is public and helps. */
static char *
redact (const char *text)
{
  static const struct
  {
    const char *pattern;
    const char *instead;
  } rules[] = {
    { "((?:https|jackfield)://[^\\s#]*)#\\S*", "\\1#…" },
    { "[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}", "(invitation)" },
    { "[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]*", "(invitation)" },
    { "-----BEGIN.*", "(key)" },
  };
  g_autofree char *out = g_strdup (text);

  for (unsigned i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (rules[i].pattern, G_REGEX_DOTALL, 0, NULL);
      char *next = g_regex_replace (regex, out, -1, 0, rules[i].instead, 0, NULL);

      if (next == NULL)
        return g_strdup ("(left out)");
      g_free (out);
      out = next;
    }
  return g_steal_pointer (&out);
}

void
jf_support_log_add (JfSupportLog *self, const char *service, const char *format, ...)
{
  g_autofree char *raw = NULL;
  g_autofree char *line = NULL;
  g_autofree char *safe = NULL;
  Line *entry = g_new0 (Line, 1);
  va_list args;

  va_start (args, format);
  raw = g_strdup_vprintf (format, args);
  va_end (args);
  line = jf_text_clean (raw, LOOK_MAX);
  safe = redact (line);
  entry->when_us = g_get_real_time ();
  entry->service = g_strdup (service);
  entry->text = jf_text_clean (safe, JF_SUPPORT_LOG_LINE_MAX);
  g_queue_push_tail (&self->lines, entry);
  if (g_queue_get_length (&self->lines) > JF_SUPPORT_LOG_LINES)
    line_free (g_queue_pop_head (&self->lines));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
append_heading (GString *out)
{
  g_autofree char *system = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  struct utsname kernel;

  g_string_append_printf (out, "Jackfield %s, GLib %u.%u.%u\n", JF_VERSION, glib_major_version,
                          glib_minor_version, glib_micro_version);
  g_string_append_printf (out, "System: %s", system != NULL ? system : "unknown");
  if (uname (&kernel) == 0)
    g_string_append_printf (out, ", %s %s %s", kernel.sysname, kernel.release, kernel.machine);
  if (g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS))
    g_string_append (out, ", in a Flatpak sandbox");
  g_string_append (out, "\n\n");
}

static void
append_line (GString *out, const Line *line)
{
  g_autoptr (GDateTime) seconds = g_date_time_new_from_unix_utc (line->when_us / G_USEC_PER_SEC);
  g_autofree char *when = seconds != NULL ? g_date_time_format (seconds, "%Y-%m-%dT%H:%M:%S")
                                          : g_strdup ("?");

  g_string_append_printf (out, "%s.%03dZ ", when, (int) (line->when_us / 1000 % 1000));
  if (line->service != NULL)
    g_string_append_printf (out, "%s: ", line->service);
  g_string_append_printf (out, "%s\n", line->text);
}

char *
jf_support_log_format (JfSupportLog *self, const char *service)
{
  GString *out = g_string_new (NULL);

  append_heading (out);
  for (GList *at = self->lines.head; at != NULL; at = at->next)
    {
      const Line *line = at->data;

      if (service == NULL || line->service == NULL || strcmp (line->service, service) == 0)
        append_line (out, line);
    }
  return g_string_free (out, FALSE);
}

static void
jf_support_log_finalize (GObject *object)
{
  JfSupportLog *self = JF_SUPPORT_LOG (object);

  g_queue_clear_full (&self->lines, line_free);

  G_OBJECT_CLASS (jf_support_log_parent_class)->finalize (object);
}

static void
jf_support_log_class_init (JfSupportLogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_support_log_finalize;
  signals[CHANGED] = g_signal_new ("changed", JF_TYPE_SUPPORT_LOG, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
jf_support_log_init (JfSupportLog *self)
{
  g_queue_init (&self->lines);
}

JfSupportLog *
jf_support_log_new (void)
{
  return g_object_new (JF_TYPE_SUPPORT_LOG, NULL);
}
