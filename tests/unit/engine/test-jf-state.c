/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "gateway/engine/jf-state.h"
#include "gateway/wire/jf-error.h"
#include "tests/unit/engine/engine-dir.h"

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

typedef struct
{
  char *dir;
  JfState *state;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dir = engine_dir_new ();
  fixture->state = jf_state_open (fixture->dir, NULL);
  g_assert_nonnull (fixture->state);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  jf_state_free (fixture->state);
  engine_dir_free (fixture->dir);
}

static void
test_makes_private_dir (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = g_build_filename (fixture->dir, "a", "b", NULL);
  g_autoptr (JfState) state = jf_state_open (dir, NULL);
  struct stat status;

  g_assert_cmpint (stat (dir, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0700);
  g_assert_cmpstr (jf_state_get_dir (state), ==, dir);
}

static void
test_dir_is_a_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = jf_state_path (fixture->state, "file");
  g_autoptr (GError) error = NULL;

  g_assert_true (jf_state_write (path, "x", 1, NULL));
  g_assert_null (jf_state_open (path, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_not_enrolled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_state_load_enrolment (fixture->state, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_ENROLLED);
  g_assert_nonnull (strstr (error->message, "jackfield-gateway enroll LINK"));
}

static void
test_enrolment_round_trip (Fixture *fixture, gconstpointer data)
{
  char host[] = "fd00::1";
  char member[] = "clinic";
  char role[] = "provider";
  JfEnrolment saved = { host, 8443, { { 1, 2, 3 } }, member, role };
  g_autoptr (JfEnrolment) loaded = NULL;
  g_autofree char *path = jf_state_path (fixture->state, "manager");
  struct stat status;

  g_assert_true (jf_state_save_enrolment (fixture->state, &saved, NULL));
  loaded = jf_state_load_enrolment (fixture->state, NULL);
  g_assert_nonnull (loaded);
  g_assert_cmpstr (loaded->host, ==, "fd00::1");
  g_assert_cmpuint (loaded->port, ==, 8443);
  g_assert_true (jf_key_id_equal (&loaded->key, &saved.key));
  g_assert_cmpstr (loaded->member, ==, "clinic");
  g_assert_cmpstr (loaded->role, ==, "provider");
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
}

static void
test_enrolment_damaged (Fixture *fixture, gconstpointer data)
{
  static const char *const texts[] = {
    "",
    "garbage",
    "[manager]\nhost=h\nport=443\n",
    "[manager]\nhost=h\nport=443\nkey=short\nmember=a\nrole=user\n",
    "[manager]\nhost=h\nport=0\nkey=" KEY "\nmember=a\nrole=user\n",
    "[manager]\nhost=h\nport=443\nkey=" KEY "\n",
  };
  g_autofree char *path = jf_state_path (fixture->state, "manager");

  for (unsigned i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (jf_state_write (path, texts[i], strlen (texts[i]), NULL));
      g_assert_null (jf_state_load_enrolment (fixture->state, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, path));
    }
}

static void
test_lock (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfState) other = jf_state_open (fixture->dir, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (jf_state_lock (fixture->state, NULL));
  g_assert_true (jf_state_lock (fixture->state, NULL));
  g_assert_false (jf_state_lock (other, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  jf_state_free (fixture->state);
  fixture->state = jf_state_open (fixture->dir, NULL);
  g_assert_true (jf_state_lock (other, NULL));
}

static void
test_ports (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = jf_state_path (fixture->state, "ports");

  g_assert_cmpuint (jf_state_get_port (fixture->state, "clinic/web"), ==, 0);
  g_assert_true (jf_state_set_port (fixture->state, "clinic/web", 41234, NULL));
  g_assert_true (jf_state_set_port (fixture->state, "clinic/ssh", 41235, NULL));
  g_assert_cmpuint (jf_state_get_port (fixture->state, "clinic/web"), ==, 41234);
  jf_state_set_keep_ports (fixture->state, FALSE);
  g_assert_cmpuint (jf_state_get_port (fixture->state, "clinic/ssh"), ==, 0);
  g_assert_true (jf_state_set_port (fixture->state, "clinic/ssh", 2, NULL));
  jf_state_set_keep_ports (fixture->state, TRUE);
  g_assert_cmpuint (jf_state_get_port (fixture->state, "clinic/ssh"), ==, 41235);
  g_assert_true (jf_state_write (path, "\xff garbage", 9, NULL));
  g_assert_cmpuint (jf_state_get_port (fixture->state, "clinic/web"), ==, 0);
  g_assert_true (jf_state_set_port (fixture->state, "clinic/web", 1, NULL));
  g_assert_cmpuint (jf_state_get_port (fixture->state, "clinic/web"), ==, 1);
}

static void
test_write_fails (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (jf_state_write ("/proc/nothing/here", "x", 1, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "/proc/nothing/here"));
}

#define ADD(name, func) g_test_add ("/state/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("makes-private-dir", test_makes_private_dir);
  ADD ("dir-is-a-file", test_dir_is_a_file);
  ADD ("not-enrolled", test_not_enrolled);
  ADD ("enrolment-round-trip", test_enrolment_round_trip);
  ADD ("enrolment-damaged", test_enrolment_damaged);
  ADD ("lock", test_lock);
  ADD ("ports", test_ports);
  ADD ("write-fails", test_write_fails);
  return g_test_run ();
}
