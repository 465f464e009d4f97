/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <gnutls/gnutls.h>

G_BEGIN_DECLS

/* The certificate for everybody who is not a gateway. Immutable and reference counted, because
 * sessions outlive a reload; any thread. */
typedef struct JfFrontCert JfFrontCert;

/* PEM files. Fails with JF_ERROR_STORAGE or JF_ERROR_INVALID. */
JfFrontCert *jf_front_cert_load (const char *certificate_path,
                                 const char *key_path,
                                 GError **error);
JfFrontCert *jf_front_cert_new_self_signed (GError **error); /* ECDSA P-256 */
JfFrontCert *jf_front_cert_ref (JfFrontCert *self);
void jf_front_cert_unref (JfFrontCert *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfFrontCert, jf_front_cert_unref)

gnutls_certificate_credentials_t jf_front_cert_get_credentials (JfFrontCert *self);

G_END_DECLS
