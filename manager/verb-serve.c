/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/link/jf-identity.h"
#include "gateway/link/jf-log.h"
#include "gateway/link/jf-loop.h"
#include "gateway/wire/jf-error.h"
#include "manager/admin-client.h"
#include "manager/control/jf-admin.h"
#include "manager/control/jf-control.h"
#include "manager/front/jf-front.h"
#include "manager/registry/jf-registry-sqlite.h"
#include "manager/serve-ready.h"
#include "manager/serve-settings.h"
#include "manager/state-dir.h"
#include "manager/switch/jf-switch.h"

/* The composition root: makes the parts in the order in which they need each other, and takes them
 * apart in the opposite one. */
typedef struct
{
  const JfServeOptions *options;
  JfServeSettings *settings;
  int lock_fd;
  JfIdentity *identity;
  JfRegistry *registry;
  JfLoop *loops[JF_WORKERS_MAX];
  unsigned n_loops;
  JfSwitch *sw;
  JfControl *control;
  JfFront *front;
  JfAdmin *admin;
  char *public_address;
  GMainLoop *main_loop;
  GSource *watchdog;
  GPtrArray *signals; /* GSource */
  gboolean stopping;
} Manager;

static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

static gboolean
open_state (Manager *self, GError **error)
{
  const char *dir = self->settings->state_dir;
  g_autofree char *key_path = g_build_filename (dir, "manager.key", NULL);
  g_autofree char *registry_path = g_build_filename (dir, "registry.sqlite", NULL);

  self->lock_fd = jf_state_dir_take (dir, error);
  if (self->lock_fd < 0)
    return FALSE;
  self->identity = jf_identity_load_or_create (key_path, error);
  if (!self->identity)
    return FALSE;
  self->registry = jf_registry_sqlite_open (registry_path, error);
  return self->registry != NULL;
}

static gboolean
start_loops (Manager *self, GError **error)
{
  while (self->n_loops < self->settings->workers)
    {
      g_autofree char *name = g_strdup_printf ("switch-%u", self->n_loops);
      JfLoop *loop = jf_loop_new (name, error);

      if (!loop)
        return FALSE;
      self->loops[self->n_loops++] = loop;
    }
  return TRUE;
}

static JfControlConfig
control_config (Manager *self)
{
  return (JfControlConfig){
    .public_address = self->public_address,
    .manager = *jf_identity_get_key_id (self->identity),
    .keep_addresses = self->settings->keep_addresses,
    .audit_days = self->settings->audit_days,
  };
}

/* Once the front listens: port 0 has become a real one. */
static void
choose_public_address (Manager *self)
{
  g_auto (GStrv) listen = jf_front_get_listen (self->front);

  g_free (self->public_address);
  self->public_address = self->settings->public_address
                             ? g_strdup (self->settings->public_address)
                             : jf_serve_public_address (listen[0], g_get_host_name ());
}

static gboolean
open_front (Manager *self, GError **error)
{
  JfControlConfig config = control_config (self);

  self->sw = jf_switch_new (self->loops, self->n_loops);
  self->control = jf_control_new (self->registry, self->sw, &config);
  self->front = jf_front_new (self->loops, self->n_loops, self->sw, self->identity,
                              &jf_control_front_events, self->control);
  if (!jf_front_set_certificate (self->front, self->settings->certificate, self->settings->key,
                                 error))
    return FALSE;
  for (unsigned i = 0; self->settings->listen[i]; i++)
    if (!jf_front_listen (self->front, self->settings->listen[i], error))
      return FALSE;
  choose_public_address (self);
  config = control_config (self);
  jf_control_set_config (self->control, &config);
  return TRUE;
}

static gboolean
open_admin (Manager *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->settings->state_dir, JF_ADMIN_SOCKET, NULL);

  self->admin = jf_admin_new (self->control, path, error);
  return self->admin != NULL;
}

static gboolean
same_strings (char **a, char **b)
{
  return g_strv_equal ((const char *const *) a, (const char *const *) b);
}

/* What a running manager cannot change. */
static void
warn_restart (const JfServeSettings *old, const JfServeSettings *new)
{
  if (!same_strings (old->listen, new->listen))
    jf_log (JF_LOG_WARNING, "restart-needed", "setting", JF_S ("listen"), NULL);
  if (old->workers != new->workers)
    jf_log (JF_LOG_WARNING, "restart-needed", "setting", JF_S ("workers"), NULL);
}

/* All of it or nothing: a broken file leaves everything as it was. */
static gboolean
reload (Manager *self, GError **error)
{
  g_autoptr (JfServeSettings) fresh = jf_serve_settings_new (self->options, error);
  JfControlConfig config;

  if (!fresh || !jf_front_set_certificate (self->front, fresh->certificate, fresh->key, error))
    return FALSE;
  warn_restart (self->settings, fresh);
  jf_serve_settings_free (self->settings);
  self->settings = g_steal_pointer (&fresh);
  jf_log_setup (self->settings->log_format, self->settings->log_level);
  choose_public_address (self);
  config = control_config (self);
  jf_control_set_config (self->control, &config);
  return TRUE;
}

static gboolean
hangup_cb (gpointer data)
{
  Manager *self = data;
  g_autoptr (GError) error = NULL;

  if (self->stopping)
    return G_SOURCE_CONTINUE;
  jf_service_manager_reloading ();
  if (reload (self, &error))
    jf_log (JF_LOG_INFO, "reloaded", NULL);
  else
    jf_log (JF_LOG_ERROR, "reload-failed", "reason", JF_S (error->message), NULL);
  jf_service_manager_ready ();
  return G_SOURCE_CONTINUE;
}

static void
stopped_cb (gpointer data)
{
  Manager *self = data;

  g_main_loop_quit (self->main_loop);
}

/* The first signal says goodbye to the gateways (S6), another one does not wait for them. */
static gboolean
terminate_cb (gpointer data)
{
  Manager *self = data;

  if (self->stopping)
    {
      g_main_loop_quit (self->main_loop);
      return G_SOURCE_CONTINUE;
    }
  self->stopping = TRUE;
  jf_log (JF_LOG_INFO, "stopping", NULL);
  jf_service_manager_stopping ();
  g_clear_pointer (&self->admin, jf_admin_free);
  jf_control_stop (self->control, stopped_cb, self);
  return G_SOURCE_CONTINUE;
}

static void
watch_signal (Manager *self, int number, GSourceFunc handler)
{
  GSource *source = g_unix_signal_source_new (number);

  g_source_set_callback (source, handler, self, NULL);
  g_source_attach (source, NULL);
  g_ptr_array_add (self->signals, source);
}

static void
signal_free (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
manager_init (Manager *self, const JfServeOptions *options, JfServeSettings *settings)
{
  memset (self, 0, sizeof *self);
  self->options = options;
  self->settings = settings;
  self->lock_fd = -1;
  self->main_loop = g_main_loop_new (NULL, FALSE);
  self->signals = g_ptr_array_new_with_free_func (signal_free);
  watch_signal (self, SIGTERM, terminate_cb);
  watch_signal (self, SIGINT, terminate_cb);
  watch_signal (self, SIGHUP, hangup_cb);
}

/* In the opposite order; the registry comes last, so that everything that was still done is kept. */
static void
manager_clear (Manager *self)
{
  g_ptr_array_unref (self->signals);
  if (self->watchdog)
    signal_free (self->watchdog);
  g_clear_pointer (&self->admin, jf_admin_free);
  g_clear_pointer (&self->front, jf_front_free);
  g_clear_pointer (&self->control, jf_control_free);
  g_clear_pointer (&self->sw, jf_switch_free);
  while (self->n_loops > 0)
    jf_loop_free (self->loops[--self->n_loops]);
  if (self->registry)
    jf_registry_close (self->registry);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* callbacks of the last writes */
  g_clear_object (&self->registry);
  g_clear_pointer (&self->identity, jf_identity_unref);
  g_main_loop_unref (self->main_loop);
  jf_serve_settings_free (self->settings);
  g_free (self->public_address);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
}

static void
say_ready (Manager *self, int *ready_fd)
{
  g_auto (GStrv) listen = jf_front_get_listen (self->front);
  char key_id[JF_KEY_ID_TEXT_SIZE];
  const char *key = key_id;

  jf_key_id_format (jf_identity_get_key_id (self->identity), key_id);
  for (unsigned i = 0; listen[i]; i++)
    jf_log (JF_LOG_INFO, "listening", "address", JF_S (listen[i]), NULL);
  jf_log (JF_LOG_INFO, "ready", "version", JF_S (JF_VERSION), "key", JF_S (key), "public",
          JF_S (self->public_address), NULL);
  if (*ready_fd >= 0 && !jf_ready_write (*ready_fd, (const char *const *) listen))
    jf_log (JF_LOG_WARNING, "ready-fd-failed", NULL);
  *ready_fd = -1;
  jf_service_manager_ready ();
  self->watchdog = jf_service_manager_watch ();
}

static gboolean
run (Manager *self, int *ready_fd, GError **error)
{
  if (!open_state (self, error) || !start_loops (self, error) || !open_front (self, error) ||
      !open_admin (self, error))
    return FALSE;
  say_ready (self, ready_fd);
  g_main_loop_run (self->main_loop);
  jf_log (JF_LOG_INFO, "stopped", NULL);
  return TRUE;
}

JfExit
jf_verb_serve (const JfVerb *verb, int argc, char **argv)
{
  g_auto (JfServeOptions) options = { .ready_fd = -1 };
  g_autoptr (GError) error = NULL;
  JfServeSettings *settings;
  Manager manager;
  gboolean good;
  JfExit exit;

  if (!jf_serve_options_parse (verb, argc, argv, &options, &exit))
    return exit;
  settings = jf_serve_settings_new (&options, &error);
  if (!settings)
    return jf_verb_fail (verb, g_steal_pointer (&error));
  umask (077);
  raise_descriptor_limit ();
  jf_log_setup (settings->log_format, settings->log_level);
  jf_log_take_glib ();
  manager_init (&manager, &options, settings);
  good = run (&manager, &options.ready_fd, &error);
  manager_clear (&manager);
  return good ? JF_EXIT_DONE : jf_verb_fail (verb, g_steal_pointer (&error));
}
