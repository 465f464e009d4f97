/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/control/control-fixture.h"

#define ENTRY(name, allow)                                                                         \
  "{\"name\":\"" name "\",\"kind\":\"tcp\",\"port\":80,\"allow\":[" allow "]}"

static unsigned
count_services (ControlFixture *fixture)
{
  g_autoptr (GPtrArray) services = jf_registry_list_services (fixture->registry);

  return services->len;
}

/* What alice sees: "web+ ward-" (+ online, - offline). */
static char *
list (FakeGateway *gateway)
{
  g_autoptr (GString) text = g_string_new (NULL);

  fake_gateway_send (gateway, "{\"type\":\"list\",\"request\":3}");
  for (gboolean more = TRUE; more;)
    {
      g_autoptr (JsonObject) message = fake_gateway_await (gateway, "services");
      JsonArray *services = json_object_get_array_member (message, "services");

      g_assert_cmpint (json_object_get_int_member (message, "request"), ==, 3);
      more = json_object_get_boolean_member (message, "more");
      for (unsigned i = 0; i < json_array_get_length (services); i++)
        {
          JsonObject *service = json_array_get_object_element (services, i);

          g_string_append_printf (text, "%s%s%c", text->len > 0 ? " " : "",
                                  json_object_get_string_member (service, "service"),
                                  json_object_get_boolean_member (service, "online") ? '+' : '-');
        }
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
check_list (FakeGateway *gateway, const char *expected)
{
  g_autofree char *text = list (gateway);

  g_assert_cmpstr (text, ==, expected);
}

static void
await_remove (FakeGateway *gateway, int64_t tunnel)
{
  g_autoptr (JsonObject) remove = fake_gateway_await (gateway, "remove");

  g_assert_cmpint (json_object_get_int_member (remove, "tunnel"), ==, tunnel);
  g_assert_cmpstr (json_object_get_string_member (remove, "code"), ==, "not-available");
  g_assert_true (json_object_get_boolean_member (remove, "final"));
}

static void
test_replaces (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (FakeGateway)
      alice = control_fixture_join_member (fixture, "alice", JF_ROLE_USER, NULL);
  g_autoptr (JsonObject) registered = NULL;
  JsonArray *names;

  fake_gateway_send (clinic, "{\"type\":\"register\",\"request\":21,\"services\":[" ENTRY (
                                 "b", "\"*\"") "," ENTRY ("a", "\"alice\"") "]}");
  registered = fake_gateway_await (clinic, "registered");
  g_assert_cmpint (json_object_get_int_member (registered, "request"), ==, 21);
  g_assert_false (json_object_has_member (registered, "more"));
  names = json_object_get_array_member (registered, "services");
  g_assert_cmpuint (json_array_get_length (names), ==, 2);
  g_assert_cmpstr (json_array_get_string_element (names, 0), ==, "clinic/b");
  check_list (alice, "clinic/a+ clinic/b+");
  check_list (clinic, "clinic/a+ clinic/b+");

  control_fixture_register (clinic, ENTRY ("b", "\"*\"") "," ENTRY ("c", "") "");
  check_list (alice, "clinic/b+");
  check_list (clinic, "clinic/b+ clinic/c+");
  control_fixture_register (clinic, "");
  check_list (clinic, "");
  g_assert_cmpuint (count_services (fixture), ==, 0);
}

static void
test_more (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);

  control_fixture_register (clinic, ENTRY ("old", "\"*\""));
  fake_gateway_send (
      clinic,
      "{\"type\":\"register\",\"request\":5,\"more\":true,\"services\":[" ENTRY ("a", "") "]}");
  check_list (clinic, "clinic/old+");
  control_fixture_register (clinic, ENTRY ("b", ""));
  check_list (clinic, "clinic/a+ clinic/b+");
}

/* What comes behind a registration that is being written waits for it, in order. */
static void
test_order (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);

  for (int i = 0; i < 50; i++)
    {
      fake_gateway_send (clinic, "{\"type\":\"register\",\"request\":%d,\"services\":[%s]}",
                         2 * i + 1, i % 2 == 0 ? ENTRY ("even", "") : ENTRY ("odd", ""));
      fake_gateway_send (clinic, "{\"type\":\"list\",\"request\":%d}", 2 * i + 2);
    }
  for (int i = 0; i < 50; i++)
    {
      g_autoptr (JsonObject) registered = fake_gateway_await (clinic, "registered");
      g_autoptr (JsonObject) services = fake_gateway_await (clinic, "services");
      JsonArray *rows = json_object_get_array_member (services, "services");

      g_assert_cmpint (json_object_get_int_member (registered, "request"), ==, 2 * i + 1);
      g_assert_cmpint (json_object_get_int_member (services, "request"), ==, 2 * i + 2);
      g_assert_cmpuint (json_array_get_length (rows), ==, 1);
      g_assert_cmpstr (
          json_object_get_string_member (json_array_get_object_element (rows, 0), "service"), ==,
          i % 2 == 0 ? "clinic/even" : "clinic/odd");
    }
}

static void
test_too_much_waits (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autofree char *filler = g_strnfill (60000, 'x');
  JfMemberConn *conn = g_hash_table_lookup (
      fixture->control->welcomed, jf_identity_get_key_id (fake_gateway_get_identity (clinic)));

  /* held by hand, since no write takes that long */
  jf_member_conn_hold (conn);
  for (unsigned i = 1; i <= JF_PENDING_MAX_BYTES / 60100; i++)
    {
      fake_gateway_send (clinic, "{\"type\":\"list\",\"request\":1,\"x\":\"%s\"}", filler);
      control_fixture_until (g_queue_get_length (&conn->pending) == i);
    }
  fake_gateway_send (clinic, "{\"type\":\"list\",\"request\":1,\"x\":\"%s\"}", filler);
  fake_gateway_await_error (clinic, 0, "limit");
  fake_gateway_await_closed (clinic);
}

static void
test_user_may_not (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      alice = control_fixture_join_member (fixture, "alice", JF_ROLE_USER, NULL);

  fake_gateway_send (alice,
                     "{\"type\":\"register\",\"request\":4,\"services\":[" ENTRY ("a", "") "]}");
  fake_gateway_await_error (alice, 4, "not-allowed");
  fake_gateway_assert_silent (alice);
  g_assert_cmpuint (count_services (fixture), ==, 0);
}

static const char *const bad_services[] = {
  "7",
  "null",
  "[]",
  "{}",
  "{\"name\":\"\",\"kind\":\"tcp\",\"port\":80,\"allow\":[]}",
  "{\"name\":\"Web\",\"kind\":\"tcp\",\"port\":80,\"allow\":[]}",
  "{\"name\":\"a/b\",\"kind\":\"tcp\",\"port\":80,\"allow\":[]}",
  "{\"name\":\"../a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[]}",
  "{\"name\":5,\"kind\":\"tcp\",\"port\":80,\"allow\":[]}",
  "{\"name\":\"a\",\"port\":80,\"allow\":[]}",
  "{\"name\":\"a\",\"kind\":\"sctp\",\"port\":80,\"allow\":[]}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"allow\":[]}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":0,\"allow\":[]}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":65536,\"allow\":[]}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":\"80\",\"allow\":[]}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":\"*\"}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[7]}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"@\"]}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"**\"]}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[],\"title\":9}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[],\"open\":{}}",
  "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[],\"app\":null}",
  ENTRY ("a", "") "," ENTRY ("a", ""),
};

static void
check_refused (ControlFixture *fixture, FakeGateway **clinic, const char *services)
{
  FakeGateway *again;

  fake_gateway_send (*clinic, "{\"type\":\"register\",\"request\":9,\"services\":[%s]}", services);
  fake_gateway_await_error (*clinic, 9, "protocol");
  fake_gateway_await_closed (*clinic);
  again = control_fixture_reconnect (fixture, *clinic);
  fake_gateway_free (*clinic);
  *clinic = again;
}

static void
test_bad_services (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autofree char *long_text = g_strnfill (JF_TITLE_MAX_BYTES + 1, 'x');
  g_autofree char *long_title = g_strdup_printf (
      "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[],\"title\":\"%s\"}", long_text);
  g_autofree char *long_app = g_strdup_printf (
      "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[],\"app\":\"%s\"}", long_text);
  g_autofree char *long_name = g_strdup_printf (
      "{\"name\":\"%.64s\",\"kind\":\"tcp\",\"port\":80,\"allow\":[]}", long_text);
  g_autoptr (GString) many = g_string_new ("\"a0\"");

  for (unsigned i = 1; i <= JF_ALLOW_MAX; i++)
    g_string_append_printf (many, ",\"a%u\"", i);
  g_string_prepend (many, "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[");
  g_string_append (many, "]}");

  for (unsigned i = 0; i < G_N_ELEMENTS (bad_services); i++)
    check_refused (fixture, &clinic, bad_services[i]);
  check_refused (fixture, &clinic, long_title);
  check_refused (fixture, &clinic, long_app);
  check_refused (fixture, &clinic, long_name);
  check_refused (fixture, &clinic, many->str);
  g_assert_cmpuint (count_services (fixture), ==, 0);
}

static void
test_texts_are_cleaned (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  const JfServiceRecord *record;

  control_fixture_register (clinic, "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"allow\":[],"
                                    "\"title\":\"x\\u001b[2J\\u202ey\"}");
  record = jf_registry_get_service (fixture->registry, "clinic", "a");
  g_assert_nonnull (record);
  g_assert_null (strchr (record->title, '\033'));
  g_assert_null (strstr (record->title, "\u202e"));
}

static void
test_two_devices (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      one = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (FakeGateway)
      two = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  FakeGateway *again;

  control_fixture_register (one, ENTRY ("a", "\"*\"") "," ENTRY ("b", "\"*\""));
  control_fixture_register (two, ENTRY ("a", "\"bob\""));
  /* the newest policy holds for all */
  g_assert_cmpstr (jf_registry_get_service (fixture->registry, "clinic", "a")->allow[0], ==, "bob");

  control_fixture_register (one, "");
  check_list (two, "clinic/a+");

  /* gone is not withdrawn */
  control_fixture_register (one, ENTRY ("b", "\"*\""));
  again = control_fixture_reconnect (fixture, one);
  check_list (again, "clinic/a+ clinic/b-");
  fake_gateway_free (one);
  one = again;
  control_fixture_register (two, "");
  check_list (one, "clinic/b-");
  control_fixture_register (one, "");
  check_list (one, "");
}

/* The manager does not remember who offered what; the registry knows the services. */
static void
test_restart (ControlFixture *fixture, gconstpointer data)
{
  FakeGateway *one = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  FakeGateway *two = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (JfIdentity) first = jf_identity_ref (fake_gateway_get_identity (one));
  g_autoptr (JfIdentity) second = jf_identity_ref (fake_gateway_get_identity (two));

  control_fixture_register (one,
                            ENTRY ("a", "\"*\"") "," ENTRY ("b", "\"*\"") "," ENTRY ("c", "\"*\""));
  control_fixture_register (two, ENTRY ("b", "\"*\""));
  fake_gateway_free (one);
  fake_gateway_free (two);
  control_fixture_restart (fixture);

  one = fake_gateway_new (&fixture->manager, first);
  two = fake_gateway_new (&fixture->manager, second);
  g_assert_true (fake_gateway_hello (one));
  g_assert_true (fake_gateway_hello (two));
  check_list (one, "clinic/a- clinic/b- clinic/c-");
  /* b and c may still be the other's */
  control_fixture_register (one, ENTRY ("a", "\"*\""));
  check_list (one, "clinic/a+ clinic/b- clinic/c-");
  /* now both have spoken, and c is nobody's */
  control_fixture_register (two, ENTRY ("b", "\"*\""));
  check_list (one, "clinic/a+ clinic/b+");
  fake_gateway_free (one);
  fake_gateway_free (two);
}

/* The only device of a provider that comes back without its services: they are nobody's. */
static void
test_nothing_after_restart (ControlFixture *fixture, gconstpointer data)
{
  FakeGateway *clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  FakeGateway *lab = control_fixture_join_member (fixture, "lab", JF_ROLE_PROVIDER, NULL);
  g_autoptr (JfIdentity) first = jf_identity_ref (fake_gateway_get_identity (clinic));

  control_fixture_register (clinic, ENTRY ("a", "\"*\"") "," ENTRY ("b", "\"*\""));
  control_fixture_register (lab, ENTRY ("c", "\"clinic\""));
  fake_gateway_free (clinic);
  fake_gateway_free (lab);
  control_fixture_restart (fixture);

  clinic = fake_gateway_new (&fixture->manager, first);
  g_assert_true (fake_gateway_hello (clinic));
  check_list (clinic, "clinic/a- clinic/b- lab/c-");
  control_fixture_register (clinic, "");
  check_list (clinic, "lab/c-");
  g_assert_cmpuint (count_services (fixture), ==, 1);
  fake_gateway_free (clinic);
}

static void
ignore_cb (const char *service, gpointer data)
{
}

/* What the registry could not forget is still to be forgotten the next time. */
static void
test_forgotten_once_stored (ControlFixture *fixture, gconstpointer data)
{
  FakeGateway *clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  JfKeyId device = *jf_identity_get_key_id (fake_gateway_get_identity (clinic));
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  JfOffers *offers;

  control_fixture_register (clinic, ENTRY ("a", "\"*\""));
  fake_gateway_free (clinic);
  offers = jf_offers_new (fixture->registry, ignore_cb, NULL);
  for (int stored = 0; stored < 3; stored++)
    {
      g_autoptr (GPtrArray) moved = g_ptr_array_new_with_free_func (g_free);
      g_autoptr (GPtrArray) forgotten = g_ptr_array_new_with_free_func (g_free);

      jf_offers_compare (offers, &device, "clinic", names, moved, forgotten);
      g_assert_cmpuint (moved->len, ==, 0);
      g_assert_cmpuint (forgotten->len, ==, stored < 2 ? 1 : 0);
      if (stored == 1)
        jf_offers_settle (offers, "clinic", forgotten);
    }
  jf_offers_free (offers);
}

/* A provider who is invited as a user: what it offered is gone, with the tunnels. */
static void
test_role_lost (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (FakeGateway)
      alice = control_fixture_join_member (fixture, "alice", JF_ROLE_USER, NULL);
  g_autoptr (FakeGateway) user = NULL;
  g_autoptr (FakeGateway) again = NULL;
  int64_t tunnel;

  control_fixture_register (clinic, WEB_FOR_ALL);
  tunnel = control_fixture_join (alice, clinic, "web");
  user = control_fixture_join_member (fixture, "clinic", JF_ROLE_USER, NULL);
  await_remove (alice, tunnel);
  await_remove (clinic, tunnel);
  check_list (alice, "");
  g_assert_cmpuint (count_services (fixture), ==, 0);
  fake_gateway_send (clinic,
                     "{\"type\":\"register\",\"request\":4,\"services\":[" WEB_FOR_ALL "]}");
  fake_gateway_await_error (clinic, 4, "not-allowed");

  again = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  check_list (alice, "");
  control_fixture_register (clinic, WEB_FOR_ALL);
  check_list (alice, "clinic/web+");
}

/* The role goes while a registration is on its way: refused, and nothing of it is left. */
static void
test_role_lost_meanwhile (ControlFixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 10; i++)
    {
      g_autoptr (FakeGateway)
          clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
      g_autofree char *code = control_fixture_invite (fixture, "clinic", JF_ROLE_USER, NULL, 60);
      g_autoptr (FakeGateway) user = fake_gateway_new (&fixture->manager, NULL);
      g_autoptr (JsonObject) answer = NULL;
      g_autoptr (GBytes) bytes = NULL;

      g_assert_false (fake_gateway_hello (user));
      fake_gateway_send (user, "{\"type\":\"enroll\",\"request\":1,\"code\":\"%s\"}", code);
      fake_gateway_send (clinic,
                         "{\"type\":\"register\",\"request\":5,\"services\":[" WEB_FOR_ALL "]}");
      bytes = fake_gateway_await_bytes (clinic);
      answer = jf_message_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
      g_assert_cmpint (json_object_get_int_member (answer, "request"), ==, 5);
      json_object_unref (fake_gateway_await (user, "enrolled"));
      json_object_unref (fake_gateway_await (user, "welcome"));
      check_list (clinic, "");
      fake_gateway_send (clinic, "{\"type\":\"register\",\"request\":6,\"services\":[]}");
      fake_gateway_await_error (clinic, 6, "not-allowed");
    }
}

static void
test_most (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autofree char *title = g_strnfill (100, 't'); /* all fit the queue of one connection */
  unsigned registered = 0;
  g_autofree char *all = NULL;
  g_auto (GStrv) rows = NULL;

  for (unsigned i = 0; i < JF_SERVICES_MAX_PER_DEVICE; i += 128)
    {
      g_autoptr (GString) services = g_string_new (NULL);

      for (unsigned k = i; k < i + 128; k++)
        g_string_append_printf (services,
                                "%s{\"name\":\"s%u\",\"kind\":\"tcp\",\"port\":80,"
                                "\"title\":\"%s\",\"allow\":[]}",
                                k > i ? "," : "", k, title);
      fake_gateway_send (clinic,
                         "{\"type\":\"register\",\"request\":5,\"more\":%s,\"services\":[%s]}",
                         i + 128 < JF_SERVICES_MAX_PER_DEVICE ? "true" : "false", services->str);
    }
  for (gboolean more = TRUE; more;)
    {
      g_autoptr (JsonObject) message = fake_gateway_await (clinic, "registered");

      registered += json_array_get_length (json_object_get_array_member (message, "services"));
      more = json_object_get_boolean_member_with_default (message, "more", FALSE);
    }
  g_assert_cmpuint (registered, ==, JF_SERVICES_MAX_PER_DEVICE);

  /* more pages than are sent at once */
  all = list (clinic);
  rows = g_strsplit (all, " ", -1);
  g_assert_cmpuint (g_strv_length (rows), ==, JF_SERVICES_MAX_PER_DEVICE);

  fake_gateway_send (
      clinic,
      "{\"type\":\"register\",\"request\":5,\"more\":true,\"services\":[" ENTRY ("x", "") "]}");
  for (unsigned i = 0; i < JF_SERVICES_MAX_PER_DEVICE; i += 256)
    {
      g_autoptr (GString) services = g_string_new (NULL);

      for (unsigned k = i; k < i + 256; k++)
        g_string_append_printf (services,
                                "%s{\"name\":\"s%u\",\"kind\":\"tcp\",\"port\":80,\"allow\":[]}",
                                k > i ? "," : "", k);
      fake_gateway_send (clinic,
                         "{\"type\":\"register\",\"request\":5,\"more\":true,\"services\":[%s]}",
                         services->str);
    }
  fake_gateway_await_error (clinic, 5, "protocol");
  fake_gateway_await_closed (clinic);
}

/* Gone while its registration is being written: nothing of it is left hanging. */
static void
test_gone_while_writing (ControlFixture *fixture, gconstpointer data)
{
  for (unsigned i = 0; i < 20; i++)
    {
      FakeGateway *clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);

      fake_gateway_send (clinic,
                         "{\"type\":\"register\",\"request\":5,\"services\":[{\"name\":\"s%u\","
                         "\"kind\":\"tcp\",\"port\":80,\"allow\":[]}]}",
                         i);
      fake_gateway_free (clinic);
    }
  control_fixture_until (g_hash_table_size (fixture->control->conns) == 0 &&
                         g_hash_table_size (fixture->control->commits) == 0);
}

/* The registry cannot write any more: told, counted as nothing else, and nobody is cut off. */
static void
test_storage_fails (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (FakeGateway) stranger = fake_gateway_new (&fixture->manager, NULL);
  g_autofree char *code = control_fixture_invite (fixture, "bob", JF_ROLE_USER, NULL, 60);

  control_fixture_register (clinic, ENTRY ("a", "\"*\""));
  g_assert_false (fake_gateway_hello (stranger));
  jf_registry_close (fixture->registry);

  fake_gateway_send (clinic,
                     "{\"type\":\"register\",\"request\":6,\"services\":[" ENTRY ("b", "") "]}");
  fake_gateway_await_error (clinic, 6, "storage");
  check_list (clinic, "clinic/a+");
  /* what needs no write still works */
  control_fixture_register (clinic, ENTRY ("a", "\"*\""));

  fake_gateway_send (stranger, "{\"type\":\"enroll\",\"request\":2,\"code\":\"%s\"}", code);
  fake_gateway_await_error (stranger, 2, "storage");
  fake_gateway_await_closed (stranger);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  CONTROL_TEST ("/registration/replaces", test_replaces);
  CONTROL_TEST ("/registration/more", test_more);
  CONTROL_TEST ("/registration/order", test_order);
  CONTROL_TEST ("/registration/too-much-waits", test_too_much_waits);
  CONTROL_TEST ("/registration/user-may-not", test_user_may_not);
  CONTROL_TEST ("/registration/bad-services", test_bad_services);
  CONTROL_TEST ("/registration/texts-are-cleaned", test_texts_are_cleaned);
  CONTROL_TEST ("/registration/two-devices", test_two_devices);
  CONTROL_TEST ("/registration/restart", test_restart);
  CONTROL_TEST ("/registration/nothing-after-restart", test_nothing_after_restart);
  CONTROL_TEST ("/registration/forgotten-once-stored", test_forgotten_once_stored);
  CONTROL_TEST ("/registration/role-lost", test_role_lost);
  CONTROL_TEST ("/registration/role-lost-meanwhile", test_role_lost_meanwhile);
  CONTROL_TEST ("/registration/most", test_most);
  CONTROL_TEST ("/registration/gone-while-writing", test_gone_while_writing);
  CONTROL_TEST ("/registration/storage-fails", test_storage_fails);
  return g_test_run ();
}
