/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-keyring-file.h"

#include <glib/gstdio.h>
#include <string.h>

#include "client-gui/model/jf-keyring.h"
#include "gateway/wire/jf-error.h"
#include "tests/unit/engine/engine-dir.h"

/* Keys in libsecret's own file, as in a sandbox. */

/* libsecret 0.20.5 loses its file's etag with every store, and LeakSanitizer sees no further than
 * g_malloc() there. */
const char *__lsan_default_suppressions (void);

const char *
__lsan_default_suppressions (void)
{
  return "leak:libglib-2.0.so\n";
}

#define FAR_TOO_LONG (20 * G_USEC_PER_SEC)

static char *home;
static char *path;

typedef struct
{
  JfKeyring *keyring;
  JfIdentity *identity;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->keyring = jf_keyring_new (0);
  fixture->identity = jf_identity_new (NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_object (&fixture->result);
  g_clear_object (&fixture->keyring);
  jf_identity_unref (fixture->identity);
  g_unlink (path);
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
  g_assert_null (fixture->result);
  result = wait_for (fixture);
  return jf_keyring_store_finish (fixture->keyring, result, error);
}

static JfIdentity *
load (Fixture *fixture, const char *id, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  jf_keyring_load_async (fixture->keyring, id, FALSE, cancellable, done_cb, fixture);
  g_cancellable_cancel (cancellable);
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
test_round_trip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfIdentity) found = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (load (fixture, "manager/device", NULL, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ENROLLED);
  g_clear_error (&error);
  g_assert_true (store (fixture, "manager/device", &error));
  g_assert_no_error (error);
  found = load (fixture, "manager/device", NULL, &error);
  g_assert_no_error (error);
  g_assert_true (
      jf_key_id_equal (jf_identity_get_key_id (found), jf_identity_get_key_id (fixture->identity)));
  g_assert_null (load (fixture, "manager/other", NULL, NULL));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (remove_key (fixture, "manager/device", &error));
  g_assert_no_error (error);
  g_assert_true (remove_key (fixture, "manager/device", &error));
  g_assert_no_error (error);
  g_assert_null (load (fixture, "manager/device", NULL, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ENROLLED);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (load (fixture, "a", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* Several managers at the start: each has its answer. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  Fixture others[8] = { 0 };

  g_assert_true (store (fixture, "many", NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    jf_keyring_load_async (fixture->keyring, "many", FALSE, NULL, done_cb, &others[i]);
  for (size_t i = 0; i < G_N_ELEMENTS (others); i++)
    {
      g_autoptr (GAsyncResult) result = wait_for (&others[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (JfIdentity) found = jf_keyring_load_finish (fixture->keyring, result, &error);

      g_assert_no_error (error);
      g_assert_nonnull (found);
    }
}

static void
never_cb (const char *secret, const GError *error, gpointer data)
{
  unsigned *n_done = data;

  (*n_done)++;
}

/* Steps are limited; the one too many is refused at once. */
static void
test_too_many (void)
{
  static const SecretSchema schema = { "x", SECRET_SCHEMA_NONE, { { "id", 0 }, { NULL, 0 } } };
  unsigned n_started = 0, n_done = 0;
  int64_t began_us = g_get_monotonic_time ();

  while (jf_keyring_file_start (JF_KEYRING_FILE_LOAD, &schema, "a", NULL, NULL, never_cb, &n_done))
    g_assert_cmpuint (++n_started, <, 1000);
  g_assert_cmpuint (n_started, >, 1);
  while (n_done < n_started)
    {
      g_main_context_iteration (NULL, TRUE);
      g_assert_cmpint (g_get_monotonic_time () - began_us, <, FAR_TOO_LONG);
    }
  g_assert_true (
      jf_keyring_file_start (JF_KEYRING_FILE_LOAD, &schema, "a", NULL, NULL, never_cb, &n_done));
  while (n_done <= n_started)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  int status;

  home = engine_dir_new ();
  path = g_build_filename (home, "default.keyring", NULL);
  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", path, TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "correct horse", TRUE);
  g_test_init (&argc, &argv, NULL);
#define CASE(name, func) g_test_add ("/keyring-file/" name, Fixture, NULL, set_up, func, tear_down)
  CASE ("round-trip", test_round_trip);
  CASE ("cancelled", test_cancelled);
  CASE ("many", test_many);
#undef CASE
  g_test_add_func ("/keyring-file/too-many", test_too_many);
  status = g_test_run ();
  g_free (path);
  engine_dir_free (home);
  return status;
}
