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
  gboolean watch;
  GHashTable *shown;  /* service -> what was printed of it last; watching only */
  GHashTable *listed; /* set of services: of the list that is coming */
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
print (Services *self, JsonObject *event)
{
  if (self->json)
    jf_print_json (event, FALSE);
  else
    show (event);
  /* Whoever reads it wants to know now. */
  if (self->watch)
    fflush (stdout);
}

static gboolean
get_service (JsonObject *event, const char **service, const char **state)
{
  return jf_message_get_string (event, "service", JF_TEXT_MAX_BYTES, service, NULL) &&
         jf_message_get_string (event, "state", JF_LABEL_MAX_BYTES, state, NULL);
}

/* After another process has taken over, the list comes again: what is as it was is not said. */
static void
take_service (Services *self, JsonObject *event)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), event);
  g_autofree char *text = json_to_string (node, FALSE);
  const char *service;
  const char *state;

  if (!get_service (event, &service, &state))
    return;
  g_hash_table_add (self->listed, g_strdup (service));
  if (g_strcmp0 (g_hash_table_lookup (self->shown, service), text) == 0)
    return;
  if (g_str_equal (state, "gone"))
    g_hash_table_remove (self->shown, service);
  else
    g_hash_table_replace (self->shown, g_strdup (service), g_steal_pointer (&text));
  print (self, event);
}

static void
drop_unlisted (Services *self)
{
  GHashTableIter iter;
  gpointer service;

  g_hash_table_iter_init (&iter, self->shown);
  while (g_hash_table_iter_next (&iter, &service, NULL))
    {
      g_autoptr (JsonObject) event = NULL;

      if (g_hash_table_contains (self->listed, service))
        continue;
      event = jf_message_new ("service");
      json_object_set_string_member (event, "service", service);
      json_object_set_string_member (event, "state", "gone");
      print (self, event);
      g_hash_table_iter_remove (&iter);
    }
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
  else if (g_str_equal (type, "listing"))
    g_hash_table_remove_all (self->listed);
  else if (g_str_equal (type, "listed"))
    drop_unlisted (self);
  else if (self->watch)
    take_service (self, event);
  else
    print (self, event);
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
  JfHostKind kind = self->watch ? JF_HOST_LASTING : JF_HOST_TRANSIENT;
  unsigned timer;
  int status;

  if (!jf_runner_open (&self->runner, VERB, state_dir, kind))
    return JF_EXIT_FAILED;
  if (self->watch)
    json_object_set_boolean_member (request, "watch", TRUE);
  jf_host_call (self->runner.host, request, -1, event_cb, self);
  if (self->watch)
    return jf_runner_run (&self->runner);
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
    { "watch", 'w', 0, G_OPTION_ARG_NONE, &self.watch, "Go on with what changes", NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.json, "One JSON object a line", NULL },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where this device keeps its key",
      "DIR" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status = jf_parse_options (VERB, "",
                                 "Lists what you may join, with state. --watch stays, and prints "
                                 "a line for each change.",
                                 entries, &argc, &argv, &rest);

  if (status >= 0)
    return status;
  if (rest[0] != NULL)
    {
      jf_complain (VERB, "expected no argument, got \"%s\"", rest[0]);
      return JF_EXIT_USAGE;
    }
  self.shown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self.listed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  status = run (&self, state_dir);
  jf_runner_clear (&self.runner);
  g_hash_table_unref (self.shown);
  g_hash_table_unref (self.listed);
  return status;
}
