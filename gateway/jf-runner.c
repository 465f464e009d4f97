/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-runner.h"

#include <fcntl.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/link/jf-log.h"

void
jf_complain (const char *verb, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fprintf (stderr, "jackfield-gateway %s: %s\n", verb, text);
}

void
jf_print_json (JsonObject *event, gboolean keep_type)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonNode) copy = NULL;
  g_autofree char *text = NULL;

  json_node_set_object (node, event);
  text = json_to_string (node, FALSE);
  copy = json_from_string (text, NULL);
  if (!keep_type)
    json_object_remove_member (json_node_get_object (copy), "type");
  json_object_remove_member (json_node_get_object (copy), "last");
  g_free (text);
  text = json_to_string (copy, FALSE);
  printf ("%s\n", text);
  fflush (stdout);
}

/* An application's connection takes descriptors, and there may be thousands. */
static void
raise_limits (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
    return;
  limit.rlim_cur = limit.rlim_max;
  (void) setrlimit (RLIMIT_NOFILE, &limit);
}

gboolean
jf_runner_open (JfRunner *self, const char *verb, const char *state_dir, JfHostKind kind)
{
  g_autoptr (GError) error = NULL;

  self->verb = verb;
  self->loop = g_main_loop_new (NULL, FALSE);
  raise_limits ();
  self->state = jf_state_open (state_dir, &error);
  if (self->state != NULL &&
      (self->proxy == NULL || jf_state_set_proxy (self->state, self->proxy, &error)))
    self->host = jf_host_new (self->state, kind, &error);
  if (self->host != NULL)
    return TRUE;
  jf_complain (verb, "%s", error->message);
  return FALSE;
}

void
jf_runner_clear (JfRunner *self)
{
  g_clear_pointer (&self->host, jf_host_free);
  g_clear_pointer (&self->state, jf_state_free);
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

static void
finished_cb (gpointer data)
{
  JfRunner *self = data;

  g_main_loop_quit (self->loop);
}

void
jf_runner_end (JfRunner *self, int status)
{
  if (self->ending)
    return;
  self->ending = TRUE;
  self->status = status;
  jf_host_finish (self->host, finished_cb, self);
}

static void
released_cb (gpointer data)
{
  JfRunner *self = data;

  jf_runner_end (self, self->status);
}

/* Whoever waits for the end of our output must not wait for that of others. */
static void
let_go_of_stdio (void)
{
  int fd = open ("/dev/null", O_RDWR | O_CLOEXEC);

  for (int i = STDIN_FILENO; fd >= 0 && i <= STDERR_FILENO; i++)
    (void) dup2 (fd, i);
  if (fd > STDERR_FILENO)
    close (fd);
}

void
jf_runner_release (JfRunner *self, int status)
{
  if (self->ending)
    return;
  self->status = status;
  if (jf_host_release (self->host, released_cb, self))
    jf_runner_end (self, status);
  else
    let_go_of_stdio ();
}

static gboolean
interrupted_cb (gpointer data)
{
  jf_runner_end (data, JF_EXIT_DONE);
  return G_SOURCE_CONTINUE;
}

static gboolean
hangup_cb (gpointer data)
{
  JfRunner *self = data;

  if (self->reload != NULL)
    self->reload (self->data);
  else
    jf_runner_end (self, JF_EXIT_DONE);
  return G_SOURCE_CONTINUE;
}

int
jf_runner_run (JfRunner *self)
{
  unsigned sources[] = {
    g_unix_signal_add (SIGINT, interrupted_cb, self),
    g_unix_signal_add (SIGTERM, interrupted_cb, self),
    g_unix_signal_add (SIGHUP, hangup_cb, self),
  };

  g_main_loop_run (self->loop);
  for (unsigned i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  return self->status;
}

/* GOption's own order would be "jackfield-gateway [OPTION…] VERB". */
static void
print_help (const char *verb, GOptionContext *context)
{
  g_autofree char *name = g_strdup (g_get_prgname ());
  g_autofree char *with_verb = g_strconcat (name, " ", verb, NULL);
  g_autofree char *text = NULL;

  g_set_prgname (with_verb);
  text = g_option_context_get_help (context, TRUE, NULL);
  g_set_prgname (name);
  printf ("%s", text);
}

int
jf_parse_options (const char *verb,
                  const char *arguments,
                  const char *summary,
                  const GOptionEntry *entries,
                  int *argc,
                  char ***argv,
                  char ***rest)
{
  g_autoptr (GOptionContext) context = g_option_context_new (*arguments != '\0' ? arguments : NULL);
  g_autoptr (GError) error = NULL;
  const GOptionEntry remaining[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, rest, NULL, NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  gboolean help = FALSE;
  const GOptionEntry help_entry[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_summary (context, summary);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, help_entry, NULL);
  g_option_context_add_main_entries (context, remaining, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      jf_complain (verb, "%s; see: jackfield-gateway %s --help", error->message, verb);
      return JF_EXIT_USAGE;
    }
  if (help)
    {
      print_help (verb, context);
      return JF_EXIT_DONE;
    }
  if (*rest == NULL)
    *rest = g_new0 (char *, 1);
  return -1;
}
