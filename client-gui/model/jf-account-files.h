/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-memory.h"
#include "gateway/engine/jf-state.h"

G_BEGIN_DECLS

/* The state directory of one manager. Everything here blocks: in threads only, but for the paths. */
typedef struct
{
  JfState *state; /* locked */
  JfEnrolment *enrolment;
  JfMemory *memory;
  JfIdentity *identity; /* from device.key; NULL: in the keyring */
  char *keyring_id;     /* NULL when there is an identity */
  GError *error;        /* NULL: all of the above is here; else only what was read before */
} JfAccountFiles;

void jf_account_files_free (JfAccountFiles *files);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfAccountFiles, jf_account_files_free)

/* Nothing is written, made or repaired, but for the lock and for a damaged memory. Errors name the
 * file: JF_ERROR_BUSY (another process has it), JF_ERROR_INVALID, JF_ERROR_STORAGE,
 * JF_ERROR_NOT_ENROLLED (there is no key). */
JfAccountFiles *jf_account_files_load (const char *dir, const JfKeyId *manager);
/* The key is in the keyring, under this id. */
gboolean jf_account_files_set_keyring_id (JfState *state, const char *keyring_id, GError **error);
gboolean jf_account_files_set_key (JfState *state, JfIdentity *identity, GError **error);

/* Directories of base_dir that are named after a manager's key. (transfer full) never NULL; no
 * directory: empty. What an interrupted enrolment or removal left is removed. */
char **jf_account_files_list (const char *base_dir);
/* Removes it and the files in it. */
gboolean jf_account_files_remove (const char *dir, GError **error);

/* A fresh directory beside those of managers, for an enrolment; (transfer full). */
char *jf_account_files_make_draft (const char *base_dir, GError **error);
/* The draft becomes the directory of this manager. One that is there already is replaced; what was
 * remembered in it, pins and ports stay. (transfer full) its path */
char *jf_account_files_publish (const char *draft,
                                const char *base_dir,
                                const JfKeyId *manager,
                                GError **error);

G_END_DECLS
