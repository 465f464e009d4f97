/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gunixinputstream.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "client-gui/model/jf-sections.h"
#include "client-gui/model/jf-words.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-invitation.h"

/* The app's model without a face, for tests: commands come as lines on standard input, what happens
 * goes out as lines of JSON.
 *
 *   model-driver BASE-DIR [keyring]
 *   enroll LINK | connect ITEM | disconnect ITEM | undo ITEM | traffic ITEM | favourite ITEM | listen ITEM [TEXT] | trust ITEM |
 *   try ITEM | forget ACCOUNT | search [TEXT] | log ACCOUNT | quit
 */

typedef struct
{
  GMainLoop *loop;
  JfAccounts *accounts;
  JfCatalog *catalog;
  JfSections *sections;
  GHashTable *shown; /* item -> what was said of it */
  GDataInputStream *input;
} Driver;

static void G_GNUC_PRINTF (1, 2) say (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  putchar ('\n');
  fflush (stdout);
}

/* (transfer full) a JSON string, or null */
static char *
quote (const char *text)
{
  GString *out;

  if (text == NULL)
    return g_strdup ("null");
  out = g_string_new ("\"");
  for (const char *c = text; *c != '\0'; c++)
    if (*c == '"' || *c == '\\' || (unsigned char) *c < 0x20)
      g_string_append_printf (out, "\\u%04x", (unsigned) *c);
    else
      g_string_append_c (out, *c);
  g_string_append_c (out, '"');
  return g_string_free (out, FALSE);
}

static void
say_item (Driver *self, JfItem *item, gboolean gone)
{
  g_autofree char *title = quote (jf_item_get_title (item));
  g_autofree char *address = quote (jf_item_get_address (item));
  g_autofree char *reason = quote (jf_item_get_reason (item));
  g_autofree char *text = quote (jf_item_get_state_text (item));
  const GError *error = jf_item_get_error (item);
  g_autofree char *line = g_strdup_printf (
      "{\"item\":\"%s\",\"shown\":%s,\"state\":\"%s\",\"text\":%s,\"title\":%s,\"online\":%s,"
      "\"wanted\":%s,\"favourite\":%s,\"address\":%s,\"reason\":%s,\"error\":\"%s\"}",
      jf_item_get_id (item), gone ? "false" : "true",
      jf_words_item_state_name (jf_item_get_state (item)), text, title,
      jf_item_get_online (item) ? "true" : "false", jf_item_is_wanted (item) ? "true" : "false",
      jf_item_get_favourite (item) ? "true" : "false", address, reason,
      error != NULL ? jf_error_name ((JfError) error->code) : "");

  if (g_strcmp0 (g_hash_table_lookup (self->shown, item), line) == 0)
    return;
  say ("%s", line);
  if (gone)
    g_hash_table_remove (self->shown, item);
  else
    g_hash_table_insert (self->shown, g_object_ref (item), g_steal_pointer (&line));
}

static void
item_notify_cb (JfItem *item, GParamSpec *pspec, gpointer data)
{
  say_item (data, item, FALSE);
}

static void
catalog_changed_cb (GListModel *catalog,
                    unsigned position,
                    unsigned removed,
                    unsigned added,
                    gpointer data)
{
  Driver *self = data;
  g_autoptr (GHashTable) here = g_hash_table_new (NULL, NULL);
  g_autoptr (GList) known = g_hash_table_get_keys (self->shown);

  for (unsigned i = 0; i < g_list_model_get_n_items (catalog); i++)
    {
      g_autoptr (JfItem) item = g_list_model_get_item (catalog, i);

      g_hash_table_add (here, item);
      if (g_hash_table_contains (self->shown, item))
        continue;
      g_signal_connect (item, "notify", G_CALLBACK (item_notify_cb), self);
      say_item (self, item, FALSE);
    }
  for (GList *at = known; at != NULL; at = at->next)
    if (!g_hash_table_contains (here, at->data))
      {
        g_signal_handlers_disconnect_by_data (at->data, self);
        say_item (self, at->data, TRUE);
      }
}

static void
account_notify_cb (JfAccount *account, GParamSpec *pspec, gpointer data)
{
  g_autofree char *reason = quote (jf_account_get_reason (account));
  g_autofree char *title = quote (jf_account_get_title (account));
  const GError *error = jf_account_get_error (account);

  say ("{\"account\":\"%s\",\"state\":\"%s\",\"title\":%s,\"known\":%s,\"in-file\":%s,"
       "\"reason\":%s,\"error\":\"%s\"}",
       jf_account_get_id (account), jf_words_account_state_name (jf_account_get_state (account)),
       title, jf_account_services_known (account) ? "true" : "false",
       jf_account_get_key_in_file (account) ? "true" : "false", reason,
       error != NULL ? jf_error_name ((JfError) error->code) : "");
}

static void
accounts_changed_cb (GListModel *accounts,
                     unsigned position,
                     unsigned removed,
                     unsigned added,
                     gpointer data)
{
  for (unsigned i = 0; i < added; i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (accounts, position + i);

      g_signal_connect (account, "notify", G_CALLBACK (account_notify_cb), data);
      account_notify_cb (account, NULL, data);
    }
  if (removed > 0)
    say ("{\"accounts\":%u}", g_list_model_get_n_items (accounts));
}

static void
loaded_cb (JfAccounts *accounts, GParamSpec *pspec, gpointer data)
{
  say ("{\"loaded\":%u}", g_list_model_get_n_items (G_LIST_MODEL (accounts)));
}

static void
say_error (const char *what, const GError *error)
{
  g_autofree char *words = jf_words_account_error (error, NULL);
  g_autofree char *quoted = quote (words);

  say ("{\"failed\":\"%s\",\"error\":\"%s\",\"reason\":%s}", what,
       error->domain == JF_ERROR ? jf_error_name ((JfError) error->code) : "cancelled", quoted);
}

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  JfAccount *account = jf_accounts_enroll_finish (JF_ACCOUNTS (source), result, &error);

  if (account != NULL)
    say ("{\"enrolled\":\"%s\"}", jf_account_get_id (account));
  else
    say_error ("enroll", error);
}

static void
forgotten_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (jf_accounts_forget_finish (JF_ACCOUNTS (source), result, &error))
    say ("{\"forgotten\":true}");
  else
    say_error ("forget", error);
}

static void
left_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  (void) jf_accounts_leave_finish (JF_ACCOUNTS (source), result, NULL);
  g_main_loop_quit (((Driver *) data)->loop);
}

static void
say_rows (Driver *self)
{
  GListModel *rows = G_LIST_MODEL (self->sections);
  g_autoptr (GString) out = g_string_new ("{\"rows\":[");

  for (unsigned i = 0; i < g_list_model_get_n_items (rows); i++)
    {
      g_autoptr (JfSectionRow) row = g_list_model_get_item (rows, i);
      JfItem *item = jf_section_row_get_item (row);
      g_autofree char *text = quote (item != NULL ? jf_item_get_title (item)
                                                  : jf_section_row_get_heading (row));

      g_string_append_printf (out, "%s%s", i > 0 ? "," : "", text);
    }
  say ("%s]}", out->str);
}

static void
do_account (Driver *self, const char *verb, JfAccount *account)
{
  g_autofree char *log = NULL;
  g_autofree char *text = NULL;

  if (strcmp (verb, "forget") == 0)
    {
      jf_accounts_forget_async (self->accounts, account, forgotten_cb, NULL);
      return;
    }
  log = jf_support_log_format (jf_account_get_log (account), NULL);
  text = quote (log);
  say ("{\"log\":%s}", text);
}

/* The sum of the picture's samples is what has moved, whoever looked. */
static void
say_traffic (JfItem *item)
{
  double received[JF_THROUGHPUT_SAMPLES], sent[JF_THROUGHPUT_SAMPLES], sum = 0;
  JfThroughput *throughput = jf_item_get_throughput (item);
  unsigned n = jf_throughput_get (throughput, received, sent);
  g_autofree char *text = jf_throughput_describe (throughput);
  g_autofree char *quoted = quote (text);

  for (unsigned i = 0; i < n; i++)
    sum += received[i] + sent[i];
  say ("{\"traffic\":%s,\"samples\":%u,\"sum\":%.0f}", quoted, n, sum);
}

static void
do_item (Driver *self, const char *verb, JfItem *item, const char *rest)
{
  g_autoptr (GError) error = NULL;

  if (strcmp (verb, "connect") == 0)
    jf_item_connect (item);
  else if (strcmp (verb, "disconnect") == 0)
    jf_item_disconnect (item);
  else if (strcmp (verb, "undo") == 0)
    {
      jf_item_disconnect (item);
      jf_item_connect (item);
    }
  else if (strcmp (verb, "favourite") == 0)
    jf_item_set_favourite (item, !jf_item_get_favourite (item));
  else if (strcmp (verb, "try") == 0)
    jf_item_try_now (item);
  else if (strcmp (verb, "traffic") == 0)
    say_traffic (item);
  else if (strcmp (verb, "listen") == 0)
    (void) jf_item_set_listen (item, rest, &error);
  else if (strcmp (verb, "trust") == 0)
    (void) jf_item_trust_offered_key (item, &error);
  if (error != NULL)
    say_error (verb, error);
}

static void
do_enroll (Driver *self, const char *link)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfInvitation) invitation = jf_invitation_parse (link, &error);

  if (invitation != NULL)
    jf_accounts_enroll_async (self->accounts, invitation, NULL, enrolled_cb, self);
  else
    say_error ("enroll", error);
}

static void
do_line (Driver *self, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  unsigned n = g_strv_length (words);
  JfItem *item = n > 1 ? jf_accounts_find_item (self->accounts, words[1]) : NULL;
  JfAccount *account = n > 1 ? jf_accounts_find (self->accounts, words[1]) : NULL;

  if (n > 0 && strcmp (words[0], "quit") == 0)
    jf_accounts_leave_async (self->accounts, left_cb, self);
  else if (n > 0 && strcmp (words[0], "search") == 0)
    {
      jf_sections_set_search (self->sections, n > 1 ? strchr (line, ' ') + 1 : NULL);
      say_rows (self);
    }
  else if (n > 1 && strcmp (words[0], "enroll") == 0)
    do_enroll (self, words[1]);
  else if (item != NULL)
    do_item (self, words[0], item, n > 2 ? words[2] : NULL);
  else if (account != NULL)
    do_account (self, words[0], account);
  else
    say ("{\"failed\":\"%s\",\"error\":\"unknown\"}", n > 0 ? words[0] : "");
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Driver *self = data;
  g_autofree char *line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source),
                                                                     result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }
  do_line (self, line);
  g_data_input_stream_read_line_async (self->input, G_PRIORITY_DEFAULT, NULL, line_cb, self);
}

int
main (int argc, char **argv)
{
  Driver self = { 0 };
  g_autoptr (GInputStream) raw = g_unix_input_stream_new (0, FALSE);
  g_autoptr (JfKeyring) keyring = argc > 2 ? jf_keyring_new (3000) : NULL;

  setlocale (LC_ALL, "C.UTF-8");
  if (argc < 2)
    return 2;
  self.loop = g_main_loop_new (NULL, FALSE);
  self.input = g_data_input_stream_new (raw);
  self.shown = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);
  self.accounts = jf_accounts_new (argv[1], keyring);
  self.catalog = jf_catalog_new (self.accounts);
  self.sections = jf_sections_new (self.catalog);
  g_signal_connect (self.accounts, "items-changed", G_CALLBACK (accounts_changed_cb), &self);
  g_signal_connect (self.accounts, "notify::loaded", G_CALLBACK (loaded_cb), &self);
  g_signal_connect (self.catalog, "items-changed", G_CALLBACK (catalog_changed_cb), &self);
  jf_accounts_load (self.accounts, TRUE);
  g_data_input_stream_read_line_async (self.input, G_PRIORITY_DEFAULT, NULL, line_cb, &self);
  g_main_loop_run (self.loop);

  g_clear_object (&self.sections);
  g_clear_object (&self.catalog);
  g_hash_table_unref (self.shown);
  g_clear_object (&self.accounts);
  g_clear_object (&self.input);
  g_main_loop_unref (self.loop);
  return 0;
}
