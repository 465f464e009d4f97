/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/engine/engine-fixture.h"

#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-message.h"
#include "tests/unit/engine/engine-dir.h"

void
engine_set_up (EngineFixture *fixture, gconstpointer data)
{
  const char *role = data;
  g_autofree char *member = g_strdup ("alice");
  g_autofree char *host = g_strdup ("127.0.0.1");
  g_autofree char *role_copy = g_strdup (role);
  JfEnrolment enrolment = { .host = host, .member = member, .role = role_copy };

  jf_log_setup (JF_LOG_TEXT, JF_LOG_ERROR);
  fixture->manager = fake_manager_new ();
  fixture->dir = engine_dir_new ();
  fixture->state = jf_state_open (fixture->dir, NULL);
  enrolment.port = fake_manager_port (fixture->manager);
  enrolment.key = *fake_manager_key_id (fixture->manager);
  g_assert_true (jf_state_save_enrolment (fixture->state, &enrolment, NULL));
  fixture->engine = jf_engine_new (fixture->state, NULL);
  g_assert_nonnull (fixture->engine);
  jf_engine_start (fixture->engine);
  fake_manager_welcome (fixture->manager, "alice", role);
  engine_wait_session (fixture, JF_SESSION_CONNECTED);
}

void
engine_tear_down (EngineFixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->join);
  g_clear_object (&fixture->engine);
  g_assert_cmpuint (fake_tunnel_alive, ==, 0);
  jf_state_free (fixture->state);
  engine_dir_free (fixture->dir);
  fake_manager_free (fixture->manager);
  fake_tunnel_made = 0;
}

int64_t
engine_request (JsonObject *message)
{
  int64_t number = json_object_get_int_member (message, "request");

  json_object_unref (message);
  return number;
}

void
engine_wait_session (EngineFixture *fixture, JfSessionState state)
{
  while (jf_engine_get_session_state (fixture->engine) != state)
    g_main_context_iteration (NULL, TRUE);
}

void
engine_wait_join (EngineFixture *fixture, JfJoinState state)
{
  while (jf_join_get_state (fixture->join) != state)
    g_main_context_iteration (NULL, TRUE);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GPtrArray) infos = jf_engine_list_finish (JF_ENGINE (source), result, NULL);

  g_assert_nonnull (infos);
  *(gboolean *) data = TRUE;
}

void
engine_settle (EngineFixture *fixture)
{
  gboolean done = FALSE;

  jf_engine_list_async (fixture->engine, NULL, listed_cb, &done);
  fake_manager_send (fixture->manager, "{\"type\":\"services\",\"request\":%d,\"services\":[]}",
                     (int) engine_request (fake_manager_expect (fixture->manager, JF_MSG_LIST)));
  fake_wait_for (&done);
}
