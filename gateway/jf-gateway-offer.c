/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>

#include "gateway/engine/jf-offer.h"
#include "gateway/jf-gateway-verbs.h"
#include "gateway/jf-notify.h"
#include "gateway/jf-runner.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"

#define VERB "offer"

typedef struct
{
  JfRunner runner;
  char **allow;
  char *title;
  int port;
  int ready_fd;
  gboolean registered;
} Offer;

static void
event_cb (JsonObject *event, gpointer data)
{
  Offer *self = data;
  const char *text;

  if (g_str_equal (jf_message_type (event), JF_MSG_ERROR))
    {
      if (jf_message_get_string (event, "message", JF_MESSAGE_MAX_BYTES, &text, NULL))
        jf_complain (VERB, "%s", text);
      jf_runner_end (&self->runner, JF_EXIT_FAILED);
    }
  else if (g_str_equal (jf_message_type (event), "state") &&
           jf_message_get_string (event, "reason", JF_MESSAGE_MAX_BYTES, &text, NULL))
    jf_complain (VERB, "the manager cannot take the service yet, and will be asked again: %s",
                 text);
  else if (g_str_equal (jf_message_type (event), JF_MSG_REGISTERED) && !self->registered &&
           jf_message_get_string (event, "service", JF_TEXT_MAX_BYTES, &text, NULL))
    {
      self->registered = TRUE;
      printf ("%s is offered\n", text);
      fflush (stdout);
      jf_notify_ready (&self->ready_fd);
    }
}

static JsonObject *
make_request (Offer *self, const char *name, const char *target)
{
  static const char *const nobody[] = { NULL };
  JsonObject *request = jf_message_new ("offer");

  json_object_set_string_member (request, "name", name);
  json_object_set_string_member (request, "target", target);
  if (self->title != NULL)
    json_object_set_string_member (request, "title", self->title);
  jf_message_set_strings (request, "allow",
                          self->allow != NULL ? (const char *const *) self->allow : nobody);
  json_object_set_int_member (request, "port", self->port);
  return request;
}

static int
run (Offer *self, char **arguments, const char *state_dir)
{
  g_autoptr (JsonObject) request = NULL;
  g_autoptr (JfOffer) checked = NULL;
  g_autoptr (GError) error = NULL;

  if (g_strv_length (arguments) != 2)
    {
      jf_complain (VERB, "expected NAME and TARGET, such as: web tcp:127.0.0.1:8080");
      return JF_EXIT_USAGE;
    }
  checked = jf_offer_new (arguments[0], arguments[1], self->title,
                          (const char *const *) self->allow,
                          self->port < 0 ? UINT32_MAX : (unsigned) self->port, NULL, NULL, &error);
  if (checked == NULL)
    {
      jf_complain (VERB, "%s", error->message);
      return JF_EXIT_USAGE;
    }
  if (!jf_notify_check_fd (VERB, self->ready_fd))
    return JF_EXIT_USAGE;
  if (self->allow == NULL)
    jf_complain (VERB, "note: without --allow nobody may use %s", arguments[0]);
  if (!jf_runner_open (&self->runner, VERB, state_dir, JF_HOST_LASTING))
    return JF_EXIT_FAILED;
  request = make_request (self, arguments[0], arguments[1]);
  jf_host_call (self->runner.host, request, -1, event_cb, self);
  return jf_runner_run (&self->runner);
}

int
jf_gateway_offer (int argc, char **argv)
{
  g_autofree char *state_dir = NULL;
  g_auto (GStrv) rest = NULL;
  Offer self = { .ready_fd = -1 };
  const GOptionEntry entries[] = {
    { "allow", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self.allow,
      "Who may use it: a member, @GROUP, or * for everybody; may come several times", "WHO" },
    { "title", 0, 0, G_OPTION_ARG_STRING, &self.title, "What people see", "TEXT" },
    { "port", 0, 0, G_OPTION_ARG_INT, &self.port, "The port that programs expect", "N" },
    { "ready-fd", 0, 0, G_OPTION_ARG_INT, &self.ready_fd, "Write READY there once offered", "N" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where this device keeps its key",
      "DIR" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status = jf_parse_options (
      VERB, "NAME TARGET",
      "Offers one service, until interrupted. TARGET is tcp:HOST:PORT or "
      "unix:PATH.",
      entries, &argc, &argv, &rest);

  if (status >= 0)
    return status;
  status = run (&self, rest, state_dir);
  jf_runner_clear (&self.runner);
  g_strfreev (self.allow);
  g_free (self.title);
  return status;
}
