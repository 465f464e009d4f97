/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/engine/jf-pseudo.h"
#include "gateway/jf-gateway-verbs.h"
#include "gateway/jf-join-news.h"
#include "gateway/jf-notify.h"
#include "gateway/jf-runner.h"
#include "gateway/jf-stdio-pump.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-names.h"

#define VERB "join"

typedef struct
{
  JfRunner runner;
  gboolean json;
  char *listen;
  int ready_fd;
  unsigned n_services;
  unsigned n_failed;
  GHashTable *joined; /* set of the services that have been joined once */
  int pump_fd;
  JfStdioPump *pump;
} Join;

typedef struct
{
  Join *join;
  unsigned number;
} One;

static JsonObject *
make_request (const char *service, const char *listen)
{
  JsonObject *request = jf_message_new ("join");

  json_object_set_string_member (request, "service", service);
  if (listen != NULL)
    json_object_set_string_member (request, "listen", listen);
  return request;
}

static void
count_failure (Join *self)
{
  self->n_failed++;
  if (self->n_failed == self->n_services)
    jf_runner_end (&self->runner, JF_EXIT_FAILED);
}

static void
count_joined (Join *self, unsigned number)
{
  g_hash_table_add (self->joined, GUINT_TO_POINTER (number + 1));
  if (g_hash_table_size (self->joined) == self->n_services)
    jf_notify_ready (&self->ready_fd);
}

static void
event_cb (JsonObject *event, gpointer data)
{
  One *one = data;
  Join *self = one->join;
  JfJoinNews news;

  if (!jf_join_news_read (event, &news))
    return;
  /* That it is under way is no news before it has been joined once. */
  if (self->json && news.state != NULL &&
      (*news.reason != '\0' || news.joined ||
       g_hash_table_contains (self->joined, GUINT_TO_POINTER (one->number + 1))))
    jf_print_json (event, FALSE);
  jf_join_news_print (VERB, &news, !self->json);
  if (news.failed)
    count_failure (self);
  else if (news.joined)
    count_joined (self, one->number);
}

static int
join_services (Join *self, char **services)
{
  g_autofree One *ones = g_new (One, self->n_services);

  for (unsigned i = 0; i < self->n_services; i++)
    {
      g_autoptr (JsonObject) request = make_request (services[i], self->listen);

      ones[i].join = self;
      ones[i].number = i;
      jf_host_call (self->runner.host, request, -1, event_cb, &ones[i]);
    }
  return jf_runner_run (&self->runner);
}

/* Standard input and output */

static void
pumped_cb (const GError *error, gpointer data)
{
  Join *self = data;

  if (error != NULL)
    jf_complain (VERB, "%s", error->message);
  jf_runner_release (&self->runner, error == NULL ? JF_EXIT_DONE : JF_EXIT_FAILED);
}

/* ssh hangs up on its ProxyCommand when it ends. */
static void
hangup (gpointer data)
{
  Join *self = data;

  g_clear_pointer (&self->pump, jf_stdio_pump_free);
  jf_runner_release (&self->runner, JF_EXIT_DONE);
}

static void
stdio_event_cb (JsonObject *event, gpointer data)
{
  Join *self = data;
  JfJoinNews news;

  if (!jf_join_news_read (event, &news))
    return;
  if (news.failed)
    {
      jf_join_news_print (VERB, &news, FALSE);
      jf_runner_end (&self->runner, JF_EXIT_FAILED);
    }
  else if (news.joined && self->pump == NULL)
    {
      jf_notify_ready (&self->ready_fd);
      self->pump = jf_stdio_pump_new (STDIN_FILENO, STDOUT_FILENO, self->pump_fd, pumped_cb, self);
      self->pump_fd = -1;
    }
}

static int
join_stdio (Join *self, const char *service)
{
  g_autoptr (JsonObject) request = make_request (service, "stdio");
  int fds[2];
  int status;

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) != 0)
    {
      jf_complain (VERB, "cannot make a socket: %s", g_strerror (errno));
      return JF_EXIT_FAILED;
    }
  self->pump_fd = fds[1];
  self->runner.reload = hangup;
  self->runner.data = self;
  jf_host_call (self->runner.host, request, fds[0], stdio_event_cb, self);
  status = jf_runner_run (&self->runner);
  g_clear_pointer (&self->pump, jf_stdio_pump_free);
  if (self->pump_fd >= 0)
    close (self->pump_fd);
  return status;
}

static gboolean
check_usage (Join *self, char **services, gboolean *stdio)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (self->listen, &error);

  if (spec == NULL)
    {
      jf_complain (VERB, "%s", error->message);
      return FALSE;
    }
  *stdio = spec->kind == JF_PSEUDO_STDIO;
  self->n_services = g_strv_length (services);
  if (self->n_services == 0)
    jf_complain (VERB, "which SERVICE? See: jackfield-gateway services");
  else if (self->n_services > 1 && self->listen != NULL)
    jf_complain (VERB, "--listen goes with one SERVICE only");
  else if (*stdio && self->json)
    jf_complain (VERB, "--json does not go with --listen stdio: standard output is the service");
  else
    {
      for (unsigned i = 0; i < self->n_services; i++)
        {
          g_autofree char *provider = NULL;
          g_autofree char *name = NULL;

          if (!jf_service_split (services[i], &provider, &name, &error))
            {
              jf_complain (VERB, "%s", error->message);
              return FALSE;
            }
        }
      return TRUE;
    }
  return FALSE;
}

static int
run (Join *self, char **services, const char *state_dir)
{
  gboolean stdio;

  if (!check_usage (self, services, &stdio) || !jf_notify_check_fd (VERB, self->ready_fd))
    return JF_EXIT_USAGE;
  if (!jf_runner_open (&self->runner, VERB, state_dir, JF_HOST_LASTING))
    return JF_EXIT_FAILED;
  return stdio ? join_stdio (self, services[0]) : join_services (self, services);
}

int
jf_gateway_join (int argc, char **argv)
{
  g_autofree char *state_dir = NULL;
  g_auto (GStrv) rest = NULL;
  Join self = { .ready_fd = -1, .pump_fd = -1 };
  const GOptionEntry entries[] = {
    { "listen", 'l', 0, G_OPTION_ARG_STRING, &self.listen,
      "Where programs connect: ADDR:PORT, unix:PATH or stdio; default is an address in 127.0.0.0/8 "
      "that stays the same",
      "WHERE" },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.json, "One JSON object a line", NULL },
    { "ready-fd", 0, 0, G_OPTION_ARG_INT, &self.ready_fd, "Write READY there once joined", "N" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where this device keeps its key",
      "DIR" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status = jf_parse_options (VERB, "SERVICE…",
                                 "Gets a local socket that is the service, until interrupted. "
                                 "SERVICE is PROVIDER/NAME, or NAME where it is unambiguous.",
                                 entries, &argc, &argv, &rest);

  if (status >= 0)
    return status;
  self.joined = g_hash_table_new (NULL, NULL);
  status = run (&self, rest, state_dir);
  jf_runner_clear (&self.runner);
  g_hash_table_unref (self.joined);
  g_free (self.listen);
  return status;
}
