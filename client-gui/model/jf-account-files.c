/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-account-files.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-names.h"

#define KEYRING_FILE   "keyring"
#define KEY_FILE       "device.key"
#define MEMORY_FILE    "services.memory"
#define DRAFT_PREFIX   ".draft-"
#define OLD_PREFIX     ".old-"
#define KEYRING_ID_MAX 200
#define LEFTOVER_AGE_S 3600

void
jf_account_files_free (JfAccountFiles *files)
{
  g_clear_pointer (&files->state, jf_state_free);
  g_clear_pointer (&files->enrolment, jf_enrolment_free);
  g_clear_object (&files->memory);
  g_clear_pointer (&files->identity, jf_identity_unref);
  g_clear_error (&files->error);
  g_free (files->keyring_id);
  g_free (files);
}

static gboolean
file_is_there (JfState *state, const char *name)
{
  g_autofree char *path = jf_state_path (state, name);

  return g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK);
}

/* "keyring" holds the id under which the key is kept; one line. */
static gboolean
read_keyring_id (JfAccountFiles *files, GError **error)
{
  g_autofree char *path = jf_state_path (files->state, KEYRING_FILE);
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  g_autofree char *clean = NULL;

  if (!g_file_get_contents (path, &text, NULL, &local))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   _ ("the file %s cannot be read: %s"), path, local->message);
      return FALSE;
    }
  g_strchomp (text);
  clean = jf_text_clean (text, KEYRING_ID_MAX);
  if (*text == '\0' || strcmp (text, clean) != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   _ ("the file %s, which says where the device key is, is damaged"), path);
      return FALSE;
    }
  files->keyring_id = g_steal_pointer (&text);
  return TRUE;
}

static gboolean
read_key (JfAccountFiles *files, GError **error)
{
  if (file_is_there (files->state, KEY_FILE))
    {
      files->identity = jf_state_load_identity (files->state, error);
      return files->identity != NULL;
    }
  if (file_is_there (files->state, KEYRING_FILE))
    return read_keyring_id (files, error);
  g_set_error (error, JF_ERROR, JF_ERROR_NOT_ENROLLED,
               _ ("the device key is missing: there is neither %s nor %s in %s"), KEY_FILE,
                  KEYRING_FILE, jf_state_get_dir (files->state));
  return FALSE;
}

static gboolean
read_enrolment (JfAccountFiles *files, const JfKeyId *manager, GError **error)
{
  g_autofree char *path = jf_state_path (files->state, "manager");

  files->enrolment = jf_state_load_enrolment (files->state, error);
  if (files->enrolment == NULL)
    return FALSE;
  if (jf_key_id_equal (&files->enrolment->key, manager))
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               _ ("the file %s names the key of another manager than its directory"), path);
  return FALSE;
}

static gboolean
lock (JfState *state, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (jf_state_lock (state, &local))
    return TRUE;
  if (g_error_matches (local, JF_ERROR, JF_ERROR_BUSY))
    g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
                 _ ("another program uses the directory %s"), jf_state_get_dir (state));
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

JfAccountFiles *
jf_account_files_load (const char *dir, const JfKeyId *manager)
{
  JfAccountFiles *files = g_new0 (JfAccountFiles, 1);
  g_autofree char *memory = g_build_filename (dir, MEMORY_FILE, NULL);

  files->state = jf_state_open (dir, &files->error);
  if (files->state == NULL || !lock (files->state, &files->error))
    return files;
  /* Favourites have their names also where the rest cannot be used. */
  files->memory = jf_memory_new (memory);
  if (read_enrolment (files, manager, &files->error))
    (void) read_key (files, &files->error);
  return files;
}

gboolean
jf_account_files_set_keyring_id (JfState *state, const char *keyring_id, GError **error)
{
  g_autofree char *path = jf_state_path (state, KEYRING_FILE);
  g_autofree char *line = g_strconcat (keyring_id, "\n", NULL);

  return jf_state_write (path, line, strlen (line), error);
}

gboolean
jf_account_files_set_key (JfState *state, JfIdentity *identity, GError **error)
{
  g_autofree char *path = jf_state_path (state, KEY_FILE);
  g_autofree char *pem = jf_identity_to_pem (identity);
  size_t size = strlen (pem);
  gboolean good = jf_state_write (path, pem, size, error);

  explicit_bzero (pem, size);
  return good;
}

gboolean
jf_account_files_remove (const char *dir, GError **error)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      (void) g_unlink (path);
    }
  if (g_rmdir (dir) == 0 || errno == ENOENT)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
               _ ("cannot remove the directory %s: %s"), dir, g_strerror (errno));
  return FALSE;
}

/* Of a process that was killed in between; one that is at work now has a young one. */
static void
remove_leftover (const char *base_dir, const char *name)
{
  g_autofree char *path = g_build_filename (base_dir, name, NULL);
  GStatBuf info;

  if (g_lstat (path, &info) == 0 && S_ISDIR (info.st_mode) &&
      g_get_real_time () / G_USEC_PER_SEC - info.st_mtime > LEFTOVER_AGE_S)
    (void) jf_account_files_remove (path, NULL);
}

char **
jf_account_files_list (const char *base_dir)
{
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();
  g_autoptr (GDir) entries = g_dir_open (base_dir, 0, NULL);
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *path = g_build_filename (base_dir, name, NULL);
      JfKeyId key;

      if (g_str_has_prefix (name, DRAFT_PREFIX) || g_str_has_prefix (name, OLD_PREFIX))
        remove_leftover (base_dir, name);
      else if (jf_key_id_parse (name, &key, NULL) && g_file_test (path, G_FILE_TEST_IS_DIR))
        g_strv_builder_add (found, name);
    }
  return g_strv_builder_end (found);
}

static gboolean
make_base (const char *base_dir, GError **error)
{
  if (g_mkdir_with_parents (base_dir, 0700) == 0)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
               _ ("cannot make the directory %s: %s"), base_dir, g_strerror (errno));
  return FALSE;
}

char *
jf_account_files_make_draft (const char *base_dir, GError **error)
{
  g_autofree char *path = g_build_filename (base_dir, DRAFT_PREFIX "XXXXXX", NULL);

  if (!make_base (base_dir, error))
    return NULL;
  if (g_mkdtemp_full (path, 0700) != NULL)
    return g_steal_pointer (&path);
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
               _ ("cannot make a directory in %s: %s"), base_dir, g_strerror (errno));
  return NULL;
}

/* What belongs to the person and not to the device. */
static void
carry_over (const char *from, const char *to)
{
  static const char *const names[] = { MEMORY_FILE, "known_gateways", "ports" };

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *old = g_build_filename (from, names[i], NULL);
      g_autofree char *fresh = g_build_filename (to, names[i], NULL);

      (void) g_rename (old, fresh);
    }
}

char *
jf_account_files_publish (const char *draft,
                          const char *base_dir,
                          const JfKeyId *manager,
                          GError **error)
{
  char id[JF_KEY_ID_TEXT_SIZE];
  g_autofree char *dir = NULL;
  g_autofree char *old = NULL;
  g_autofree char *name = NULL;

  jf_key_id_format (manager, id);
  dir = g_build_filename (base_dir, id, NULL);
  name = g_strconcat (OLD_PREFIX, id, NULL);
  old = g_build_filename (base_dir, name, NULL);
  (void) jf_account_files_remove (old, NULL);
  if (g_rename (dir, old) != 0 && errno != ENOENT)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   _ ("cannot put the directory %s aside: %s"), dir, g_strerror (errno));
      return NULL;
    }
  if (g_rename (draft, dir) != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
                   _ ("cannot make the directory %s: %s"), dir, g_strerror (errno));
      (void) g_rename (old, dir);
      return NULL;
    }
  carry_over (old, dir);
  (void) jf_account_files_remove (old, NULL);
  return g_steal_pointer (&dir);
}
