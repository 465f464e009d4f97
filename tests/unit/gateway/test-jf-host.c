/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-host.h"

#include <string.h>

#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"
#include "tests/unit/engine/engine-dir.h"
#include "tests/unit/engine/fake-manager.h"

/* One process; several in one test are as good as several processes, since they meet at the lock
 * and at the local socket only. */
typedef struct
{
  JfState *state;
  JfHost *host;
  GQueue events; /* of JsonObject */
  gboolean finished;
} Process;

typedef struct
{
  FakeManager *manager;
  char *dir;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  char host[] = "127.0.0.1";
  char member[] = "clinic";
  char role[] = "provider";
  JfEnrolment enrolment = { .host = host, .member = member, .role = role };
  g_autoptr (JfState) state = NULL;

  jf_log_setup (JF_LOG_TEXT, JF_LOG_ERROR);
  fixture->manager = fake_manager_new ();
  fixture->dir = engine_dir_new ();
  state = jf_state_open (fixture->dir, NULL);
  enrolment.port = fake_manager_port (fixture->manager);
  enrolment.key = *fake_manager_key_id (fixture->manager);
  g_assert_true (jf_state_save_enrolment (state, &enrolment, NULL));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  engine_dir_free (fixture->dir);
  fake_manager_free (fixture->manager);
}

static Process *
process_new (Fixture *fixture, JfHostKind kind)
{
  Process *process = g_new0 (Process, 1);
  g_autoptr (GError) error = NULL;

  process->state = jf_state_open (fixture->dir, NULL);
  process->host = jf_host_new (process->state, kind, &error);
  g_assert_no_error (error);
  return process;
}

static void
process_free (Process *process)
{
  jf_host_free (process->host);
  jf_state_free (process->state);
  g_queue_clear_full (&process->events, (GDestroyNotify) json_object_unref);
  g_free (process);
}

static void
event_cb (JsonObject *event, gpointer data)
{
  g_queue_push_tail (&((Process *) data)->events, json_object_ref (event));
}

static void
call (Process *process, const char *text)
{
  g_autoptr (JsonObject) request = jf_message_parse (text, strlen (text), NULL);

  g_assert_nonnull (request);
  jf_host_call (process->host, request, -1, event_cb, process);
}

static JsonObject *
expect (Process *process, const char *type)
{
  JsonObject *event;

  while (g_queue_is_empty (&process->events))
    g_main_context_iteration (NULL, TRUE);
  event = g_queue_pop_head (&process->events);
  g_assert_cmpstr (jf_message_type (event), ==, type);
  return event;
}

static void
offer (Process *process, const char *name)
{
  g_autofree char *text = g_strdup_printf ("{\"type\":\"offer\",\"name\":\"%s\","
                                           "\"target\":\"tcp:h:1\",\"allow\":[\"*\"]}",
                                           name);

  call (process, text);
}

/* The names, in order, with commas. */
static char *
answer_register (Fixture *fixture)
{
  g_autoptr (JsonObject) message = fake_manager_expect (fixture->manager, JF_MSG_REGISTER);
  JsonArray *services = json_object_get_array_member (message, "services");
  GString *names = g_string_new (NULL);

  for (unsigned i = 0; i < json_array_get_length (services); i++)
    {
      JsonObject *service = json_array_get_object_element (services, i);

      g_string_append_printf (names, "%s%s", i > 0 ? "," : "",
                              json_object_get_string_member (service, "name"));
    }
  fake_manager_send (fixture->manager, "{\"type\":\"registered\",\"request\":%d,\"services\":[]}",
                     (int) json_object_get_int_member (message, "request"));
  return g_string_free (names, FALSE);
}

static void
expect_register (Fixture *fixture, const char *names)
{
  g_autofree char *got = answer_register (fixture);

  g_assert_cmpstr (got, ==, names);
}

static void
finished_cb (gpointer data)
{
  ((Process *) data)->finished = TRUE;
}

static void
end (Process *process)
{
  fake_wait_for (&process->finished);
  process_free (process);
}

static Process *
offering (Fixture *fixture)
{
  Process *process = process_new (fixture, JF_HOST_LASTING);

  offer (process, "web");
  fake_manager_welcome (fixture->manager, "clinic", "provider");
  expect_register (fixture, "web");
  json_object_unref (expect (process, JF_MSG_REGISTERED));
  return process;
}

static void
test_end_withdraws (Fixture *fixture, gconstpointer data)
{
  Process *process = offering (fixture);

  jf_host_finish (process->host, finished_cb, process);
  expect_register (fixture, "");
  end (process);
}

/* What the other process offers is never withdrawn meanwhile. */
static void
test_takeover (Fixture *fixture, gconstpointer data)
{
  Process *first = offering (fixture);
  Process *second = process_new (fixture, JF_HOST_LASTING);

  g_assert_nonnull (jf_host_get_engine (first->host));
  g_assert_null (jf_host_get_engine (second->host));
  offer (second, "db");
  expect_register (fixture, "web,db");
  json_object_unref (expect (second, JF_MSG_REGISTERED));
  jf_host_finish (first->host, finished_cb, first);
  expect_register (fixture, "db");
  end (first);
  fake_manager_welcome (fixture->manager, "clinic", "provider");
  g_assert_nonnull (jf_host_get_engine (second->host));
  expect_register (fixture, "db");
  jf_host_finish (second->host, finished_cb, second);
  expect_register (fixture, "");
  end (second);
}

/* Who is no host has nothing to wait for; its service goes when it hangs up. */
static void
test_guest_ends (Fixture *fixture, gconstpointer data)
{
  Process *first = offering (fixture);
  Process *second = process_new (fixture, JF_HOST_LASTING);

  offer (second, "db");
  expect_register (fixture, "web,db");
  jf_host_finish (second->host, finished_cb, second);
  end (second);
  expect_register (fixture, "web");
  jf_host_finish (first->host, finished_cb, first);
  expect_register (fixture, "");
  end (first);
}

static void
test_alone (Fixture *fixture, gconstpointer data)
{
  Process *first = process_new (fixture, JF_HOST_ALONE);
  g_autoptr (JfState) state = jf_state_open (fixture->dir, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_host_new (state, JF_HOST_ALONE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  process_free (first);
}

static void
test_not_enrolled (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = g_build_filename (fixture->dir, "new", NULL);
  g_autoptr (JfState) state = jf_state_open (dir, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_host_new (state, JF_HOST_LASTING, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ENROLLED);
  g_assert_nonnull (strstr (error->message, "jackfield-gateway enroll"));
}

/* A question of another process is answered by the one that runs the engine. */
static void
test_transient (Fixture *fixture, gconstpointer data)
{
  Process *first = offering (fixture);
  Process *question = process_new (fixture, JF_HOST_TRANSIENT);
  g_autofree char *socket = g_build_filename (fixture->dir, "gateway.sock", NULL);
  g_autoptr (JsonObject) event = NULL;

  call (question, "{\"type\":\"status\"}");
  json_object_unref (expect (question, "gateway"));
  event = expect (question, "offer");
  g_assert_true (json_object_get_boolean_member (event, "registered"));
  json_object_unref (expect (question, "end"));
  process_free (question);
  g_assert_true (g_file_test (socket, G_FILE_TEST_EXISTS));
  process_free (first);
  question = process_new (fixture, JF_HOST_TRANSIENT);
  g_assert_false (g_file_test (socket, G_FILE_TEST_EXISTS));
  process_free (question);
}

#define ADD(name, func) g_test_add ("/host/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("end-withdraws", test_end_withdraws);
  ADD ("takeover", test_takeover);
  ADD ("guest-ends", test_guest_ends);
  ADD ("alone", test_alone);
  ADD ("not-enrolled", test_not_enrolled);
  ADD ("transient", test_transient);
  return g_test_run ();
}
