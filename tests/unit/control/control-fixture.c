/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/control/control-fixture.h"

#include <glib/gstdio.h>

#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-invitation.h"
#include "manager/registry/jf-registry-sqlite.h"

static void
start (ControlFixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->folder, "registry.db", NULL);
  g_auto (GStrv) listen = NULL;
  g_autoptr (GError) error = NULL;
  JfControlConfig config = {
    .software = "test-manager",
    .public_address = "manager.example:8443",
    .manager = *jf_identity_get_key_id (fixture->identity),
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->loops); i++)
    fixture->loops[i] = jf_loop_new ("switch", &error);
  fixture->registry = jf_registry_sqlite_open (path, &error);
  g_assert_no_error (error);
  fixture->sw = jf_switch_new (fixture->loops, G_N_ELEMENTS (fixture->loops));
  fixture->control = jf_control_new (fixture->registry, fixture->sw, &config);
  fixture->front = jf_front_new (fixture->loops, G_N_ELEMENTS (fixture->loops), fixture->sw,
                                 fixture->identity, &jf_control_front_events, fixture->control);
  jf_front_listen (fixture->front, "127.0.0.1:0", &error);
  g_assert_no_error (error);

  listen = jf_front_get_listen (fixture->front);
  fixture->manager.host = "127.0.0.1";
  fixture->manager.port = (uint16_t) g_ascii_strtoull (strrchr (listen[0], ':') + 1, NULL, 10);
  fixture->manager.manager = config.manager;
}

static void
stop (ControlFixture *fixture)
{
  g_clear_pointer (&fixture->front, jf_front_free);
  g_clear_pointer (&fixture->control, jf_control_free);
  g_clear_pointer (&fixture->sw, jf_switch_free);
  for (unsigned i = 0; i < G_N_ELEMENTS (fixture->loops); i++)
    g_clear_pointer (&fixture->loops[i], jf_loop_free);
  jf_registry_close (fixture->registry);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&fixture->registry);
}

void
control_fixture_set_up (ControlFixture *fixture, gconstpointer data)
{
  jf_log_setup (JF_LOG_TEXT, g_test_verbose () ? JF_LOG_DEBUG : JF_LOG_ERROR);
  /* made by one thread before there are others */
  (void) jf_error_quark ();
  fixture->folder = g_dir_make_tmp ("jf-control-XXXXXX", NULL);
  fixture->identity = jf_identity_new (NULL);
  fixture->manager.loop = jf_loop_new ("gateways", NULL);
  start (fixture);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
}

void
control_fixture_tear_down (ControlFixture *fixture, gconstpointer data)
{
  stop (fixture);
  jf_loop_free (fixture->manager.loop);
  jf_identity_unref (fixture->identity);
  remove_folder (fixture->folder);
  g_free (fixture->folder);
}

void
control_fixture_restart (ControlFixture *fixture)
{
  stop (fixture);
  start (fixture);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  jf_registry_write_finish (JF_REGISTRY (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) data = TRUE;
}

char *
control_fixture_invite (ControlFixture *fixture,
                        const char *member,
                        JfRole role,
                        const char *group,
                        int expires_s)
{
  const char *const groups[] = { group, NULL };
  char code[JF_INVITATION_CODE_SIZE];
  g_autofree char *hash = NULL;
  gboolean written = FALSE;

  jf_invitation_code_new (code);
  hash = jf_invitation_code_hash (code);
  jf_registry_invite_async (fixture->registry, hash, member, role, groups,
                            g_get_real_time () / G_USEC_PER_SEC + expires_s, written_cb, &written);
  control_fixture_until (written);
  return g_strdup (code);
}

FakeGateway *
control_fixture_join_member (ControlFixture *fixture,
                             const char *member,
                             JfRole role,
                             const char *group)
{
  g_autofree char *code = control_fixture_invite (fixture, member, role, group, 60);
  FakeGateway *gateway = fake_gateway_new (&fixture->manager, NULL);

  g_assert_false (fake_gateway_hello (gateway));
  fake_gateway_enroll (gateway, code);
  return gateway;
}

FakeGateway *
control_fixture_reconnect (ControlFixture *fixture, FakeGateway *gateway)
{
  FakeGateway *again = fake_gateway_new (&fixture->manager, fake_gateway_get_identity (gateway));

  g_assert_true (fake_gateway_hello (again));
  return again;
}

void
control_fixture_register (FakeGateway *gateway, const char *services)
{
  g_autoptr (JsonObject) registered = NULL;

  fake_gateway_send (gateway, "{\"type\":\"register\",\"request\":5,\"services\":[%s]}", services);
  registered = fake_gateway_await (gateway, JF_MSG_REGISTERED);
  g_assert_cmpint (json_object_get_int_member (registered, "request"), ==, 5);
}

int64_t
control_fixture_join (FakeGateway *client, FakeGateway *server, const char *service)
{
  g_autoptr (JsonObject) client_setup = NULL;
  g_autoptr (JsonObject) server_setup = NULL;
  g_autoptr (JsonObject) joined = NULL;
  int64_t tunnel;

  fake_gateway_send (client, "{\"type\":\"join\",\"request\":7,\"service\":\"%s\"}", service);
  client_setup = fake_gateway_await (client, JF_MSG_SETUP);
  server_setup = fake_gateway_await (server, JF_MSG_SETUP);
  tunnel = json_object_get_int_member (client_setup, "tunnel");
  fake_gateway_send (server, "{\"type\":\"ready\",\"tunnel\":%" G_GINT64_FORMAT "}", tunnel);
  fake_gateway_send (client, "{\"type\":\"ready\",\"tunnel\":%" G_GINT64_FORMAT "}", tunnel);
  joined = fake_gateway_await (client, JF_MSG_JOINED);
  g_assert_cmpint (json_object_get_int_member (joined, "tunnel"), ==, tunnel);
  return tunnel;
}

void
control_fixture_await_tables_empty (ControlFixture *fixture)
{
  control_fixture_until (jf_joins_count (fixture->control->joins) == 0);
  while (jf_switch_count_pairs (fixture->sw) > 0 || jf_switch_count_tickets (fixture->sw) > 0)
    {
      g_main_context_iteration (NULL, FALSE);
      g_thread_yield ();
    }
}
