/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "manager/admin-client.h"
#include "manager/control/jf-admin-limits.h"
#include "manager/manager-table.h"
#include "manager/manager-verbs.h"

/* members, devices, services, tunnels, audit: one request each, and a table of the rows. */

/* What JSON carries exactly. */
#define AFTER_MAX ((INT64_C (1) << 53) - 1)

static const JfColumn member_columns[] = {
  { "member", "member", JF_CELL_TEXT },
  { "role", "role", JF_CELL_TEXT },
  { "groups", "groups", JF_CELL_LIST },
  { "devices", "devices", JF_CELL_NUMBER },
  { "online", "online", JF_CELL_YES_NO },
  { "since", "created", JF_CELL_TIME },
  { NULL },
};

static const JfColumn device_columns[] = {
  { "device", "device", JF_CELL_KEY },
  { "member", "member", JF_CELL_TEXT },
  { "online", "online", JF_CELL_YES_NO },
  { "enrolled", "enrolled", JF_CELL_TIME },
  { NULL },
};

static const JfColumn service_columns[] = {
  { "service", "service", JF_CELL_TEXT },
  { "kind", "kind", JF_CELL_TEXT },
  { "port", "port", JF_CELL_NUMBER },
  { "online", "online", JF_CELL_YES_NO },
  { "gateways", "gateways", JF_CELL_NUMBER },
  { "streams", "streams", JF_CELL_NUMBER },
  { "allowed", "allow", JF_CELL_LIST },
  { "title", "title", JF_CELL_TEXT },
  { NULL },
};

static const JfColumn tunnel_columns[] = {
  { "tunnel", "tunnel", JF_CELL_ID },
  { "service", "service", JF_CELL_TEXT },
  { "user", "user", JF_CELL_TEXT },
  { "state", "state", JF_CELL_TEXT },
  { "since", "since", JF_CELL_TIME },
  { "to server", "bytes_to_server", JF_CELL_BYTES },
  { "to client", "bytes_to_client", JF_CELL_BYTES },
  { "device", "device", JF_CELL_KEY },
  { "gateway", "gateway", JF_CELL_KEY },
  { NULL },
};

static const JfColumn audit_columns[] = {
  { "id", "id", JF_CELL_ID },
  { "time", "time", JF_CELL_CLOCK },
  { "event", "event", JF_CELL_TEXT },
  { "member", "member", JF_CELL_TEXT },
  { "device", "device", JF_CELL_KEY },
  { "service", "service", JF_CELL_TEXT },
  { "tunnel", "tunnel", JF_CELL_ID },
  { "detail", "detail", JF_CELL_TEXT },
  { NULL },
};

static const struct
{
  const char *verb;
  const JfColumn *columns;
} lists[] = {
  { "members", member_columns }, { "devices", device_columns }, { "services", service_columns },
  { "tunnels", tunnel_columns }, { "audit", audit_columns },
};

static const JfColumn *
find_columns (const char *verb)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (lists); i++)
    if (strcmp (lists[i].verb, verb) == 0)
      return lists[i].columns;
  g_assert_not_reached ();
}

typedef struct
{
  char *state_dir;
  gboolean json;
  int64_t after; /* audit alone */
  int64_t limit;
} Options;

static gboolean
parse_options (const JfVerb *verb, int argc, char **argv, Options *options, JfExit *exit)
{
  const GOptionEntry entries[] = {
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->state_dir,
      "State directory of the manager", "DIR" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, "One JSON object a line", NULL },
    { NULL },
    { NULL },
    { NULL },
  };
  const GOptionEntry paging[] = {
    { "after", 0, 0, G_OPTION_ARG_INT64, &options->after, "Only lines behind this one (0)", "ID" },
    { "limit", 0, 0, G_OPTION_ARG_INT64, &options->limit,
      "At most the newest N (" G_STRINGIFY (JF_AUDIT_LINES_DEFAULT) "; up to " G_STRINGIFY (
          JF_AUDIT_LINES_MAX) ")",
      "N" },
  };
  GOptionEntry all[G_N_ELEMENTS (entries)];
  g_autofree char **arguments = NULL;

  memcpy (all, entries, sizeof all);
  if (strcmp (verb->name, "audit") == 0)
    memcpy (all + 2, paging, sizeof paging);
  if (!jf_verb_options (verb, all, argc, argv, &arguments, exit))
    return FALSE;
  if (options->after >= 0 && options->after <= AFTER_MAX && options->limit > 0 &&
      options->limit <= JF_AUDIT_LINES_MAX)
    return TRUE;
  *exit = jf_verb_usage (verb, "--after takes 0 or the id of a line, and --limit 1 to %d",
                         JF_AUDIT_LINES_MAX);
  return FALSE;
}

static void
add_row (JsonObject *row, const char *line, gpointer table)
{
  jf_table_add (table, row);
}

static JsonObject *
request_new (const JfVerb *verb, const Options *options)
{
  JsonObject *request = jf_admin_request_new (verb->name);

  if (strcmp (verb->name, "audit") == 0)
    {
      json_object_set_int_member (request, "after", options->after);
      json_object_set_int_member (request, "limit", options->limit);
    }
  return request;
}

static void
print_table (const JfVerb *verb, JfTable *table)
{
  g_autofree char *text = jf_table_format (table);

  if (jf_table_count (table) > 0)
    fputs (text, stdout);
  else
    fprintf (stderr, "no %s\n", strcmp (verb->name, "audit") == 0 ? "audit lines" : verb->name);
}

JfExit
jf_verb_list (const JfVerb *verb, int argc, char **argv)
{
  Options options = { .limit = JF_AUDIT_LINES_DEFAULT };
  g_autofree char *state_dir = NULL;
  g_autoptr (JsonObject) request = NULL;
  g_autoptr (JfTable) table = NULL;
  GError *error = NULL;
  JfExit exit;
  gboolean go_on = parse_options (verb, argc, argv, &options, &exit);

  state_dir = options.state_dir;
  if (!go_on)
    return exit;
  request = request_new (verb, &options);
  table = jf_table_new (find_columns (verb->name), g_get_real_time () / G_USEC_PER_SEC);
  if (!jf_admin_request (state_dir, request, options.json ? jf_admin_print_row : add_row, table,
                         &error))
    return jf_verb_fail (verb, error);
  if (!options.json)
    print_table (verb, table);
  return jf_verb_done (verb);
}
