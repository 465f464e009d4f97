/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/link/jf-identity.h"

G_BEGIN_DECLS

/* Device keys in the Secret Service (libsecret, in the sandbox through the Secret portal's file
 * backend): always asynchronous, and every call ends within its time, whatever the daemon does.
 * Lives in the main context. */
#define JF_TYPE_KEYRING (jf_keyring_get_type ())
G_DECLARE_FINAL_TYPE (JfKeyring, jf_keyring, JF, KEYRING, GObject)

#define JF_KEYRING_TIMEOUT_MS        5000
#define JF_KEYRING_PROMPT_TIMEOUT_MS 120000 /* a person types a password */

JfKeyring *jf_keyring_new (unsigned timeout_ms);
/* How long a person may take; JF_KEYRING_PROMPT_TIMEOUT_MS unless it is said otherwise. */
void jf_keyring_set_prompt_timeout (JfKeyring *self, unsigned timeout_ms);

/* `id`: which device key. Errors: JF_ERROR_NOT_AVAILABLE (no Secret Service), JF_ERROR_NOT_ENROLLED
 * (no such key in it), JF_ERROR_TIMEOUT, JF_ERROR_NOT_ALLOWED (locked, and the prompt was
 * dismissed or not allowed), JF_ERROR_INVALID (what is stored is no key), JF_ERROR_FAILED,
 * G_IO_ERROR_CANCELLED. Storing may prompt. Removing what is not there is no error. */
void jf_keyring_store_async (JfKeyring *self,
                             const char *id,
                             const char *label,
                             JfIdentity *identity,
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer data);
gboolean jf_keyring_store_finish (JfKeyring *self, GAsyncResult *result, GError **error);
/* may_prompt: the keyring may ask the user for its password. */
void jf_keyring_load_async (JfKeyring *self,
                            const char *id,
                            gboolean may_prompt,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer data);
JfIdentity *jf_keyring_load_finish (JfKeyring *self, GAsyncResult *result, GError **error);
void jf_keyring_remove_async (JfKeyring *self,
                              const char *id,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer data);
gboolean jf_keyring_remove_finish (JfKeyring *self, GAsyncResult *result, GError **error);

G_END_DECLS
