/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-message.h"
#include "tests/unit/engine/engine-fixture.h"

typedef struct
{
  GPtrArray *infos;
  GError *error;
  gboolean done;
} Answer;

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;

  answer->infos = jf_engine_list_finish (JF_ENGINE (source), result, &answer->error);
  answer->done = TRUE;
}

static void
answer_clear (Answer *answer)
{
  g_clear_pointer (&answer->infos, g_ptr_array_unref);
  g_clear_error (&answer->error);
}

static int
ask (EngineFixture *fixture, Answer *answer)
{
  jf_engine_list_async (fixture->engine, NULL, listed_cb, answer);
  return (int) engine_request (fake_manager_expect (fixture->manager, JF_MSG_LIST));
}

static void
test_in_parts (EngineFixture *fixture, gconstpointer data)
{
  g_autofree char *app = g_strnfill (1024, 'x');
  const JfServiceInfo *info;
  Answer answer = { 0 };
  int request = ask (fixture, &answer);

  fake_manager_send (fixture->manager,
                     "{\"type\":\"services\",\"request\":%d,\"more\":true,\"services\":["
                     "{\"service\":\"clinic/web\",\"kind\":\"tcp\",\"port\":80,\"online\":true,"
                     "\"app\":\"%s\"}]}",
                     request, app);
  fake_manager_send (
      fixture->manager,
      "{\"type\":\"services\",\"request\":%d,\"services\":["
      "{\"service\":\"clinic/db\",\"kind\":\"tcp\",\"port\":5432,\"title\":\"A\\nB\"}]}",
      request);
  fake_wait_for (&answer.done);
  g_assert_no_error (answer.error);
  g_assert_cmpuint (answer.infos->len, ==, 2);
  info = g_ptr_array_index (answer.infos, 0);
  g_assert_cmpstr (info->service, ==, "clinic/db");
  g_assert_cmpstr (info->title, ==, "A B");
  g_assert_false (info->online);
  info = g_ptr_array_index (answer.infos, 1);
  g_assert_cmpstr (info->app, ==, app);
  g_assert_true (info->online);
  answer_clear (&answer);
}

/* What cannot be understood is left out; the others, and the session, stay. */
static void
test_one_is_bad (EngineFixture *fixture, gconstpointer data)
{
  static const char *const bad[] = {
    "{}",
    "{\"service\":\"web\",\"kind\":\"tcp\",\"port\":80}",
    "{\"service\":\"clinic/Web!\",\"kind\":\"tcp\",\"port\":80}",
    "{\"service\":\"clinic/web\",\"kind\":\"tcp\",\"port\":0}",
    "{\"service\":\"clinic/web\",\"kind\":\"tcp\",\"port\":80,\"title\":null}",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      Answer answer = { 0 };
      int request = ask (fixture, &answer);

      fake_manager_send (fixture->manager,
                         "{\"type\":\"services\",\"request\":%d,\"services\":[%s,"
                         "{\"service\":\"clinic/db\",\"kind\":\"tcp\",\"port\":1}]}",
                         request, bad[i]);
      fake_wait_for (&answer.done);
      g_assert_no_error (answer.error);
      g_assert_cmpuint (answer.infos->len, ==, 1);
      answer_clear (&answer);
    }
  g_assert_cmpint (jf_engine_get_session_state (fixture->engine), ==, JF_SESSION_CONNECTED);
}

static void
test_refused (EngineFixture *fixture, gconstpointer data)
{
  Answer answer = { 0 };
  int request = ask (fixture, &answer);

  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"request\":%d,\"code\":\"storage\"}",
                     request);
  fake_wait_for (&answer.done);
  g_assert_error (answer.error, JF_ERROR, JF_ERROR_STORAGE);
  answer_clear (&answer);
}

static void
test_asked_again_after_a_loss (EngineFixture *fixture, gconstpointer data)
{
  Answer answer = { 0 };
  int request;

  (void) ask (fixture, &answer);
  fake_manager_drop (fixture->manager);
  fake_manager_welcome (fixture->manager, "alice", "user");
  request = (int) engine_request (fake_manager_expect (fixture->manager, JF_MSG_LIST));
  fake_manager_send (fixture->manager, "{\"type\":\"services\",\"request\":%d,\"services\":[]}",
                     request);
  fake_wait_for (&answer.done);
  g_assert_cmpuint (answer.infos->len, ==, 0);
  answer_clear (&answer);
}

static void
left_cb (JfEngine *engine, gpointer data)
{
  *(gboolean *) data = TRUE;
}

/* As the program does when the last thing that it wanted has failed. */
static void
end_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  listed_cb (source, result, data);
  jf_engine_leave (JF_ENGINE (source));
}

static void
test_revoked (EngineFixture *fixture, gconstpointer data)
{
  Answer answers[2] = { 0 };
  gboolean left = FALSE;

  g_signal_connect (fixture->engine, "left", G_CALLBACK (left_cb), &left);
  jf_engine_list_async (fixture->engine, NULL, end_cb, &answers[0]);
  jf_engine_list_async (fixture->engine, NULL, end_cb, &answers[1]);
  json_object_unref (fake_manager_expect (fixture->manager, JF_MSG_LIST));
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"code\":\"not-enrolled\"}");
  fake_wait_for (&left);
  for (unsigned i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_assert_error (answers[i].error, JF_ERROR, JF_ERROR_NOT_ENROLLED);
      answer_clear (&answers[i]);
    }
}

#define ADD(name, func)                                                                            \
  g_test_add ("/service-list/" name, EngineFixture, "user", engine_set_up, func, engine_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("in-parts", test_in_parts);
  ADD ("one-is-bad", test_one_is_bad);
  ADD ("refused", test_refused);
  ADD ("asked-again-after-a-loss", test_asked_again_after_a_loss);
  ADD ("revoked", test_revoked);
  return g_test_run ();
}
