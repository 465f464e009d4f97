/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <gnutls/gnutls.h>

#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* An Ed25519 key pair: the manager's, or a device's. Immutable and reference counted, so any
 * thread may use it. The private key never leaves it but into its file. */
typedef struct JfIdentity JfIdentity;

JfIdentity *jf_identity_new (GError **error); /* fresh, in memory only */

/* Reads `path` (PKCS #8 PEM); where there is none, makes one, 0600, whole or not at all (written
 * aside, synced, renamed). A file that is damaged, or readable by others, is an error that says
 * what to do: it is never overwritten. JF_ERROR_STORAGE, JF_ERROR_INVALID. */
JfIdentity *jf_identity_load_or_create (const char *path, GError **error);
JfIdentity *jf_identity_new_from_pem (const char *pem, GError **error);
char *jf_identity_to_pem (JfIdentity *self); /* secret; free with g_free() */

JfIdentity *jf_identity_ref (JfIdentity *self);
void jf_identity_unref (JfIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfIdentity, jf_identity_unref)

const JfKeyId *jf_identity_get_key_id (JfIdentity *self);
/* (transfer none) raw public key credentials, RFC 7250 */
gnutls_certificate_credentials_t jf_identity_get_credentials (JfIdentity *self);

G_END_DECLS
