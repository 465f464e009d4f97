/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-service-watch.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "tests/unit/engine/engine-fixture.h"

#define WEB                                                                                        \
  "{\"service\":\"clinic/web\",\"kind\":\"tcp\",\"port\":80,\"title\":\"Web\",\"online\":true}"
#define DB  "{\"service\":\"clinic/db\",\"kind\":\"tcp\",\"port\":5432}"
#define CAM "{\"service\":\"clinic/cam\",\"kind\":\"tcp\",\"port\":554,\"online\":true}"

static GListModel *
get_services (EngineFixture *fixture)
{
  return jf_engine_get_services (fixture->engine);
}

/* Until so many are in the list. */
static void
await_count (EngineFixture *fixture, unsigned n)
{
  while (g_list_model_get_n_items (get_services (fixture)) != n)
    g_main_context_iteration (NULL, TRUE);
}

static void
check_name (EngineFixture *fixture, unsigned position, const char *name)
{
  g_autoptr (JfService) service = g_list_model_get_item (get_services (fixture), position);

  g_assert_nonnull (service);
  g_assert_cmpstr (jf_service_get_name (service), ==, name);
}

static int
await_list (EngineFixture *fixture)
{
  g_autoptr (JsonObject) list = fake_manager_expect (fixture->manager, JF_MSG_LIST);

  g_assert_true (json_object_get_boolean_member (list, "watch"));
  return (int) json_object_get_int_member (list, "request");
}

static void
flag_cb (gpointer emitter, gpointer data)
{
  *(gboolean *) data = TRUE;
}

static void
watch (EngineFixture *fixture, const char *services)
{
  gboolean known = FALSE;
  gulong handler = g_signal_connect (fixture->engine, "services-known", G_CALLBACK (flag_cb),
                                     &known);

  jf_engine_watch_services (fixture->engine);
  jf_engine_watch_services (fixture->engine);
  fake_manager_send (fixture->manager, "{\"type\":\"services\",\"request\":%d,\"services\":[%s]}",
                     await_list (fixture), services);
  fake_wait_for (&known);
  g_signal_handler_disconnect (fixture->engine, handler);
}

static void
send_changes (EngineFixture *fixture, const char *services, const char *gone)
{
  fake_manager_send (fixture->manager, "{\"type\":\"changes\",\"services\":[%s],\"gone\":[%s]}",
                     services, gone);
}

static void
test_follows (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfService) web = NULL;
  gboolean changed = FALSE;

  g_assert_false (jf_engine_services_known (fixture->engine));
  watch (fixture, WEB "," DB);
  g_assert_true (jf_engine_services_known (fixture->engine));
  await_count (fixture, 2);
  check_name (fixture, 0, "db");
  web = g_list_model_get_item (get_services (fixture), 1);
  g_assert_true (jf_service_get_online (web));
  g_assert_cmpstr (jf_service_get_title (web), ==, "Web");

  g_signal_connect (web, "changed", G_CALLBACK (flag_cb), &changed);
  send_changes (
      fixture,
      "{\"service\":\"clinic/web\",\"kind\":\"tcp\",\"port\":80,\"title\":\"A\\n\\u202eB\"}", "");
  fake_wait_for (&changed);
  g_assert_false (jf_service_get_online (web));
  g_assert_cmpstr (jf_service_get_title (web), ==, "A B");

  send_changes (fixture, CAM, "\"clinic/db\",\"clinic/web\"");
  await_count (fixture, 1);
  check_name (fixture, 0, "cam");
  fake_manager_send (fixture->manager,
                     "{\"type\":\"changes\",\"services\":[],\"gone\":[\"clinic/cam\"]}");
  await_count (fixture, 0);
}

static void
test_nothing_for_this_member (EngineFixture *fixture, gconstpointer data)
{
  watch (fixture, "");
  g_assert_cmpuint (g_list_model_get_n_items (get_services (fixture)), ==, 0);
}

/* The list stays through a lost session, and what stayed is the same afterwards. */
static void
test_reconciled (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (JfService) web = NULL;
  int request;

  watch (fixture, WEB "," DB);
  web = g_list_model_get_item (get_services (fixture), 1);
  fake_manager_drop (fixture->manager);
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_cmpuint (g_list_model_get_n_items (get_services (fixture)), ==, 2);
  g_assert_true (jf_engine_services_known (fixture->engine));
  fake_manager_welcome (fixture->manager, "alice", "user");
  request = await_list (fixture);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"services\",\"request\":%d,\"more\":true,\"services\":[" WEB "]}",
                     request);
  fake_manager_send (fixture->manager, "{\"type\":\"services\",\"request\":%d,\"services\":[]}",
                     request);
  await_count (fixture, 1);
  g_assert_true (jf_service_get_online (web));
  {
    g_autoptr (JfService) same = g_list_model_get_item (get_services (fixture), 0);

    g_assert_true (same == web);
  }
}

/* A half answer of the session before does not count. */
static void
test_lost_in_the_answer (EngineFixture *fixture, gconstpointer data)
{
  jf_engine_watch_services (fixture->engine);
  fake_manager_send (fixture->manager,
                     "{\"type\":\"services\",\"request\":%d,\"more\":true,\"services\":[" WEB "]}",
                     await_list (fixture));
  fake_manager_drop (fixture->manager);
  fake_manager_welcome (fixture->manager, "alice", "user");
  fake_manager_send (fixture->manager,
                     "{\"type\":\"services\",\"request\":%d,\"services\":[" DB "]}",
                     await_list (fixture));
  await_count (fixture, 1);
  check_name (fixture, 0, "db");
}

typedef struct
{
  const char *name;
  const char *message;
} Nonsense;

static const Nonsense nonsense[] = {
  { "twice", "{\"type\":\"changes\",\"services\":[" DB "," DB "]}" },
  { "gone-unknown", "{\"type\":\"changes\",\"services\":[],\"gone\":[\"clinic/db\"]}" },
  { "gone-twice",
    "{\"type\":\"changes\",\"services\":[],\"gone\":[\"clinic/web\",\"clinic/web\"]}" },
  { "gone-and-there", "{\"type\":\"changes\",\"services\":[" WEB "],\"gone\":[\"clinic/web\"]}" },
  { "gone-number", "{\"type\":\"changes\",\"services\":[],\"gone\":[1]}" },
  { "no-services", "{\"type\":\"changes\"}" },
  { "bad-name",
    "{\"type\":\"changes\",\"services\":[{\"service\":\"clinic/Web!\",\"kind\":\"tcp\",\"port\":1}]}" },
  { "short-name",
    "{\"type\":\"changes\",\"services\":[{\"service\":\"web\",\"kind\":\"tcp\",\"port\":1}]}" },
  { "bad-port",
    "{\"type\":\"changes\",\"services\":[{\"service\":\"clinic/a\",\"kind\":\"tcp\",\"port\":0}]}" },
};

static void
assert_protocol_error (EngineFixture *fixture)
{
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_ERROR));
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_error (jf_engine_get_session_error (fixture->engine), JF_ERROR, JF_ERROR_PROTOCOL);
}

static void
nonsense_set_up (EngineFixture *fixture, gconstpointer data)
{
  engine_set_up (fixture, "user");
}

/* data: a Nonsense */
static void
test_nonsense (EngineFixture *fixture, gconstpointer data)
{
  watch (fixture, WEB);
  fake_manager_send (fixture->manager, "%s", ((const Nonsense *) data)->message);
  assert_protocol_error (fixture);
  g_assert_cmpuint (g_list_model_get_n_items (get_services (fixture)), ==, 1);
}

static void
test_nobody_asked (EngineFixture *fixture, gconstpointer data)
{
  send_changes (fixture, WEB, "");
  assert_protocol_error (fixture);
}

static void
test_before_the_answer (EngineFixture *fixture, gconstpointer data)
{
  jf_engine_watch_services (fixture->engine);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_LIST));
  send_changes (fixture, WEB, "");
  assert_protocol_error (fixture);
}

/* As many as fit into one message, and again, until there are too many. */
static void
test_too_many (EngineFixture *fixture, gconstpointer data)
{
  const unsigned per_message = 1000;

  watch (fixture, "");
  for (unsigned i = 0; i <= JF_SERVICES_MAX_PER_LIST / per_message; i++)
    {
      g_autoptr (GString) services = g_string_new (NULL);

      for (unsigned j = 0; j < per_message; j++)
        g_string_append_printf (services, "%s{\"service\":\"c/%u\",\"kind\":\"t\",\"port\":1}",
                                j > 0 ? "," : "", i * per_message + j);
      send_changes (fixture, services->str, "");
    }
  assert_protocol_error (fixture);
  g_assert_cmpuint (g_list_model_get_n_items (get_services (fixture)), ==,
                    JF_SERVICES_MAX_PER_LIST / per_message * per_message);
}

#define ADD(name, func)                                                                            \
  g_test_add ("/service-watch/" name, EngineFixture, "user", engine_set_up, func, engine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("follows", test_follows);
  ADD ("nothing-for-this-member", test_nothing_for_this_member);
  ADD ("reconciled", test_reconciled);
  ADD ("lost-in-the-answer", test_lost_in_the_answer);
  for (unsigned i = 0; i < G_N_ELEMENTS (nonsense); i++)
    {
      g_autofree char *path = g_strdup_printf ("/service-watch/nonsense/%s", nonsense[i].name);

      g_test_add (path, EngineFixture, &nonsense[i], nonsense_set_up, test_nonsense,
                  engine_tear_down);
    }
  ADD ("nobody-asked", test_nobody_asked);
  ADD ("before-the-answer", test_before_the_answer);
  ADD ("too-many", test_too_many);
  return g_test_run ();
}
