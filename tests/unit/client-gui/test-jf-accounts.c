/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-accounts.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/wire/jf-error.h"
#include "tests/unit/client-gui/model-world.h"
#include "tests/unit/client-gui/silent-service.h"
#include "tests/unit/engine/engine-dir.h"

/* Enrolling, with a keyring that never answers, and what the system says. The session bus serves as
 * the system's, too. */

#define KEYRING_MS 200

static GTestDBus *bus;

typedef struct
{
  char *base;
  FakeManager *manager;
  JfKeyring *keyring;
  JfAccounts *accounts;
  SilentService *silent;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->base = engine_dir_new ();
  fixture->manager = fake_manager_new ();
  fixture->silent = silent_service_new ("org.freedesktop.secrets");
  fixture->keyring = jf_keyring_new (KEYRING_MS);
  fixture->accounts = jf_accounts_new (fixture->base, fixture->keyring);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  ((Fixture *) data)->result = g_object_ref (result);
}

/* (transfer full) */
static GAsyncResult *
wait_for (Fixture *fixture)
{
  while (fixture->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (&fixture->result);
}

static void
leave (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  jf_accounts_leave_async (fixture->accounts, done_cb, fixture);
  result = wait_for (fixture);
  g_assert_true (jf_accounts_leave_finish (fixture->accounts, result, NULL));
  g_clear_object (&fixture->accounts);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  leave (fixture);
  g_object_unref (fixture->keyring);
  silent_service_free (fixture->silent);
  fake_manager_free (fixture->manager);
  engine_dir_free (fixture->base);
}

static void
enroll (Fixture *fixture, GCancellable *cancellable)
{
  g_autofree char *host = g_strdup ("127.0.0.1");
  JfInvitation invitation = { .host = host, .code = "secret" };

  invitation.port = fake_manager_port (fixture->manager);
  invitation.manager = *fake_manager_key_id (fixture->manager);
  jf_accounts_enroll_async (fixture->accounts, &invitation, cancellable, done_cb, fixture);
}

static JfAccount *
finish (Fixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = wait_for (fixture);

  return jf_accounts_enroll_finish (fixture->accounts, result, error);
}

static void
wait_state (JfAccount *account, JfAccountState state)
{
  while (jf_account_get_state (account) != state)
    g_main_context_iteration (NULL, TRUE);
}

static unsigned
count_entries (const char *dir)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  unsigned n = 0;

  while (g_dir_read_name (entries) != NULL)
    n++;
  return n;
}

/* (transfer none) */
static JfAccount *
enroll_well (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  JfAccount *account;

  enroll (fixture, NULL);
  fake_manager_welcome (fixture->manager, "alice", "user");
  account = finish (fixture, &error);
  g_assert_no_error (error);
  fake_manager_welcome (fixture->manager, "alice", "user");
  wait_state (account, JF_ACCOUNT_ONLINE);
  json_object_unref (fake_manager_expect (fixture->manager, "list"));
  return account;
}

/* The user is told where the key is, and why there. */
static void
test_key_in_a_file (Fixture *fixture, gconstpointer data)
{
  JfAccount *account = enroll_well (fixture);
  g_autofree char *path = g_build_filename (jf_account_get_dir (account), "device.key", NULL);
  struct stat info;

  g_assert_true (jf_account_get_key_in_file (account));
  g_assert_nonnull (strstr (jf_account_get_key_place (account), path));
  g_assert_nonnull (strstr (jf_account_get_key_place (account), "keyring"));
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpuint (silent_service_get_n_calls (fixture->silent), >, 0);
  g_assert_true (
      jf_key_id_equal (jf_account_get_device_key (account), fake_manager_peer (fixture->manager)));
  g_assert_true (jf_accounts_find (fixture->accounts, jf_account_get_id (account)) == account);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) hello = NULL;

  enroll (fixture, cancellable);
  hello = fake_manager_expect (fixture->manager, "hello");
  g_cancellable_cancel (cancellable);
  g_assert_null (finish (fixture, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  while (count_entries (fixture->base) > 0)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->accounts)), ==, 0);
  /* And again, with the same invitation. */
  enroll_well (fixture);
}

/* A key that is in a keyring which does not answer: the account waits, and says for what. */
static void
test_keyring_does_not_answer (Fixture *fixture, gconstpointer data)
{
  JfAccount *account = enroll_well (fixture);
  g_autofree char *dir = g_strdup (jf_account_get_dir (account));
  g_autofree char *key = g_build_filename (dir, "device.key", NULL);
  g_autofree char *keyring = g_build_filename (dir, "keyring", NULL);
  GListModel *model;

  leave (fixture);
  g_assert_cmpint (g_remove (key), ==, 0);
  g_assert_true (g_file_set_contents (keyring, "manager/device\n", -1, NULL));
  fixture->accounts = jf_accounts_new (fixture->base, fixture->keyring);
  jf_accounts_load (fixture->accounts, TRUE);
  model = G_LIST_MODEL (fixture->accounts);
  while (!jf_accounts_get_loaded (fixture->accounts))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, 1);
  account = jf_accounts_find (fixture->accounts, strrchr (dir, '/') + 1);
  wait_state (account, JF_ACCOUNT_LOCKED);
  g_assert_nonnull (strstr (jf_account_get_reason (account), "keyring"));
  g_assert_cmpstr (jf_account_get_title (account), !=, "");
  jf_keyring_set_prompt_timeout (fixture->keyring, KEYRING_MS);
  jf_account_unlock (account);
  model_world_turn (2 * KEYRING_MS);
  g_assert_cmpint (jf_account_get_state (account), ==, JF_ACCOUNT_LOCKED);
}

static void
test_no_key_at_all (Fixture *fixture, gconstpointer data)
{
  JfAccount *account = enroll_well (fixture);
  g_autofree char *dir = g_strdup (jf_account_get_dir (account));
  g_autofree char *key = g_build_filename (dir, "device.key", NULL);

  leave (fixture);
  g_assert_cmpint (g_remove (key), ==, 0);
  fixture->accounts = jf_accounts_new (fixture->base, fixture->keyring);
  jf_accounts_load (fixture->accounts, TRUE);
  while (!jf_accounts_get_loaded (fixture->accounts))
    g_main_context_iteration (NULL, TRUE);
  account = jf_accounts_find (fixture->accounts, strrchr (dir, '/') + 1);
  wait_state (account, JF_ACCOUNT_BROKEN);
  g_assert_error (jf_account_get_error (account), JF_ERROR, JF_ERROR_NOT_ENROLLED);
  g_assert_nonnull (strstr (jf_account_get_reason (account), dir));
  g_assert_false (g_file_test (key, G_FILE_TEST_EXISTS));
  /* An invitation repairs it. */
  account = enroll_well (fixture);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->accounts)), ==, 1);
}

static void
emit_sleep (gboolean going_to_sleep)
{
  g_autoptr (GDBusConnection) system = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_dbus_connection_emit_signal (system, NULL, "/org/freedesktop/login1",
                                                "org.freedesktop.login1.Manager", "PrepareForSleep",
                                                g_variant_new ("(b)", going_to_sleep), &error));
  g_assert_no_error (error);
}

/* Not after the next pause, but at once. */
static void
test_resume (Fixture *fixture, gconstpointer data)
{
  JfAccount *account = enroll_well (fixture);
  g_autoptr (GDBusConnection) system = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (JsonObject) hello = NULL;
  unsigned n;

  reply = g_dbus_connection_call_sync (system, "org.freedesktop.DBus", "/", "org.freedesktop.DBus",
                                       "RequestName",
                                       g_variant_new ("(su)", "org.freedesktop.login1", 4u), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (reply);
  fake_manager_drop (fixture->manager);
  wait_state (account, JF_ACCOUNT_OFFLINE);
  n = fake_manager_count (fixture->manager);
  emit_sleep (TRUE);
  emit_sleep (FALSE);
  wait_state (account, JF_ACCOUNT_CONNECTING);
  g_assert_cmpuint (fake_manager_count (fixture->manager), <=, n + 1);
  fake_manager_welcome (fixture->manager, "alice", "user");
  wait_state (account, JF_ACCOUNT_ONLINE);
}

static void
test_forget (Fixture *fixture, gconstpointer data)
{
  JfAccount *account = enroll_well (fixture);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  jf_accounts_forget_async (fixture->accounts, account, done_cb, fixture);
  result = wait_for (fixture);
  g_assert_true (jf_accounts_forget_finish (fixture->accounts, result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_entries (fixture->base), ==, 0);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->accounts)), ==, 0);
}

static void
test_preferences (Fixture *fixture, gconstpointer data)
{
  gboolean fixed = TRUE;

  g_assert_true (jf_accounts_get_fixed_ports (fixture->accounts));
  g_object_set (fixture->accounts, "fixed-ports", FALSE, NULL);
  g_object_get (fixture->accounts, "fixed-ports", &fixed, NULL);
  g_assert_false (fixed);
  /* What is no proxy counts as none was set, and stops nothing. */
  jf_accounts_set_proxy (fixture->accounts, "nonsense://");
  enroll_well (fixture);
  jf_accounts_set_proxy (fixture->accounts, NULL);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
  g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (bus), TRUE);
#define CASE(name, func) g_test_add ("/accounts/" name, Fixture, NULL, set_up, func, tear_down)
  CASE ("key-in-a-file", test_key_in_a_file);
  CASE ("cancelled", test_cancelled);
  CASE ("silent-keyring", test_keyring_does_not_answer);
  CASE ("no-key", test_no_key_at_all);
  CASE ("resume", test_resume);
  CASE ("forget", test_forget);
  CASE ("preferences", test_preferences);
#undef CASE
  status = g_test_run ();
  g_test_dbus_stop (bus);
  return status;
}
