/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-identity.h"

#include <glib/gi18n-lib.h>
#include <gnutls/abstract.h>
#include <string.h>

#include "gateway/link/jf-identity-private.h"
#include "gateway/wire/jf-error.h"

struct JfIdentity
{
  int references; /* g_atomic_int: ThreadSanitizer sees through those, not gatomicrefcount */
  gnutls_certificate_credentials_t credentials;
  JfKeyId key_id;
  char *pem; /* secret */
};

static void
wipe (char *text)
{
  if (text)
    gnutls_memset (text, 0, strlen (text));
  g_free (text);
}

static gboolean
fail (GError **error, JfError code, const char *what, int result)
{
  g_set_error (error, JF_ERROR, code, "%s: %s", what, gnutls_strerror (result));
  return FALSE;
}

/* The public half, as PEM for the credentials and as DER for the key id. */
static gboolean
derive_public (JfIdentity *self, gnutls_x509_privkey_t key, gnutls_datum_t *pem, GError **error)
{
  gnutls_privkey_t private_key = NULL;
  gnutls_pubkey_t public_key = NULL;
  gnutls_datum_t der = { NULL, 0 };
  int result = gnutls_privkey_init (&private_key);

  if (result >= 0)
    result = gnutls_privkey_import_x509 (private_key, key, GNUTLS_PRIVKEY_IMPORT_COPY);
  if (result >= 0)
    result = gnutls_pubkey_init (&public_key);
  if (result >= 0)
    result = gnutls_pubkey_import_privkey (public_key, private_key, GNUTLS_KEY_DIGITAL_SIGNATURE,
                                           0);
  if (result >= 0)
    result = gnutls_pubkey_export2 (public_key, GNUTLS_X509_FMT_DER, &der);
  if (result >= 0)
    result = gnutls_pubkey_export2 (public_key, GNUTLS_X509_FMT_PEM, pem);
  if (result >= 0)
    jf_key_id_from_spki (&self->key_id, der.data, der.size);
  gnutls_free (der.data);
  if (public_key)
    gnutls_pubkey_deinit (public_key);
  if (private_key)
    gnutls_privkey_deinit (private_key);
  return result >= 0 || fail (error, JF_ERROR_FAILED, "cannot derive the public key", result);
}

static gboolean
make_credentials (JfIdentity *self, const gnutls_datum_t *public_pem, GError **error)
{
  gnutls_datum_t private_pem = { (unsigned char *) self->pem, (unsigned) strlen (self->pem) };
  int result = gnutls_certificate_allocate_credentials (&self->credentials);

  if (result >= 0)
    result = gnutls_certificate_set_rawpk_key_mem (self->credentials, public_pem, &private_pem,
                                                   GNUTLS_X509_FMT_PEM, NULL,
                                                   GNUTLS_KEY_DIGITAL_SIGNATURE, NULL, 0, 0);
  return result >= 0 || fail (error, JF_ERROR_FAILED, "cannot use the key for TLS", result);
}

/* (transfer full) pem */
static JfIdentity *
identity_new_take (gnutls_x509_privkey_t key, char *pem, GError **error)
{
  JfIdentity *self = g_new0 (JfIdentity, 1);
  gnutls_datum_t public_pem = { NULL, 0 };
  gboolean done;

  self->references = 1;
  self->pem = pem;
  done = derive_public (self, key, &public_pem, error) &&
         make_credentials (self, &public_pem, error);
  gnutls_free (public_pem.data);
  if (!done)
    g_clear_pointer (&self, jf_identity_unref);
  return self;
}

static char *
export_pem (gnutls_x509_privkey_t key, GError **error)
{
  gnutls_datum_t out = { NULL, 0 };
  char *pem;
  int result = gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                                  &out);

  if (result < 0)
    {
      fail (error, JF_ERROR_FAILED, "cannot write the key as PEM", result);
      return NULL;
    }
  pem = g_strndup ((const char *) out.data, out.size);
  gnutls_memset (out.data, 0, out.size);
  gnutls_free (out.data);
  return pem;
}

JfIdentity *
jf_identity_new (GError **error)
{
  gnutls_x509_privkey_t key = NULL;
  JfIdentity *self = NULL;
  char *pem = NULL;
  int result = gnutls_x509_privkey_init (&key);

  if (result >= 0)
    result = gnutls_x509_privkey_generate (key, GNUTLS_PK_EDDSA_ED25519, 0, 0);
  if (result < 0)
    fail (error, JF_ERROR_FAILED, "cannot make a key", result);
  else
    pem = export_pem (key, error);
  if (pem)
    self = identity_new_take (key, pem, error);
  if (key)
    gnutls_x509_privkey_deinit (key);
  return self;
}

JfIdentity *
jf_identity_new_from_pem (const char *pem, GError **error)
{
  gnutls_datum_t datum = { (unsigned char *) pem, (unsigned) strlen (pem) };
  gnutls_x509_privkey_t key = NULL;
  JfIdentity *self = NULL;
  int result = gnutls_x509_privkey_init (&key);

  if (result >= 0)
    result = gnutls_x509_privkey_import_pkcs8 (key, &datum, GNUTLS_X509_FMT_PEM, NULL,
                                               GNUTLS_PKCS_PLAIN);
  if (result < 0)
    fail (error, JF_ERROR_INVALID, "not a private key in PKCS #8 PEM form", result);
  else if (gnutls_x509_privkey_get_pk_algorithm (key) != GNUTLS_PK_EDDSA_ED25519)
    g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                 _ ("expected an Ed25519 key, got %s"),
                    gnutls_pk_algorithm_get_name (
                        (gnutls_pk_algorithm_t) gnutls_x509_privkey_get_pk_algorithm (key)));
  else
    self = identity_new_take (key, g_strdup (pem), error);
  if (key)
    gnutls_x509_privkey_deinit (key);
  return self;
}

static JfIdentity *
new_from_file_text (const char *path, char *pem, GError **error)
{
  JfIdentity *self = jf_identity_new_from_pem (pem, error);

  wipe (pem);
  if (!self)
    g_prefix_error (error,
                    "%s is damaged; restore it from a backup, or move it away to get a new key "
                    "(which has to be enrolled again): ",
                    path);
  return self;
}

JfIdentity *
jf_identity_load_or_create (const char *path, GError **error)
{
  /* Twice: between our look and our own file another process may put its own there. */
  for (int attempt = 0; attempt < 2; attempt++)
    {
      g_autoptr (JfIdentity) fresh = NULL;
      char *pem = NULL;

      if (!jf_identity_file_read (path, &pem, error))
        return NULL;
      if (pem)
        return new_from_file_text (path, pem, error);
      fresh = jf_identity_new (error);
      if (!fresh)
        return NULL;
      switch (jf_identity_file_create (path, fresh->pem, error))
        {
        case JF_FILE_CREATED:
          return g_steal_pointer (&fresh);
        case JF_FILE_FAILED:
          return NULL;
        case JF_FILE_EXISTS:
          break;
        }
    }
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE,
               _ ("%s comes and goes while it is being made; is another program using it?"), path);
  return NULL;
}

char *
jf_identity_to_pem (JfIdentity *self)
{
  return g_strdup (self->pem);
}

JfIdentity *
jf_identity_ref (JfIdentity *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

void
jf_identity_unref (JfIdentity *self)
{
  if (!self || !g_atomic_int_dec_and_test (&self->references))
    return;
  if (self->credentials)
    gnutls_certificate_free_credentials (self->credentials);
  wipe (self->pem);
  g_free (self);
}

const JfKeyId *
jf_identity_get_key_id (JfIdentity *self)
{
  return &self->key_id;
}

gnutls_certificate_credentials_t
jf_identity_get_credentials (JfIdentity *self)
{
  return self->credentials;
}
