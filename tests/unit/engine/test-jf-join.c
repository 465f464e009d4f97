/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/socket.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"
#include "tests/unit/engine/engine-fixture.h"

/* Begins to join and returns the request's number. */
static int
begin (EngineFixture *fixture, const char *service, const char *listen)
{
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (listen, NULL);
  g_autoptr (JsonObject) message = NULL;

  fixture->join = jf_engine_join (fixture->engine, service, spec, NULL);
  g_assert_nonnull (fixture->join);
  message = fake_manager_expect (fixture->manager, JF_MSG_JOIN);
  g_assert_cmpstr (json_object_get_string_member (message, "service"), ==, service);
  return (int) json_object_get_int_member (message, "request");
}

static void
send_setup (EngineFixture *fixture, int request, const char *service, const char *peer)
{
  g_autofree char *number = request != 0 ? g_strdup_printf ("\"request\":%d,", request)
                                         : g_strdup ("");

  fake_manager_send (fixture->manager,
                     "{\"type\":\"setup\",%s\"tunnel\":17,\"side\":\"client\",\"service\":\"%s\","
                     "\"kind\":\"tcp\",\"port\":8080,\"peer\":\"%s\",\"tickets\":" TICKETS "}",
                     number, service, peer);
}

static void
wait_connects (unsigned n)
{
  while (fake_tunnel_last == NULL || fake_tunnel_last->n_connects < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
reach (EngineFixture *fixture)
{
  fake_tunnel_last->events->channels (fake_tunnel_last, 2, NULL, fake_tunnel_last->owner);
  fake_tunnel_last->events->probed (fake_tunnel_last, JF_REFUSAL_NONE, fake_tunnel_last->owner);
}

/* S3a, S4a, S5 */
static void
join_fully (EngineFixture *fixture)
{
  send_setup (fixture, begin (fixture, "clinic/web", "127.0.0.1:0"), "clinic/web", KEY_A);
  wait_connects (1);
  reach (fixture);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  fake_manager_send (fixture->manager, "{\"type\":\"joined\",\"tunnel\":17}");
  engine_wait_join (fixture, JF_JOIN_JOINED);
}

static void
test_steps (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) leave = NULL;
  int request = begin (fixture, "web", "127.0.0.1:0");

  fake_manager_send (
      fixture->manager,
      "{\"type\":\"waiting\",\"request\":%d,\"tunnel\":17,\"service\":\"clinic/web\"}", request);
  engine_wait_join (fixture, JF_JOIN_WAITING);
  g_assert_cmpstr (jf_join_get_service (fixture->join), ==, "clinic/web");
  g_assert_null (jf_join_get_pseudo (fixture->join));
  send_setup (fixture, 0, "clinic/web", KEY_A);
  wait_connects (1);
  g_assert_cmpuint (fake_tunnel_last->n_tickets, ==, 2);
  g_assert_cmpuint (fake_tunnel_last->n_listens, ==, 1);
  g_assert_true (fake_tunnel_last->check_uid);
  g_assert_cmpint (jf_join_get_state (fixture->join), ==, JF_JOIN_CONNECTING);
  reach (fixture);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  g_assert_cmpint (jf_join_get_state (fixture->join), ==, JF_JOIN_CONNECTING);
  fake_manager_send (fixture->manager, "{\"type\":\"joined\",\"tunnel\":17}");
  engine_wait_join (fixture, JF_JOIN_JOINED);
  g_assert_cmpuint (jf_join_get_pseudo (fixture->join)->port, >, 0);

  jf_join_leave (fixture->join);
  g_assert_null (jf_join_get_pseudo (fixture->join));
  leave = fake_manager_expect (fixture->manager, JF_MSG_LEAVE);
  g_assert_cmpint (json_object_get_int_member (leave, "tunnel"), ==, 17);
  fake_manager_send (
      fixture->manager,
      "{\"type\":\"remove\",\"tunnel\":17,\"code\":\"closed\",\"message\":\"\",\"final\":true}");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REMOVED));
  engine_wait_join (fixture, JF_JOIN_LEFT);
  g_assert_cmpuint (g_list_model_get_n_items (jf_engine_get_joins (fixture->engine)), ==, 0);
}

static void
expect_wrong_key (EngineFixture *fixture)
{
  g_autoptr (JsonObject) removed = fake_manager_expect (fixture->manager, JF_MSG_REMOVED);

  g_assert_cmpstr (json_object_get_string_member (removed, "code"), ==, "wrong-key");
  engine_wait_join (fixture, JF_JOIN_FAILED);
  g_assert_error (jf_join_get_reason (fixture->join), JF_ERROR, JF_ERROR_WRONG_KEY);
}

static void
assert_key (const JfKeyId *key_id, const char *expected)
{
  char text[JF_KEY_ID_TEXT_SIZE];

  g_assert_nonnull (key_id);
  jf_key_id_format (key_id, text);
  g_assert_cmpstr (text, ==, expected);
}

static void
leave_fully (EngineFixture *fixture)
{
  jf_join_leave (fixture->join);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_LEAVE));
  fake_manager_send (fixture->manager,
                     "{\"type\":\"remove\",\"tunnel\":17,\"code\":\"closed\",\"final\":true}");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REMOVED));
  engine_wait_join (fixture, JF_JOIN_LEFT);
  g_clear_object (&fixture->join);
}

static void
test_wrong_key_never_connects (EngineFixture *fixture, gconstpointer data)
{
  join_fully (fixture);
  g_assert_null (jf_join_get_offered_key (fixture->join));
  leave_fully (fixture);
  fake_tunnel_made = 0;

  send_setup (fixture, begin (fixture, "clinic/web", NULL), "clinic/web", KEY_B);
  expect_wrong_key (fixture);
  g_assert_cmpuint (fake_tunnel_made, ==, 0);
  assert_key (jf_join_get_offered_key (fixture->join), KEY_B);
  assert_key (jf_join_get_expected_key (fixture->join), KEY_A);
}

/* People have compared the keys: the next join works. */
static void
test_key_replaced (EngineFixture *fixture, gconstpointer data)
{
  JfKnownGateways *known = jf_engine_get_known_gateways (fixture->engine);

  join_fully (fixture);
  leave_fully (fixture);
  send_setup (fixture, begin (fixture, "clinic/web", NULL), "clinic/web", KEY_B);
  expect_wrong_key (fixture);
  g_assert_true (jf_known_gateways_replace (
      known, "clinic", jf_join_get_offered_key (fixture->join), "compared", NULL));
  g_clear_object (&fixture->join);
  fake_tunnel_made = 0;

  send_setup (fixture, begin (fixture, "clinic/web", NULL), "clinic/web", KEY_B);
  wait_connects (1);
  reach (fixture);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  leave_fully (fixture);
  send_setup (fixture, begin (fixture, "clinic/web", NULL), "clinic/web", KEY_A);
  expect_wrong_key (fixture);
}

static void
test_replacement_with_wrong_key (EngineFixture *fixture, gconstpointer data)
{
  join_fully (fixture);
  send_setup (fixture, 0, "clinic/web", KEY_B);
  expect_wrong_key (fixture);
  g_assert_cmpuint (fake_tunnel_alive, ==, 0);
}

static void
test_peer_lies (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = g_error_new (JF_ERROR, JF_ERROR_WRONG_KEY, "x");
  g_autofree char *known = jf_state_path (fixture->state, "known_gateways");

  send_setup (fixture, begin (fixture, "clinic/web", NULL), "clinic/web", KEY_A);
  wait_connects (1);
  fake_tunnel_last->events->channels (fake_tunnel_last, 0, error, fake_tunnel_last->owner);
  expect_wrong_key (fixture);
  g_assert_false (g_file_test (known, G_FILE_TEST_EXISTS));
}

static void
test_vouched_key_is_known (EngineFixture *fixture, gconstpointer data)
{
  JfKeyId key_b;

  g_assert_true (jf_key_id_parse (KEY_B, &key_b, NULL));
  join_fully (fixture);
  fake_tunnel_last->events->vouched (fake_tunnel_last, &key_b, 1, fake_tunnel_last->owner);
  send_setup (fixture, 0, "clinic/web", KEY_B);
  wait_connects (2);
  g_assert_true (jf_key_id_equal (&fake_tunnel_last->peer, &key_b));
}

/* Who has not proved a key yet vouches for nobody. */
static void
test_vouched_too_early (EngineFixture *fixture, gconstpointer data)
{
  g_autofree char *known = jf_state_path (fixture->state, "known_gateways");
  g_autofree char *text = NULL;
  JfKeyId key_b;

  g_assert_true (jf_key_id_parse (KEY_B, &key_b, NULL));
  send_setup (fixture, begin (fixture, "clinic/web", NULL), "clinic/web", KEY_A);
  wait_connects (1);
  fake_tunnel_last->events->vouched (fake_tunnel_last, &key_b, 1, fake_tunnel_last->owner);
  g_assert_false (g_file_test (known, G_FILE_TEST_EXISTS));
  reach (fixture);
  g_assert_true (g_file_get_contents (known, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "clinic " KEY_A));
  g_assert_nonnull (strstr (text, "clinic " KEY_B));
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
}

static void
test_target_refused (EngineFixture *fixture, gconstpointer data)
{
  send_setup (fixture, begin (fixture, "clinic/web", NULL), "clinic/web", KEY_A);
  wait_connects (1);
  fake_tunnel_last->events->channels (fake_tunnel_last, 2, NULL, fake_tunnel_last->owner);
  fake_tunnel_last->events->probed (fake_tunnel_last, JF_REFUSAL_CONNECTION_REFUSED,
                                    fake_tunnel_last->owner);
  engine_wait_join (fixture, JF_JOIN_WAITING);
  g_assert_error (jf_join_get_reason (fixture->join), JF_ERROR, JF_ERROR_UNREACHABLE);
  engine_settle (fixture);
  g_assert_true (fake_manager_is_quiet (fixture->manager));
  jf_join_try_now (fixture->join);
  g_assert_cmpuint (fake_tunnel_last->n_probes, ==, 1);
  reach (fixture);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
}

static void
test_provider_goes_and_comes (EngineFixture *fixture, gconstpointer data)
{
  uint16_t port;

  join_fully (fixture);
  port = jf_join_get_pseudo (fixture->join)->port;
  fake_manager_send (
      fixture->manager,
      "{\"type\":\"remove\",\"tunnel\":17,\"code\":\"unreachable\",\"final\":false}");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REMOVED));
  engine_wait_join (fixture, JF_JOIN_WAITING);
  g_assert_cmpuint (fake_tunnel_last->n_disconnects, ==, 1);
  send_setup (fixture, 0, "clinic/web", KEY_A);
  wait_connects (2);
  g_assert_cmpuint (fake_tunnel_last->n_listens, ==, 1);
  g_assert_cmpuint (jf_join_get_pseudo (fixture->join)->port, ==, port);
  reach (fixture);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  fake_manager_send (fixture->manager, "{\"type\":\"joined\",\"tunnel\":17}");
  engine_wait_join (fixture, JF_JOIN_JOINED);
}

static void
test_session_lost_keeps_socket (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) again = NULL;
  uint16_t port;

  join_fully (fixture);
  port = jf_join_get_pseudo (fixture->join)->port;
  fake_manager_drop (fixture->manager);
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_cmpint (jf_join_get_state (fixture->join), ==, JF_JOIN_JOINED);
  g_assert_cmpuint (fake_tunnel_last->n_disconnects, ==, 0);
  fake_manager_welcome (fixture->manager, "alice", "user");
  again = fake_manager_expect (fixture->manager, JF_MSG_JOIN);
  send_setup (fixture, (int) json_object_get_int_member (again, "request"), "clinic/web", KEY_A);
  wait_connects (2);
  reach (fixture);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  g_assert_cmpuint (jf_join_get_pseudo (fixture->join)->port, ==, port);
}

static void
test_removed_for_a_while (EngineFixture *fixture, gconstpointer data)
{
  join_fully (fixture);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"remove\",\"tunnel\":17,\"code\":\"unreachable\",\"final\":true}");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REMOVED));
  engine_wait_join (fixture, JF_JOIN_WAITING);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_JOIN));
}

static void
test_final_removals (EngineFixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    JfError code;
  } codes[] = {
    { "closed", JF_ERROR_CLOSED },
    { "not-available", JF_ERROR_NOT_AVAILABLE },
    { "wrong-key", JF_ERROR_WRONG_KEY },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      join_fully (fixture);
      fake_manager_send (fixture->manager,
                         "{\"type\":\"remove\",\"tunnel\":17,\"code\":\"%s\",\"final\":true}",
                         codes[i].name);
      json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REMOVED));
      engine_wait_join (fixture, JF_JOIN_FAILED);
      g_assert_error (jf_join_get_reason (fixture->join), JF_ERROR, (int) codes[i].code);
      g_clear_object (&fixture->join);
    }
}

static void
test_not_available (EngineFixture *fixture, gconstpointer data)
{
  int request = begin (fixture, "clinic/nope", NULL);

  fake_manager_send (fixture->manager,
                     "{\"type\":\"error\",\"request\":%d,\"code\":\"not-available\"}", request);
  engine_wait_join (fixture, JF_JOIN_FAILED);
  g_assert_error (jf_join_get_reason (fixture->join), JF_ERROR, JF_ERROR_NOT_AVAILABLE);
}

/* The pin of another provider must not serve. */
static void
test_other_service_is_refused (EngineFixture *fixture, gconstpointer data)
{
  send_setup (fixture, begin (fixture, "clinic/web", NULL), "evil/web", KEY_A);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_ERROR));
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_cmpuint (fake_tunnel_made, ==, 0);
}

static void
test_more_legs (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) legs = NULL;

  join_fully (fixture);
  fake_tunnel_last->events->legs_wanted (fake_tunnel_last, 3, fake_tunnel_last->owner);
  legs = fake_manager_expect (fixture->manager, JF_MSG_LEGS);
  g_assert_cmpint (json_object_get_int_member (legs, "count"), ==, 3);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"tickets\",\"tunnel\":17,\"tickets\":" TICKETS "}");
  engine_settle (fixture);
  g_assert_cmpuint (fake_tunnel_last->n_added_legs, ==, 2);
}

static void
test_leave_before_the_answer (EngineFixture *fixture, gconstpointer data)
{
  int request = begin (fixture, "clinic/web", NULL);

  jf_join_leave (fixture->join);
  g_assert_cmpint (jf_join_get_state (fixture->join), ==, JF_JOIN_CONNECTING);
  send_setup (fixture, request, "clinic/web", KEY_A);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_LEAVE));
  g_assert_cmpuint (fake_tunnel_made, ==, 0);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"remove\",\"tunnel\":17,\"code\":\"closed\",\"final\":true}");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REMOVED));
  engine_wait_join (fixture, JF_JOIN_LEFT);
}

static void
test_stdio (EngineFixture *fixture, gconstpointer data)
{
  int fds[2];

  send_setup (fixture, begin (fixture, "clinic/web", "stdio"), "clinic/web", KEY_A);
  wait_connects (1);
  g_assert_cmpuint (fake_tunnel_last->n_listens, ==, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  g_assert_false (jf_join_take (fixture->join, fds[0]));
  reach (fixture);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  fake_manager_send (fixture->manager, "{\"type\":\"joined\",\"tunnel\":17}");
  engine_wait_join (fixture, JF_JOIN_JOINED);
  g_assert_true (jf_join_take (fixture->join, fds[1]));
  g_assert_cmpuint (fake_tunnel_last->n_taken, ==, 1);
}

static void
test_busy (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (NULL, NULL);
  g_autoptr (GError) error = NULL;

  join_fully (fixture);
  g_assert_null (jf_engine_join (fixture->engine, "web", spec, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_null (jf_engine_join (fixture->engine, "No Name", spec, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_clear_error (&error);
}

/* Somebody who joins again at once must not get the join that is on its way out. */
static void
test_again_while_leaving (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfJoin) old = NULL;
  int request;

  join_fully (fixture);
  old = g_steal_pointer (&fixture->join);
  jf_join_leave (old);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_LEAVE));
  g_assert_null (jf_engine_find_join (fixture->engine, "web"));
  request = begin (fixture, "clinic/web", "127.0.0.1:0");
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"request\":%d,\"code\":\"busy\"}",
                     request);
  engine_wait_join (fixture, JF_JOIN_WAITING);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"remove\",\"tunnel\":17,\"code\":\"closed\",\"final\":true}");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REMOVED));
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_JOIN));
  g_assert_cmpint (jf_join_get_state (old), ==, JF_JOIN_LEFT);
}

static void
test_busy_for_ever (EngineFixture *fixture, gconstpointer data)
{
  int request = begin (fixture, "clinic/web", NULL);

  for (unsigned i = 0; i < 4; i++)
    {
      fake_manager_send (fixture->manager, "{\"type\":\"error\",\"request\":%d,\"code\":\"busy\"}",
                         request);
      request = (int) engine_request (fake_manager_expect (fixture->manager, JF_MSG_JOIN));
    }
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"request\":%d,\"code\":\"busy\"}",
                     request);
  engine_wait_join (fixture, JF_JOIN_FAILED);
  g_assert_error (jf_join_get_reason (fixture->join), JF_ERROR, JF_ERROR_BUSY);
}

/* A second process wants the same service elsewhere: one tunnel, two sockets. */
static void
test_several_sockets (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse ("127.0.0.2:0", NULL);
  g_autoptr (GError) error = NULL;
  const JfPseudo *second;
  uint16_t port;

  join_fully (fixture);
  g_assert_true (jf_join_add_spec (fixture->join, spec, &error));
  g_assert_true (jf_join_add_spec (fixture->join, spec, &error));
  g_assert_cmpuint (jf_join_get_n_sockets (fixture->join), ==, 2);
  g_assert_cmpuint (fake_tunnel_last->n_listens, ==, 2);
  second = jf_join_find_pseudo (fixture->join, spec);
  g_assert_cmpstr (second->host, ==, "127.0.0.2");
  g_assert_true (second != jf_join_get_pseudo (fixture->join));
  port = second->port;
  jf_join_remove_spec (fixture->join, spec);
  g_assert_nonnull (jf_join_find_pseudo (fixture->join, spec));
  jf_join_remove_spec (fixture->join, spec);
  g_assert_null (jf_join_find_pseudo (fixture->join, spec));
  g_assert_cmpint (jf_join_get_state (fixture->join), ==, JF_JOIN_JOINED);
  /* One that cannot be opened is not there afterwards. */
  g_clear_pointer (&spec, jf_pseudo_spec_free);
  spec = jf_pseudo_spec_parse ("192.0.2.1:80", NULL);
  g_assert_false (jf_join_add_spec (fixture->join, spec, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_assert_cmpuint (jf_join_get_n_sockets (fixture->join), ==, 1);
  g_assert_cmpuint (port, !=, 0);
}

static void
test_too_many_sockets (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  join_fully (fixture);
  for (unsigned i = 1; i <= JF_JOIN_SOCKETS_MAX; i++)
    {
      g_autofree char *text = g_strdup_printf ("127.0.1.%u:0", i);
      g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (text, NULL);

      g_assert_true (jf_join_add_spec (fixture->join, spec, &error) == (i < JF_JOIN_SOCKETS_MAX));
    }
  g_assert_error (error, JF_ERROR, JF_ERROR_LIMIT);
}

/* The manager never gives a device a tunnel to itself. */
static void
test_own_service (EngineFixture *fixture, gconstpointer data)
{
  JfServer *server = jf_engine_get_server (fixture->engine);
  g_autoptr (JfOffer) offer = jf_offer_new ("web", "tcp:h:1", NULL, NULL, 0, NULL, NULL, NULL);
  int request;

  g_assert_true (jf_server_add_offer (server, offer, NULL));
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REGISTER));
  request = begin (fixture, "alice/web", NULL);
  fake_manager_send (
      fixture->manager,
      "{\"type\":\"waiting\",\"request\":%d,\"tunnel\":17,\"service\":\"alice/web\"}", request);
  engine_wait_join (fixture, JF_JOIN_WAITING);
  g_assert_nonnull (strstr (jf_join_get_reason (fixture->join)->message, "by this device itself"));
  g_assert_cmpint (jf_join_get_retry_ms (fixture->join), ==, -1);
}

static void
test_when_the_next_try_is (EngineFixture *fixture, gconstpointer data)
{
  int request = begin (fixture, "clinic/web", NULL);

  g_assert_cmpint (jf_engine_get_retry_ms (fixture->engine), ==, -1);
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"request\":%d,\"code\":\"storage\"}",
                     request);
  engine_wait_join (fixture, JF_JOIN_WAITING);
  g_assert_error (jf_join_get_reason (fixture->join), JF_ERROR, JF_ERROR_STORAGE);
  g_assert_cmpint (jf_join_get_retry_ms (fixture->join), >=, 0);
  fake_manager_drop (fixture->manager);
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_cmpint (jf_engine_get_retry_ms (fixture->engine), >=, 0);
}

/* The manager refuses for a passing reason, several times: the pauses would be long by now. */
static void
test_try_now (EngineFixture *fixture, gconstpointer data)
{
  int64_t began = g_get_real_time () / G_USEC_PER_SEC;
  int request = begin (fixture, "clinic/web", NULL);

  g_assert_cmpint (jf_join_get_since (fixture->join), >=, began);
  for (int i = 0; i < 12; i++)
    {
      fake_manager_send (fixture->manager,
                         "{\"type\":\"error\",\"request\":%d,\"code\":\"storage\"}", request);
      engine_wait_join (fixture, JF_JOIN_WAITING);
      jf_join_try_now (fixture->join);
      g_assert_cmpint (jf_join_get_retry_ms (fixture->join), <=, JF_REDIAL_MIN_MS);
      request = (int) engine_request (fake_manager_expect (fixture->manager, JF_MSG_JOIN));
    }
  g_assert_cmpint (jf_join_get_since (fixture->join), <=, g_get_real_time () / G_USEC_PER_SEC);
  fake_manager_drop (fixture->manager);
  engine_wait_session (fixture, JF_SESSION_WAITING);
  jf_join_try_now (fixture->join);
  g_assert_cmpint (jf_engine_get_retry_ms (fixture->engine), <=, JF_REDIAL_MIN_MS);
  fake_manager_welcome (fixture->manager, "alice", "user");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_JOIN));
}

#define ADD(name, func)                                                                            \
  g_test_add ("/join/" name, EngineFixture, "user", engine_set_up, func, engine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("steps", test_steps);
  ADD ("wrong-key-never-connects", test_wrong_key_never_connects);
  ADD ("key-replaced", test_key_replaced);
  ADD ("replacement-with-wrong-key", test_replacement_with_wrong_key);
  ADD ("peer-lies", test_peer_lies);
  ADD ("vouched-key-is-known", test_vouched_key_is_known);
  ADD ("vouched-too-early", test_vouched_too_early);
  ADD ("target-refused", test_target_refused);
  ADD ("provider-goes-and-comes", test_provider_goes_and_comes);
  ADD ("session-lost-keeps-socket", test_session_lost_keeps_socket);
  ADD ("removed-for-a-while", test_removed_for_a_while);
  ADD ("final-removals", test_final_removals);
  ADD ("not-available", test_not_available);
  ADD ("other-service-is-refused", test_other_service_is_refused);
  ADD ("more-legs", test_more_legs);
  ADD ("leave-before-the-answer", test_leave_before_the_answer);
  ADD ("stdio", test_stdio);
  ADD ("busy", test_busy);
  ADD ("again-while-leaving", test_again_while_leaving);
  ADD ("busy-for-ever", test_busy_for_ever);
  ADD ("several-sockets", test_several_sockets);
  ADD ("too-many-sockets", test_too_many_sockets);
  ADD ("own-service", test_own_service);
  ADD ("try-now", test_try_now);
  ADD ("when-the-next-try-is", test_when_the_next_try_is);
  return g_test_run ();
}
