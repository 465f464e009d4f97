/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-item.h"

#include <string.h>

#include "tests/unit/client-gui/model-world.h"

/* A service as the user sees it, at a manager that says what the test wants it to. */

#define SERVICE "clinic/cam"

typedef struct
{
  ModelWorld *world;
  JfItem *item; /* borrowed */
} Fixture;

static void
list (Fixture *fixture, const char *title, gboolean online)
{
  g_autofree char *entry = model_world_entry (SERVICE, title, online);

  model_world_list (fixture->world, 0, 1);
  model_world_change (fixture->world, entry, "");
  model_world_wait_items (fixture->world, 1);
  fixture->item = model_world_item (fixture->world, SERVICE);
  g_assert_nonnull (fixture->item);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->world = model_world_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  model_world_free (fixture->world);
}

static void
wait_state (Fixture *fixture, JfItemState state)
{
  while (jf_item_get_state (fixture->item) != state)
    g_main_context_iteration (NULL, TRUE);
}

/* Takes the question, and answers it with the rest of a message. */
static void
answer_join (Fixture *fixture, const char *rest)
{
  g_autoptr (JsonObject) message = fake_manager_expect (fixture->world->manager, "join");

  g_assert_cmpstr (json_object_get_string_member (message, "service"), ==, SERVICE);
  fake_manager_send (fixture->world->manager, "{%s,\"request\":%" G_GINT64_FORMAT "}", rest,
                     json_object_get_int_member (message, "request"));
}

#define WAITING                                                                                    \
  "\"type\":\"waiting\",\"tunnel\":7,\"service\":\"" SERVICE "\",\"reason\":\"offline\""
#define REFUSED(code) "\"type\":\"error\",\"code\":\"" code "\",\"message\":\"no\""

static void
expect_leave (Fixture *fixture)
{
  json_object_unref (fake_manager_expect (fixture->world->manager, "leave"));
}

static void
test_states_of_the_list (Fixture *fixture, gconstpointer data)
{
  g_autofree char *away = model_world_entry (SERVICE, "Camera", FALSE);

  list (fixture, "Camera", TRUE);
  g_assert_cmpint (jf_item_get_state (fixture->item), ==, JF_ITEM_AVAILABLE);
  g_assert_null (jf_item_get_reason (fixture->item));
  model_world_change (fixture->world, away, "");
  wait_state (fixture, JF_ITEM_OFFLINE);
  g_assert_nonnull (jf_item_get_reason (fixture->item));
  g_assert_cmpint (jf_item_get_since (fixture->item), >, 0);
  fake_manager_drop (fixture->world->manager);
  wait_state (fixture, JF_ITEM_UNKNOWN);
  fake_manager_welcome (fixture->world->manager, "alice", "user");
  wait_state (fixture, JF_ITEM_OFFLINE);
}

static void
test_titles (Fixture *fixture, gconstpointer data)
{
  static const char *const titles[][2] = {
    { "<b>Ward</b> &amp; more", "<b>Ward</b> &amp; more" },
    { "", "cam" },
    { "  \\u00a0 ", "cam" },
    { "\\u200d\\u0301", "cam" },
    { "a\\nb\\u202ec\\u0007", "a bc" },
    { "  spaces  ", "spaces" },
  };

  list (fixture, "First", TRUE);
  for (unsigned i = 0; i < G_N_ELEMENTS (titles); i++)
    {
      g_autofree char *entry = model_world_entry (SERVICE, titles[i][0], TRUE);

      model_world_change (fixture->world, entry, "");
      while (strcmp (jf_item_get_title (fixture->item), titles[i][1]) != 0)
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpstr (jf_item_get_provider (fixture->item), ==, "clinic");
  g_assert_cmpstr (jf_item_get_name (fixture->item), ==, "cam");
  g_assert_true (jf_accounts_find_item (fixture->world->accounts, jf_item_get_id (fixture->item)) ==
                 fixture->item);
}

static void
count_cb (JfItem *item, GParamSpec *pspec, gpointer data)
{
  ++*(unsigned *) data;
}

/* How it is opened may change, too; and is still known when it is gone. */
static void
test_how_it_opens (Fixture *fixture, gconstpointer data)
{
  unsigned n_open = 0;

  list (fixture, "Camera", TRUE);
  jf_item_set_favourite (fixture->item, TRUE);
  g_assert_null (jf_item_get_open (fixture->item));
  g_signal_connect (fixture->item, "notify::open", G_CALLBACK (count_cb), &n_open);
  model_world_change (fixture->world,
                      "{\"service\":\"" SERVICE "\",\"kind\":\"tcp\",\"port\":554,"
                      "\"title\":\"Camera\",\"online\":true,"
                      "\"open\":\"rtsp://{address}/\",\"app\":\"org.videolan.VLC\"}",
                      "");
  while (n_open == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (jf_item_get_app (fixture->item), ==, "org.videolan.VLC");
  model_world_change (fixture->world, "", "\"" SERVICE "\"");
  wait_state (fixture, JF_ITEM_GONE);
  g_assert_cmpstr (jf_item_get_open (fixture->item), ==, "rtsp://{address}/");
  g_assert_cmpuint (jf_item_get_service_port (fixture->item), ==, 554);
  g_assert_cmpuint (n_open, ==, 1);
}

static void
test_waits_for_the_provider (Fixture *fixture, gconstpointer data)
{
  list (fixture, "Camera", FALSE);
  jf_item_connect (fixture->item);
  g_assert_cmpint (jf_item_get_state (fixture->item), ==, JF_ITEM_CONNECTING);
  g_assert_cmpint (jf_item_get_used (fixture->item), >, 0);
  answer_join (fixture, WAITING);
  wait_state (fixture, JF_ITEM_WAITING);
  g_assert_nonnull (strstr (jf_item_get_state_text (fixture->item), "provider"));
  g_assert_nonnull (strstr (jf_item_get_reason (fixture->item), "by itself"));
  g_assert_cmpuint (jf_catalog_count_wanted (fixture->world->catalog), ==, 1);
  jf_item_disconnect (fixture->item);
  g_assert_cmpint (jf_item_get_state (fixture->item), ==, JF_ITEM_LEAVING);
  expect_leave (fixture);
  wait_state (fixture, JF_ITEM_OFFLINE);
}

/* The user changes their mind while it is being left: it is joined as soon as that is done. */
static void
test_undo (Fixture *fixture, gconstpointer data)
{
  list (fixture, "Camera", TRUE);
  jf_item_connect (fixture->item);
  answer_join (fixture, WAITING);
  wait_state (fixture, JF_ITEM_WAITING);
  jf_item_disconnect (fixture->item);
  expect_leave (fixture);
  jf_item_connect (fixture->item);
  g_assert_cmpint (jf_item_get_state (fixture->item), ==, JF_ITEM_CONNECTING);
  fake_manager_send (fixture->world->manager,
                     "{\"type\":\"remove\",\"tunnel\":7,\"code\":\"closed\",\"final\":true}");
  json_object_unref (fake_manager_expect (fixture->world->manager, "removed"));
  answer_join (fixture, WAITING);
  wait_state (fixture, JF_ITEM_WAITING);
}

/* Listed, and refused all the same: the list may be a moment behind. */
static void
test_listed_and_refused (Fixture *fixture, gconstpointer data)
{
  list (fixture, "Camera", TRUE);
  jf_item_connect (fixture->item);
  answer_join (fixture, REFUSED ("not-available"));
  wait_state (fixture, JF_ITEM_GONE);
  g_assert_true (jf_item_is_wanted (fixture->item));
  answer_join (fixture, WAITING);
  wait_state (fixture, JF_ITEM_WAITING);
}

static void
test_withdrawn_and_back (Fixture *fixture, gconstpointer data)
{
  g_autofree char *entry = model_world_entry (SERVICE, "Camera", TRUE);

  list (fixture, "Camera", TRUE);
  jf_item_connect (fixture->item);
  answer_join (fixture, REFUSED ("not-available"));
  wait_state (fixture, JF_ITEM_GONE);
  model_world_change (fixture->world, "", "\"" SERVICE "\"");
  model_world_turn (200);
  g_assert_cmpint (jf_item_get_state (fixture->item), ==, JF_ITEM_GONE);
  g_assert_nonnull (strstr (jf_item_get_reason (fixture->item), "come back"));
  model_world_change (fixture->world, entry, "");
  answer_join (fixture, WAITING);
  wait_state (fixture, JF_ITEM_WAITING);
}

static void
test_failed_for_good (Fixture *fixture, gconstpointer data)
{
  list (fixture, "Camera", TRUE);
  jf_item_connect (fixture->item);
  answer_join (fixture, REFUSED ("not-allowed"));
  wait_state (fixture, JF_ITEM_FAILED);
  g_assert_nonnull (strstr (jf_item_get_reason (fixture->item), "Camera"));
  g_assert_true (jf_item_is_wanted (fixture->item));
  g_assert_null (jf_item_get_join (fixture->item));
  g_assert_null (jf_item_get_offered_key (fixture->item));
  g_assert_false (jf_item_trust_offered_key (fixture->item, NULL));
  model_world_turn (200);
  g_assert_true (fake_manager_is_quiet (fixture->world->manager));
  jf_item_try_now (fixture->item);
  answer_join (fixture, REFUSED ("not-allowed"));
  wait_state (fixture, JF_ITEM_FAILED);
  jf_item_disconnect (fixture->item);
  g_assert_cmpint (jf_item_get_state (fixture->item), ==, JF_ITEM_AVAILABLE);
  g_assert_null (jf_item_get_reason (fixture->item));
}

/* Shown for as long as the user has it at heart. */
static void
test_a_favourite_that_is_gone (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfItem) held = NULL;

  list (fixture, "Camera", TRUE);
  jf_item_set_favourite (fixture->item, TRUE);
  model_world_change (fixture->world, "", "\"" SERVICE "\"");
  wait_state (fixture, JF_ITEM_GONE);
  model_world_wait_items (fixture->world, 1);
  held = g_object_ref (fixture->item);
  jf_item_set_favourite (fixture->item, FALSE);
  model_world_wait_items (fixture->world, 0);
  g_assert_null (model_world_item (fixture->world, SERVICE));
  /* A view may have it a little longer. */
  g_assert_cmpstr (jf_item_get_title (held), ==, "Camera");
  g_assert_nonnull (jf_item_get_account (held));
}

static void
test_listen (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *listen = NULL;

  list (fixture, "Camera", TRUE);
  g_assert_false (jf_item_set_listen (fixture->item, "nonsense", &error));
  g_assert_nonnull (error);
  g_assert_false (jf_item_set_listen (fixture->item, "stdio", NULL));
  g_assert_true (jf_item_set_listen (fixture->item, "127.0.0.1:8080", NULL));
  listen = jf_item_get_listen (fixture->item);
  g_assert_cmpstr (listen, ==, "127.0.0.1:8080");
  g_assert_true (jf_item_set_listen (fixture->item, "", NULL));
  g_assert_null (jf_item_get_listen (fixture->item));
  jf_item_set_opener (fixture->item, "org.example.desktop");
  g_free (listen);
  listen = jf_item_get_opener (fixture->item);
  g_assert_cmpstr (listen, ==, "org.example.desktop");
}

/* Who holds an item longer than its account lives finds it harmless. */
static void
test_outlives_its_account (void)
{
  Fixture fixture = { .world = model_world_new () };
  g_autoptr (JfItem) held = NULL;

  list (&fixture, "Camera", TRUE);
  held = g_object_ref (fixture.item);
  model_world_free (fixture.world);
  g_assert_null (jf_item_get_account (held));
  jf_item_connect (held);
  jf_item_set_favourite (held, TRUE);
  jf_item_try_now (held);
  jf_item_disconnect (held);
  g_assert_null (jf_item_get_address (held));
  g_assert_null (jf_item_get_listen (held));
  g_assert_cmpint (jf_item_get_retry_ms (held), ==, -1);
  g_assert_cmpstr (jf_item_get_title (held), ==, "Camera");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, func) g_test_add ("/item/" name, Fixture, NULL, set_up, func, tear_down)
  CASE ("list", test_states_of_the_list);
  CASE ("titles", test_titles);
  CASE ("opens", test_how_it_opens);
  CASE ("waits", test_waits_for_the_provider);
  CASE ("undo", test_undo);
  CASE ("refused", test_listed_and_refused);
  CASE ("withdrawn", test_withdrawn_and_back);
  CASE ("failed", test_failed_for_good);
  CASE ("favourite", test_a_favourite_that_is_gone);
  CASE ("listen", test_listen);
#undef CASE
  g_test_add_func ("/item/outlives", test_outlives_its_account);
  return g_test_run ();
}
