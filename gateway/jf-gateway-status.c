/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "gateway/jf-gateway-verbs.h"
#include "gateway/jf-lines.h"
#include "gateway/jf-local-server.h"
#include "gateway/jf-runner.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"

#define VERB       "status"
#define TIMEOUT_MS 10000

typedef struct
{
  GMainLoop *loop;
  gboolean json;
  int status;
} Status;

static const char *
text (JsonObject *event, const char *member)
{
  const char *value = "";

  (void) jf_message_get_optional_string (event, member, JF_MESSAGE_MAX_BYTES, "", &value, NULL);
  return value != NULL ? value : "";
}

static int64_t
number (JsonObject *event, const char *member)
{
  int64_t value = 0;

  (void) jf_message_get_optional_int (event, member, 0, INT64_MAX, 0, &value, NULL);
  return value;
}

/* "1 stream", "2 streams" */
static char *
count (int64_t n, const char *what)
{
  return g_strdup_printf ("%lld %s%s", (long long) n, what, n == 1 ? "" : "s");
}

/* Why it is not as it should be, and when that is tried again. */
static void
show_reason (JsonObject *event, const char *before)
{
  int64_t retry_ms = -1;

  if (*text (event, "reason") == '\0')
    return;
  printf ("%s%s", before, text (event, "reason"));
  (void) jf_message_get_optional_int (event, "retry_ms", 0, INT32_MAX, -1, &retry_ms, NULL);
  if (retry_ms >= 0)
    printf (" (next try in %lld s)", (long long) (retry_ms + 999) / 1000);
}

static void
show_address (JsonObject *event, const char *before)
{
  if (*text (event, "path") != '\0')
    printf ("%s%s", before, text (event, "path"));
  else if (*text (event, "address") != '\0')
    printf ("%s%s port %d", before, text (event, "address"), (int) number (event, "port"));
}

static void
show_addresses (JsonObject *event)
{
  JsonArray *also = NULL;

  show_address (event, " at ");
  if (!json_object_has_member (event, "also") ||
      !jf_message_get_objects (event, "also", JF_JOIN_SOCKETS_MAX, &also, NULL))
    return;
  for (unsigned i = 0; i < json_array_get_length (also); i++)
    show_address (json_array_get_object_element (also, i), ", ");
}

/* Both forms: the one that people compare, and the one that files have. */
static void
show_key (JsonObject *event, const char *member, const char *name)
{
  JfKeyId key;
  char key_text[JF_KEY_ID_SHORT_SIZE] = "";

  if (jf_message_get_key_id (event, member, &key, NULL))
    jf_key_id_format_short (&key, key_text);
  printf ("%-11s %s  (%s)\n", name, key_text, text (event, member));
}

static void
show_gateway (JsonObject *event)
{
  show_key (event, "key", "device");
  printf ("member      %s (%s)\n", text (event, "member"), text (event, "role"));
  printf ("manager     %s port %d\n", text (event, "manager"),
          (int) number (event, "manager_port"));
  show_key (event, "manager_key", "its key");
  printf ("connection  %s", text (event, "connection"));
  if (*text (event, "proxy") != '\0')
    printf (" through the proxy %s", text (event, "proxy"));
  show_reason (event, ": ");
  printf ("\n");
}

static void
show_join (JsonObject *event)
{
  g_autofree char *streams = count (number (event, "streams"), "stream");

  printf ("join   %-28s %-10s", text (event, "service"), text (event, "state"));
  show_addresses (event);
  printf ("  %s, %lld bytes out, %lld in", streams, (long long) number (event, "bytes_sent"),
          (long long) number (event, "bytes_received"));
  if (number (event, "round_trip_us") != 0)
    printf (", %.1f ms", (double) number (event, "round_trip_us") / 1000);
  show_reason (event, "\n       ");
  printf ("\n");
}

static void
show_offer (JsonObject *event)
{
  gboolean registered = FALSE;
  g_autofree char *tunnels = count (number (event, "tunnels"), "tunnel");
  g_autofree char *streams = count (number (event, "streams"), "stream");

  (void) jf_message_get_bool (event, "registered", &registered, NULL);
  printf ("offer  %-28s %-10s to %s  %s, %s", text (event, "service"),
          registered ? "offered" : "not yet", text (event, "target"), tunnels, streams);
  if (*text (event, "last_refusal") != '\0')
    printf ("\n       the target could not be reached: %s", text (event, "last_refusal"));
  printf ("\n");
}

static void
show (JsonObject *event)
{
  const char *type = jf_message_type (event);

  if (strcmp (type, "gateway") == 0)
    show_gateway (event);
  else if (strcmp (type, "join") == 0)
    show_join (event);
  else if (strcmp (type, "offer") == 0)
    show_offer (event);
}

static void
end (Status *self, int status)
{
  self->status = status;
  g_main_loop_quit (self->loop);
}

static void
message_cb (JfLines *lines, JsonObject *event, int fd, gpointer owner)
{
  Status *self = owner;

  if (jf_desk_is_last (event))
    {
      if (strcmp (jf_message_type (event), JF_MSG_ERROR) == 0)
        jf_complain (VERB, "%s", text (event, "message"));
      end (self, strcmp (jf_message_type (event), "end") == 0 ? JF_EXIT_DONE : JF_EXIT_FAILED);
    }
  else if (self->json)
    jf_print_json (event, TRUE);
  else
    show (event);
}

static void
closed_cb (JfLines *lines, gpointer owner)
{
  jf_complain (VERB, "the running jackfield-gateway has ended just now; try again");
  end (owner, JF_EXIT_FAILED);
}

static const JfLinesEvents lines_events = {
  .message = message_cb,
  .closed = closed_cb,
};

static gboolean
timeout_cb (gpointer data)
{
  jf_complain (VERB, "the running jackfield-gateway does not answer");
  end (data, JF_EXIT_FAILED);
  return G_SOURCE_REMOVE;
}

static void
ask (Status *self, GSocket *socket)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (JfLines) lines = jf_lines_new (socket, &lines_events, self);
  g_autoptr (JsonObject) request = jf_message_new ("status");

  self->loop = loop;
  jf_lines_send (lines, request, -1);
  g_timeout_add (TIMEOUT_MS, timeout_cb, self);
  g_main_loop_run (loop);
}

/* Nobody runs: what the files say. */
static gboolean
show_files (Status *self, JfState *state, GError **error)
{
  g_autoptr (JfEnrolment) enrolment = jf_state_load_enrolment (state, error);
  g_autoptr (JfIdentity) identity = NULL;
  g_autoptr (JsonObject) event = NULL;

  if (enrolment == NULL)
    return FALSE;
  identity = jf_state_load_identity (state, error);
  if (identity == NULL)
    return FALSE;
  event = jf_message_new ("gateway");
  json_object_set_boolean_member (event, "running", FALSE);
  jf_message_set_key_id (event, "key", jf_identity_get_key_id (identity));
  json_object_set_string_member (event, "member", enrolment->member);
  json_object_set_string_member (event, "role", enrolment->role);
  json_object_set_string_member (event, "manager", enrolment->host);
  json_object_set_int_member (event, "manager_port", enrolment->port);
  jf_message_set_key_id (event, "manager_key", &enrolment->key);
  json_object_set_string_member (event, "connection", "stopped");
  if (self->json)
    jf_print_json (event, TRUE);
  else
    show (event);
  return TRUE;
}

static gboolean
run (Status *self, const char *state_dir, GError **error)
{
  g_autoptr (JfState) state = jf_state_open (state_dir, error);
  g_autoptr (GSocket) socket = NULL;

  if (state == NULL)
    return FALSE;
  socket = jf_local_connect (jf_state_get_dir (state), NULL);
  if (socket == NULL)
    return show_files (self, state, error);
  ask (self, socket);
  return TRUE;
}

int
jf_gateway_status (int argc, char **argv)
{
  g_autofree char *state_dir = NULL;
  g_auto (GStrv) rest = NULL;
  g_autoptr (GError) error = NULL;
  Status self = { .status = JF_EXIT_DONE };
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.json, "One JSON object a line", NULL },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &state_dir, "Where this device keeps its key",
      "DIR" },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status = jf_parse_options (
      VERB, "", "Shows this device, its connection, and what is joined and offered.", entries,
      &argc, &argv, &rest);

  if (status >= 0)
    return status;
  if (rest[0] != NULL)
    {
      jf_complain (VERB, "expected no argument, got \"%s\"", rest[0]);
      return JF_EXIT_USAGE;
    }
  if (run (&self, state_dir, &error))
    return self.status;
  jf_complain (VERB, "%s", error->message);
  return JF_EXIT_FAILED;
}
