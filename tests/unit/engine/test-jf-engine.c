/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-engine.h"

#include <string.h>
#include <sys/socket.h>

#include "gateway/engine/jf-enroll.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "tests/unit/engine/engine-dir.h"
#include "tests/unit/engine/engine-fixture.h"

/* A device whose key is not in a file. */
typedef struct
{
  FakeManager *manager;
  char *dir;
  JfState *state;
  JfIdentity *identity;
} KeyFixture;

static void
key_set_up (KeyFixture *fixture, gconstpointer data)
{
  fixture->manager = fake_manager_new ();
  fixture->dir = engine_dir_new ();
  fixture->state = jf_state_open (fixture->dir, NULL);
  fixture->identity = jf_identity_new (NULL);
  jf_state_set_identity (fixture->state, fixture->identity);
}

static void
key_tear_down (KeyFixture *fixture, gconstpointer data)
{
  jf_state_free (fixture->state);
  jf_identity_unref (fixture->identity);
  engine_dir_free (fixture->dir);
  fake_manager_free (fixture->manager);
}

static void
assert_no_key_file (KeyFixture *fixture)
{
  g_autofree char *path = jf_state_path (fixture->state, "device.key");

  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JfEnrolment) enrolment = jf_enroll_finish (result, NULL);

  g_assert_nonnull (enrolment);
  g_assert_cmpstr (enrolment->member, ==, "alice");
  *(gboolean *) data = TRUE;
}

static void
test_key_from_outside (KeyFixture *fixture, gconstpointer data)
{
  const JfKeyId *key_id = jf_identity_get_key_id (fixture->identity);
  g_autofree char *host = g_strdup ("127.0.0.1");
  JfInvitation invitation = { .host = host, .code = "secret" };
  g_autoptr (JfEngine) engine = NULL;
  gboolean done = FALSE;

  invitation.port = fake_manager_port (fixture->manager);
  invitation.manager = *fake_manager_key_id (fixture->manager);
  jf_enroll_async (fixture->state, &invitation, NULL, enrolled_cb, &done);
  fake_manager_welcome (fixture->manager, "alice", "user");
  fake_wait_for (&done);
  g_assert_true (jf_key_id_equal (fake_manager_peer (fixture->manager), key_id));

  engine = jf_engine_new (fixture->state, NULL);
  g_assert_true (jf_key_id_equal (jf_engine_get_key_id (engine), key_id));
  jf_engine_start (engine);
  fake_manager_welcome (fixture->manager, "alice", "user");
  while (jf_engine_get_session_state (engine) != JF_SESSION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (jf_key_id_equal (fake_manager_peer (fixture->manager), key_id));
  assert_no_key_file (fixture);
}

/* Also after a failure for good: the operator, or the user, may have done something about it. */
static void
test_try_now (EngineFixture *fixture, gconstpointer data)
{
  int64_t since = jf_engine_get_session_since (fixture->engine);

  g_assert_cmpint (since, >, 0);
  jf_engine_try_now (fixture->engine);
  g_assert_cmpint (jf_engine_get_session_state (fixture->engine), ==, JF_SESSION_CONNECTED);
  fake_manager_send (fixture->manager, "{\"type\":\"error\",\"code\":\"busy\"}");
  engine_wait_session (fixture, JF_SESSION_FAILED);
  g_assert_cmpint (jf_engine_get_retry_ms (fixture->engine), ==, -1);
  g_assert_cmpint (jf_engine_get_session_since (fixture->engine), >=, since);
  jf_engine_try_now (fixture->engine);
  fake_manager_welcome (fixture->manager, "alice", "user");
  engine_wait_session (fixture, JF_SESSION_CONNECTED);
  for (int i = 0; i < 8; i++)
    {
      fake_manager_drop (fixture->manager);
      engine_wait_session (fixture, JF_SESSION_WAITING);
      jf_engine_try_now (fixture->engine);
      g_assert_cmpint (jf_engine_get_retry_ms (fixture->engine), <=, JF_REDIAL_MIN_MS);
      fake_manager_welcome (fixture->manager, "alice", "user");
      engine_wait_session (fixture, JF_SESSION_CONNECTED);
    }
}

static void
test_way (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  JfWay way;

  g_assert_true (jf_engine_get_way (fixture->engine, &way));
  g_assert_cmpstr (way.carrier, ==, "direct");
  g_assert_cmpint (way.family, ==, AF_INET);
  g_assert_cmpstr (way.proxy, ==, "");
  g_assert_null (jf_engine_get_seen_manager_key (fixture->engine));
  fake_manager_drop (fixture->manager);
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_false (jf_engine_get_way (fixture->engine, &way));
  g_assert_null (way.carrier);
}

/* Nobody listens at the discard port, so what goes through the proxy does not arrive. */
static void
test_proxy (EngineFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (jf_engine_set_proxy (fixture->engine, "nonsense", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_assert_true (jf_engine_set_proxy (fixture->engine, "auto", NULL)); /* as it was */
  g_assert_true (jf_engine_set_proxy (fixture->engine, "http://a:s3cret@127.0.0.1:9", NULL));
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_error (jf_engine_get_session_error (fixture->engine), JF_ERROR, JF_ERROR_CLOSED);
  engine_wait_session (fixture, JF_SESSION_CONNECTING);
  engine_wait_session (fixture, JF_SESSION_WAITING);
  g_assert_error (jf_engine_get_session_error (fixture->engine), JF_ERROR, JF_ERROR_UNREACHABLE);
  g_assert_nonnull (
      strstr (jf_engine_get_session_error (fixture->engine)->message, "proxy 127.0.0.1:9"));
  g_assert_null (strstr (jf_engine_get_session_error (fixture->engine)->message, "s3cret"));
  g_assert_cmpuint (fake_manager_count (fixture->manager), ==, 1);
  g_assert_true (jf_engine_set_proxy (fixture->engine, "none", NULL));
  fake_manager_welcome (fixture->manager, "alice", "user");
  engine_wait_session (fixture, JF_SESSION_CONNECTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/engine/key-from-outside", KeyFixture, NULL, key_set_up, test_key_from_outside,
              key_tear_down);
  g_test_add ("/engine/way", EngineFixture, "user", engine_set_up, test_way, engine_tear_down);
  g_test_add ("/engine/proxy", EngineFixture, "user", engine_set_up, test_proxy, engine_tear_down);
  g_test_add ("/engine/try-now", EngineFixture, "user", engine_set_up, test_try_now,
              engine_tear_down);
  return g_test_run ();
}
