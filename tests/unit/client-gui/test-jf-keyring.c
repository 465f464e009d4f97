/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-keyring.h"

#include <glib/gstdio.h>
#include <libsecret/secret.h>
#include <string.h>

#include "gateway/wire/jf-error.h"
#include "tests/unit/client-gui/locked-service.h"
#include "tests/unit/client-gui/silent-service.h"
#include "tests/unit/engine/engine-dir.h"

/* A session bus of its own, on it nobody, somebody who never answers, or GNOME's daemon. */

#define SECRETS      "org.freedesktop.secrets"
#define TIMEOUT_MS   300
#define PROMPT_MS    600
#define FAR_TOO_LONG (10 * G_USEC_PER_SEC)

static char *home;
/* Never freed: that would wait for libsecret to let go of the bus, which it does not. */
static GTestDBus *bus;

typedef struct
{
  JfKeyring *keyring;
  JfIdentity *identity;
  SilentService *silent;
  LockedService *locked;
  GSubprocess *daemon;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->keyring = jf_keyring_new (TIMEOUT_MS);
  jf_keyring_set_prompt_timeout (fixture->keyring, PROMPT_MS);
  fixture->identity = jf_identity_new (NULL);
}

/* A call that was answered by its timer holds the keyring until libsecret has come back, too. It
 * does not take it well when the service goes meanwhile. */
static void
wait_idle (Fixture *fixture)
{
  while (fixture->keyring != NULL && G_OBJECT (fixture->keyring)->ref_count > 1)
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->result);
  wait_idle (fixture);
  g_clear_object (&fixture->keyring);
  jf_identity_unref (fixture->identity);
  g_clear_pointer (&fixture->silent, silent_service_free);
  g_clear_pointer (&fixture->locked, locked_service_free);
  secret_service_disconnect ();
  if (fixture->daemon != NULL)
    {
      g_subprocess_force_exit (fixture->daemon);
      g_subprocess_wait (fixture->daemon, NULL, NULL);
      g_clear_object (&fixture->daemon);
    }
  silent_service_wait_owner (SECRETS, FALSE);
}

static void
set_up_silent (Fixture *fixture, gconstpointer data)
{
  set_up (fixture, data);
  fixture->silent = silent_service_new (SECRETS);
}

static void
set_up_daemon (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
      (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
       G_SUBPROCESS_FLAGS_STDERR_SILENCE));
  g_autofree char *control = g_build_filename (home, "control", NULL);
  GOutputStream *input;

  set_up (fixture, data);
  /* Criticals of its own, when it locks, are none of ours. */
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  g_subprocess_launcher_setenv (launcher, "HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", home, TRUE);
  fixture->daemon = g_subprocess_launcher_spawn (launcher, NULL, "gnome-keyring-daemon",
                                                 "--foreground", "--unlock", "--components=secrets",
                                                 "--control-directory", control, NULL);
  g_assert_nonnull (fixture->daemon);
  input = g_subprocess_get_stdin_pipe (fixture->daemon);
  g_assert_true (g_output_stream_write_all (input, "secret", 6, NULL, NULL, NULL));
  g_assert_true (g_output_stream_close (input, NULL, NULL));
  silent_service_wait_owner (SECRETS, TRUE);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *fixture = data;

  g_assert_null (fixture->result);
  fixture->result = g_object_ref (result);
}

/* (transfer full) */
static GAsyncResult *
wait_for (Fixture *fixture)
{
  int64_t began_us = g_get_monotonic_time ();

  while (fixture->result == NULL)
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (g_get_monotonic_time () - began_us, <, FAR_TOO_LONG);
    }
  return g_steal_pointer (&fixture->result);
}

static gboolean
store (Fixture *fixture, const char *id, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  jf_keyring_store_async (fixture->keyring, id, "A key", fixture->identity, NULL, done_cb, fixture);
  result = wait_for (fixture);
  return jf_keyring_store_finish (fixture->keyring, result, error);
}

static JfIdentity *
load (Fixture *fixture, const char *id, gboolean may_prompt, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  jf_keyring_load_async (fixture->keyring, id, may_prompt, NULL, done_cb, fixture);
  result = wait_for (fixture);
  return jf_keyring_load_finish (fixture->keyring, result, error);
}

static gboolean
remove_key (Fixture *fixture, const char *id, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  jf_keyring_remove_async (fixture->keyring, id, NULL, done_cb, fixture);
  result = wait_for (fixture);
  return jf_keyring_remove_finish (fixture->keyring, result, error);
}

static void
test_nobody_is_there (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (load (fixture, "a", FALSE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
  g_clear_error (&error);
  g_assert_false (store (fixture, "a", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
  g_clear_error (&error);
  g_assert_false (remove_key (fixture, "a", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
}

/* The bus itself serves others meanwhile: nothing blocks. */
static void
assert_in_time (int64_t began_us)
{
  int64_t took_ms = (g_get_monotonic_time () - began_us) / 1000;

  g_assert_cmpint (took_ms, >=, TIMEOUT_MS);
  g_assert_cmpint (took_ms, <, TIMEOUT_MS + 5000);
}

static void
test_it_never_answers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int64_t began_us = g_get_monotonic_time ();

  g_assert_null (load (fixture, "a", TRUE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_TIMEOUT);
  assert_in_time (began_us);
  g_clear_error (&error);
  began_us = g_get_monotonic_time ();
  g_assert_false (store (fixture, "a", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_TIMEOUT);
  assert_in_time (began_us);
  g_clear_error (&error);
  began_us = g_get_monotonic_time ();
  g_assert_false (remove_key (fixture, "a", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_TIMEOUT);
  assert_in_time (began_us);
  g_assert_cmpuint (silent_service_get_n_calls (fixture->silent), >, 0);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  jf_keyring_load_async (fixture->keyring, "a", FALSE, cancellable, done_cb, fixture);
  g_main_context_iteration (NULL, FALSE);
  g_cancellable_cancel (cancellable);
  result = wait_for (fixture);
  g_assert_null (jf_keyring_load_finish (fixture->keyring, result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* The one who asked is gone; what comes later must not hurt. */
static void
test_keyring_is_dropped_meanwhile (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;

  jf_keyring_load_async (fixture->keyring, "a", FALSE, NULL, done_cb, fixture);
  g_clear_object (&fixture->keyring);
  result = wait_for (fixture);
  g_assert_null (g_task_propagate_pointer (G_TASK (result), NULL));
}

static void
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfIdentity) found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (load (fixture, "manager/device", FALSE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ENROLLED);
  g_clear_error (&error);
  g_assert_true (store (fixture, "manager/device", &error));
  g_assert_no_error (error);
  found = load (fixture, "manager/device", FALSE, &error);
  g_assert_no_error (error);
  g_assert_true (
      jf_key_id_equal (jf_identity_get_key_id (found), jf_identity_get_key_id (fixture->identity)));
  g_assert_null (load (fixture, "manager/other", FALSE, NULL));
  g_assert_true (remove_key (fixture, "manager/device", &error));
  g_assert_no_error (error);
  g_assert_true (remove_key (fixture, "manager/device", &error));
  g_assert_no_error (error);
  g_assert_null (load (fixture, "manager/device", FALSE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ENROLLED);
}

static void
lock_all (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SecretService)
      service = secret_service_get_sync (SECRET_SERVICE_LOAD_COLLECTIONS, NULL, &error);
  GList *collections;

  g_assert_no_error (error);
  collections = secret_service_get_collections (service);
  g_assert_cmpint (secret_service_lock_sync (service, collections, NULL, NULL, &error), >, 0);
  g_assert_no_error (error);
  g_list_free_full (collections, g_object_unref);
}

static void
test_locked (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (store (fixture, "a", &error));
  g_assert_no_error (error);
  lock_all ();
  g_assert_null (load (fixture, "a", FALSE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ALLOWED);
  g_clear_error (&error);
  /* There is no prompter on this bus, so nobody will ever type the password. */
  g_assert_null (load (fixture, "a", TRUE, &error));
  g_assert_true (g_error_matches (error, JF_ERROR, JF_ERROR_NOT_ALLOWED) ||
                 g_error_matches (error, JF_ERROR, JF_ERROR_TIMEOUT));
  g_clear_error (&error);
  g_assert_false (store (fixture, "b", &error));
  g_assert_true (g_error_matches (error, JF_ERROR, JF_ERROR_NOT_ALLOWED) ||
                 g_error_matches (error, JF_ERROR, JF_ERROR_TIMEOUT));
}

/* Somebody sits in front of it. */
static void
begin_locked (Fixture *fixture, gboolean hidden, LockedServicePerson person)
{
  g_autofree char *pem = jf_identity_to_pem (fixture->identity);

  fixture->locked = locked_service_new (pem, hidden, person);
}

/* A prompt that came too late does not stay on the screen. */
static void
wait_dismissed (Fixture *fixture, unsigned n)
{
  while (locked_service_get_n_dismissed (fixture->locked) < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_unlocked_by_a_person (Fixture *fixture, gconstpointer hidden)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfIdentity) found = NULL;

  begin_locked (fixture, GPOINTER_TO_INT (hidden), LOCKED_SERVICE_UNLOCKS);
  g_assert_null (load (fixture, "a", FALSE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ALLOWED);
  g_assert_cmpuint (locked_service_get_n_prompts (fixture->locked), ==, 0);
  g_clear_error (&error);
  found = load (fixture, "a", TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (locked_service_get_n_prompts (fixture->locked), ==, 1);
  g_assert_true (
      jf_key_id_equal (jf_identity_get_key_id (found), jf_identity_get_key_id (fixture->identity)));
}

static void
test_dismissed_by_a_person (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  begin_locked (fixture, FALSE, LOCKED_SERVICE_DISMISSES);
  g_assert_null (load (fixture, "a", TRUE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ALLOWED);
  g_assert_cmpuint (locked_service_get_n_prompts (fixture->locked), ==, 1);
  g_clear_error (&error);
  g_assert_false (store (fixture, "a", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ALLOWED);
}

/* The prompt has its own time, longer than that of a daemon, and an end, too. */
static void
test_nobody_types (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  int64_t began_us = g_get_monotonic_time ();

  begin_locked (fixture, FALSE, LOCKED_SERVICE_STARES);
  g_assert_null (load (fixture, "a", TRUE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_TIMEOUT);
  g_assert_cmpint ((g_get_monotonic_time () - began_us) / 1000, >=, PROMPT_MS);
  wait_dismissed (fixture, 1);
  wait_idle (fixture);
  g_clear_error (&error);
  g_assert_false (store (fixture, "a", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_TIMEOUT);
  wait_dismissed (fixture, 2);
}

static void
test_it_holds_no_key (Fixture *fixture, gconstpointer data)
{
  static const SecretSchema schema = {
    "io.github.jackfield.Jackfield.DeviceKey",
    SECRET_SCHEMA_NONE,
    {
        { "id", SECRET_SCHEMA_ATTRIBUTE_STRING },
        { NULL, 0 },
    },
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (secret_password_store_sync (&schema, SECRET_COLLECTION_DEFAULT, "x", "no key",
                                             NULL, &error, "id", "a", NULL));
  g_assert_no_error (error);
  g_assert_null (load (fixture, "a", FALSE, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_assert_null (strstr (error->message, "no key"));
}

int
main (int argc, char **argv)
{
  g_autofree char *daemon = g_find_program_in_path ("gnome-keyring-daemon");
  int status;

  g_test_init (&argc, &argv, NULL);
  home = engine_dir_new ();
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);
#define CASE(name, up, func) g_test_add ("/keyring/" name, Fixture, NULL, up, func, tear_down)
  CASE ("nobody", set_up, test_nobody_is_there);
  CASE ("silent", set_up_silent, test_it_never_answers);
  CASE ("cancelled", set_up_silent, test_cancelled);
  CASE ("dropped", set_up_silent, test_keyring_is_dropped_meanwhile);
  CASE ("dismissed", set_up, test_dismissed_by_a_person);
  CASE ("nobody-types", set_up, test_nobody_types);
  g_test_add ("/keyring/unlocked", Fixture, GINT_TO_POINTER (FALSE), set_up,
              test_unlocked_by_a_person, tear_down);
  g_test_add ("/keyring/unlocked-hidden", Fixture, GINT_TO_POINTER (TRUE), set_up,
              test_unlocked_by_a_person, tear_down);
  if (daemon != NULL)
    {
      CASE ("round-trip", set_up_daemon, test_round_trip);
      CASE ("no-key", set_up_daemon, test_it_holds_no_key);
      CASE ("locked", set_up_daemon, test_locked);
    }
#undef CASE
  status = g_test_run ();
  g_test_dbus_stop (bus);
  engine_dir_free (home);
  return status;
}
