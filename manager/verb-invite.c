/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-invitation.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-names.h"
#include "manager/admin-client.h"
#include "manager/control/jf-admin-limits.h"
#include "manager/manager-qr.h"
#include "manager/manager-table.h"
#include "manager/manager-verbs.h"
#include "manager/registry/jf-registry.h"

typedef struct
{
  char *state_dir;
  char *role;
  char **groups;
  char *expires;
  gboolean json;
} Options;

static void
options_clear (Options *options)
{
  g_free (options->state_dir);
  g_free (options->role);
  g_strfreev (options->groups);
  g_free (options->expires);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static unsigned
terminal_columns (void)
{
  struct winsize size;

  if (!isatty (STDOUT_FILENO) || ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
    return 0;
  return size.ws_col;
}

/* Who enrolls sees the same, and can ask whether it is so. */
static void
print_key (const char *link)
{
  g_autoptr (JfInvitation) invitation = jf_invitation_parse (link, NULL);
  char key[JF_KEY_ID_SHORT_SIZE];

  if (!invitation)
    return;
  jf_key_id_format_short (&invitation->manager, key);
  fprintf (stderr, "The manager's key is %s.\n", key);
}

/* The link alone goes to stdout when that is no terminal, so that it can be piped into a mail. */
static void
print_link (JsonObject *row, const char *line, gpointer unused)
{
  const char *link = jf_admin_row_text (row, "link");
  unsigned columns = terminal_columns ();
  g_autofree char *qr = columns > 0 ? jf_qr_text (link, columns) : NULL;

  puts (link);
  if (qr)
    fputs (qr, stdout);
  fflush (stdout);
  print_key (link);
}

/* The manager checks all this too; here the answer is "wrong usage". */
static JsonObject *
request_new (const Options *options, const char *member, GError **error)
{
  g_autoptr (JsonObject) request = jf_admin_request_new ("invite");
  int64_t expires_s = JF_INVITATION_DEFAULT_S;
  JfRole role;

  if (!jf_label_check (member, "member", error) ||
      (options->role && !jf_role_parse (options->role, &role, error)))
    return NULL;
  if (options->expires &&
      !jf_duration_parse (options->expires, JF_INVITATION_MAX_S, &expires_s, error))
    {
      g_prefix_error (error, "--expires: ");
      return NULL;
    }
  if (options->groups && g_strv_length (options->groups) > JF_GROUPS_MAX)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "--group: at most %d", JF_GROUPS_MAX);
      return NULL;
    }
  for (unsigned i = 0; options->groups && options->groups[i]; i++)
    if (!jf_label_check (options->groups[i], "group", error))
      return NULL;
  json_object_set_string_member (request, "member", member);
  if (options->role)
    json_object_set_string_member (request, "role", options->role);
  json_object_set_int_member (request, "expires_s", expires_s);
  if (options->groups)
    jf_message_set_strings (request, "groups", (const char *const *) options->groups);
  return g_steal_pointer (&request);
}

JfExit
jf_verb_invite (const JfVerb *verb, int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  G_STATIC_ASSERT (JF_INVITATION_DEFAULT_S == 15 * 60 && JF_INVITATION_MAX_S == 30 * 24 * 3600);
  const GOptionEntry entries[] = {
    { "role", 0, 0, G_OPTION_ARG_STRING, &options.role,
      "user or provider (what MEMBER is; a new one: user)", "ROLE" },
    { "group", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.groups, "Add to GROUP; repeatable",
      "GROUP" },
    { "expires", 0, 0, G_OPTION_ARG_STRING, &options.expires, "Valid so long (15m; at most 30d)",
      "SPAN" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options.state_dir,
      "State directory of the manager", "DIR" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &options.json, "One JSON object a line", NULL },
    { NULL },
  };
  g_autofree char **arguments = NULL;
  g_autoptr (JsonObject) request = NULL;
  g_autoptr (GError) error = NULL;
  JfExit exit;

  if (!jf_verb_options (verb, entries, argc, argv, &arguments, &exit))
    return exit;
  request = request_new (&options, arguments[0], &error);
  if (!request)
    return jf_verb_usage (verb, "%s", error->message);
  if (!jf_admin_request (options.state_dir, request, options.json ? jf_admin_print_row : print_link,
                         NULL, &error))
    return jf_verb_fail (verb, g_steal_pointer (&error));
  return jf_verb_done (verb);
}
