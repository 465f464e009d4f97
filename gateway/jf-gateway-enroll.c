/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "gateway/engine/jf-enroll.h"
#include "gateway/jf-gateway-verbs.h"
#include "gateway/jf-runner.h"
#include "gateway/wire/jf-error.h"

#define VERB           "enroll"
#define LINK_MAX_BYTES 4096

typedef struct
{
  GMainLoop *loop;
  JfEnrolment *enrolment;
  GError *error;
} Enrolling;

/* From standard input the secret is in no list of processes. */
static char *
read_link (void)
{
  char buffer[LINK_MAX_BYTES];

  if (fgets (buffer, sizeof buffer, stdin) == NULL)
    return g_strdup ("");
  return g_strdup (g_strstrip (buffer));
}

/* `ps` shows the memory of argv itself. */
static char *
take_link (int argc, char **original, const char *link)
{
  char *copy = strcmp (link, "-") == 0 ? read_link () : g_strdup (link);

  for (int i = 1; i < argc; i++)
    if (strcmp (original[i], link) == 0 && strcmp (link, "-") != 0)
      memset (original[i], 'x', strlen (original[i]));
  return copy;
}

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Enrolling *self = data;

  self->enrolment = jf_enroll_finish (result, &self->error);
  g_main_loop_quit (self->loop);
}

static gboolean
enroll (const char *link, const char *state_dir, GError **error)
{
  g_autoptr (JfInvitation) invitation = jf_invitation_parse (link, error);
  g_autoptr (JfState) state = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Enrolling self = { .loop = loop };

  if (invitation == NULL)
    return FALSE;
  state = jf_state_open (state_dir, error);
  if (state == NULL)
    return FALSE;
  if (!jf_state_lock (state, error))
    {
      if (g_error_matches (*error, JF_ERROR, JF_ERROR_BUSY))
        g_prefix_error (error, "end it first: ");
      return FALSE;
    }
  jf_enroll_async (state, invitation, NULL, enrolled_cb, &self);
  g_main_loop_run (loop);
  /* The attempt lets go of its thread in the next turn. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  if (self.enrolment == NULL)
    {
      g_propagate_error (error, self.error);
      return FALSE;
    }
  printf ("enrolled with %s as %s (%s)\n", self.enrolment->host, self.enrolment->member,
          self.enrolment->role);
  jf_enrolment_free (self.enrolment);
  return TRUE;
}

int
jf_gateway_enroll (int argc, char **argv)
{
  g_autofree char *state_dir = NULL;
  g_auto (GStrv) rest = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *link = NULL;
  g_autofree char **original = g_memdup2 (argv, sizeof *argv * (size_t) (argc + 1));
  int original_argc = argc;
  const GOptionEntry entries[] = {
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where this device keeps its key",
      "DIR" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status = jf_parse_options (VERB, "LINK|-",
                                 "Makes this device known to a manager. LINK comes from the "
                                 "operator; - reads it from standard input.",
                                 entries, &argc, &argv, &rest);

  if (status >= 0)
    return status;
  if (g_strv_length (rest) != 1)
    {
      jf_complain (VERB, "expected one invitation link, or - for standard input");
      return JF_EXIT_USAGE;
    }
  link = take_link (original_argc, original, rest[0]);
  if (enroll (link, state_dir, &error))
    return JF_EXIT_DONE;
  jf_complain (VERB, "%s", error->message);
  return JF_EXIT_FAILED;
}
