/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/manager-verbs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROGRAM "jackfield-manager"

static const JfVerb verbs[] = {
  { "serve", "", "run the manager", 0, jf_verb_serve },
  { "invite", "MEMBER", "print a link with which a device of MEMBER enrolls", 1, jf_verb_invite },
  { "members", "", "list members", 0, jf_verb_list },
  { "devices", "", "list the members' devices", 0, jf_verb_list },
  { "services", "", "list registered services", 0, jf_verb_list },
  { "tunnels", "", "list joined services", 0, jf_verb_list },
  { "audit", "", "print the audit", 0, jf_verb_list },
  { "status", "", "print what the running manager does", 0, jf_verb_status },
  { "revoke", "MEMBER|DEVICE", "forget a member or a device and cut its tunnels", 1,
    jf_verb_revoke },
  { "close", "TUNNEL", "close one tunnel", 1, jf_verb_close },
};

static const JfVerb *
find_verb (const char *name)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].name, name) == 0)
      return &verbs[i];
  return NULL;
}

static void
print_help (FILE *out)
{
  fprintf (out, "Usage: " PROGRAM " VERB [OPTION…] [ARGUMENT]\n\nVerbs:\n");
  for (unsigned i = 0; i < G_N_ELEMENTS (verbs); i++)
    {
      g_autofree char *call = g_strdup_printf ("%s %s", verbs[i].name, verbs[i].arguments);

      fprintf (out, "  %-22s %s\n", call, verbs[i].summary);
    }
  fprintf (out, "\n" PROGRAM " VERB --help says more about a verb.\n");
}

JfExit
jf_manager_run (int argc, char **argv)
{
  const char *word = argc > 1 ? argv[1] : NULL;
  const JfVerb *verb;

  if (!word)
    {
      print_help (stderr);
      return JF_EXIT_USAGE;
    }
  if (strcmp (word, "--help") == 0 || strcmp (word, "-h") == 0 || strcmp (word, "help") == 0)
    {
      print_help (stdout);
      return JF_EXIT_DONE;
    }
  if (strcmp (word, "--version") == 0)
    {
      printf (PROGRAM " %s\n", JF_VERSION);
      return JF_EXIT_DONE;
    }
  verb = find_verb (word);
  if (verb)
    return verb->run (verb, argc - 2, argv + 2);
  fprintf (stderr, PROGRAM ": there is no verb '%s'; see " PROGRAM " --help\n", word);
  return JF_EXIT_USAGE;
}

static GOptionContext *
context_new (const JfVerb *verb, const GOptionEntry *own, const GOptionEntry *common)
{
  GOptionContext *context = g_option_context_new (NULL);
  g_autofree char *summary = g_strdup_printf (PROGRAM " %s [OPTION…] %s: %s", verb->name,
                                              verb->arguments, verb->summary);

  g_option_context_set_summary (context, summary);
  g_option_context_set_help_enabled (context, FALSE); /* GLib's would exit by itself */
  if (own)
    g_option_context_add_main_entries (context, own, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  return context;
}

static void
print_verb_help (const JfVerb *verb, GOptionContext *context)
{
  g_autofree char *help = NULL;
  const char *options;

  /* Only the list of options: GLib's own first line knows nothing of verbs. */
  help = g_option_context_get_help (context, TRUE, NULL);
  options = strstr (help, g_option_context_get_summary (context));
  options += strlen (g_option_context_get_summary (context));
  printf ("Usage: " PROGRAM " %s [OPTION…]%s%s\n\n%c%s.%s", verb->name,
          verb->arguments[0] ? " " : "", verb->arguments, g_ascii_toupper (verb->summary[0]),
          verb->summary + 1, options);
}

/* A vector as GOption wants it, with a name in front and room for it to move words. */
static char **
vector_new (int argc, char **argv)
{
  char **vector = g_new0 (char *, (size_t) argc + 2);

  vector[0] = (char *) PROGRAM;
  for (int i = 0; i < argc; i++)
    vector[i + 1] = argv[i];
  return vector;
}

static void
drop_double_dash (char **vector, int *count)
{
  int to = 1;
  gboolean dropped = FALSE;

  for (int i = 1; i < *count; i++)
    if (!dropped && strcmp (vector[i], "--") == 0)
      dropped = TRUE;
    else
      vector[to++] = vector[i];
  vector[to] = NULL;
  *count = to;
}

gboolean
jf_verb_options (const JfVerb *verb,
                 const GOptionEntry *own,
                 int argc,
                 char **argv,
                 char ***arguments,
                 JfExit *exit)
{
  gboolean help = FALSE;
  const GOptionEntry common[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Print this help", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = context_new (verb, own, common);
  g_autofree char **vector = vector_new (argc, argv);
  char **words = vector;
  g_autoptr (GError) error = NULL;
  int count = argc + 1;

  *exit = JF_EXIT_USAGE;
  if (!g_option_context_parse (context, &count, &words, &error))
    {
      jf_verb_usage (verb, "%s", error->message);
      return FALSE;
    }
  if (help)
    {
      print_verb_help (verb, context);
      *exit = jf_verb_done (verb);
      return FALSE;
    }
  drop_double_dash (vector, &count);
  if ((unsigned) count - 1 != verb->n_arguments)
    {
      if (verb->n_arguments)
        jf_verb_usage (verb, "expected exactly one %s", verb->arguments);
      else
        jf_verb_usage (verb, "takes no argument");
      return FALSE;
    }
  for (int i = 0; i < count; i++)
    vector[i] = vector[i + 1];
  *arguments = g_steal_pointer (&vector);
  return TRUE;
}

JfExit
jf_verb_fail (const JfVerb *verb, GError *error)
{
  fprintf (stderr, PROGRAM " %s: %s\n", verb->name, error->message);
  g_error_free (error);
  return JF_EXIT_FAILED;
}

JfExit
jf_verb_usage (const JfVerb *verb, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list values;

  va_start (values, format);
  message = g_strdup_vprintf (format, values);
  va_end (values);
  fprintf (stderr, PROGRAM " %s: %s; see " PROGRAM " %s --help\n", verb->name, message, verb->name);
  return JF_EXIT_USAGE;
}

JfExit
jf_verb_done (const JfVerb *verb)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return JF_EXIT_DONE;
  fprintf (stderr, PROGRAM " %s: cannot write the output: %s\n", verb->name, g_strerror (errno));
  return JF_EXIT_FAILED;
}
