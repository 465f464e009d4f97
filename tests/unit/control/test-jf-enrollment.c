/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-counter.h"
#include "tests/unit/control/control-fixture.h"

static gboolean
contains (GBytes *message, const char *text)
{
  return g_strstr_len (g_bytes_get_data (message, NULL), (gssize) g_bytes_get_size (message),
                       text) != NULL;
}

static void
test_welcome (ControlFixture *fixture, gconstpointer data)
{
  g_autofree char *code = control_fixture_invite (fixture, "alice", JF_ROLE_USER, NULL, 60);
  g_autoptr (FakeGateway) gateway = fake_gateway_new (&fixture->manager, NULL);
  g_autoptr (FakeGateway) again = NULL;
  g_autoptr (JsonObject) enrolled = NULL;
  g_autoptr (JsonObject) welcome = NULL;

  g_assert_false (fake_gateway_hello (gateway));
  fake_gateway_send (gateway, "{\"type\":\"enroll\",\"request\":41,\"code\":\"%s\"}", code);
  enrolled = fake_gateway_await (gateway, "enrolled");
  g_assert_cmpint (json_object_get_int_member (enrolled, "request"), ==, 41);
  g_assert_cmpstr (json_object_get_string_member (enrolled, "member"), ==, "alice");
  g_assert_cmpstr (json_object_get_string_member (enrolled, "role"), ==, "user");
  welcome = fake_gateway_await (gateway, "welcome");
  g_assert_cmpint (json_object_get_int_member (welcome, "version"), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (welcome, "software"), ==, "test-manager");
  g_assert_cmpstr (json_object_get_string_member (welcome, "device"), ==,
                   fake_gateway_get_device (gateway));

  again = control_fixture_reconnect (fixture, gateway);
  fake_gateway_await_error (gateway, 0, "busy");
  fake_gateway_await_closed (gateway);
  fake_gateway_assert_silent (again);
  g_assert_cmpuint (g_hash_table_size (fixture->control->welcomed), ==, 1);
}

/* One answer for all three, byte for byte. */
static void
test_bad_invitations (ControlFixture *fixture, gconstpointer data)
{
  g_autofree char *used = control_fixture_invite (fixture, "alice", JF_ROLE_USER, NULL, 60);
  g_autofree char *expired = control_fixture_invite (fixture, "bob", JF_ROLE_USER, NULL, -1);
  const char *codes[] = { used, expired, "AAAAAAAAAAAAAAAAAAAAAA", "", "x y\\\"z" };
  g_autoptr (FakeGateway) alice = fake_gateway_new (&fixture->manager, NULL);
  g_autoptr (GBytes) first = NULL;

  g_assert_false (fake_gateway_hello (alice));
  fake_gateway_enroll (alice, used);
  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (FakeGateway) gateway = fake_gateway_new (&fixture->manager, NULL);
      g_autoptr (GBytes) answer = NULL;

      g_assert_false (fake_gateway_hello (gateway));
      fake_gateway_send (gateway, "{\"type\":\"enroll\",\"request\":3,\"code\":\"%s\"}", codes[i]);
      answer = fake_gateway_await_bytes (gateway);
      g_assert_nonnull (answer);
      if (first == NULL)
        first = g_bytes_ref (answer);
      g_assert_true (g_bytes_equal (first, answer));
      fake_gateway_await_closed (gateway);
    }
  g_assert_true (contains (first, "\"code\":\"bad-invitation\""));
  g_assert_null (jf_registry_get_member (fixture->registry, "bob"));
}

static void
test_two_with_one_code (ControlFixture *fixture, gconstpointer data)
{
  g_autofree char *code = control_fixture_invite (fixture, "alice", JF_ROLE_USER, NULL, 60);
  FakeGateway *gateways[4];
  unsigned n_enrolled = 0;

  for (unsigned i = 0; i < G_N_ELEMENTS (gateways); i++)
    {
      gateways[i] = fake_gateway_new (&fixture->manager, NULL);
      g_assert_false (fake_gateway_hello (gateways[i]));
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (gateways); i++)
    fake_gateway_send (gateways[i], "{\"type\":\"enroll\",\"request\":3,\"code\":\"%s\"}", code);
  for (unsigned i = 0; i < G_N_ELEMENTS (gateways); i++)
    {
      g_autoptr (GBytes) answer = fake_gateway_await_bytes (gateways[i]);

      n_enrolled += contains (answer, "\"enrolled\"");
      fake_gateway_free (gateways[i]);
    }
  g_assert_cmpuint (n_enrolled, ==, 1);
}

static void
test_version (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new (&fixture->manager, NULL);
  g_autoptr (FakeGateway) newer = NULL;

  fake_gateway_send (gateway, "{\"type\":\"hello\",\"versions\":[2,7],\"software\":\"x\"}");
  fake_gateway_await_error (gateway, 0, "version");
  fake_gateway_await_closed (gateway);

  newer = fake_gateway_new (&fixture->manager, NULL);
  fake_gateway_send (newer, "{\"type\":\"hello\",\"versions\":[2,1],\"software\":\"x\"}");
  fake_gateway_await_error (newer, 0, "not-enrolled");
}

static const char *const bad_beginnings[] = {
  "{}",
  "[]",
  "null",
  "nonsense",
  "{\"type\":7}",
  "{\"type\":\"join\",\"request\":1,\"service\":\"a/b\"}",
  "{\"type\":\"welcome\"}",
  "{\"type\":\"no-such-type\"}",
  "{\"type\":\"hello\"}",
  "{\"type\":\"hello\",\"versions\":1}",
  "{\"type\":\"hello\",\"versions\":[\"1\"]}",
  "{\"type\":\"hello\",\"versions\":[null]}",
  "{\"type\":\"hello\",\"versions\":[[1]]}",
  "{\"type\":\"hello\",\"versions\":{\"1\":1}}",
  "{\"type\":\"hello\",\"versions\":[1],\"software\":5}",
  "{\"type\":\"enroll\",\"request\":1,\"code\":\"x\"}",
};

static void
test_bad_beginnings (ControlFixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < G_N_ELEMENTS (bad_beginnings); i++)
    {
      g_autoptr (FakeGateway) gateway = fake_gateway_new (&fixture->manager, NULL);
      uint64_t before = jf_count_get (JF_COUNT_MESSAGE_INVALID);

      fake_gateway_send_bytes (gateway, bad_beginnings[i], strlen (bad_beginnings[i]));
      {
        g_autoptr (JsonObject) error = fake_gateway_await (gateway, "error");

        g_assert_cmpstr (json_object_get_string_member (error, "code"), ==, "protocol");
      }
      fake_gateway_await_closed (gateway);
      g_assert_cmpuint (jf_count_get (JF_COUNT_MESSAGE_INVALID), ==, before + 1);
    }
  control_fixture_until (g_hash_table_size (fixture->control->conns) == 0);
}

/* Each about request 9 where it has one. */
static const struct
{
  const char *text;
  int64_t request;
} bad_messages[] = {
  { "{\"type\":\"hello\",\"versions\":[1]}", 0 },
  { "{\"type\":\"enroll\",\"request\":9,\"code\":\"x\"}", 9 },
  { "{\"type\":\"no-such-type\",\"request\":9}", 9 },
  { "{\"type\":\"setup\",\"request\":9}", 9 },
  { "{\"type\":\"list\"}", 0 },
  { "{\"type\":\"list\",\"request\":0}", 0 },
  { "{\"type\":\"list\",\"request\":-1}", 0 },
  { "{\"type\":\"list\",\"request\":9007199254740992}", 0 },
  { "{\"type\":\"list\",\"request\":1.5}", 0 },
  { "{\"type\":\"list\",\"request\":\"9\"}", 0 },
  { "{\"type\":\"join\",\"request\":9}", 9 },
  { "{\"type\":\"join\",\"request\":9,\"service\":7}", 9 },
  { "{\"type\":\"join\",\"service\":\"a/b\"}", 0 },
  { "{\"type\":\"ready\"}", 0 },
  { "{\"type\":\"ready\",\"tunnel\":\"1\"}", 0 },
  { "{\"type\":\"ready\",\"tunnel\":0}", 0 },
  { "{\"type\":\"leave\",\"tunnel\":-4}", 0 },
  { "{\"type\":\"removed\",\"tunnel\":1,\"code\":5}", 0 },
  { "{\"type\":\"legs\",\"tunnel\":1}", 0 },
  { "{\"type\":\"legs\",\"tunnel\":1,\"count\":0}", 0 },
  { "{\"type\":\"legs\",\"tunnel\":1,\"count\":9}", 0 },
  { "{\"type\":\"load\",\"streams\":-1}", 0 },
  { "{\"type\":\"load\"}", 0 },
  { "{\"type\":\"error\"}", 0 },
  { "{\"type\":\"list\",\"request\":9", 0 },
  { "{\"type\":\"list\",\"request\":9}{}", 0 },
  { "", 0 },
};

static void
test_bad_messages (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      alice = control_fixture_join_member (fixture, "alice", JF_ROLE_USER, NULL);

  for (unsigned i = 0; i < G_N_ELEMENTS (bad_messages); i++)
    {
      FakeGateway *again;

      if (*bad_messages[i].text == '\0')
        continue;
      fake_gateway_send_bytes (alice, bad_messages[i].text, strlen (bad_messages[i].text));
      fake_gateway_await_error (alice, bad_messages[i].request, "protocol");
      fake_gateway_await_closed (alice);
      again = control_fixture_reconnect (fixture, alice);
      fake_gateway_free (alice);
      alice = again;
    }
}

/* Unknown members are no reason for anything, nor is a complaint of the gateway. */
static void
test_tolerance (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      alice = control_fixture_join_member (fixture, "alice", JF_ROLE_USER, NULL);
  g_autoptr (JsonObject) services = NULL;

  fake_gateway_send (alice, "{\"type\":\"error\",\"code\":\"from-the-future\",\"message\":\"hm\"}");
  fake_gateway_send (alice, "{\"type\":\"list\",\"request\":9,\"new\":{\"deep\":[1,2,{}]}}");
  services = fake_gateway_await (alice, "services");
  g_assert_cmpint (json_object_get_int_member (services, "request"), ==, 9);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (services, "services")), ==,
                    0);
}

static void
test_no_hello (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway) gateway = NULL;

  fixture->control->hello_timeout_ms = 50;
  gateway = fake_gateway_new (&fixture->manager, NULL);
  fake_gateway_await_error (gateway, 0, "timeout");
  fake_gateway_await_closed (gateway);
}

static void
test_enroll_adds_group (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      first = control_fixture_join_member (fixture, "alice", JF_ROLE_USER, "nurses");
  g_autoptr (FakeGateway)
      second = control_fixture_join_member (fixture, "alice", JF_ROLE_PROVIDER, "doctors");
  const JfMember *alice = jf_registry_get_member (fixture->registry, "alice");

  g_assert_cmpint (alice->role, ==, JF_ROLE_PROVIDER);
  g_assert_cmpuint (g_strv_length (alice->groups), ==, 2);
  fake_gateway_assert_silent (first);
  fake_gateway_assert_silent (second);
}

static void
test_enroll_keeps_role (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      first = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autofree char *code = control_fixture_invite (fixture, "clinic", JF_ROLE_SAME, NULL, 60);
  g_autoptr (FakeGateway) second = fake_gateway_new (&fixture->manager, NULL);
  g_autoptr (JsonObject) enrolled = NULL;
  g_autoptr (JsonObject) welcome = NULL;

  g_assert_false (fake_gateway_hello (second));
  fake_gateway_send (second, "{\"type\":\"enroll\",\"request\":1,\"code\":\"%s\"}", code);
  enrolled = fake_gateway_await (second, "enrolled");
  welcome = fake_gateway_await (second, "welcome");
  g_assert_cmpstr (json_object_get_string_member (enrolled, "role"), ==, "provider");
  g_assert_cmpstr (json_object_get_string_member (welcome, "role"), ==, "provider");
}

static void
stopped_task (gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
test_stop (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      alice = control_fixture_join_member (fixture, "alice", JF_ROLE_USER, NULL);
  g_autoptr (FakeGateway) late = NULL;
  gboolean stopped = FALSE;

  jf_control_stop (fixture->control, stopped_task, &stopped);
  control_fixture_until (stopped);
  fake_gateway_await_closed (alice);
  late = fake_gateway_new (&fixture->manager, NULL);
  fake_gateway_await_closed (late);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  CONTROL_TEST ("/enrollment/welcome", test_welcome);
  CONTROL_TEST ("/enrollment/bad-invitations", test_bad_invitations);
  CONTROL_TEST ("/enrollment/two-with-one-code", test_two_with_one_code);
  CONTROL_TEST ("/enrollment/version", test_version);
  CONTROL_TEST ("/enrollment/bad-beginnings", test_bad_beginnings);
  CONTROL_TEST ("/enrollment/bad-messages", test_bad_messages);
  CONTROL_TEST ("/enrollment/tolerance", test_tolerance);
  CONTROL_TEST ("/enrollment/no-hello", test_no_hello);
  CONTROL_TEST ("/enrollment/adds-group", test_enroll_adds_group);
  CONTROL_TEST ("/enrollment/keeps-role", test_enroll_keeps_role);
  CONTROL_TEST ("/enrollment/stop", test_stop);
  return g_test_run ();
}
