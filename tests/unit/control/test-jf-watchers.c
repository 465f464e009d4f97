/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-bit-set.h"
#include "manager/control/jf-operator.h"
#include "manager/control/jf-watchers-private.h"
#include "tests/unit/control/control-fixture.h"

#define ENTRY(name, allow)                                                                         \
  "{\"name\":\"" name "\",\"kind\":\"tcp\",\"port\":80,\"allow\":[" allow "]}"

/* A watcher, and what it has been told so far. */
typedef struct
{
  FakeGateway *gateway;
  GTree *services; /* service -> "+" or "-" and the title */
  unsigned n_changes;
} View;

static int
compare_names (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

static void
take_services (View *view, JsonObject *message)
{
  JsonArray *services = json_object_get_array_member (message, "services");

  for (unsigned i = 0; i < json_array_get_length (services); i++)
    {
      JsonObject *service = json_array_get_object_element (services, i);

      g_tree_insert (
          view->services, g_strdup (json_object_get_string_member (service, "service")),
          g_strdup_printf ("%c%s", json_object_get_boolean_member (service, "online") ? '+' : '-',
                           json_object_get_string_member (service, "title")));
    }
}

static void
view_ask (View *view)
{
  fake_gateway_send (view->gateway, "{\"type\":\"list\",\"request\":8,\"watch\":true}");
}

static void
view_take_answer (View *view)
{
  gboolean more = TRUE;

  while (more)
    {
      g_autoptr (JsonObject) message = fake_gateway_await (view->gateway, "services");

      g_assert_cmpint (json_object_get_int_member (message, "request"), ==, 8);
      more = json_object_get_boolean_member (message, "more");
      take_services (view, message);
    }
}

static View *
view_new (ControlFixture *fixture, const char *member, const char *group)
{
  View *view = g_new0 (View, 1);

  view->gateway = control_fixture_join_member (fixture, member, JF_ROLE_USER, group);
  view->services = g_tree_new_full (compare_names, NULL, g_free, g_free);
  view_ask (view);
  view_take_answer (view);
  return view;
}

static void
view_free (View *view)
{
  fake_gateway_free (view->gateway);
  g_tree_unref (view->services);
  g_free (view);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (View, view_free)

static void
view_take (View *view)
{
  g_autoptr (JsonObject) message = fake_gateway_await (view->gateway, "changes");
  JsonArray *gone = json_object_get_array_member (message, "gone");

  view->n_changes++;
  for (unsigned i = 0; i < json_array_get_length (gone); i++)
    g_assert_true (g_tree_remove (view->services, json_array_get_string_element (gone, i)));
  take_services (view, message);
}

static gboolean
append_cb (gpointer key, gpointer value, gpointer data)
{
  GString *text = data;

  g_string_append_printf (text, "%s%s%s", text->len > 0 ? " " : "", (char *) key, (char *) value);
  return FALSE;
}

static char *
view_text (View *view)
{
  GString *text = g_string_new (NULL);

  g_tree_foreach (view->services, append_cb, text);
  return g_string_free (text, FALSE);
}

/* Takes changes until it sees this; never comes back otherwise (there is a watchdog). */
static void
view_await (View *view, const char *expected)
{
  for (;;)
    {
      g_autofree char *text = view_text (view);

      if (g_str_equal (text, expected))
        return;
      view_take (view);
    }
}

static void
test_follows (ControlFixture *fixture, gconstpointer data)
{
  FakeGateway *clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (FakeGateway) again = NULL;
  g_autoptr (View) alice = view_new (fixture, "alice", NULL);

  view_await (alice, "");
  control_fixture_register (clinic, ENTRY ("a", "\"*\"") "," ENTRY ("b", "\"alice\""));
  view_await (alice, "clinic/a+ clinic/b+");
  control_fixture_register (clinic, "{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,\"title\":\"T\","
                                    "\"allow\":[\"*\"]}," ENTRY ("b", "\"bob\""));
  view_await (alice, "clinic/a+T");
  again = control_fixture_reconnect (fixture, clinic);
  fake_gateway_free (clinic);
  view_await (alice, "clinic/a-T");
  control_fixture_register (again, ENTRY ("a", "\"alice\"") "," ENTRY ("c", "\"*\""));
  view_await (alice, "clinic/a+ clinic/c+");
  control_fixture_register (again, "");
  view_await (alice, "");
  g_assert_cmpuint (g_hash_table_size (fixture->control->watchers->services), ==, 0);
}

/* What somebody may not see, comes and goes without a word. */
static void
test_hidden (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (View) alice = view_new (fixture, "alice", NULL);
  g_autoptr (View) bob = view_new (fixture, "bob", NULL);

  control_fixture_register (clinic, ENTRY ("x", "\"bob\"") "," ENTRY ("y", ""));
  view_await (bob, "clinic/x+");
  control_fixture_register (clinic, ENTRY ("z", "\"bob\""));
  view_await (bob, "clinic/z+");
  control_fixture_register (clinic, ENTRY ("w", "\"*\""));
  view_await (bob, "clinic/w+");
  view_await (alice, "clinic/w+");
  g_assert_cmpuint (alice->n_changes, ==, 1);
}

/* A fresh code of a group, used by another device of the member. */
static void
test_groups (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (View) alice = view_new (fixture, "alice", NULL);
  g_autoptr (FakeGateway) phone = NULL;

  control_fixture_register (clinic, ENTRY ("x", "\"@nurses\"") "," ENTRY ("y", "\"*\""));
  view_await (alice, "clinic/y+");
  phone = control_fixture_join_member (fixture, "alice", JF_ROLE_SAME, "nurses");
  view_await (alice, "clinic/x+ clinic/y+");
  control_fixture_register (clinic, ENTRY ("y", "\"@nurses\""));
  view_await (alice, "clinic/y+");
}

static void
test_provider_no_more (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (View) alice = view_new (fixture, "alice", NULL);
  g_autoptr (FakeGateway) user = NULL;

  control_fixture_register (clinic, WEB_FOR_ALL);
  view_await (alice, "clinic/web+");
  user = control_fixture_join_member (fixture, "clinic", JF_ROLE_USER, NULL);
  view_await (alice, "");
}

static void
revoked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
test_revoked (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (View) alice = view_new (fixture, "alice", NULL);
  g_autoptr (View) bob = view_new (fixture, "bob", NULL);
  gboolean done = FALSE;

  control_fixture_register (clinic, WEB_FOR_ALL);
  view_await (alice, "clinic/web+");
  view_await (bob, "clinic/web+");
  jf_operator_revoke_async (fixture->control, "bob", revoked_cb, &done);
  control_fixture_until (done);
  g_assert_cmpuint (g_hash_table_size (fixture->control->watchers->all), ==, 1);
  done = FALSE;
  jf_operator_revoke_async (fixture->control, "clinic", revoked_cb, &done);
  view_await (alice, "");
  control_fixture_until (done);
}

/* What nobody sees a difference of is not told. */
static void
test_nothing_new (ControlFixture *fixture, gconstpointer data)
{
  FakeGateway *clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (FakeGateway) again = NULL;
  g_autoptr (View) alice = NULL;

  control_fixture_register (clinic, WEB_FOR_ALL);
  alice = view_new (fixture, "alice", NULL);
  view_await (alice, "clinic/web+");
  again = control_fixture_reconnect (fixture, clinic);
  fake_gateway_free (clinic);
  control_fixture_register (again, WEB_FOR_ALL);
  control_fixture_until (fixture->control->watchers->gathering == NULL &&
                         fixture->control->watchers->working == NULL);
  fake_gateway_assert_silent (alice->gateway);
}

/* Titles that change without end: few messages, and the last title. */
static void
test_coalesced (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (View) alice = view_new (fixture, "alice", NULL);
  int64_t began_us = g_get_monotonic_time ();
  int64_t took_ms;

  for (unsigned i = 1; i <= 200; i++)
    {
      g_autofree char *entry = g_strdup_printf ("{\"name\":\"a\",\"kind\":\"tcp\",\"port\":80,"
                                                "\"title\":\"%u\",\"allow\":[\"*\"]}",
                                                i);

      control_fixture_register (clinic, entry);
    }
  view_await (alice, "clinic/a+200");
  took_ms = (g_get_monotonic_time () - began_us) / 1000;
  g_assert_cmpint (alice->n_changes, <=, took_ms / 200 + 1);
}

#define MANY     2000
#define WATCHERS 40

static void
register_many (FakeGateway *gateway, const char *title)
{
  g_autoptr (JsonObject) registered = NULL;

  for (unsigned i = 0; i < MANY; i += 100)
    {
      g_autoptr (GString) entries = g_string_new (NULL);

      for (unsigned j = i; j < i + 100; j++)
        g_string_append_printf (entries,
                                "%s{\"name\":\"s%04u\",\"kind\":\"tcp\",\"port\":80,\"title\":"
                                "\"%s\",\"allow\":[\"*\"]}",
                                j > i ? "," : "", j, title);
      fake_gateway_send (gateway,
                         "{\"type\":\"register\",\"request\":6,\"more\":%s,\"services\":[%s]}",
                         i + 100 < MANY ? "true" : "false", entries->str);
    }
  while (registered == NULL || json_object_has_member (registered, "more"))
    {
      g_clear_pointer (&registered, json_object_unref);
      registered = fake_gateway_await (gateway, JF_MSG_REGISTERED);
    }
}

/* Does it have all of them, all with this state and title? */
static gboolean
has_many (View *view, const char *expected)
{
  GTreeNode *node = g_tree_node_first (view->services);

  while (node != NULL && g_str_equal (g_tree_node_value (node), expected))
    node = g_tree_node_next (node);
  return node == NULL && g_tree_nnodes (view->services) == MANY;
}

static void
view_await_many (View *view, const char *expected)
{
  while (!has_many (view, expected))
    view_take (view);
}

/* Many watchers of many services: everybody gets everything, in messages that fit. */
static void
test_many (ControlFixture *fixture, gconstpointer data)
{
  FakeGateway *clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  View *views[WATCHERS];

  for (unsigned i = 0; i < WATCHERS; i++)
    {
      g_autofree char *member = g_strdup_printf ("user%u", i);

      views[i] = view_new (fixture, member, NULL);
    }
  register_many (clinic, "one");
  for (unsigned i = 0; i < WATCHERS; i++)
    view_await_many (views[i], "+one");
  register_many (clinic, "two");
  fake_gateway_free (clinic);
  for (unsigned i = 0; i < WATCHERS; i++)
    {
      view_await_many (views[i], "-two");
      view_free (views[i]);
    }
  control_fixture_until (g_hash_table_size (fixture->control->watchers->all) == 0);
  g_assert_cmpuint (g_hash_table_size (fixture->control->watchers->by_group), ==, 0);
  g_assert_cmpuint (g_hash_table_size (fixture->control->watchers->by_member), ==, 0);
}

/* A long list goes out in pages over time; what changes meanwhile comes behind it. */
static void
test_while_listing (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      clinic = control_fixture_join_member (fixture, "clinic", JF_ROLE_PROVIDER, NULL);
  g_autoptr (View) alice = view_new (fixture, "alice", NULL);
  g_autofree char *title = g_strnfill (200, 'x');
  g_autofree char *before = g_strconcat ("+", title, NULL);

  register_many (clinic, title);
  view_await_many (alice, before);
  view_ask (alice);
  register_many (clinic, "two");
  view_take_answer (alice);
  view_await_many (alice, "+two");
}

static void
test_bad_watch (ControlFixture *fixture, gconstpointer data)
{
  g_autoptr (FakeGateway)
      alice = control_fixture_join_member (fixture, "alice", JF_ROLE_USER, NULL);

  fake_gateway_send (alice, "{\"type\":\"list\",\"request\":8,\"watch\":1}");
  fake_gateway_await_error (alice, 8, "protocol");
}

static void
test_bit_set (void)
{
  JfBitSet set = { 0 };
  static const unsigned numbers[] = { 0, 63, 64, 1000 };

  g_assert_cmpint (jf_bit_set_next (&set, 0), ==, -1);
  for (unsigned i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_assert_true (jf_bit_set_add (&set, numbers[i]));
      g_assert_false (jf_bit_set_add (&set, numbers[i]));
    }
  g_assert_cmpuint (set.count, ==, 4);
  g_assert_cmpint (jf_bit_set_next (&set, 1), ==, 63);
  g_assert_cmpint (jf_bit_set_next (&set, 64), ==, 64);
  g_assert_cmpint (jf_bit_set_next (&set, 65), ==, 1000);
  g_assert_cmpint (jf_bit_set_next (&set, 1001), ==, -1);
  g_assert_true (jf_bit_set_remove (&set, 64));
  g_assert_false (jf_bit_set_remove (&set, 64));
  g_assert_false (jf_bit_set_has (&set, 64));
  g_assert_false (jf_bit_set_remove (&set, 99999));
  jf_bit_set_clear (&set);
  g_assert_cmpuint (set.count, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watchers/bit-set", test_bit_set);
  CONTROL_TEST ("/watchers/follows", test_follows);
  CONTROL_TEST ("/watchers/hidden", test_hidden);
  CONTROL_TEST ("/watchers/groups", test_groups);
  CONTROL_TEST ("/watchers/provider-no-more", test_provider_no_more);
  CONTROL_TEST ("/watchers/revoked", test_revoked);
  CONTROL_TEST ("/watchers/nothing-new", test_nothing_new);
  CONTROL_TEST ("/watchers/coalesced", test_coalesced);
  CONTROL_TEST ("/watchers/many", test_many);
  CONTROL_TEST ("/watchers/while-listing", test_while_listing);
  CONTROL_TEST ("/watchers/bad-watch", test_bad_watch);
  return g_test_run ();
}
