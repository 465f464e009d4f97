/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "gateway/wire/jf-key-id.h"
#include "manager/admin-client.h"
#include "manager/manager-table.h"
#include "manager/manager-verbs.h"

static void
print_number (const char *name, JsonNode *node)
{
  if (JSON_NODE_HOLDS_VALUE (node))
    printf ("%-26s %" G_GINT64_FORMAT "\n", name, json_node_get_int (node));
}

/* What never happened is not worth a line. */
static void
print_counter (JsonObject *counters, const char *name, JsonNode *node, gpointer unused)
{
  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_int (node) != 0)
    print_number (name, node);
}

/* In the form that people compare with what a gateway shows. */
static void
print_key (const char *text)
{
  char key[JF_KEY_ID_SHORT_SIZE];
  JfKeyId key_id;

  if (!jf_key_id_parse (text, &key_id, NULL))
    return;
  jf_key_id_format_short (&key_id, key);
  printf ("%-26s %s  (%s)\n", "key", key, text);
}

static void
print_member (JsonObject *row, const char *name, JsonNode *node, gpointer unused)
{
  if (strcmp (name, "uptime_s") == 0 && JSON_NODE_HOLDS_VALUE (node))
    {
      g_autofree char *uptime = jf_duration_text (json_node_get_int (node));

      printf ("%-26s %s\n", "uptime", uptime);
    }
  else if (strcmp (name, "key") == 0)
    print_key (jf_admin_row_text (row, name));
  else if (JSON_NODE_HOLDS_OBJECT (node))
    json_object_foreach_member (json_node_get_object (node), print_counter, NULL);
  else if (jf_admin_row_text (row, name)[0])
    printf ("%-26s %s\n", name, jf_admin_row_text (row, name));
  else
    print_number (name, node);
}

static void
print_status (JsonObject *row, const char *line, gpointer unused)
{
  json_object_foreach_member (row, print_member, NULL);
}

JfExit
jf_verb_status (const JfVerb *verb, int argc, char **argv)
{
  g_autofree char *state_dir = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "State directory of the manager",
      "DIR" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "One JSON object a line", NULL },
    { NULL },
  };
  g_autofree char **arguments = NULL;
  g_autoptr (JsonObject) request = NULL;
  GError *error = NULL;
  JfExit exit;

  if (!jf_verb_options (verb, entries, argc, argv, &arguments, &exit))
    return exit;
  request = jf_admin_request_new (verb->name);
  if (!jf_admin_request (state_dir, request, json ? jf_admin_print_row : print_status, NULL,
                         &error))
    return jf_verb_fail (verb, error);
  return jf_verb_done (verb);
}
