/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-local-server.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/jf-lines.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"
#include "tests/unit/engine/engine-fixture.h"

#define OTHER_UID 54321

typedef struct
{
  EngineFixture engine;
  JfDesk *desk;
  JfLocalServer *server;
} Fixture;

/* One connection to the server, and what has come over it. */
typedef struct
{
  JfLines *lines;
  GQueue events; /* of JsonObject */
  gboolean closed;
} Client;

static void
message_cb (JfLines *lines, JsonObject *message, int fd, gpointer owner)
{
  g_assert_cmpint (fd, ==, -1);
  g_queue_push_tail (&((Client *) owner)->events, json_object_ref (message));
}

static void
closed_cb (JfLines *lines, gpointer owner)
{
  ((Client *) owner)->closed = TRUE;
}

static const JfLinesEvents lines_events = {
  .message = message_cb,
  .closed = closed_cb,
};

static GSocket *
connect_to (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  GSocket *socket = jf_local_connect (fixture->engine.dir, &error);

  g_assert_no_error (error);
  return socket;
}

static Client *
client_new (Fixture *fixture, const char *text)
{
  Client *client = g_new0 (Client, 1);
  g_autoptr (GSocket) socket = connect_to (fixture);
  g_autoptr (JsonObject) request = jf_message_parse (text, strlen (text), NULL);

  g_assert_nonnull (request);
  client->lines = jf_lines_new (socket, &lines_events, client);
  jf_lines_send (client->lines, request, -1);
  return client;
}

static void
client_free (Client *client)
{
  g_clear_pointer (&client->lines, jf_lines_free);
  g_queue_clear_full (&client->events, (GDestroyNotify) json_object_unref);
  g_free (client);
}

static JsonObject *
client_expect (Client *client, const char *type)
{
  JsonObject *event;

  while (g_queue_is_empty (&client->events))
    {
      g_assert_false (client->closed);
      g_main_context_iteration (NULL, TRUE);
    }
  event = g_queue_pop_head (&client->events);
  g_assert_cmpstr (jf_message_type (event), ==, type);
  return event;
}

static void
client_expect_error (Client *client, const char *code)
{
  g_autoptr (JsonObject) event = client_expect (client, JF_MSG_ERROR);

  g_assert_true (jf_desk_is_last (event));
  g_assert_cmpstr (json_object_get_string_member (event, "code"), ==, code);
  g_assert_cmpstr (json_object_get_string_member (event, "message"), !=, "");
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  engine_set_up (&fixture->engine, "provider");
  fixture->desk = jf_desk_new (fixture->engine.engine);
  fixture->server = jf_local_server_new (fixture->engine.dir, fixture->desk, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->server, jf_local_server_free);
  g_clear_pointer (&fixture->desk, jf_desk_free);
  engine_tear_down (&fixture->engine, data);
}

static void
test_status (Fixture *fixture, gconstpointer data)
{
  Client *client = client_new (fixture, "{\"type\":\"status\"}");
  g_autoptr (JsonObject) gateway = client_expect (client, "gateway");

  g_assert_cmpstr (json_object_get_string_member (gateway, "connection"), ==, "connected");
  g_assert_cmpstr (json_object_get_string_member (gateway, "role"), ==, "provider");
  json_object_unref (client_expect (client, "end"));
  client_free (client);
}

/* Well-formed lines that ask for nothing sensible. */
static void
test_bad_requests (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *code;
  } cases[] = {
    { "{\"type\":\"nonsense\"}", "invalid" },
    { "{\"type\":\"join\"}", "protocol" },
    { "{\"type\":\"join\",\"service\":5}", "protocol" },
    { "{\"type\":\"join\",\"service\":\"No Name\"}", "invalid" },
    { "{\"type\":\"join\",\"service\":\"a/b\",\"listen\":\"nowhere\"}", "invalid" },
    { "{\"type\":\"offer\",\"name\":\"web\"}", "protocol" },
    { "{\"type\":\"offer\",\"name\":\"Web!\",\"target\":\"tcp:h:1\",\"allow\":[]}", "invalid" },
    { "{\"type\":\"offer\",\"name\":\"web\",\"target\":\"http:h:1\",\"allow\":[]}", "invalid" },
    { "{\"type\":\"offer\",\"name\":\"web\",\"target\":\"tcp:h:1\",\"allow\":[5]}", "protocol" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Client *client = client_new (fixture, cases[i].text);

      g_test_message ("%s", cases[i].text);
      client_expect_error (client, cases[i].code);
      client_free (client);
    }
  g_assert_cmpuint (jf_server_get_offers (jf_engine_get_server (fixture->engine.engine))->len, ==,
                    0);
}

/* What is no request at all ends that connection, and nothing else. */
static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill (70000, 'x');
  const char *const texts[] = {
    "\n", "{}\n", "[]\n", "{\"type\":5}\n", "{\"type\":\"status\"\n", "\xff\xfe\n", large,
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GSocket) socket = connect_to (fixture);
      size_t sent = 0;

      g_socket_set_blocking (socket, FALSE);
      while (sent < strlen (texts[i]))
        {
          gssize n = g_socket_send (socket, texts[i] + sent, strlen (texts[i]) - sent, NULL, NULL);

          if (n < 0)
            g_main_context_iteration (NULL, FALSE);
          else
            sent += (size_t) n;
        }
      g_assert_true (g_socket_shutdown (socket, FALSE, TRUE, NULL));
      for (;;)
        {
          g_autoptr (GError) error = NULL;
          char byte;
          gssize got = g_socket_receive (socket, &byte, 1, NULL, &error);

          if (got == 0 || (got < 0 && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)))
            break;
          g_assert_cmpint (got, <, 0);
          g_main_context_iteration (NULL, FALSE);
        }
    }
  test_status (fixture, data);
}

static void
wait_joins (Fixture *fixture, unsigned n)
{
  while (g_list_model_get_n_items (jf_engine_get_joins (fixture->engine.engine)) != n)
    g_main_context_iteration (NULL, TRUE);
}

/* The join goes with the last who wants it. */
static void
test_hanging_up_leaves (Fixture *fixture, gconstpointer data)
{
  static const char request[] = "{\"type\":\"join\",\"service\":\"clinic/web\",\"listen\":"
                                "\"127.0.0.1:0\"}";
  Client *one = client_new (fixture, request);
  Client *other = client_new (fixture, request);
  int number = (int) engine_request (fake_manager_expect (fixture->engine.manager, JF_MSG_JOIN));

  fake_manager_send (
      fixture->engine.manager,
      "{\"type\":\"waiting\",\"request\":%d,\"tunnel\":3,\"service\":\"clinic/web\"}", number);
  for (unsigned i = 0; i < 2; i++)
    {
      Client *client = i == 0 ? one : other;
      g_autoptr (JsonObject) first = client_expect (client, "state");
      g_autoptr (JsonObject) event = client_expect (client, "state");

      g_assert_cmpstr (json_object_get_string_member (first, "state"), ==, "connecting");
      g_assert_cmpstr (json_object_get_string_member (event, "state"), ==, "waiting");
      g_assert_nonnull (strstr (json_object_get_string_member (event, "reason"), "offline"));
    }
  client_free (one);
  engine_settle (&fixture->engine);
  wait_joins (fixture, 1);
  client_free (other);
  json_object_unref (fake_manager_expect (fixture->engine.manager, JF_MSG_LEAVE));
  fake_manager_send (fixture->engine.manager,
                     "{\"type\":\"remove\",\"tunnel\":3,\"code\":\"closed\",\"final\":true}");
  json_object_unref (fake_manager_expect (fixture->engine.manager, JF_MSG_REMOVED));
  wait_joins (fixture, 0);
}

static unsigned
answer_register (Fixture *fixture)
{
  g_autoptr (JsonObject) message = fake_manager_expect (fixture->engine.manager, JF_MSG_REGISTER);

  fake_manager_send (fixture->engine.manager,
                     "{\"type\":\"registered\",\"request\":%d,\"services\":[]}",
                     (int) json_object_get_int_member (message, "request"));
  return json_array_get_length (json_object_get_array_member (message, "services"));
}

static void
test_hanging_up_withdraws (Fixture *fixture, gconstpointer data)
{
  static const char offer[] = "{\"type\":\"offer\",\"name\":\"web\",\"target\":\"tcp:h:1\","
                              "\"allow\":[\"*\"]}";
  Client *client = client_new (fixture, offer);
  Client *again;
  g_autoptr (JsonObject) event = NULL;

  g_assert_cmpuint (answer_register (fixture), ==, 1);
  event = client_expect (client, JF_MSG_REGISTERED);
  g_assert_cmpstr (json_object_get_string_member (event, "service"), ==, "alice/web");
  again = client_new (fixture, offer);
  client_expect_error (again, "invalid");
  client_free (again);
  client_free (client);
  g_assert_cmpuint (answer_register (fixture), ==, 0);
}

static void
test_storage_is_no_end (Fixture *fixture, gconstpointer data)
{
  Client *client = client_new (fixture, "{\"type\":\"offer\",\"name\":\"web\",\"target\":"
                                        "\"tcp:h:1\",\"allow\":[\"*\"]}");
  JsonObject *event;

  fake_manager_send (
      fixture->engine.manager, "{\"type\":\"error\",\"request\":%d,\"code\":\"storage\"}",
      (int) engine_request (fake_manager_expect (fixture->engine.manager, JF_MSG_REGISTER)));
  event = client_expect (client, "state");
  g_assert_false (jf_desk_is_last (event));
  g_assert_cmpstr (json_object_get_string_member (event, "code"), ==, "storage");
  json_object_unref (event);
  g_assert_cmpuint (answer_register (fixture), ==, 1);
  json_object_unref (client_expect (client, JF_MSG_REGISTERED));
  client_free (client);
  g_assert_cmpuint (answer_register (fixture), ==, 0);
}

/* In a process of its own: the exit status is 0 when the server said nothing. */
static void
be_somebody_else (const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "gateway.sock", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, NULL);
  char byte;

  if (setresuid (OTHER_UID, OTHER_UID, OTHER_UID) != 0 ||
      !g_socket_connect (socket, address, NULL, NULL))
    _exit (2);
  (void) g_socket_send (socket, "{\"type\":\"status\"}\n", 18, NULL, NULL);
  _exit (g_socket_receive (socket, &byte, 1, NULL, NULL) <= 0 ? 0 : 1);
}

static void
exited_cb (GPid pid, int status, gpointer data)
{
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  *(gboolean *) data = TRUE;
}

static void
test_other_users_are_refused (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->engine.dir, "gateway.sock", NULL);
  gboolean done = FALSE;
  struct stat info;
  pid_t pid;

  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  if (geteuid () != 0)
    {
      g_test_skip ("only root can be somebody else");
      return;
    }
  /* Even if somebody opens the doors. */
  g_assert_cmpint (g_chmod (fixture->engine.dir, 0755), ==, 0);
  g_assert_cmpint (g_chmod (path, 0666), ==, 0);
  pid = fork ();
  if (pid == 0)
    be_somebody_else (fixture->engine.dir);
  g_child_watch_add (pid, exited_cb, &done);
  fake_wait_for (&done);
}

static void
test_nobody_there (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->engine.dir, "gateway.sock", NULL);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->server, jf_local_server_free);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_null (jf_local_connect (fixture->engine.dir, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_UNREACHABLE);
  /* What a killed process left behind is no obstacle. */
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  fixture->server = jf_local_server_new (fixture->engine.dir, fixture->desk, NULL);
  g_assert_nonnull (fixture->server);
  test_status (fixture, data);
}

#define ADD(name, func) g_test_add ("/local-server/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("status", test_status);
  ADD ("bad-requests", test_bad_requests);
  ADD ("garbage", test_garbage);
  ADD ("hanging-up-leaves", test_hanging_up_leaves);
  ADD ("hanging-up-withdraws", test_hanging_up_withdraws);
  ADD ("storage-is-no-end", test_storage_is_no_end);
  ADD ("other-users-are-refused", test_other_users_are_refused);
  ADD ("nobody-there", test_nobody_there);
  return g_test_run ();
}
