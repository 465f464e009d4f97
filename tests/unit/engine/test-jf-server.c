/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "tests/unit/engine/engine-fixture.h"

static JfOffer *
make_offer (const char *name, const char *target)
{
  static const char *const allow[] = { "bob", "@nurses", NULL };
  JfOffer *offer = jf_offer_new (name, target, "A title", allow, 0, NULL, NULL, NULL);

  g_assert_nonnull (offer);
  return offer;
}

static JfServer *
server (EngineFixture *fixture)
{
  return jf_engine_get_server (fixture->engine);
}

static JsonObject *
answer_register (EngineFixture *fixture)
{
  JsonObject *message = fake_manager_expect (fixture->manager, JF_MSG_REGISTER);

  fake_manager_send (fixture->manager, "{\"type\":\"registered\",\"request\":%d,\"services\":[]}",
                     (int) json_object_get_int_member (message, "request"));
  return message;
}

static void
offer_web (EngineFixture *fixture)
{
  g_autoptr (JfOffer) offer = make_offer ("web", "tcp:127.0.0.1:8080");

  g_assert_true (jf_server_add_offer (server (fixture), offer, NULL));
  json_object_unref (answer_register (fixture));
}

static void
set_up_tunnel (EngineFixture *fixture, int tunnel, const char *service)
{
  fake_manager_send (fixture->manager,
                     "{\"type\":\"setup\",\"tunnel\":%d,\"side\":\"server\",\"service\":\"%s\","
                     "\"member\":\"bob\",\"peer\":\"" KEY_A "\",\"tickets\":" TICKETS "}",
                     tunnel, service);
}

static void
test_register (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfOffer) offer = make_offer ("web", "tcp:10.0.0.5:8080");
  g_autoptr (JsonObject) message = NULL;
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  g_assert_true (jf_server_add_offer (server (fixture), offer, NULL));
  g_assert_false (jf_server_is_registered (server (fixture)));
  message = answer_register (fixture);
  json_node_set_object (node, message);
  text = json_to_string (node, FALSE);
  g_assert_nonnull (strstr (text, "\"name\":\"web\""));
  g_assert_nonnull (strstr (text, "\"@nurses\""));
  /* The address never leaves the gateway. */
  g_assert_null (strstr (text, "10.0.0.5"));
  engine_settle (fixture);
  g_assert_true (jf_server_is_registered (server (fixture)));
}

static void
test_register_in_parts (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) offers = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);
  unsigned n = 0;
  gboolean more = TRUE;
  int64_t number = 0;

  for (unsigned i = 0; i < 1500; i++)
    {
      g_autofree char *name = g_strdup_printf ("service-%u", i);

      g_ptr_array_add (offers, make_offer (name, "tcp:127.0.0.1:1"));
    }
  g_assert_true (jf_server_set_offers (server (fixture), offers, NULL));
  while (more)
    {
      g_autoptr (JsonObject) part = fake_manager_expect (fixture->manager, JF_MSG_REGISTER);

      more = json_object_get_boolean_member_with_default (part, "more", FALSE);
      n += json_array_get_length (json_object_get_array_member (part, "services"));
      g_assert_true (number == 0 || number == json_object_get_int_member (part, "request"));
      number = json_object_get_int_member (part, "request");
    }
  g_assert_cmpuint (n, ==, 1500);
}

static void
add_large_offers (GPtrArray *offers, unsigned n)
{
  g_autofree char *open = g_strnfill (1000, '"'); /* two bytes each in JSON */

  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("service-%u", i);
      JfOffer *offer = jf_offer_new (name, "tcp:h:1", NULL, NULL, 0, open, NULL, NULL);

      g_assert_nonnull (offer);
      g_ptr_array_add (offers, offer);
    }
}

/* Far more than one connection may have unsent (JF_CONTROL_QUEUE_MAX_BYTES). */
static void
test_register_much (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) offers = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);
  unsigned n = 0;
  gboolean more = TRUE;

  add_large_offers (offers, 3900);
  g_assert_true (jf_server_set_offers (server (fixture), offers, NULL));
  while (more)
    {
      g_autoptr (JsonObject) part = fake_manager_expect (fixture->manager, JF_MSG_REGISTER);

      more = json_object_get_boolean_member_with_default (part, "more", FALSE);
      n += json_array_get_length (json_object_get_array_member (part, "services"));
    }
  g_assert_cmpuint (n, ==, 3900);
  g_assert_cmpuint (fake_manager_count (fixture->manager), ==, 1);
  engine_settle (fixture);
}

static void
test_too_much (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) offers = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);
  g_autoptr (GError) error = NULL;

  add_large_offers (offers, 4096);
  g_assert_false (jf_server_set_offers (server (fixture), offers, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_LIMIT);
  g_clear_error (&error);
  g_ptr_array_set_size (offers, 0);
  for (unsigned i = 0; i < JF_SERVICES_MAX_PER_DEVICE + 1; i++)
    {
      g_autofree char *name = g_strdup_printf ("service-%u", i);

      g_ptr_array_add (offers, make_offer (name, "tcp:h:1"));
    }
  g_assert_false (jf_server_set_offers (server (fixture), offers, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_LIMIT);
}

static unsigned
count_services (JsonObject *message)
{
  unsigned n = json_array_get_length (json_object_get_array_member (message, "services"));

  json_object_unref (message);
  return n;
}

/* A change while the manager stores waits for its answer, and is the only one that is told. */
static void
test_one_at_a_time (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfOffer) web = make_offer ("web", "tcp:h:1");
  g_autoptr (JfOffer) db = make_offer ("db", "tcp:h:1");
  g_autoptr (JsonObject) first = NULL;

  g_assert_true (jf_server_add_offer (server (fixture), web, NULL));
  first = fake_manager_expect (fixture->manager, JF_MSG_REGISTER);
  g_assert_true (jf_server_add_offer (server (fixture), db, NULL));
  engine_settle (fixture);
  g_assert_true (fake_manager_is_quiet (fixture->manager));
  fake_manager_send (fixture->manager, "{\"type\":\"registered\",\"request\":%d,\"services\":[]}",
                     (int) json_object_get_int_member (first, "request"));
  g_assert_cmpuint (count_services (answer_register (fixture)), ==, 2);
  engine_settle (fixture);
  g_assert_true (jf_server_is_registered (server (fixture)));
  g_assert_false (jf_server_is_busy (server (fixture)));
}

static void
failed_cb (JfEngine *engine, const GError *failure, gpointer data)
{
  *(JfError *) data = failure != NULL ? (JfError) failure->code : 0;
}

static void
refuse_register (EngineFixture *fixture, const char *code)
{
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"request\":%d,\"code\":\"%s\"}",
                     (int) engine_request (fake_manager_expect (fixture->manager, JF_MSG_REGISTER)),
                     code);
}

static void
test_storage_is_tried_again (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfOffer) offer = make_offer ("web", "tcp:h:1");
  JfError told = 0;

  g_signal_connect (fixture->engine, "registered", G_CALLBACK (failed_cb), &told);
  g_assert_true (jf_server_add_offer (server (fixture), offer, NULL));
  refuse_register (fixture, "storage");
  engine_settle (fixture);
  g_assert_cmpint (told, ==, JF_ERROR_STORAGE);
  g_assert_true (jf_server_is_retrying (server (fixture)));
  json_object_unref (answer_register (fixture));
  engine_settle (fixture);
  g_assert_cmpint (told, ==, 0);
  g_assert_true (jf_server_is_registered (server (fixture)));
}

static void
test_not_allowed_is_not (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfOffer) offer = make_offer ("web", "tcp:h:1");
  JfError told = 0;

  g_signal_connect (fixture->engine, "registered", G_CALLBACK (failed_cb), &told);
  g_assert_true (jf_server_add_offer (server (fixture), offer, NULL));
  refuse_register (fixture, "not-allowed");
  engine_settle (fixture);
  g_assert_cmpint (told, ==, JF_ERROR_NOT_ALLOWED);
  g_assert_false (jf_server_is_retrying (server (fixture)));
  g_assert_false (jf_server_is_busy (server (fixture)));
}

static void
left_cb (JfEngine *engine, gpointer data)
{
  *(gboolean *) data = TRUE;
}

/* The last service is withdrawn with the manager's consent, and only then the session ends. */
static void
test_last_withdrawn_at_the_end (EngineFixture *fixture, gconstpointer data)
{
  gboolean left = FALSE;

  g_signal_connect (fixture->engine, "left", G_CALLBACK (left_cb), &left);
  offer_web (fixture);
  engine_settle (fixture);
  jf_server_remove_offer (server (fixture), "web");
  jf_engine_leave (fixture->engine);
  g_assert_cmpuint (count_services (answer_register (fixture)), ==, 0);
  g_assert_false (left);
  fake_wait_for (&left);
}

static void
test_end_waits_for_nobody (EngineFixture *fixture, gconstpointer data)
{
  int64_t begin_us = g_get_monotonic_time ();
  gboolean left = FALSE;

  g_signal_connect (fixture->engine, "left", G_CALLBACK (left_cb), &left);
  offer_web (fixture);
  jf_server_remove_offer (server (fixture), "web");
  jf_engine_leave (fixture->engine);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REGISTER));
  fake_wait_for (&left);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, 8 * G_USEC_PER_SEC);
}

/* A user has nothing to withdraw: nothing is said. */
static void
test_empty_set_of_a_user (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  g_assert_true (jf_server_set_offers (server (fixture), none, NULL));
  engine_settle (fixture);
  g_assert_true (fake_manager_is_quiet (fixture->manager));
  g_assert_false (jf_server_is_busy (server (fixture)));
}

static void
test_empty_set (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();

  g_assert_true (jf_server_set_offers (server (fixture), none, NULL));
  g_assert_cmpuint (count_services (answer_register (fixture)), ==, 0);
}

static void
test_same_name_twice (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfOffer) offer = make_offer ("web", "tcp:127.0.0.1:1");
  g_autoptr (GError) error = NULL;

  offer_web (fixture);
  g_assert_false (jf_server_add_offer (server (fixture), offer, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_assert_cmpuint (jf_server_get_offers (server (fixture))->len, ==, 1);
}

static void
test_steps (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JsonObject) load = NULL;

  offer_web (fixture);
  set_up_tunnel (fixture, 5, "alice/web");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  g_assert_true (fake_tunnel_last->server);
  g_assert_cmpuint (fake_tunnel_last->n_connects, ==, 1);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"tickets\",\"tunnel\":5,\"tickets\":" TICKETS "}");
  engine_settle (fixture);
  g_assert_cmpuint (fake_tunnel_last->n_added_legs, ==, 2);
  fake_tunnel_last->events->streams (fake_tunnel_last, 3, fake_tunnel_last->owner);
  fake_tunnel_last->events->streams (fake_tunnel_last, 4, fake_tunnel_last->owner);
  load = fake_manager_expect (fixture->manager, JF_MSG_LOAD);
  g_assert_cmpint (json_object_get_int_member (load, "streams"), ==, 3);
  json_object_unref (load);
  /* The next one a second later says how it is then. */
  load = fake_manager_expect (fixture->manager, JF_MSG_LOAD);
  g_assert_cmpint (json_object_get_int_member (load, "streams"), ==, 4);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"remove\",\"tunnel\":5,\"code\":\"closed\",\"final\":true}");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_REMOVED));
  g_assert_cmpuint (fake_tunnel_alive, ==, 0);
}

static void
expect_removed (EngineFixture *fixture, const char *code)
{
  g_autoptr (JsonObject) removed = fake_manager_expect (fixture->manager, JF_MSG_REMOVED);

  g_assert_cmpstr (json_object_get_string_member_with_default (removed, "code", NULL), ==, code);
}

/* A manager that asks for what is not offered gets no connection anywhere. */
static void
test_not_offered (EngineFixture *fixture, gconstpointer data)
{
  static const char *const services[] = { "alice/nope", "evil/web" };

  offer_web (fixture);
  for (unsigned i = 0; i < G_N_ELEMENTS (services); i++)
    {
      set_up_tunnel (fixture, 5, services[i]);
      expect_removed (fixture, "not-available");
    }
  g_assert_cmpuint (fake_tunnel_made, ==, 0);
}

static void
test_unknown_tunnel (EngineFixture *fixture, gconstpointer data)
{
  offer_web (fixture);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"tickets\",\"tunnel\":99,\"tickets\":" TICKETS "}");
  fake_manager_send (fixture->manager,
                     "{\"type\":\"remove\",\"tunnel\":99,\"code\":\"closed\",\"final\":true}");
  expect_removed (fixture, NULL);
}

static void
test_withdrawn_and_changed (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) offers = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);

  offer_web (fixture);
  set_up_tunnel (fixture, 5, "alice/web");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  g_ptr_array_add (offers, make_offer ("web", "tcp:127.0.0.1:9090"));
  g_assert_true (jf_server_set_offers (server (fixture), offers, NULL));
  expect_removed (fixture, "unreachable");
  g_assert_cmpuint (fake_tunnel_alive, ==, 0);
  json_object_unref (answer_register (fixture));
  jf_server_remove_offer (server (fixture), "web");
  json_object_unref (answer_register (fixture));
  g_assert_cmpuint (jf_server_get_offers (server (fixture))->len, ==, 0);
}

static void
test_registers_again (EngineFixture *fixture, gconstpointer data)
{
  offer_web (fixture);
  set_up_tunnel (fixture, 5, "alice/web");
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_READY));
  fake_manager_drop (fixture->manager);
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_cmpuint (fake_tunnel_alive, ==, 1);
  fake_manager_welcome (fixture->manager, "alice", "provider");
  json_object_unref (answer_register (fixture));
  g_assert_cmpuint (fake_tunnel_alive, ==, 0);
}

static void
test_offers_checked (void)
{
  static const char *const allow[] = { "bob", NULL };
  static const char *const bad_allow[] = { "Bob!", NULL };
  static const struct
  {
    const char *name;
    const char *target;
    const char *const *allow;
    unsigned port;
  } bad[] = {
    { "Web", "tcp:h:1", allow, 0 },     { "web", "http:h:1", allow, 0 },
    { "web", "tcp:h:1", bad_allow, 0 }, { "web", "tcp:h:1", allow, 65536 },
    { "web", "unix:/x", allow, 0 },     { "web", "tcp:h:0", allow, 0 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (jf_offer_new (bad[i].name, bad[i].target, NULL, bad[i].allow, bad[i].port,
                                   NULL, NULL, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
    }
}

/* Exactly what the manager takes (PROTOCOL.md section 4.2): more would break the session. */
static void
test_offer_limits (void)
{
  static const struct
  {
    size_t title;
    size_t open;
    size_t app;
    gboolean good;
  } cases[] = {
    { 200, 1024, 200, TRUE },
    { 201, 1, 1, FALSE },
    { 1, 1025, 1, FALSE },
    { 1, 1, 201, FALSE },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *title = g_strnfill (cases[i].title, 'x');
      g_autofree char *open = g_strnfill (cases[i].open, 'x');
      g_autofree char *app = g_strnfill (cases[i].app, 'x');
      g_autoptr (JfOffer) offer = jf_offer_new ("web", "tcp:h:1", title, NULL, 0, open, app, NULL);

      g_assert_true ((offer != NULL) == cases[i].good);
    }
}

#define ADD(name, func)                                                                            \
  g_test_add ("/server/" name, EngineFixture, "provider", engine_set_up, func, engine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("register", test_register);
  ADD ("register-in-parts", test_register_in_parts);
  ADD ("register-much", test_register_much);
  ADD ("too-much", test_too_much);
  ADD ("one-at-a-time", test_one_at_a_time);
  ADD ("storage-is-tried-again", test_storage_is_tried_again);
  ADD ("not-allowed-is-not", test_not_allowed_is_not);
  ADD ("last-withdrawn-at-the-end", test_last_withdrawn_at_the_end);
  ADD ("end-waits-for-nobody", test_end_waits_for_nobody);
  ADD ("empty-set", test_empty_set);
  g_test_add ("/server/empty-set-of-a-user", EngineFixture, "user", engine_set_up,
              test_empty_set_of_a_user, engine_tear_down);
  ADD ("same-name-twice", test_same_name_twice);
  ADD ("steps", test_steps);
  ADD ("not-offered", test_not_offered);
  ADD ("unknown-tunnel", test_unknown_tunnel);
  ADD ("withdrawn-and-changed", test_withdrawn_and_changed);
  ADD ("registers-again", test_registers_again);
  g_test_add_func ("/server/offers-checked", test_offers_checked);
  g_test_add_func ("/server/offer-limits", test_offer_limits);
  return g_test_run ();
}
