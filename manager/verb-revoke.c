/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "gateway/wire/jf-key-id.h"
#include "manager/admin-client.h"
#include "manager/manager-verbs.h"

static void
print_revoked (JsonObject *row, const char *line, gpointer unused)
{
  const char *member = jf_admin_row_text (row, "member");
  const char *device = jf_admin_row_text (row, "device");

  if (strcmp (jf_admin_row_text (row, "revoked"), "device") == 0)
    fprintf (stderr, "revoked device %s of %s\n", device, member);
  else
    fprintf (stderr, "revoked %s with all devices, services and open invitations\n", member);
}

JfExit
jf_verb_revoke (const JfVerb *verb, int argc, char **argv)
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
  g_autofree char *who = NULL;
  GError *error = NULL;
  JfExit exit;

  if (!jf_verb_options (verb, entries, argc, argv, &arguments, &exit))
    return exit;
  if (arguments[0][0] == '\0' || strlen (arguments[0]) >= JF_KEY_ID_TEXT_SIZE * 2)
    return jf_verb_usage (verb, "expected a member's label, a key id, or the beginning of one");
  request = jf_admin_request_new (verb->name);
  who = jf_admin_who (arguments[0]);
  json_object_set_string_member (request, "who", who);
  if (!jf_admin_request (state_dir, request, json ? jf_admin_print_row : print_revoked, NULL,
                         &error))
    return jf_verb_fail (verb, error);
  return jf_verb_done (verb);
}
