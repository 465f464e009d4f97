/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "manager/admin-client.h"
#include "manager/manager-verbs.h"

static void
print_closed (JsonObject *row, const char *line, gpointer tunnel)
{
  fprintf (stderr, "closed tunnel %s\n", (const char *) tunnel);
}

JfExit
jf_verb_close (const JfVerb *verb, int argc, char **argv)
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
  guint64 tunnel;
  JfExit exit;

  if (!jf_verb_options (verb, entries, argc, argv, &arguments, &exit))
    return exit;
  if (!g_ascii_string_to_unsigned (arguments[0], 10, 1, G_MAXINT64, &tunnel, NULL))
    return jf_verb_usage (verb, "expected the number of a tunnel");
  request = jf_admin_request_new (verb->name);
  json_object_set_int_member (request, "tunnel", (int64_t) tunnel);
  if (!jf_admin_request (state_dir, request, json ? jf_admin_print_row : print_closed, arguments[0],
                         &error))
    return jf_verb_fail (verb, error);
  return jf_verb_done (verb);
}
