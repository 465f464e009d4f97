/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-identity.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "tests/unit/link/link-test.h"

/* RFC 8410 section 10.3 */
#define KNOWN_PEM                                                                                  \
  "-----BEGIN PRIVATE KEY-----\n"                                                                  \
  "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"                             \
  "-----END PRIVATE KEY-----\n"

typedef struct
{
  char *directory;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->directory = link_make_directory ();
  fixture->path = g_build_filename (fixture->directory, "key.pem", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  link_remove_directory (fixture->directory);
  g_free (fixture->path);
}

static void
write_file (Fixture *fixture, const char *text, gssize size, mode_t mode)
{
  g_assert_true (g_file_set_contents (fixture->path, text, size, NULL));
  g_assert_no_errno (chmod (fixture->path, mode));
}

static void
expect_error (Fixture *fixture, JfError code, const char *hint)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_identity_load_or_create (fixture->path, &error));
  g_assert_error (error, JF_ERROR, (int) code);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_assert_nonnull (strstr (error->message, hint));
}

static unsigned
count_files (Fixture *fixture)
{
  g_autoptr (GDir) directory = g_dir_open (fixture->directory, 0, NULL);
  unsigned count = 0;

  while (g_dir_read_name (directory))
    count++;
  return count;
}

static void
test_create_and_load (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfIdentity) first = jf_identity_load_or_create (fixture->path, &error);
  g_autoptr (JfIdentity) second = jf_identity_load_or_create (fixture->path, &error);
  struct stat status;

  g_assert_no_error (error);
  g_assert_true (jf_key_id_equal (jf_identity_get_key_id (first), jf_identity_get_key_id (second)));
  g_assert_no_errno (stat (fixture->path, &status));
  g_assert_cmpuint (status.st_mode & 07777, ==, 0600);
  g_assert_cmpuint (count_files (fixture), ==, 1);
}

static void
test_pem (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfIdentity) fresh = jf_identity_new (&error);
  g_autoptr (JfIdentity) other = jf_identity_new (&error);
  g_autoptr (JfIdentity) again = NULL;
  g_autofree char *pem = jf_identity_to_pem (fresh);

  again = jf_identity_new_from_pem (pem, &error);
  g_assert_no_error (error);
  g_assert_true (jf_key_id_equal (jf_identity_get_key_id (fresh), jf_identity_get_key_id (again)));
  g_assert_false (jf_key_id_equal (jf_identity_get_key_id (fresh), jf_identity_get_key_id (other)));
}

/* The key id is the hash of the SubjectPublicKeyInfo that RFC 8410 gives for this key. */
static void
test_known_key (void)
{
  static const uint8_t spki[] = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00, 0x19, 0xbf, 0x44,
    0x09, 0x69, 0x84, 0xcd, 0xfe, 0x85, 0x41, 0xba, 0xc1, 0x67, 0xdc, 0x3b, 0x96, 0xc8, 0x50,
    0x86, 0xaa, 0x30, 0xb6, 0xb6, 0xcb, 0x0c, 0x5c, 0x38, 0xad, 0x70, 0x31, 0x66, 0xe1,
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (JfIdentity) identity = jf_identity_new_from_pem (KNOWN_PEM, &error);
  JfKeyId expected;

  g_assert_no_error (error);
  jf_key_id_from_spki (&expected, spki, sizeof spki);
  g_assert_true (jf_key_id_equal (jf_identity_get_key_id (identity), &expected));
}

static void
test_bad_pem (void)
{
  static const char *const bad[] = {
    "",
    "hello",
    "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp\n"
    "-----END PRIVATE KEY-----\n",
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n",
    /* P-256 */
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
    "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
    "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
    "-----END PRIVATE KEY-----\n",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (jf_identity_new_from_pem (bad[i], &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
    }
}

static void
test_readable_by_others (Fixture *fixture, gconstpointer data)
{
  g_autofree char *hint = g_strdup_printf ("chmod 600 %s", fixture->path);

  write_file (fixture, KNOWN_PEM, -1, 0640);
  expect_error (fixture, JF_ERROR_INVALID, hint);
  write_file (fixture, KNOWN_PEM, -1, 0604);
  expect_error (fixture, JF_ERROR_INVALID, hint);
  write_file (fixture, KNOWN_PEM, -1, 0600);
  g_assert_no_errno (chmod (fixture->path, 0400));
  jf_identity_unref (jf_identity_load_or_create (fixture->path, NULL));
}

/* Never overwritten, whatever is in it. */
static void
check_damaged (Fixture *fixture, const char *text, gssize size)
{
  g_autofree char *after = NULL;
  size_t after_size;

  write_file (fixture, text, size, 0600);
  expect_error (fixture, JF_ERROR_INVALID, "");
  g_assert_true (g_file_get_contents (fixture->path, &after, &after_size, NULL));
  g_assert_cmpmem (after, after_size, text, size < 0 ? strlen (text) : (size_t) size);
}

static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *large = g_strnfill (100000, 'x');

  check_damaged (fixture, "", 0);
  check_damaged (fixture, KNOWN_PEM, 50);
  check_damaged (fixture, "\0\1\2\3", 4);
  check_damaged (fixture, large, -1);
}

static void
test_not_a_file (Fixture *fixture, gconstpointer data)
{
  g_assert_no_errno (mkdir (fixture->path, 0700));
  expect_error (fixture, JF_ERROR_INVALID, "not a file");
  g_assert_no_errno (rmdir (fixture->path));
  /* Must not hang, either. */
  g_assert_no_errno (mkfifo (fixture->path, 0600));
  expect_error (fixture, JF_ERROR_INVALID, "not a file");
}

static void
test_no_directory (Fixture *fixture, gconstpointer data)
{
  g_free (fixture->path);
  fixture->path = g_build_filename (fixture->directory, "missing", "key.pem", NULL);
  expect_error (fixture, JF_ERROR_STORAGE, "directory first");
}

/* As somebody whom permissions stop: root would pass. */
static void
test_read_only_directory (Fixture *fixture, gconstpointer data)
{
  pid_t child;
  int status = 0;

  g_assert_no_errno (chmod (fixture->directory, 0555));
  child = fork ();
  if (child == 0)
    {
      GError *error = NULL;

      if (geteuid () == 0 && setuid (65534) < 0)
        _exit (2);
      if (jf_identity_load_or_create (fixture->path, &error))
        _exit (3);
      _exit (g_error_matches (error, JF_ERROR, JF_ERROR_STORAGE) ? 0 : 4);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_no_errno (chmod (fixture->directory, 0755));
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

#define RACERS 8

/* A process of its own, as it would be; tells the key id that it got. */
static pid_t
start_racer (Fixture *fixture, int out)
{
  pid_t child = fork ();

  if (child == 0)
    {
      JfIdentity *found = jf_identity_load_or_create (fixture->path, NULL);
      const JfKeyId *key_id = found ? jf_identity_get_key_id (found) : NULL;

      _exit (key_id && write (out, key_id, sizeof *key_id) == sizeof *key_id ? 0 : 1);
    }
  return child;
}

static void
run_race (Fixture *fixture)
{
  pid_t children[RACERS];
  JfKeyId first, other;
  int ends[2], status;

  g_assert_no_errno (pipe (ends));
  for (int i = 0; i < RACERS; i++)
    children[i] = start_racer (fixture, ends[1]);
  for (int i = 0; i < RACERS; i++)
    {
      g_assert_cmpint (waitpid (children[i], &status, 0), ==, children[i]);
      g_assert_cmpint (status, ==, 0);
      g_assert_cmpint (read (ends[0], &other, sizeof other), ==, sizeof other);
      if (i == 0)
        first = other;
      g_assert_true (jf_key_id_equal (&first, &other));
    }
  close (ends[0]);
  close (ends[1]);
}

/* Everybody ends up with the same key, and nothing is left lying about. */
static void
test_race (Fixture *fixture, gconstpointer data)
{
  for (int round = 0; round < 20; round++)
    {
      run_race (fixture);
      g_assert_cmpuint (count_files (fixture), ==, 1);
      g_assert_no_errno (unlink (fixture->path));
    }
}

#define ADD(path, function)                                                                        \
  g_test_add ("/link/identity/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/identity/pem", test_pem);
  g_test_add_func ("/link/identity/known-key", test_known_key);
  g_test_add_func ("/link/identity/bad-pem", test_bad_pem);
  ADD ("create-and-load", test_create_and_load);
  ADD ("readable-by-others", test_readable_by_others);
  ADD ("damaged", test_damaged);
  ADD ("not-a-file", test_not_a_file);
  ADD ("no-directory", test_no_directory);
  ADD ("read-only-directory", test_read_only_directory);
  ADD ("race", test_race);
  return g_test_run ();
}
