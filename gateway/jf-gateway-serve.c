/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "gateway/jf-gateway-verbs.h"
#include "gateway/jf-notify.h"
#include "gateway/jf-runner.h"
#include "gateway/jf-services-file.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

#define VERB "serve"
/* A service to join that is not there (yet) is asked for again this much later. */
#define REJOIN_S 60

typedef struct
{
  JfRunner runner;
  char *config;
  int ready_fd;
  GHashTable *joins; /* "SERVICE LISTEN" -> JfDeskCall */
  JfServicesFile *file;
  unsigned rejoin;
} Serve;

static char *
default_config (void)
{
  return g_build_filename (g_get_user_config_dir (), "jackfield-gateway", "services.conf", NULL);
}

static void apply_joins (Serve *self);

static gboolean
rejoin_cb (gpointer data)
{
  Serve *self = data;

  self->rejoin = 0;
  apply_joins (self);
  return G_SOURCE_REMOVE;
}

/* Nobody is there who could begin anew when the provider offers it, or allows it. */
static void
rejoin_later (Serve *self, JsonObject *event)
{
  const char *code = "";

  (void) jf_message_get_optional_string (event, "code", JF_LABEL_MAX_BYTES, "", &code, NULL);
  if (jf_desk_is_last (event) && self->rejoin == 0 &&
      strcmp (code, jf_error_name (JF_ERROR_NOT_AVAILABLE)) == 0)
    self->rejoin = g_timeout_add_seconds (REJOIN_S, rejoin_cb, self);
}

static void
join_event_cb (JsonObject *event, gpointer data)
{
  const char *text;

  rejoin_later (data, event);
  /* The engine logs the states; an error is of a request that came to no join. */
  if (strcmp (jf_message_type (event), JF_MSG_ERROR) == 0 &&
      jf_message_get_string (event, "message", JF_MESSAGE_MAX_BYTES, &text, NULL))
    jf_log (JF_LOG_ERROR, "join-failed", "reason", JF_S (text), NULL);
}

static char *
join_key (const JfServicesFileJoin *join)
{
  return g_strdup_printf ("%s %s", join->service, join->listen != NULL ? join->listen : "");
}

static JfDeskCall *
begin_join (Serve *self, const JfServicesFileJoin *join)
{
  g_autoptr (JsonObject) request = jf_message_new ("join");

  json_object_set_string_member (request, "service", join->service);
  if (join->listen != NULL)
    json_object_set_string_member (request, "listen", join->listen);
  return jf_desk_call (jf_host_get_desk (self->runner.host), request, -1, join_event_cb, self);
}

/* What is in both, old and new, goes on undisturbed, unless it has failed. */
static void
apply_joins (Serve *self)
{
  const JfServicesFile *file = self->file;
  g_autoptr (GHashTable) old = g_steal_pointer (&self->joins);

  self->joins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) jf_desk_call_end);
  for (unsigned i = 0; i < file->joins->len; i++)
    {
      g_autofree char *key = join_key (g_ptr_array_index (file->joins, i));
      gpointer old_key = NULL;
      gpointer call = NULL;

      if (g_hash_table_steal_extended (old, key, &old_key, &call))
        g_free (old_key);
      if (call != NULL && jf_desk_call_is_over (call))
        g_clear_pointer (&call, jf_desk_call_end);
      if (call != NULL)
        g_hash_table_insert (self->joins, g_steal_pointer (&key), call);
    }
  /* Those that are gone leave before others may take their addresses. */
  g_hash_table_remove_all (old);
  for (unsigned i = 0; i < file->joins->len; i++)
    {
      const JfServicesFileJoin *join = g_ptr_array_index (file->joins, i);
      g_autofree char *key = join_key (join);

      if (g_hash_table_lookup (self->joins, key) == NULL)
        g_hash_table_replace (self->joins, g_strdup (key), begin_join (self, join));
    }
}

/* (transfer full) file */
static gboolean
apply (Serve *self, JfServicesFile *file, GError **error)
{
  g_autoptr (JfServicesFile) owned = file;
  JfEngine *engine = jf_host_get_engine (self->runner.host);
  JfServer *server = jf_engine_get_server (engine);

  if (!jf_engine_set_proxy (engine, file->proxy, error))
    return FALSE;
  jf_server_set_vouch (server, (const JfKeyId *) (void *) file->vouch->data, file->vouch->len);
  /* No service at all is said, too: so a provider withdraws its last one. */
  if (!jf_desk_set_offers (jf_host_get_desk (self->runner.host), file->offers, error))
    return FALSE;
  g_clear_pointer (&self->file, jf_services_file_free);
  self->file = g_steal_pointer (&owned);
  apply_joins (self);
  return TRUE;
}

static void
reload (gpointer data)
{
  Serve *self = data;
  g_autoptr (GError) error = NULL;
  JfServicesFile *file = jf_services_file_load (self->config, &error);

  if (file == NULL || !apply (self, file, &error))
    {
      /* What ran goes on. */
      jf_log (JF_LOG_ERROR, "reload-failed", "reason", JF_S (error->message), NULL);
      return;
    }
  jf_log (JF_LOG_INFO, "reloaded", "services", JF_I (file->offers->len), NULL);
}

static void
registered_cb (JfEngine *engine, const GError *failure, gpointer data)
{
  Serve *self = data;

  if (failure == NULL)
    jf_notify_ready (&self->ready_fd);
  else if (g_error_matches (failure, JF_ERROR, JF_ERROR_NOT_ALLOWED))
    {
      jf_complain (VERB,
                   "the manager does not take services of this member: %s; ask the operator for an "
                   "invitation as a provider",
                   failure->message);
      jf_runner_end (&self->runner, JF_EXIT_FAILED);
    }
}

static void
session_changed_cb (JfEngine *engine, gpointer data)
{
  Serve *self = data;

  if (jf_engine_get_session_state (engine) == JF_SESSION_FAILED)
    {
      jf_complain (VERB, "%s", jf_engine_get_session_error (engine)->message);
      jf_runner_end (&self->runner, JF_EXIT_FAILED);
    }
  else if (jf_engine_get_session_state (engine) == JF_SESSION_CONNECTED &&
           jf_server_get_offers (jf_engine_get_server (engine))->len == 0)
    jf_notify_ready (&self->ready_fd);
}

static int
run (Serve *self, const char *state_dir)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfServicesFile) file = jf_services_file_load (self->config, &error);
  JfEngine *engine;

  if (file == NULL)
    {
      jf_complain (VERB, "%s", error->message);
      return JF_EXIT_FAILED;
    }
  if (!jf_notify_check_fd (VERB, self->ready_fd))
    return JF_EXIT_USAGE;
  self->runner.proxy = file->proxy;
  if (!jf_runner_open (&self->runner, VERB, state_dir, JF_HOST_ALONE))
    return JF_EXIT_FAILED;
  engine = jf_host_get_engine (self->runner.host);
  g_signal_connect (engine, "registered", G_CALLBACK (registered_cb), self);
  g_signal_connect (engine, "session-changed", G_CALLBACK (session_changed_cb), self);
  if (!apply (self, g_steal_pointer (&file), &error))
    {
      jf_complain (VERB, "%s: %s", self->config, error->message);
      return JF_EXIT_FAILED;
    }
  self->runner.reload = reload;
  self->runner.data = self;
  return jf_runner_run (&self->runner);
}

static gboolean
set_log_format (const char *name)
{
  if (name == NULL || strcmp (name, "text") == 0)
    jf_log_setup (JF_LOG_TEXT, JF_LOG_INFO);
  else if (strcmp (name, "json") == 0)
    jf_log_setup (JF_LOG_JSON, JF_LOG_INFO);
  else
    {
      jf_complain (VERB, "--log-format: expected text or json, got \"%s\"", name);
      return FALSE;
    }
  return TRUE;
}

static void
clear (Serve *self)
{
  jf_notify_stopping ();
  if (self->runner.host != NULL && jf_host_get_engine (self->runner.host) != NULL)
    g_signal_handlers_disconnect_by_data (jf_host_get_engine (self->runner.host), self);
  if (self->rejoin != 0)
    g_source_remove (self->rejoin);
  g_hash_table_unref (self->joins);
  g_clear_pointer (&self->file, jf_services_file_free);
  jf_runner_clear (&self->runner);
  g_free (self->config);
}

int
jf_gateway_serve (int argc, char **argv)
{
  g_autofree char *state_dir = NULL;
  g_autofree char *log_format = NULL;
  g_auto (GStrv) rest = NULL;
  Serve self = { .ready_fd = -1 };
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &self.config, "The services to offer", "FILE" },
    { "log-format", 0, 0, G_OPTION_ARG_STRING, &log_format, "text or json", "FORMAT" },
    { "ready-fd", 0, 0, G_OPTION_ARG_INT, &self.ready_fd, "Write READY there once offered", "N" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where this device keeps its key",
      "DIR" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status = jf_parse_options (
      VERB, "",
      "Offers each [service NAME] of a configuration file, and joins each "
      "[join SERVICE], until interrupted. SIGHUP reads the file again.",
      entries, &argc, &argv, &rest);

  if (status >= 0)
    return status;
  if (rest[0] != NULL)
    {
      jf_complain (VERB, "expected no argument, got \"%s\"", rest[0]);
      return JF_EXIT_USAGE;
    }
  if (!set_log_format (log_format))
    return JF_EXIT_USAGE;
  if (self.config == NULL)
    self.config = default_config ();
  self.joins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify) jf_desk_call_end);
  status = run (&self, state_dir);
  clear (&self);
  return status;
}
