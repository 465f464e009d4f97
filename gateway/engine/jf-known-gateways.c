/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-known-gateways.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "gateway/engine/jf-state.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

#define ASIDE_MAX 100
/* In front of a line that was replaced. */
#define REPLACED "# replaced "

struct JfKnownGateways
{
  char *path;
  char manager[JF_KEY_ID_TEXT_SIZE];
};

typedef struct
{
  char *text;     /* the line as it stands, without its end */
  char *provider; /* NULL: a comment, a heading, or of another manager */
  JfKeyId key_id;
} Line;

static void
line_free (gpointer data)
{
  Line *line = data;

  g_free (line->text);
  g_free (line->provider);
  g_free (line);
}

JfKnownGateways *
jf_known_gateways_new (const char *path, const JfKeyId *manager)
{
  JfKnownGateways *self = g_new0 (JfKnownGateways, 1);

  self->path = g_strdup (path);
  jf_key_id_format (manager, self->manager);
  return self;
}

void
jf_known_gateways_free (JfKnownGateways *self)
{
  g_free (self->path);
  g_free (self);
}

/* "[KEYID]"; fills in `manager` */
static gboolean
read_heading (const char *text, char manager[JF_KEY_ID_TEXT_SIZE])
{
  size_t length = strlen (text);
  JfKeyId key_id;

  *manager = '\0';
  if (length != JF_KEY_ID_TEXT_SIZE + 1 || text[length - 1] != ']')
    return FALSE;
  g_strlcpy (manager, text + 1, JF_KEY_ID_TEXT_SIZE);
  if (jf_key_id_parse (manager, &key_id, NULL))
    return TRUE;
  *manager = '\0'; /* pins of an unknown manager count for none */
  return FALSE;
}

static gboolean
read_pin (const char *text, char **provider, JfKeyId *key_id)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 4);

  if (g_strv_length (words) < 2 || !jf_label_check (words[0], "provider", NULL) ||
      !jf_key_id_parse (words[1], key_id, NULL))
    return FALSE;
  *provider = g_strdup (words[0]);
  return TRUE;
}

/* FALSE: a damaged line, which is left out. */
static gboolean
read_line (JfKnownGateways *self,
           const char *text,
           char manager[JF_KEY_ID_TEXT_SIZE],
           GPtrArray *lines)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  g_autofree char *provider = NULL;
  JfKeyId key_id = { 0 };
  Line *line;

  if (*stripped == '[')
    {
      if (!read_heading (stripped, manager))
        return FALSE;
    }
  else if (*stripped != '\0' && *stripped != '#')
    {
      if (!read_pin (stripped, &provider, &key_id) || *manager == '\0')
        return FALSE;
      if (strcmp (manager, self->manager) != 0)
        g_clear_pointer (&provider, g_free);
    }
  line = g_new0 (Line, 1);
  line->text = g_steal_pointer (&stripped);
  line->provider = g_steal_pointer (&provider);
  line->key_id = key_id;
  g_ptr_array_add (lines, line);
  return TRUE;
}

/* Returns the number of the first damaged line, 0 when all are good. */
static unsigned
read_lines (JfKnownGateways *self, const char *data, size_t size, GPtrArray *lines)
{
  g_auto (GStrv) texts = NULL;
  char manager[JF_KEY_ID_TEXT_SIZE] = "";
  unsigned damaged = 0;

  if (strlen (data) != size || !g_utf8_validate (data, (gssize) size, NULL))
    damaged = 1;
  texts = g_strsplit (data, "\n", -1);
  for (unsigned i = 0; texts[i] != NULL; i++)
    {
      if (texts[i + 1] == NULL && *texts[i] == '\0')
        break;
      if (!read_line (self, texts[i], manager, lines) && damaged == 0)
        damaged = i + 1;
    }
  return damaged;
}

static gboolean
write_lines (JfKnownGateways *self, GPtrArray *lines, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (unsigned i = 0; i < lines->len; i++)
    {
      const Line *line = g_ptr_array_index (lines, i);

      g_string_append_printf (text, "%s\n", line->text);
    }
  return jf_state_write (self->path, text->str, text->len, error);
}

/* The damaged file stays for whoever wants to look at it. */
static gboolean
keep_aside (JfKnownGateways *self, unsigned damaged, GPtrArray *lines, GError **error)
{
  for (unsigned i = 0; i < ASIDE_MAX; i++)
    {
      g_autofree char *aside = i == 0 ? g_strdup_printf ("%s.damaged", self->path)
                                      : g_strdup_printf ("%s.damaged-%u", self->path, i);

      if (g_file_test (aside, G_FILE_TEST_EXISTS))
        continue;
      if (g_rename (self->path, aside) != 0)
        break;
      jf_log (JF_LOG_ERROR, "known-gateways-damaged", "file", JF_S (self->path), "line",
              JF_I (damaged), "kept", JF_S (aside), NULL);
      return write_lines (self, lines, error);
    }
  g_set_error (
      error, JF_ERROR, JF_ERROR_STORAGE,
      _ ("%s:%u: this line is damaged and the file cannot be put aside; correct it by hand"),
         self->path, damaged);
  return FALSE;
}

static GPtrArray *
load (JfKnownGateways *self, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (line_free);
  g_autoptr (GError) local = NULL;
  g_autofree char *data = NULL;
  unsigned damaged;
  size_t size;

  if (!g_file_get_contents (self->path, &data, &size, &local))
    {
      if (g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&lines);
      /* Trusting everybody anew because the pins cannot be read would be the wrong way to fail. */
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   _ ("cannot read %s: %s; check its permissions"), self->path, local->message);
      return NULL;
    }
  damaged = read_lines (self, data, size, lines);
  if (damaged != 0 && !keep_aside (self, damaged, lines, error))
    return NULL;
  return g_steal_pointer (&lines);
}

static void
set_wrong_key (JfKnownGateways *self,
               const char *provider,
               const JfKeyId *key_id,
               const JfKeyId *pinned,
               unsigned line,
               GError **error)
{
  char is[JF_KEY_ID_SHORT_SIZE];
  char was[JF_KEY_ID_SHORT_SIZE];

  jf_key_id_format_short (key_id, is);
  jf_key_id_format_short (pinned, was);
  g_set_error (error, JF_ERROR, JF_ERROR_WRONG_KEY,
               "the gateway of %s has another key than before: %s, it was %s. The provider may "
               "have replaced it, or somebody, perhaps the manager, stands in between. Ask %s; if "
               "they confirm the new key, remove line %u of %s and join again",
               provider, is, was, provider, line, self->path);
}

JfPin
jf_known_gateways_check (JfKnownGateways *self,
                         const char *provider,
                         const JfKeyId *key_id,
                         GError **error)
{
  g_autoptr (GPtrArray) lines = load (self, error);
  const Line *pinned = NULL;
  unsigned number = 0;

  if (lines == NULL)
    return JF_PIN_REFUSED;
  for (unsigned i = 0; i < lines->len; i++)
    {
      const Line *line = g_ptr_array_index (lines, i);

      if (line->provider == NULL || strcmp (line->provider, provider) != 0)
        continue;
      if (jf_key_id_equal (&line->key_id, key_id))
        return JF_PIN_KNOWN;
      if (pinned == NULL)
        number = i + 1;
      pinned = pinned != NULL ? pinned : line;
    }
  if (pinned == NULL)
    return JF_PIN_NEW;
  set_wrong_key (self, provider, key_id, &pinned->key_id, number, error);
  return JF_PIN_REFUSED;
}

/* Where the next line of this manager goes; its heading is added when there is none. */
static unsigned
find_place (JfKnownGateways *self, GPtrArray *lines)
{
  g_autofree char *heading = g_strdup_printf ("[%s]", self->manager);
  unsigned place = 0;
  Line *line;

  for (unsigned i = 0; i < lines->len; i++)
    {
      line = g_ptr_array_index (lines, i);
      if (strcmp (line->text, heading) == 0 || line->provider != NULL)
        place = i + 1;
    }
  if (place != 0)
    return place;
  line = g_new0 (Line, 1);
  line->text = g_steal_pointer (&heading);
  g_ptr_array_add (lines, line);
  return lines->len;
}

static gboolean
is_of (const Line *line, const char *provider)
{
  return line->provider != NULL && strcmp (line->provider, provider) == 0;
}

static char *
today (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  return g_date_time_format (now, "%Y-%m-%d");
}

static Line *
line_new (const char *provider, const JfKeyId *key_id, const char *comment)
{
  g_autofree char *date = today ();
  g_autofree char *clean = jf_text_clean (comment, JF_TITLE_MAX_BYTES);
  char key[JF_KEY_ID_TEXT_SIZE];
  Line *line = g_new0 (Line, 1);

  jf_key_id_format (key_id, key);
  line->text = g_strdup_printf ("%s %s %s %s", provider, key, date, clean);
  line->provider = g_strdup (provider);
  line->key_id = *key_id;
  return line;
}

gboolean
jf_known_gateways_add (JfKnownGateways *self,
                       const char *provider,
                       const JfKeyId *key_id,
                       const char *comment,
                       GError **error)
{
  g_autoptr (GPtrArray) lines = load (self, error);
  unsigned count = 0;

  if (lines == NULL)
    return FALSE;
  for (unsigned i = 0; i < lines->len; i++)
    {
      const Line *line = g_ptr_array_index (lines, i);

      if (!is_of (line, provider))
        continue;
      if (jf_key_id_equal (&line->key_id, key_id))
        return TRUE;
      count++;
    }
  if (count >= JF_KNOWN_GATEWAYS_MAX_PER_PROVIDER)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_LIMIT,
                   _ ("%s has more than %u keys in %s; remove those that are not used"), provider,
                      count, self->path);
      return FALSE;
    }
  g_ptr_array_insert (lines, (int) find_place (self, lines), line_new (provider, key_id, comment));
  return write_lines (self, lines, error);
}

void
jf_known_gateway_free (JfKnownGateway *gateway)
{
  g_free (gateway->date);
  g_free (gateway->comment);
  g_free (gateway);
}

/* People may have written anything there. */
static int64_t
read_date (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autofree char *iso = g_strdup_printf ("%sT00:00:00Z", text);
  g_autoptr (GDateTime) date = g_date_time_new_from_iso8601 (iso, utc);

  return date != NULL ? g_date_time_to_unix (date) : 0;
}

static JfKnownGateway *
describe (const Line *line)
{
  g_auto (GStrv) words = g_strsplit (line->text, " ", 4);
  unsigned n = g_strv_length (words);
  JfKnownGateway *gateway = g_new0 (JfKnownGateway, 1);
  int64_t since = n > 2 ? read_date (words[2]) : 0;

  gateway->key_id = line->key_id;
  gateway->since = since;
  gateway->date = g_strdup (since != 0 ? words[2] : "");
  gateway->comment = jf_text_clean (n > 3 ? words[3] : "", JF_TITLE_MAX_BYTES);
  return gateway;
}

GPtrArray *
jf_known_gateways_list (JfKnownGateways *self, const char *provider, GError **error)
{
  g_autoptr (GPtrArray) lines = load (self, error);
  GPtrArray *list;

  if (lines == NULL)
    return NULL;
  list = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_known_gateway_free);
  for (unsigned i = 0; i < lines->len; i++)
    {
      const Line *line = g_ptr_array_index (lines, i);

      if (is_of (line, provider))
        g_ptr_array_add (list, describe (line));
    }
  return list;
}

/* "# replaced DATE: LINE" */
static void
comment_out (Line *line)
{
  g_autofree char *old = line->text;
  g_autofree char *date = today ();

  line->text = g_strdup_printf (REPLACED "%s: %s", date, old);
  g_clear_pointer (&line->provider, g_free);
}

/* Those nearest to the end stay. */
static void
drop_oldest_replaced (GPtrArray *lines)
{
  unsigned n = 0;

  for (unsigned i = lines->len; i > 0; i--)
    {
      const Line *line = g_ptr_array_index (lines, i - 1);

      if (g_str_has_prefix (line->text, REPLACED) && ++n > JF_KNOWN_GATEWAYS_MAX_PER_PROVIDER)
        g_ptr_array_remove_index (lines, i - 1);
    }
}

gboolean
jf_known_gateways_replace (JfKnownGateways *self,
                           const char *provider,
                           const JfKeyId *key_id,
                           const char *comment,
                           GError **error)
{
  g_autoptr (GPtrArray) lines = load (self, error);
  unsigned place = 0;

  if (lines == NULL)
    return FALSE;
  for (unsigned i = 0; i < lines->len; i++)
    if (is_of (g_ptr_array_index (lines, i), provider))
      {
        comment_out (g_ptr_array_index (lines, i));
        place = i + 1;
      }
  if (place == 0)
    place = find_place (self, lines);
  g_ptr_array_insert (lines, (int) place, line_new (provider, key_id, comment));
  drop_oldest_replaced (lines);
  return write_lines (self, lines, error);
}
