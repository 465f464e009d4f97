/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-session.h"

#include <gio/gio.h>
#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"
#include "tests/unit/engine/fake-manager.h"

typedef struct
{
  FakeManager *manager;
  JfIdentity *device;
  JfLoop *loop;
  JfSession *session;
  JfSessionState wanted;
  gboolean there;
  gboolean enrolled;
  unsigned n_messages;
  unsigned n_replies;
  JfError reply_code; /* of the last failure */
} Fixture;

static void
state_cb (JfSession *session, gpointer owner)
{
  Fixture *fixture = owner;

  if (jf_session_get_state (session) == fixture->wanted)
    fixture->there = TRUE;
}

static void
enrolled_cb (JfSession *session, gpointer owner)
{
  ((Fixture *) owner)->enrolled = TRUE;
}

static gboolean
message_cb (JfSession *session, JsonObject *message, gpointer owner, GError **error)
{
  Fixture *fixture = owner;

  fixture->n_messages++;
  return g_str_equal (jf_message_type (message), "tickets");
}

static const JfSessionEvents events = {
  .state = state_cb,
  .enrolled = enrolled_cb,
  .message = message_cb,
};

static void
make_session (Fixture *fixture, const char *code)
{
  g_autoptr (JfUplink) uplink = fake_manager_uplink (fixture->manager, fixture->device);

  fixture->session = jf_session_new (fixture->loop, uplink, code, &events, fixture);
  jf_session_start (fixture->session);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->manager = fake_manager_new ();
  fixture->device = jf_identity_new (NULL);
  fixture->loop = jf_loop_new ("test", NULL);
  make_session (fixture, data);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->session, jf_session_free);
  jf_loop_free (fixture->loop);
  jf_identity_unref (fixture->device);
  fake_manager_free (fixture->manager);
}

static void
wait_state (Fixture *fixture, JfSessionState state)
{
  fixture->wanted = state;
  fixture->there = jf_session_get_state (fixture->session) == state;
  fake_wait_for (&fixture->there);
}

static void
connect_session (Fixture *fixture)
{
  fake_manager_welcome (fixture->manager, "alice", "user");
  wait_state (fixture, JF_SESSION_CONNECTED);
}

static gboolean
reply_cb (JfSession *session,
          JsonObject *message,
          const GError *failure,
          gpointer data,
          GError **error)
{
  Fixture *fixture = data;

  fixture->n_replies++;
  fixture->there = TRUE;
  g_assert_true ((message == NULL) != (failure == NULL));
  if (failure != NULL)
    fixture->reply_code = (JfError) failure->code;
  return TRUE;
}

static int64_t
send_request (Fixture *fixture)
{
  g_autoptr (JsonObject) message = jf_message_new (JF_MSG_LIST);
  g_autoptr (JsonObject) got = NULL;

  g_assert_true (jf_session_request (fixture->session, message, reply_cb, fixture));
  got = fake_manager_expect (fixture->manager, JF_MSG_LIST);
  return json_object_get_int_member (got, "request");
}

static void
test_welcome (Fixture *fixture, gconstpointer data)
{
  connect_session (fixture);
  g_assert_cmpstr (jf_session_get_member (fixture->session), ==, "alice");
  g_assert_cmpstr (jf_session_get_role (fixture->session), ==, "user");
  g_assert_null (jf_session_get_error (fixture->session));
}

static void
test_request (Fixture *fixture, gconstpointer data)
{
  int64_t number;

  connect_session (fixture);
  number = send_request (fixture);
  fixture->there = FALSE;
  fake_manager_send (fixture->manager, "{\"type\":\"services\",\"request\":%d,\"more\":true}",
                     (int) number);
  fake_wait_for (&fixture->there);
  fixture->there = FALSE;
  fake_manager_send (
      fixture->manager,
      "{\"type\":\"error\",\"request\":%d,\"code\":\"not-available\",\"message\":\"no\"}",
      (int) number);
  fake_wait_for (&fixture->there);
  g_assert_cmpuint (fixture->n_replies, ==, 2);
  g_assert_cmpint (fixture->reply_code, ==, JF_ERROR_NOT_AVAILABLE);
  g_assert_cmpint (jf_session_get_state (fixture->session), ==, JF_SESSION_CONNECTED);
}

static void
test_lost_fails_requests_and_redials (Fixture *fixture, gconstpointer data)
{
  connect_session (fixture);
  send_request (fixture);
  fake_manager_drop (fixture->manager);
  wait_state (fixture, JF_SESSION_WAITING);
  g_assert_cmpuint (fixture->n_replies, ==, 1);
  g_assert_cmpint (fixture->reply_code, ==, JF_ERROR_CLOSED);
  connect_session (fixture);
  g_assert_cmpuint (fake_manager_count (fixture->manager), ==, 2);
}

/* The manager says so; a connection that only ends, however often, is dialled again. */
static void
test_evicted (Fixture *fixture, gconstpointer data)
{
  connect_session (fixture);
  for (int i = 0; i < 4; i++)
    {
      fake_manager_drop (fixture->manager);
      wait_state (fixture, JF_SESSION_WAITING);
      connect_session (fixture);
    }
  fake_manager_send (fixture->manager,
                     "{\"type\":\"error\",\"code\":\"busy\",\"message\":\"another\"}");
  wait_state (fixture, JF_SESSION_FAILED);
  g_assert_error (jf_session_get_error (fixture->session), JF_ERROR, JF_ERROR_BUSY);
  g_assert_nonnull (strstr (jf_session_get_error (fixture->session)->message,
                            "another gateway with this device's key"));
}

/* The network comes back while it waits for a manager that was not there: no long pause then. */
static void
test_network_comes_back (Fixture *fixture, gconstpointer data)
{
  GNetworkMonitor *monitor = g_network_monitor_get_default ();

  connect_session (fixture);
  fake_manager_drop (fixture->manager);
  wait_state (fixture, JF_SESSION_WAITING);
  g_assert_cmpint (jf_session_get_retry_ms (fixture->session), >=, 0);
  g_signal_emit_by_name (monitor, "network-changed", FALSE);
  g_signal_emit_by_name (monitor, "network-changed", TRUE);
  g_assert_cmpint (jf_session_get_retry_ms (fixture->session), <=, 500);
  connect_session (fixture);
  g_assert_cmpint (jf_session_get_retry_ms (fixture->session), ==, -1);
}

static void
test_enrolls (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) enroll = NULL;

  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_HELLO));
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"code\":\"not-enrolled\"}");
  enroll = fake_manager_expect (fixture->manager, JF_MSG_ENROLL);
  g_assert_cmpstr (json_object_get_string_member (enroll, "code"), ==, "secret");
  fake_manager_send (
      fixture->manager,
      "{\"type\":\"enrolled\",\"request\":1,\"member\":\"bob\",\"role\":\"provider\"}");
  fake_manager_send (
      fixture->manager,
      "{\"type\":\"welcome\",\"version\":1,\"member\":\"bob\",\"role\":\"provider\"}");
  wait_state (fixture, JF_SESSION_CONNECTED);
  g_assert_true (fixture->enrolled);
  g_assert_cmpstr (jf_session_get_role (fixture->session), ==, "provider");
}

static void
test_bad_invitation (Fixture *fixture, gconstpointer data)
{
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_HELLO));
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"code\":\"not-enrolled\"}");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_ENROLL));
  fake_manager_send (fixture->manager,
                     "{\"type\":\"error\",\"request\":1,\"code\":\"bad-invitation\"}");
  wait_state (fixture, JF_SESSION_FAILED);
  g_assert_error (jf_session_get_error (fixture->session), JF_ERROR, JF_ERROR_BAD_INVITATION);
}

/* Codes that no dial would change: no second one. */
static void
test_final_codes (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *name;
    JfError code;
  } codes[] = {
    { "not-enrolled", JF_ERROR_NOT_ENROLLED },
    { "version", JF_ERROR_VERSION },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_HELLO));
      fake_manager_send (fixture->manager, "{\"type\":\"error\",\"code\":\"%s\"}", codes[i].name);
      wait_state (fixture, JF_SESSION_FAILED);
      g_assert_error (jf_session_get_error (fixture->session), JF_ERROR, (int) codes[i].code);
      jf_session_free (fixture->session);
      make_session (fixture, NULL);
    }
}

static void
test_revoked_while_connected (Fixture *fixture, gconstpointer data)
{
  connect_session (fixture);
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"code\":\"not-enrolled\"}");
  wait_state (fixture, JF_SESSION_FAILED);
  g_assert_error (jf_session_get_error (fixture->session), JF_ERROR, JF_ERROR_NOT_ENROLLED);
}

static void
test_wrong_manager_key (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfUplink) uplink = NULL;
  JfKeyId other = { { 9 } };

  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_HELLO));
  jf_session_free (fixture->session);
  uplink = jf_uplink_new (&jf_carrier_direct, "127.0.0.1", fake_manager_port (fixture->manager),
                          &other, fixture->device);
  fixture->session = jf_session_new (fixture->loop, uplink, NULL, &events, fixture);
  jf_session_start (fixture->session);
  wait_state (fixture, JF_SESSION_FAILED);
  g_assert_error (jf_session_get_error (fixture->session), JF_ERROR, JF_ERROR_WRONG_KEY);
  g_assert_true (jf_key_id_equal (jf_session_get_seen_key (fixture->session),
                                  fake_manager_key_id (fixture->manager)));
}

/* Each is answered by an error, and the connection ends; the next one is tried. */
static void
test_bad_messages (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
    "not json",
    "[]",
    "{}",
    "{\"type\":7}",
    "{\"type\":\"unheard-of\"}",
    "{\"type\":\"services\",\"request\":\"x\"}",
    "{\"type\":\"error\"}",
    "{\"type\":\"error\",\"code\":7}",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonObject) answer = NULL;

      connect_session (fixture);
      fake_manager_send (fixture->manager, "%s", bad[i]);
      answer = fake_manager_expect (fixture->manager, JF_MSG_ERROR);
      g_assert_cmpstr (json_object_get_string_member (answer, "code"), ==, "protocol");
      wait_state (fixture, JF_SESSION_WAITING);
      jf_session_free (fixture->session);
      make_session (fixture, NULL);
    }
}

static void
test_bad_welcomes (Fixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
    "{\"type\":\"welcome\"}",
    "{\"type\":\"welcome\",\"version\":2,\"member\":\"a\",\"role\":\"user\"}",
    "{\"type\":\"welcome\",\"version\":1,\"member\":\"A B\",\"role\":\"user\"}",
    "{\"type\":\"welcome\",\"version\":1,\"member\":\"a\",\"role\":\"king\"}",
    "{\"type\":\"joined\",\"tunnel\":1}",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_HELLO));
      fake_manager_send (fixture->manager, "%s", bad[i]);
      json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_ERROR));
      wait_state (fixture, JF_SESSION_WAITING);
      jf_session_free (fixture->session);
      make_session (fixture, NULL);
    }
  g_assert_cmpuint (fixture->n_messages, ==, 0);
}

static void
test_finish (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) message = jf_message_new (JF_MSG_LOAD);

  connect_session (fixture);
  g_assert_true (jf_session_send (fixture->session, message));
  jf_session_finish (fixture->session);
  fixture->there = FALSE;
  fixture->wanted = JF_SESSION_STOPPED;
  fake_wait_for (&fixture->there);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_LOAD));
  g_assert_false (jf_session_send (fixture->session, message));
}

/* What is said at the end, even that the device is unknown, does not keep the end from coming. */
static void
test_finish_while_revoked (Fixture *fixture, gconstpointer data)
{
  connect_session (fixture);
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"code\":\"not-enrolled\"}");
  jf_session_finish (fixture->session);
  fixture->there = FALSE;
  fixture->wanted = JF_SESSION_STOPPED;
  fake_wait_for (&fixture->there);
}

#define ADD(name, code, func) g_test_add ("/session/" name, Fixture, code, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("welcome", NULL, test_welcome);
  ADD ("request", NULL, test_request);
  ADD ("lost-fails-requests-and-redials", NULL, test_lost_fails_requests_and_redials);
  ADD ("network-comes-back", NULL, test_network_comes_back);
  ADD ("evicted", NULL, test_evicted);
  ADD ("enrolls", "secret", test_enrolls);
  ADD ("bad-invitation", "secret", test_bad_invitation);
  ADD ("final-codes", NULL, test_final_codes);
  ADD ("revoked-while-connected", NULL, test_revoked_while_connected);
  ADD ("wrong-manager-key", NULL, test_wrong_manager_key);
  ADD ("bad-messages", NULL, test_bad_messages);
  ADD ("bad-welcomes", NULL, test_bad_welcomes);
  ADD ("finish", NULL, test_finish);
  ADD ("finish-while-revoked", NULL, test_finish_while_revoked);
  return g_test_run ();
}
