/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <libsecret/secret.h>

G_BEGIN_DECLS

/* libsecret where it keeps secrets in a file, as it does in a sandbox: encrypted with a secret that
 * the portal gives. It listens for the portal's answer only once its question was acknowledged,
 * so that a busy main loop misses the answer; then it waits for ever, and a cancellation blocks
 * the thread for ever (0.20.5). So each step has a thread of its own, the answer is held back for a
 * moment, and a step that does not come back is done once more. It may still never come back (a
 * portal that says nothing): who starts one needs a timer of its own. Main context. */
typedef enum
{
  JF_KEYRING_FILE_STORE,
  JF_KEYRING_FILE_LOAD,
  JF_KEYRING_FILE_REMOVE,
} JfKeyringFileVerb;

/* secret: LOAD, what was found; NULL none, or not a LOAD. error: NULL when it went well. Both are
 * gone after the call. */
typedef void (*JfKeyringFileDone) (const char *secret, const GError *error, gpointer data);

/* Whether libsecret would use its file here; in tests with SECRET_BACKEND=file, too. */
gboolean jf_keyring_file_is_used (void);

/* schema lives for ever; its attribute is "id". label and secret: STORE. FALSE: so many steps hang
 * already that another one would, too; `done` is not called then. */
gboolean jf_keyring_file_start (JfKeyringFileVerb verb,
                                const SecretSchema *schema,
                                const char *id,
                                const char *label,
                                const char *secret,
                                JfKeyringFileDone done,
                                gpointer data);

G_END_DECLS
