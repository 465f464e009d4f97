/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "gateway/jf-gateway-verbs.h"
#include "gateway/jf-runner.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"

#define VERB           "services"
#define TIMEOUT_MS     15000
#define TITLE_MAX_SHOW 200

typedef struct
{
  JfRunner runner;
  gboolean json;
} Services;

static void
show (JsonObject *event)
{
  const char *service;
  const char *state;
  const char *title;
  const char *join;

  if (!jf_message_get_string (event, "service", JF_TEXT_MAX_BYTES, &service, NULL) ||
      !jf_message_get_string (event, "state", JF_LABEL_MAX_BYTES, &state, NULL) ||
      !jf_message_get_optional_string (event, "title", TITLE_MAX_SHOW, "", &title, NULL) ||
      !jf_message_get_optional_string (event, "join", JF_LABEL_MAX_BYTES, state, &join, NULL))
    return;
  printf ("%-32s %-10s %s\n", service, join, title);
}

static void
event_cb (JsonObject *event, gpointer data)
{
  Services *self = data;
  const char *type = jf_message_type (event);
  const char *message;

  if (g_str_equal (type, "end"))
    jf_runner_end (&self->runner, JF_EXIT_DONE);
  else if (g_str_equal (type, JF_MSG_ERROR))
    {
      if (jf_message_get_string (event, "message", JF_MESSAGE_MAX_BYTES, &message, NULL))
        jf_complain (VERB, "%s", message);
      jf_runner_end (&self->runner, JF_EXIT_FAILED);
    }
  else if (self->json)
    jf_print_json (event, FALSE);
  else
    show (event);
}

static gboolean
timeout_cb (gpointer data)
{
  Services *self = data;
  JfEngine *engine = jf_host_get_engine (self->runner.host);
  const GError *error = engine != NULL ? jf_engine_get_session_error (engine) : NULL;

  jf_complain (VERB, "%s", error != NULL ? error->message : "the manager does not answer");
  jf_runner_end (&self->runner, JF_EXIT_FAILED);
  return G_SOURCE_REMOVE;
}

static int
run (Services *self, const char *state_dir)
{
  g_autoptr (JsonObject) request = jf_message_new ("services");
  unsigned timer;
  int status;

  if (!jf_runner_open (&self->runner, VERB, state_dir, JF_HOST_TRANSIENT))
    return JF_EXIT_FAILED;
  jf_host_call (self->runner.host, request, -1, event_cb, self);
  timer = g_timeout_add (TIMEOUT_MS, timeout_cb, self);
  status = jf_runner_run (&self->runner);
  if (g_main_context_find_source_by_id (NULL, timer) != NULL)
    g_source_remove (timer);
  return status;
}

int
jf_gateway_services (int argc, char **argv)
{
  g_autofree char *state_dir = NULL;
  g_auto (GStrv) rest = NULL;
  Services self = { 0 };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.json, "One JSON object a line", NULL },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where this device keeps its key",
      "DIR" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status = jf_parse_options (VERB, "", "Lists what you may join, with state.", entries, &argc,
                                 &argv, &rest);

  if (status >= 0)
    return status;
  if (rest[0] != NULL)
    {
      jf_complain (VERB, "expected no argument, got \"%s\"", rest[0]);
      return JF_EXIT_USAGE;
    }
  status = run (&self, state_dir);
  jf_runner_clear (&self.runner);
  return status;
}
