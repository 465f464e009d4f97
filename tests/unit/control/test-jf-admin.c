/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/wire/jf-invitation.h"
#include "manager/control/jf-admin.h"
#include "tests/unit/control/control-fixture.h"

#define NOBODY 65534

typedef struct
{
  ControlFixture base;
  JfAdmin *admin;
  char *path;
  FakeGateway *clinic; /* offers `web` to everybody */
  FakeGateway *alice;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  control_fixture_set_up (&fixture->base, data);
  fixture->path = g_build_filename (fixture->base.folder, "admin", NULL);
  fixture->admin = jf_admin_new (fixture->base.control, fixture->path, &error);
  g_assert_no_error (error);
  fixture->clinic = control_fixture_join_member (&fixture->base, "clinic", JF_ROLE_PROVIDER, NULL);
  fixture->alice = control_fixture_join_member (&fixture->base, "alice", JF_ROLE_USER, "nurses");
  control_fixture_register (fixture->clinic, WEB_FOR_ALL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->admin, jf_admin_free);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  g_clear_pointer (&fixture->clinic, fake_gateway_free);
  g_clear_pointer (&fixture->alice, fake_gateway_free);
  control_fixture_tear_down (&fixture->base, data);
  g_free (fixture->path);
}

static GSocketConnection *
connect_admin (Fixture *fixture)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (fixture->path);
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address),
                                                           NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
all_read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GAsyncResult **out = data;

  *out = g_object_ref (result);
}

/* The whole answer: an array of objects, the last of which is the status. */
static GPtrArray *
ask_bytes (Fixture *fixture, const char *request, size_t size)
{
  g_autoptr (GSocketConnection) connection = connect_admin (fixture);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GAsyncResult) result = NULL;
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                             size, NULL, NULL, NULL);
  g_output_stream_splice_async (memory, g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                                G_OUTPUT_STREAM_SPLICE_NONE, G_PRIORITY_DEFAULT, NULL, all_read_cb,
                                &result);
  control_fixture_until (result != NULL);
  text = g_strndup (g_memory_output_stream_get_data (G_MEMORY_OUTPUT_STREAM (memory)),
                    g_memory_output_stream_get_data_size (G_MEMORY_OUTPUT_STREAM (memory)));
  lines = g_strsplit (text, "\n", -1);
  for (unsigned i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_autoptr (JsonNode) node = json_from_string (lines[i], NULL);

      g_assert_nonnull (node);
      g_ptr_array_add (rows, json_object_ref (json_node_get_object (node)));
    }
  return rows;
}

static GPtrArray *
ask (Fixture *fixture, const char *request)
{
  g_autofree char *line = g_strconcat (request, "\n", NULL);

  return ask_bytes (fixture, line, strlen (line));
}

static JsonObject *
row (GPtrArray *rows, unsigned i)
{
  g_assert_cmpuint (i, <, rows->len);
  return g_ptr_array_index (rows, i);
}

static void
check_status (GPtrArray *rows, unsigned n_rows, const char *code)
{
  JsonObject *status;

  g_assert_cmpuint (rows->len, ==, n_rows + 1);
  status = row (rows, n_rows);
  if (code == NULL)
    g_assert_cmpstr (json_object_get_string_member (status, "status"), ==, "ok");
  else
    {
      g_assert_cmpstr (json_object_get_string_member (status, "status"), ==, "error");
      g_assert_cmpstr (json_object_get_string_member (status, "code"), ==, code);
      g_assert_cmpuint (strlen (json_object_get_string_member (status, "message")), >, 0);
    }
}

#define STRING(object, member) json_object_get_string_member ((object), (member))
#define INT(object, member)    json_object_get_int_member ((object), (member))
#define BOOL(object, member)   json_object_get_boolean_member ((object), (member))

static void
test_tables (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");
  g_autoptr (GPtrArray) members = ask (fixture, "{\"verb\":\"members\"}");
  g_autoptr (GPtrArray) devices = ask (fixture, "{\"verb\":\"devices\"}");
  g_autoptr (GPtrArray) services = ask (fixture, "{\"verb\":\"services\"}");
  g_autoptr (GPtrArray) tunnels = ask (fixture, "{\"verb\":\"tunnels\"}");
  g_autoptr (GPtrArray) status = ask (fixture, "{\"verb\":\"status\"}");

  check_status (members, 2, NULL);
  g_assert_cmpstr (STRING (row (members, 0), "member"), ==, "alice");
  g_assert_cmpstr (STRING (row (members, 0), "role"), ==, "user");
  g_assert_cmpint (INT (row (members, 0), "devices"), ==, 1);
  g_assert_true (BOOL (row (members, 0), "online"));
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (row (members, 0), "groups")), ==, 1);

  check_status (devices, 2, NULL);
  g_assert_cmpuint (strlen (STRING (row (devices, 0), "device")), ==, 43);

  check_status (services, 1, NULL);
  g_assert_cmpstr (STRING (row (services, 0), "service"), ==, "clinic/web");
  g_assert_cmpint (INT (row (services, 0), "gateways"), ==, 1);

  check_status (tunnels, 1, NULL);
  g_assert_cmpint (INT (row (tunnels, 0), "tunnel"), ==, tunnel);
  g_assert_cmpstr (STRING (row (tunnels, 0), "user"), ==, "alice");
  g_assert_cmpstr (STRING (row (tunnels, 0), "state"), ==, "joined");
  g_assert_cmpstr (STRING (row (tunnels, 0), "gateway"), ==,
                   fake_gateway_get_device (fixture->clinic));
  g_assert_cmpstr (STRING (row (tunnels, 0), "device"), ==,
                   fake_gateway_get_device (fixture->alice));

  check_status (status, 1, NULL);
  g_assert_cmpint (INT (row (status, 0), "gateways"), ==, 2);
  g_assert_cmpint (INT (row (status, 0), "tunnels"), ==, 1);
  g_assert_cmpint (INT (row (status, 0), "tickets"), ==, 4);
  g_assert_true (json_object_has_member (
      json_object_get_object_member (row (status, 0), "counters"), "control-opened"));
}

static void
test_invite (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = ask (
      fixture, "{\"verb\":\"invite\",\"member\":\"bob\",\"role\":\"provider\",\"groups\":[\"x\"],"
               "\"expires_s\":60}");
  g_autoptr (FakeGateway) bob = fake_gateway_new (&fixture->base.manager, NULL);
  g_autoptr (JfInvitation) invitation = NULL;
  g_autoptr (GPtrArray) audit = NULL;

  check_status (rows, 1, NULL);
  invitation = jf_invitation_parse (STRING (row (rows, 0), "link"), NULL);
  g_assert_nonnull (invitation);
  g_assert_cmpstr (invitation->host, ==, "manager.example");
  g_assert_cmpint (invitation->port, ==, 8443);
  g_assert_true (jf_key_id_equal (&invitation->manager, &fixture->base.manager.manager));
  g_assert_cmpstr (STRING (row (rows, 0), "role"), ==, "provider");
  g_assert_cmpint (INT (row (rows, 0), "expires"), >, g_get_real_time () / G_USEC_PER_SEC + 30);

  g_assert_false (fake_gateway_hello (bob));
  fake_gateway_enroll (bob, invitation->code);
  g_assert_cmpint (jf_registry_get_member (fixture->base.registry, "bob")->role, ==,
                   JF_ROLE_PROVIDER);

  /* the code is a secret */
  audit = ask (fixture, "{\"verb\":\"audit\"}");
  for (unsigned i = 0; i + 1 < audit->len; i++)
    g_assert_null (strstr (STRING (row (audit, i), "detail"), invitation->code));
}

static const struct
{
  const char *member;
  const char *role; /* that is asked for */
  const char *expected;
} roles[] = {
  { "clinic", "", "provider" },
  { "alice", "", "user" },
  { "new", "", "user" },
  { "clinic", ",\"role\":\"user\"", "user" },
  { "alice", ",\"role\":\"provider\"", "provider" },
};

/* Without a role the one that the member has; the answer says which that is. */
static void
test_invite_roles (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (roles); i++)
    {
      g_autofree char *request = g_strdup_printf ("{\"verb\":\"invite\",\"member\":\"%s\"%s}",
                                                  roles[i].member, roles[i].role);
      g_autoptr (GPtrArray) rows = ask (fixture, request);

      check_status (rows, 1, NULL);
      g_assert_cmpstr (STRING (row (rows, 0), "role"), ==, roles[i].expected);
    }
}

static unsigned
count_audit (Fixture *fixture)
{
  g_autoptr (GPtrArray) rows = ask (fixture, "{\"verb\":\"audit\",\"limit\":10000}");

  return rows->len - 1;
}

/* Old lines go when the configuration says so, however many; others stay. */
static void
test_audit_days (Fixture *fixture, gconstpointer data)
{
  JfControlConfig config = { .audit_days = 2 };
  int64_t now = g_get_real_time () / G_USEC_PER_SEC;
  unsigned before = count_audit (fixture);

  for (unsigned i = 0; i < 2 * JF_AUDIT_PURGE_MAX + 5; i++)
    jf_registry_audit_async (
        fixture->base.registry,
        &(JfAuditLine){ .event = (char *) "old", .time = now - 2 * 24 * 3600 - 60 }, NULL, NULL);
  jf_registry_audit_async (
      fixture->base.registry,
      &(JfAuditLine){ .event = (char *) "young", .time = now - 2 * 24 * 3600 + 600 }, NULL, NULL);
  g_assert_cmpuint (count_audit (fixture), ==, before + 2 * JF_AUDIT_PURGE_MAX + 6);
  jf_control_set_config (fixture->base.control, &config);
  /* the first lines are the fixture's, which are younger */
  while (count_audit (fixture) > before + 1)
    ; /* asking runs the main context */
  g_assert_cmpuint (count_audit (fixture), ==, before + 1);
}

static void
test_audit (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");
  g_autoptr (GPtrArray) all = ask (fixture, "{\"verb\":\"audit\"}");
  g_autoptr (GPtrArray) last = ask (fixture, "{\"verb\":\"audit\",\"limit\":2}");
  static const char *const events[] = { "enroll", "enroll", "register", "join", "joined" };
  g_autofree char *after = NULL;
  g_autoptr (GPtrArray) none = NULL;

  check_status (all, G_N_ELEMENTS (events), NULL);
  for (unsigned i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_assert_cmpstr (STRING (row (all, i), "event"), ==, events[i]);
      /* nobody's address, unless the operator says so */
      g_assert_null (strstr (STRING (row (all, i), "detail"), "127.0.0.1"));
    }
  g_assert_cmpint (INT (row (all, 3), "tunnel"), ==, tunnel);
  g_assert_cmpstr (STRING (row (all, 3), "service"), ==, "clinic/web");
  g_assert_cmpstr (STRING (row (all, 3), "member"), ==, "alice");
  check_status (last, 2, NULL);
  g_assert_cmpstr (STRING (row (last, 1), "event"), ==, "joined");

  after = g_strdup_printf ("{\"verb\":\"audit\",\"after\":%d}", (int) INT (row (all, 4), "id"));
  none = ask (fixture, after);
  check_status (none, 0, NULL);
}

static void
test_addresses (Fixture *fixture, gconstpointer data)
{
  JfControlConfig config = { .keep_addresses = TRUE };
  g_autoptr (GPtrArray) last = NULL;

  jf_control_set_config (fixture->base.control, &config);
  fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"no\"}");
  fake_gateway_await_error (fixture->alice, 8, "not-available");
  last = ask (fixture, "{\"verb\":\"audit\",\"limit\":1}");
  g_assert_cmpstr (STRING (row (last, 0), "event"), ==, "refused");
  g_assert_nonnull (strstr (STRING (row (last, 0), "detail"), "127.0.0.1"));
}

static int64_t
await_remove (FakeGateway *gateway, const char *code, gboolean final)
{
  g_autoptr (JsonObject) remove = fake_gateway_await (gateway, "remove");

  g_assert_cmpstr (STRING (remove, "code"), ==, code);
  g_assert_cmpint (BOOL (remove, "final"), ==, final);
  return INT (remove, "tunnel");
}

static void
test_close (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");
  g_autofree char *request = g_strdup_printf ("{\"verb\":\"close\",\"tunnel\":%d}", (int) tunnel);
  g_autoptr (GPtrArray) closed = ask (fixture, request);
  g_autoptr (GPtrArray) again = ask (fixture, request);

  check_status (closed, 1, NULL);
  check_status (again, 0, "not-available");
  g_assert_cmpint (await_remove (fixture->alice, "closed", TRUE), ==, tunnel);
  g_assert_cmpint (await_remove (fixture->clinic, "closed", TRUE), ==, tunnel);
  fake_gateway_assert_silent (fixture->alice);
}

/* Cuts what is live, the legs too. */
static void
test_revoke_user (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) client_setup = NULL;
  g_autoptr (JsonObject) server_setup = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (FakeGateway) again = NULL;
  int client_leg, server_leg;
  GPollFD poll = { .events = G_IO_IN };
  char byte;

  fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"web\"}");
  client_setup = fake_gateway_await (fixture->alice, "setup");
  server_setup = fake_gateway_await (fixture->clinic, "setup");
  client_leg = fake_gateway_open_leg (fixture->alice, client_setup, 0);
  server_leg = fake_gateway_open_leg (fixture->clinic, server_setup, 0);

  rows = ask (fixture, "{\"verb\":\"revoke\",\"who\":\"alice\"}");
  check_status (rows, 1, NULL);
  g_assert_cmpstr (STRING (row (rows, 0), "revoked"), ==, "member");
  await_remove (fixture->alice, "not-available", TRUE);
  fake_gateway_await_error (fixture->alice, 0, "not-enrolled");
  fake_gateway_await_closed (fixture->alice);
  await_remove (fixture->clinic, "not-available", TRUE);
  poll.fd = server_leg;
  g_assert_cmpint (g_poll (&poll, 1, 1000), ==, 1);
  g_assert_cmpint (read (server_leg, &byte, 1), <=, 0);
  close (client_leg);
  close (server_leg);

  again = fake_gateway_new (&fixture->base.manager, fake_gateway_get_identity (fixture->alice));
  g_assert_false (fake_gateway_hello (again));
  control_fixture_await_tables_empty (&fixture->base);
}

static void
test_revoke_provider (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      second = control_fixture_join_member (&fixture->base, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (GPtrArray) rows = NULL;

  control_fixture_register (second, WEB_FOR_ALL);
  fake_gateway_send (second, "{\"type\":\"load\",\"streams\":9}");
  fake_gateway_assert_silent (second);
  control_fixture_join (fixture->alice, fixture->clinic, "web");
  rows = ask (fixture, "{\"verb\":\"revoke\",\"who\":\"clinic\"}");
  check_status (rows, 1, NULL);
  await_remove (fixture->alice, "not-available", TRUE);
  fake_gateway_assert_silent (fixture->alice);
  await_remove (fixture->clinic, "not-available", TRUE);
  fake_gateway_await_error (fixture->clinic, 0, "not-enrolled");
  fake_gateway_await_error (second, 0, "not-enrolled");
  fake_gateway_await_closed (fixture->clinic);
  fake_gateway_await_closed (second);
  fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"web\"}");
  fake_gateway_await_error (fixture->alice, 8, "not-available");
}

/* One device of two: its services move, those that only it had are forgotten. */
static void
test_revoke_device (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      second = control_fixture_join_member (&fixture->base, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *request = NULL;

  control_fixture_register (second, WEB_FOR_ALL
                            ",{\"name\":\"own\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"*\"]}");
  fake_gateway_send (fixture->clinic, "{\"type\":\"load\",\"streams\":9}");
  fake_gateway_assert_silent (fixture->clinic);
  control_fixture_join (fixture->alice, second, "web");

  request = g_strdup_printf ("{\"verb\":\"revoke\",\"who\":\"%.12s\"}",
                             fake_gateway_get_device (second));
  rows = ask (fixture, request);
  check_status (rows, 1, NULL);
  g_assert_cmpstr (STRING (row (rows, 0), "revoked"), ==, "device");
  g_assert_cmpstr (STRING (row (rows, 0), "device"), ==, fake_gateway_get_device (second));
  await_remove (second, "not-available", TRUE);
  fake_gateway_await_error (second, 0, "not-enrolled");
  fake_gateway_await_closed (second);
  await_remove (fixture->alice, "not-available", FALSE);
  json_object_unref (fake_gateway_await (fixture->alice, "setup"));
  json_object_unref (fake_gateway_await (fixture->clinic, "setup"));
  control_fixture_until (jf_registry_get_service (fixture->base.registry, "clinic", "own") == NULL);
  g_assert_nonnull (jf_registry_get_service (fixture->base.registry, "clinic", "web"));
}

static void
test_revoke_invited (Fixture *fixture, gconstpointer data)
{
  g_autofree char *code = control_fixture_invite (&fixture->base, "bob", JF_ROLE_USER, NULL, 60);
  g_autoptr (GPtrArray) rows = ask (fixture, "{\"verb\":\"revoke\",\"who\":\"bob\"}");
  g_autoptr (GPtrArray) again = ask (fixture, "{\"verb\":\"revoke\",\"who\":\"bob\"}");
  g_autoptr (FakeGateway) bob = fake_gateway_new (&fixture->base.manager, NULL);

  check_status (rows, 1, NULL);
  check_status (again, 0, "not-available");
  g_assert_false (fake_gateway_hello (bob));
  fake_gateway_send (bob, "{\"type\":\"enroll\",\"request\":1,\"code\":\"%s\"}", code);
  fake_gateway_await_error (bob, 1, "bad-invitation");
}

static const struct
{
  const char *request;
  const char *code;
} bad_requests[] = {
  { "", "invalid" },
  { "nonsense", "invalid" },
  { "[]", "invalid" },
  { "{}", "invalid" },
  { "{\"verb\":7}", "invalid" },
  { "{\"verb\":\"dance\"}", "invalid" },
  { "{\"verb\":\"invite\"}", "invalid" },
  { "{\"verb\":\"invite\",\"member\":\"No Label\"}", "invalid" },
  { "{\"verb\":\"invite\",\"member\":\"bob\",\"role\":\"king\"}", "invalid" },
  { "{\"verb\":\"invite\",\"member\":\"bob\",\"groups\":\"x\"}", "invalid" },
  { "{\"verb\":\"invite\",\"member\":\"bob\",\"groups\":[\"X Y\"]}", "invalid" },
  { "{\"verb\":\"invite\",\"member\":\"bob\",\"expires_s\":0}", "invalid" },
  { "{\"verb\":\"invite\",\"member\":\"bob\",\"expires_s\":99999999}", "invalid" },
  { "{\"verb\":\"revoke\"}", "invalid" },
  { "{\"verb\":\"revoke\",\"who\":\"nobody\"}", "not-available" },
  { "{\"verb\":\"revoke\",\"who\":\"\"}", "not-available" },
  { "{\"verb\":\"close\",\"tunnel\":\"1\"}", "invalid" },
  { "{\"verb\":\"close\",\"tunnel\":77}", "not-available" },
  { "{\"verb\":\"audit\",\"limit\":0}", "invalid" },
  { "{\"verb\":\"audit\",\"limit\":10001}", "invalid" },
  { "{\"verb\":\"invite\",\"member\":\"bob\",\"role\":\"\"}", "invalid" },
  { "{\"verb\":\"members\"} x", "invalid" },
  { "\xff\xfe", "invalid" },
};

static void
test_bad_requests (Fixture *fixture, gconstpointer data)
{
  g_autofree char *huge = g_strnfill (70000, ' ');
  g_autoptr (GPtrArray) too_long = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (bad_requests); i++)
    {
      g_autoptr (GPtrArray) rows = ask (fixture, bad_requests[i].request);

      check_status (rows, 0, bad_requests[i].code);
    }
  too_long = ask_bytes (fixture, huge, strlen (huge));
  check_status (too_long, 0, "limit");
}

static void
test_no_public_address (Fixture *fixture, gconstpointer data)
{
  JfControlConfig config = { .public_address = "" };
  g_autoptr (GPtrArray) rows = NULL;

  jf_control_set_config (fixture->base.control, &config);
  rows = ask (fixture, "{\"verb\":\"invite\",\"member\":\"bob\"}");
  check_status (rows, 0, "invalid");
}

static void
test_socket (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *file = g_build_filename (fixture->base.folder, "file", NULL);
  g_autofree char *long_path = g_strnfill (200, 'x');
  g_autofree char *stale = g_build_filename (fixture->base.folder, "stale", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (stale);
  g_autoptr (GSocket) dead = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                           G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (JfAdmin) replaced = NULL;
  struct stat status;

  g_assert_cmpint (g_stat (fixture->path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);

  g_assert_null (jf_admin_new (fixture->base.control, fixture->path, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (file, "precious", -1, NULL));
  g_assert_null (jf_admin_new (fixture->base.control, file, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_null (jf_admin_new (fixture->base.control, long_path, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_null (jf_admin_new (fixture->base.control, "/nonexistent/folder/admin", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_clear_error (&error);

  g_assert_true (g_socket_bind (dead, address, FALSE, NULL));
  g_socket_close (dead, NULL);
  replaced = jf_admin_new (fixture->base.control, stale, &error);
  g_assert_no_error (error);
}

/* What a program of another user gets: the bytes of the answer. Runs in a child, since a uid cannot
 * be given back. */
static int
ask_as_nobody (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const char request[] = "{\"verb\":\"status\"}\n";
  char answer[64];
  ssize_t size;
  int fd = socket (AF_UNIX, SOCK_STREAM, 0);

  g_strlcpy (address.sun_path, path, sizeof address.sun_path);
  if (setresgid (NOBODY, NOBODY, NOBODY) != 0 || setresuid (NOBODY, NOBODY, NOBODY) != 0)
    return 101;
  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    return 102;
  if (send (fd, request, sizeof request - 1, MSG_NOSIGNAL) < 0)
    return 0;
  size = recv (fd, answer, sizeof answer, 0);
  return size > 0 ? (int) size : 0;
}

typedef struct
{
  int status;
  gboolean ended;
} Child;

static void
child_ended_cb (GPid pid, int status, gpointer data)
{
  ((Child *) data)->status = status;
  ((Child *) data)->ended = TRUE;
}

/* Modes alone do not decide: where they let somebody in, it is his uid that keeps him out. */
static void
test_other_user (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  Child child = { 0 };
  pid_t pid;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can become somebody else");
      return;
    }
  g_assert_cmpint (g_chmod (fixture->base.folder, 0711), ==, 0);
  g_assert_cmpint (g_chmod (fixture->path, 0666), ==, 0);
  pid = fork ();
  if (pid == 0)
    _exit (ask_as_nobody (fixture->path));
  g_child_watch_add (pid, child_ended_cb, &child);
  control_fixture_until (child.ended);
  g_assert_true (WIFEXITED (child.status));
  g_assert_cmpint (WEXITSTATUS (child.status), ==, 0);
  rows = ask (fixture, "{\"verb\":\"status\"}");
  check_status (rows, 1, NULL);
}

/* Callers that say nothing, half of something, or do not listen: none disturbs the next. */
static void
test_rude_callers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) silent = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) rows = NULL;

  for (unsigned i = 0; i < 10; i++)
    {
      GSocketConnection *connection = connect_admin (fixture);

      g_output_stream_write (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                             "{\"verb\":", i, NULL, NULL);
      if (i % 2 == 0)
        g_ptr_array_add (silent, connection);
      else
        g_object_unref (connection);
    }
  rows = ask (fixture, "{\"verb\":\"status\"}");
  check_status (rows, 1, NULL);
}

#define TEST(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/admin/tables", test_tables);
  TEST ("/admin/invite", test_invite);
  TEST ("/admin/invite-roles", test_invite_roles);
  TEST ("/admin/audit", test_audit);
  TEST ("/admin/audit-days", test_audit_days);
  TEST ("/admin/addresses", test_addresses);
  TEST ("/admin/close", test_close);
  TEST ("/admin/revoke-user", test_revoke_user);
  TEST ("/admin/revoke-provider", test_revoke_provider);
  TEST ("/admin/revoke-device", test_revoke_device);
  TEST ("/admin/revoke-invited", test_revoke_invited);
  TEST ("/admin/bad-requests", test_bad_requests);
  TEST ("/admin/no-public-address", test_no_public_address);
  TEST ("/admin/socket", test_socket);
  TEST ("/admin/other-user", test_other_user);
  TEST ("/admin/rude-callers", test_rude_callers);
  return g_test_run ();
}
