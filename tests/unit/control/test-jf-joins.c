/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "tests/unit/control/control-fixture.h"

#define TUNNEL(type) "{\"type\":\"" type "\",\"tunnel\":%" G_GINT64_FORMAT "}"

/* clinic's gateway offering `web` to everybody, and alice's */
typedef struct
{
  ControlFixture base;
  FakeGateway *clinic;
  FakeGateway *alice;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  control_fixture_set_up (&fixture->base, data);
  fixture->clinic = control_fixture_join_member (&fixture->base, "clinic", JF_ROLE_PROVIDER, NULL);
  fixture->alice = control_fixture_join_member (&fixture->base, "alice", JF_ROLE_USER, NULL);
  control_fixture_register (fixture->clinic, WEB_FOR_ALL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->clinic, fake_gateway_free);
  g_clear_pointer (&fixture->alice, fake_gateway_free);
  control_fixture_await_tables_empty (&fixture->base);
  control_fixture_tear_down (&fixture->base, data);
}

static JsonObject *
await_remove (FakeGateway *gateway, int64_t tunnel, const char *code, gboolean final)
{
  JsonObject *remove = fake_gateway_await (gateway, "remove");

  g_assert_cmpint (json_object_get_int_member (remove, "tunnel"), ==, tunnel);
  g_assert_cmpstr (json_object_get_string_member (remove, "code"), ==, code);
  g_assert_cmpint (json_object_get_boolean_member (remove, "final"), ==, final);
  return remove;
}

static void
check_remove (FakeGateway *gateway, int64_t tunnel, const char *code, gboolean final)
{
  json_object_unref (await_remove (gateway, tunnel, code, final));
  fake_gateway_send (gateway, TUNNEL ("removed"), tunnel);
}

static int64_t
check_waiting (FakeGateway *gateway, const char *service)
{
  g_autoptr (JsonObject) waiting = NULL;

  fake_gateway_send (gateway, "{\"type\":\"join\",\"request\":8,\"service\":\"%s\"}", service);
  waiting = fake_gateway_await (gateway, "waiting");
  g_assert_cmpint (json_object_get_int_member (waiting, "request"), ==, 8);
  g_assert_cmpstr (json_object_get_string_member (waiting, "service"), ==, "clinic/web");
  g_assert_cmpstr (json_object_get_string_member (waiting, "reason"), ==, "offline");
  return json_object_get_int_member (waiting, "tunnel");
}

/* S3a or S3b without being asked for. */
static void
check_setup (FakeGateway *gateway, int64_t tunnel, FakeGateway *peer)
{
  g_autoptr (JsonObject) setup = fake_gateway_await (gateway, "setup");

  g_assert_cmpint (json_object_get_int_member (setup, "tunnel"), ==, tunnel);
  g_assert_cmpstr (json_object_get_string_member (setup, "peer"), ==,
                   fake_gateway_get_device (peer));
  g_assert_false (json_object_has_member (setup, "request"));
}

static void check_bytes_pass (int from, int to);

/* S3a and S3b after the server gateway has changed: the new tickets work. */
static void
check_setup_with_legs (FakeGateway *client, FakeGateway *server, int64_t tunnel)
{
  g_autoptr (JsonObject) s3a = fake_gateway_await (client, "setup");
  g_autoptr (JsonObject) s3b = fake_gateway_await (server, "setup");
  int client_leg = fake_gateway_open_leg (client, s3a, 1);
  int server_leg = fake_gateway_open_leg (server, s3b, 1);

  g_assert_cmpint (json_object_get_int_member (s3a, "tunnel"), ==, tunnel);
  g_assert_cmpint (json_object_get_int_member (s3b, "tunnel"), ==, tunnel);
  check_bytes_pass (client_leg, server_leg);
  close (client_leg);
  close (server_leg);
}

static void
check_bytes_pass (int from, int to)
{
  char buffer[5];

  g_assert_cmpint (write (from, "hello", 5), ==, 5);
  for (size_t have = 0; have < 5;)
    {
      gssize size;
      GPollFD poll = { .fd = to, .events = G_IO_IN };

      g_assert_cmpint (g_poll (&poll, 1, 10000), ==, 1);
      size = read (to, buffer + have, 5 - have);
      g_assert_cmpint (size, >, 0);
      have += (size_t) size;
    }
  g_assert_cmpmem (buffer, 5, "hello", 5);
}

static void
check_cut (int fd)
{
  GPollFD poll = { .fd = fd, .events = G_IO_IN };
  char byte;

  g_assert_cmpint (g_poll (&poll, 1, 1000), ==, 1);
  g_assert_cmpint (read (fd, &byte, 1), <=, 0);
  close (fd);
}

/* S2 to S7, message by message, with legs that pass bytes. */
static void
test_whole_life (Fixture *fixture, gconstpointer data)
{
  FakeGateway *alice = fixture->alice;
  FakeGateway *clinic = fixture->clinic;
  g_autoptr (JsonObject) s3a = NULL;
  g_autoptr (JsonObject) s3b = NULL;
  g_autoptr (JsonObject) s5 = NULL;
  int legs[4];
  int64_t tunnel;

  control_fixture_register (
      clinic, "{\"name\":\"web\",\"kind\":\"tcp\",\"port\":8080,\"title\":\"The web\","
              "\"allow\":[\"*\"],\"open\":\"http://{address}/\",\"app\":\"org.example.App\"}");
  fake_gateway_send (alice, "{\"type\":\"join\",\"request\":8,\"service\":\"web\"}");
  s3a = fake_gateway_await (alice, "setup");
  tunnel = json_object_get_int_member (s3a, "tunnel");
  g_assert_cmpint (tunnel, >, 0);
  g_assert_cmpint (json_object_get_int_member (s3a, "request"), ==, 8);
  g_assert_cmpstr (json_object_get_string_member (s3a, "side"), ==, "client");
  g_assert_cmpstr (json_object_get_string_member (s3a, "service"), ==, "clinic/web");
  g_assert_cmpstr (json_object_get_string_member (s3a, "kind"), ==, "tcp");
  g_assert_cmpint (json_object_get_int_member (s3a, "port"), ==, 8080);
  g_assert_cmpstr (json_object_get_string_member (s3a, "title"), ==, "The web");
  g_assert_cmpstr (json_object_get_string_member (s3a, "open"), ==, "http://{address}/");
  g_assert_cmpstr (json_object_get_string_member (s3a, "app"), ==, "org.example.App");
  g_assert_cmpstr (json_object_get_string_member (s3a, "peer"), ==,
                   fake_gateway_get_device (clinic));

  s3b = fake_gateway_await (clinic, "setup");
  g_assert_cmpint (json_object_get_int_member (s3b, "tunnel"), ==, tunnel);
  g_assert_cmpstr (json_object_get_string_member (s3b, "side"), ==, "server");
  g_assert_cmpstr (json_object_get_string_member (s3b, "service"), ==, "clinic/web");
  g_assert_cmpstr (json_object_get_string_member (s3b, "member"), ==, "alice");
  g_assert_cmpstr (json_object_get_string_member (s3b, "peer"), ==,
                   fake_gateway_get_device (alice));
  g_assert_false (json_object_has_member (s3b, "request"));

  for (unsigned i = 0; i < 2; i++)
    {
      legs[2 * i] = fake_gateway_open_leg (alice, s3a, i);
      legs[2 * i + 1] = fake_gateway_open_leg (clinic, s3b, i);
      g_assert_cmpint (legs[2 * i], >=, 0);
      g_assert_cmpint (legs[2 * i + 1], >=, 0);
      check_bytes_pass (legs[2 * i], legs[2 * i + 1]);
      check_bytes_pass (legs[2 * i + 1], legs[2 * i]);
    }
  g_assert_cmpint (fake_gateway_open_leg (alice, s3a, 0), ==, -1);

  /* S5 needs both */
  fake_gateway_send (clinic, TUNNEL ("ready"), tunnel);
  fake_gateway_assert_silent (clinic);
  fake_gateway_assert_silent (alice);
  fake_gateway_send (alice, TUNNEL ("ready"), tunnel);
  s5 = fake_gateway_await (alice, "joined");
  g_assert_cmpint (json_object_get_int_member (s5, "tunnel"), ==, tunnel);
  fake_gateway_send (alice, TUNNEL ("ready"), tunnel);
  fake_gateway_assert_silent (alice);
  fake_gateway_assert_silent (clinic);

  fake_gateway_send (alice, TUNNEL ("leave"), tunnel);
  check_remove (alice, tunnel, "closed", TRUE);
  check_remove (clinic, tunnel, "closed", TRUE);
  for (unsigned i = 0; i < G_N_ELEMENTS (legs); i++)
    check_cut (legs[i]);
  fake_gateway_assert_silent (alice);
  fake_gateway_assert_silent (clinic);
}

/* Absent, not allowed, malformed, ambiguous: the same bytes. */
static void
test_not_available (Fixture *fixture, gconstpointer data)
{
  static const char *const services[] = {
    "clinic/secret", "secret", "clinic/absent", "absent",  "nobody/web", "same", "",
    "a/b/c",         "/",      "A B",           "clinic/", "\\u202eweb",
  };
  g_autoptr (FakeGateway)
      other = control_fixture_join_member (&fixture->base, "bakery", JF_ROLE_PROVIDER, NULL);
  g_autoptr (GBytes) first = NULL;

  control_fixture_register (
      fixture->clinic,
      WEB_FOR_ALL ",{\"name\":\"secret\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"bob\"]},"
                  "{\"name\":\"same\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"*\"]}");
  control_fixture_register (
      other, "{\"name\":\"same\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"alice\"]}");
  for (unsigned i = 0; i < G_N_ELEMENTS (services); i++)
    {
      g_autoptr (GBytes) answer = NULL;

      fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"%s\"}",
                         services[i]);
      answer = fake_gateway_await_bytes (fixture->alice);
      if (first == NULL)
        first = g_bytes_ref (answer);
      g_assert_cmpmem (g_bytes_get_data (first, NULL), g_bytes_get_size (first),
                       g_bytes_get_data (answer, NULL), g_bytes_get_size (answer));
    }
  g_assert_nonnull (g_strstr_len (g_bytes_get_data (first, NULL), (gssize) g_bytes_get_size (first),
                                  "\"code\":\"not-available\""));
  fake_gateway_assert_silent (fixture->clinic);
  g_assert_cmpuint (jf_joins_count (fixture->base.control->joins), ==, 0);
}

static void
test_by_name (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      other = control_fixture_join_member (&fixture->base, "bakery", JF_ROLE_PROVIDER, NULL);

  /* of the two, alice may use one: the name is enough */
  control_fixture_register (other,
                            "{\"name\":\"web\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"bob\"]}");
  control_fixture_join (fixture->alice, fixture->clinic, "web");
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "clinic/web");

  fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"web\"}");
  fake_gateway_await_error (fixture->alice, 8, "busy");
  fake_gateway_send (fixture->alice, TUNNEL ("leave"), tunnel);
  check_remove (fixture->alice, tunnel, "closed", TRUE);
  check_remove (fixture->clinic, tunnel, "closed", TRUE);
  g_assert_cmpint (control_fixture_join (fixture->alice, fixture->clinic, "clinic/web"), !=,
                   tunnel);
}

static void
test_waiting (Fixture *fixture, gconstpointer data)
{
  FakeGateway *again;
  int64_t tunnel;

  again = fake_gateway_new (&fixture->base.manager, fake_gateway_get_identity (fixture->clinic));
  g_assert_true (fake_gateway_hello (again));
  fake_gateway_free (fixture->clinic);
  fixture->clinic = again;

  /* here, but it has not said what it offers */
  tunnel = check_waiting (fixture->alice, "clinic/web");
  fake_gateway_assert_silent (again);
  control_fixture_register (again, WEB_FOR_ALL);
  check_setup (fixture->alice, tunnel, again);
}

static void
test_waiting_then_leave (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel;

  g_clear_pointer (&fixture->clinic, fake_gateway_free);
  control_fixture_until (g_hash_table_size (fixture->base.control->welcomed) == 1);
  tunnel = check_waiting (fixture->alice, "clinic/web");
  fake_gateway_send (fixture->alice, TUNNEL ("leave"), tunnel);
  check_remove (fixture->alice, tunnel, "closed", TRUE);
  fake_gateway_assert_silent (fixture->alice);
}

/* What is said about others' tunnels changes nothing and tells nothing. */
static void
test_foreign_tunnels (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    TUNNEL ("ready"),
    TUNNEL ("leave"),
    TUNNEL ("removed"),
    "{\"type\":\"removed\",\"tunnel\":%" G_GINT64_FORMAT ",\"code\":\"unreachable\"}",
    "{\"type\":\"legs\",\"tunnel\":%" G_GINT64_FORMAT ",\"count\":2}",
  };
  g_autoptr (FakeGateway)
      mallory = control_fixture_join_member (&fixture->base, "mallory", JF_ROLE_PROVIDER, NULL);
  int64_t tunnel;

  control_fixture_register (mallory, WEB_FOR_ALL);
  tunnel = control_fixture_join (fixture->alice, fixture->clinic, "clinic/web");
  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      for (unsigned exists = 0; exists < 2; exists++)
        {
          g_autofree char *text = g_strdup (texts[i]);
          g_auto (GStrv) parts = g_strsplit (text, "%" G_GINT64_FORMAT, 2);

          fake_gateway_send (mallory, "%s%" G_GINT64_FORMAT "%s", parts[0],
                             exists ? tunnel : tunnel + 1000, parts[1]);
          fake_gateway_assert_silent (mallory);
        }
    }
  fake_gateway_assert_silent (fixture->alice);
  fake_gateway_assert_silent (fixture->clinic);
  g_assert_cmpuint (jf_joins_count (fixture->base.control->joins), ==, 1);

  /* nor is the server's side the client's */
  fake_gateway_send (fixture->clinic, TUNNEL ("leave"), tunnel);
  fake_gateway_send (fixture->clinic,
                     "{\"type\":\"legs\",\"tunnel\":%" G_GINT64_FORMAT ",\"count\":2}", tunnel);
  fake_gateway_assert_silent (fixture->clinic);
  fake_gateway_assert_silent (fixture->alice);
}

static void
test_legs (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "clinic/web");
  unsigned expected[] = { 4, 2 };

  /* two came with the setup; four more; then only two are left of the five asked for */
  for (unsigned i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (JsonObject) client = NULL;
      g_autoptr (JsonObject) server = NULL;

      fake_gateway_send (fixture->alice,
                         "{\"type\":\"legs\",\"tunnel\":%" G_GINT64_FORMAT ",\"count\":%d}", tunnel,
                         4 + (int) i);
      client = fake_gateway_await (fixture->alice, "tickets");
      server = fake_gateway_await (fixture->clinic, "tickets");
      g_assert_cmpint (json_object_get_int_member (client, "tunnel"), ==, tunnel);
      g_assert_cmpint (json_object_get_int_member (server, "tunnel"), ==, tunnel);
      g_assert_cmpuint (json_array_get_length (json_object_get_array_member (client, "tickets")),
                        ==, expected[i]);
      g_assert_cmpuint (json_array_get_length (json_object_get_array_member (server, "tickets")),
                        ==, expected[i]);
      /* each side's tickets are its own */
      g_assert_cmpint (fake_gateway_open_leg (fixture->alice, server, 0), ==, -1);
    }
  fake_gateway_send (fixture->alice,
                     "{\"type\":\"legs\",\"tunnel\":%" G_GINT64_FORMAT ",\"count\":1}", tunnel);
  fake_gateway_assert_silent (fixture->alice);
  fake_gateway_assert_silent (fixture->clinic);
}

static void
test_cannot (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) client_setup = NULL;
  g_autoptr (JsonObject) server_setup = NULL;
  int64_t tunnel;

  fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"web\"}");
  client_setup = fake_gateway_await (fixture->alice, "setup");
  server_setup = fake_gateway_await (fixture->clinic, "setup");
  tunnel = json_object_get_int_member (client_setup, "tunnel");
  fake_gateway_send (fixture->alice,
                     "{\"type\":\"removed\",\"tunnel\":%" G_GINT64_FORMAT
                     ",\"code\":\"wrong-key\",\"message\":\"not the pinned key\"}",
                     tunnel);
  check_remove (fixture->alice, tunnel, "wrong-key", TRUE);
  check_remove (fixture->clinic, tunnel, "wrong-key", TRUE);
  fake_gateway_assert_silent (fixture->alice);
}

static void
test_server_timeout (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) client_setup = NULL;
  g_autoptr (JsonObject) server_setup = NULL;
  int64_t tunnel;

  fixture->base.control->answer_timeout_ms = 50;
  fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"web\"}");
  client_setup = fake_gateway_await (fixture->alice, "setup");
  server_setup = fake_gateway_await (fixture->clinic, "setup");
  tunnel = json_object_get_int_member (client_setup, "tunnel");
  fake_gateway_send (fixture->alice, TUNNEL ("ready"), tunnel);
  json_object_unref (await_remove (fixture->alice, tunnel, "timeout", TRUE));
  json_object_unref (await_remove (fixture->clinic, tunnel, "timeout", TRUE));

  /* S7 that never comes is given up as well */
  control_fixture_until (fixture->base.control != NULL &&
                         jf_joins_count (fixture->base.control->joins) == 0);
  fake_gateway_assert_silent (fixture->clinic);
}

static unsigned
count_leaving (JfControl *control)
{
  GHashTableIter iter;
  gpointer conn;
  unsigned count = 0;

  g_hash_table_iter_init (&iter, control->conns);
  while (g_hash_table_iter_next (&iter, &conn, NULL))
    count += g_hash_table_size (((JfMemberConn *) conn)->leaving);
  return count;
}

static void
test_removed_never_comes (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel;

  fixture->base.control->answer_timeout_ms = 100;
  tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");
  fake_gateway_send (fixture->alice, TUNNEL ("leave"), tunnel);
  json_object_unref (await_remove (fixture->alice, tunnel, "closed", TRUE));
  json_object_unref (await_remove (fixture->clinic, tunnel, "closed", TRUE));
  g_assert_cmpuint (count_leaving (fixture->base.control), ==, 2);
  control_fixture_until (count_leaving (fixture->base.control) == 0);
}

/* The server gateway goes and comes back; the tunnel stays. */
static void
test_server_comes_back (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");
  FakeGateway *again = control_fixture_reconnect (&fixture->base, fixture->clinic);

  check_remove (fixture->alice, tunnel, "unreachable", FALSE);
  fake_gateway_await_error (fixture->clinic, 0, "busy");
  fake_gateway_await_closed (fixture->clinic);
  fake_gateway_free (fixture->clinic);
  fixture->clinic = again;
  fake_gateway_assert_silent (again);
  fake_gateway_assert_silent (fixture->alice);

  control_fixture_register (again, WEB_FOR_ALL);
  check_setup_with_legs (fixture->alice, again, tunnel);
  fake_gateway_send (again, TUNNEL ("ready"), tunnel);
  fake_gateway_send (fixture->alice, TUNNEL ("ready"), tunnel);
  json_object_unref (fake_gateway_await (fixture->alice, "joined"));
}

/* What a gateway said before it heard of S6 is not taken for an answer to the setup after it. */
static void
test_stale_answers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      second = control_fixture_join_member (&fixture->base, "clinic", JF_ROLE_PROVIDER, NULL);
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");

  control_fixture_register (second, WEB_FOR_ALL);
  g_clear_pointer (&fixture->clinic, fake_gateway_free);
  json_object_unref (await_remove (fixture->alice, tunnel, "unreachable", FALSE));
  check_setup (fixture->alice, tunnel, second);
  check_setup (second, tunnel, fixture->alice);
  fake_gateway_send (second, TUNNEL ("ready"), tunnel);

  fake_gateway_send (fixture->alice, TUNNEL ("ready"), tunnel);
  fake_gateway_send (
      fixture->alice,
      "{\"type\":\"removed\",\"tunnel\":%" G_GINT64_FORMAT ",\"code\":\"unreachable\"}", tunnel);
  fake_gateway_assert_silent (fixture->alice);
  fake_gateway_assert_silent (second);
  fake_gateway_send (fixture->alice, TUNNEL ("removed"), tunnel);
  fake_gateway_assert_silent (fixture->alice);
  fake_gateway_send (fixture->alice, TUNNEL ("ready"), tunnel);
  json_object_unref (fake_gateway_await (fixture->alice, "joined"));
}

/* A gateway that does not answer is not buried under setups; the others get theirs as it does. */
static void
test_unanswered (Fixture *fixture, gconstpointer data)
{
  FakeGateway *users[5];
  unsigned n_set_up = 0;

  fixture->base.control->unanswered_max = 2;
  for (unsigned i = 0; i < G_N_ELEMENTS (users); i++)
    {
      users[i] = control_fixture_join_member (&fixture->base, "bob", JF_ROLE_USER, NULL);
      if (i < 2)
        {
          fake_gateway_send (users[i], "{\"type\":\"join\",\"request\":8,\"service\":\"web\"}");
          json_object_unref (fake_gateway_await (users[i], "setup"));
        }
      else
        check_waiting (users[i], "web");
    }
  while (n_set_up < G_N_ELEMENTS (users))
    {
      g_autoptr (JsonObject) setup = fake_gateway_await (fixture->clinic, "setup");

      n_set_up++;
      fake_gateway_send (fixture->clinic, TUNNEL ("ready"),
                         json_object_get_int_member (setup, "tunnel"));
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (users); i++)
    {
      if (i >= 2)
        json_object_unref (fake_gateway_await (users[i], "setup"));
      fake_gateway_free (users[i]);
    }
}

/* Two gateways offer the same: the less busy one gets it, and the other when that goes. */
static void
test_two_gateways (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      second = control_fixture_join_member (&fixture->base, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (FakeGateway)
      bob = control_fixture_join_member (&fixture->base, "bob", JF_ROLE_USER, NULL);
  int64_t tunnel;

  control_fixture_register (second, WEB_FOR_ALL);
  fake_gateway_send (fixture->clinic, "{\"type\":\"load\",\"streams\":12}");
  fake_gateway_send (second, "{\"type\":\"load\",\"streams\":3}");
  fake_gateway_assert_silent (fixture->clinic);
  fake_gateway_assert_silent (second);
  tunnel = control_fixture_join (fixture->alice, second, "web");

  fake_gateway_send (second, "{\"type\":\"load\",\"streams\":13}");
  fake_gateway_assert_silent (second);
  control_fixture_join (bob, fixture->clinic, "web");

  /* it does not offer it any more, the other still does */
  fake_gateway_send (second, "{\"type\":\"register\",\"request\":6,\"services\":[]}");
  json_object_unref (fake_gateway_await (second, "registered"));
  check_remove (second, tunnel, "not-available", TRUE);
  check_remove (fixture->alice, tunnel, "not-available", FALSE);
  check_setup_with_legs (fixture->alice, fixture->clinic, tunnel);

  /* and back, when the other goes */
  control_fixture_register (second, WEB_FOR_ALL);
  g_clear_pointer (&fixture->clinic, fake_gateway_free);
  check_remove (fixture->alice, tunnel, "unreachable", FALSE);
  check_setup (fixture->alice, tunnel, second);
}

static void
test_client_goes (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");

  g_clear_pointer (&fixture->alice, fake_gateway_free);
  check_remove (fixture->clinic, tunnel, "unreachable", TRUE);
  fake_gateway_assert_silent (fixture->clinic);
}

/* A new connection of the same device evicts the old one together with its tunnels. */
static void
test_client_evicted (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");
  FakeGateway *again = control_fixture_reconnect (&fixture->base, fixture->alice);

  fake_gateway_await_error (fixture->alice, 0, "busy");
  fake_gateway_await_closed (fixture->alice);
  fake_gateway_free (fixture->alice);
  fixture->alice = again;
  check_remove (fixture->clinic, tunnel, "unreachable", TRUE);
  g_assert_cmpint (control_fixture_join (again, fixture->clinic, "web"), !=, tunnel);
}

static void
test_client_breaks_protocol (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");

  fake_gateway_send (fixture->alice, "{\"type\":\"setup\"}");
  fake_gateway_await_error (fixture->alice, 0, "protocol");
  fake_gateway_await_closed (fixture->alice);
  check_remove (fixture->clinic, tunnel, "unreachable", TRUE);
}

static void
test_withdrawn (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");

  fake_gateway_send (fixture->clinic, "{\"type\":\"register\",\"request\":6,\"services\":[]}");
  json_object_unref (fake_gateway_await (fixture->clinic, "registered"));
  check_remove (fixture->alice, tunnel, "not-available", TRUE);
  check_remove (fixture->clinic, tunnel, "not-available", TRUE);
  fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"web\"}");
  fake_gateway_await_error (fixture->alice, 8, "not-available");
}

/* A new policy takes tunnels away from whom it leaves out, waiting or joined, and from no other. */
static void
test_policy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      nurse = control_fixture_join_member (&fixture->base, "nora", JF_ROLE_USER, "nurses");
  int64_t of_alice = control_fixture_join (fixture->alice, fixture->clinic, "web");

  control_fixture_join (nurse, fixture->clinic, "web");
  fake_gateway_send (fixture->clinic,
                     "{\"type\":\"register\",\"request\":6,\"services\":[{\"name\":\"web\","
                     "\"kind\":\"tcp\",\"port\":80,\"allow\":[\"@nurses\"]}]}");
  json_object_unref (fake_gateway_await (fixture->clinic, "registered"));
  check_remove (fixture->alice, of_alice, "not-available", TRUE);
  check_remove (fixture->clinic, of_alice, "not-available", TRUE);
  fake_gateway_assert_silent (nurse);
  fake_gateway_assert_silent (fixture->clinic);
}

/* One's own device is never the other end. */
static void
test_own_service (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = check_waiting (fixture->clinic, "clinic/web");
  g_autoptr (FakeGateway)
      second = control_fixture_join_member (&fixture->base, "clinic", JF_ROLE_PROVIDER, NULL);

  control_fixture_register (second, WEB_FOR_ALL);
  check_setup (fixture->clinic, tunnel, second);
}

static void
test_thousand (Fixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 1000; i++)
    {
      int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");

      fake_gateway_send (fixture->alice, TUNNEL ("leave"), tunnel);
      check_remove (fixture->alice, tunnel, "closed", TRUE);
      check_remove (fixture->clinic, tunnel, "closed", TRUE);
    }
  fake_gateway_assert_silent (fixture->alice);
  fake_gateway_assert_silent (fixture->clinic);
  g_assert_cmpuint (count_leaving (fixture->base.control), ==, 0);
  control_fixture_await_tables_empty (&fixture->base);
}

static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) services = g_string_new (WEB_FOR_ALL);
  unsigned count = 0;

  g_clear_pointer (&fixture->clinic, fake_gateway_free);
  fixture->clinic = control_fixture_join_member (&fixture->base, "clinic", JF_ROLE_PROVIDER, NULL);
  for (unsigned part = 0; part < 3; part++)
    {
      g_string_truncate (services, 0);
      for (unsigned i = 0; i < 350; i++)
        g_string_append_printf (
            services, "%s{\"name\":\"s%u\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"*\"]}",
            i > 0 ? "," : "", count++);
      fake_gateway_send (fixture->clinic,
                         "{\"type\":\"register\",\"request\":6,\"more\":%s,\"services\":[%s]}",
                         part < 2 ? "true" : "false", services->str);
    }
  for (gboolean more = TRUE; more;)
    {
      g_autoptr (JsonObject) registered = fake_gateway_await (fixture->clinic, "registered");

      more = json_object_get_boolean_member_with_default (registered, "more", FALSE);
    }

  for (unsigned i = 0; i < JF_JOINS_MAX_PER_DEVICE; i++)
    {
      fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"s%u\"}",
                         i);
      json_object_unref (fake_gateway_await (fixture->alice, "setup"));
    }
  fake_gateway_send (fixture->alice, "{\"type\":\"join\",\"request\":8,\"service\":\"s1049\"}");
  fake_gateway_await_error (fixture->alice, 8, "limit");
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  int64_t tunnel = control_fixture_join (fixture->alice, fixture->clinic, "web");

  jf_control_stop (fixture->base.control, NULL, NULL);
  check_remove (fixture->alice, tunnel, "unreachable", FALSE);
  check_remove (fixture->clinic, tunnel, "unreachable", TRUE);
  fake_gateway_await_closed (fixture->alice);
  fake_gateway_await_closed (fixture->clinic);
}

#define TEST(path, function) g_test_add (path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  TEST ("/joins/whole-life", test_whole_life);
  TEST ("/joins/not-available", test_not_available);
  TEST ("/joins/by-name", test_by_name);
  TEST ("/joins/busy", test_busy);
  TEST ("/joins/waiting", test_waiting);
  TEST ("/joins/waiting-then-leave", test_waiting_then_leave);
  TEST ("/joins/foreign-tunnels", test_foreign_tunnels);
  TEST ("/joins/legs", test_legs);
  TEST ("/joins/cannot", test_cannot);
  TEST ("/joins/server-timeout", test_server_timeout);
  TEST ("/joins/removed-never-comes", test_removed_never_comes);
  TEST ("/joins/server-comes-back", test_server_comes_back);
  TEST ("/joins/stale-answers", test_stale_answers);
  TEST ("/joins/unanswered", test_unanswered);
  TEST ("/joins/two-gateways", test_two_gateways);
  TEST ("/joins/client-goes", test_client_goes);
  TEST ("/joins/client-evicted", test_client_evicted);
  TEST ("/joins/client-breaks-protocol", test_client_breaks_protocol);
  TEST ("/joins/withdrawn", test_withdrawn);
  TEST ("/joins/policy", test_policy);
  TEST ("/joins/own-service", test_own_service);
  TEST ("/joins/thousand", test_thousand);
  TEST ("/joins/too-many", test_too_many);
  TEST ("/joins/stop", test_stop);
  return g_test_run ();
}
