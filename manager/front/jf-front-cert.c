/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/front/jf-front-cert.h"

#include <gnutls/crypto.h>
#include <gnutls/x509.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "gateway/wire/jf-error.h"

#define COMMON_NAME      "jackfield-manager"
#define LIFETIME_SECONDS (10LL * 365 * 24 * 3600)
/* A clock that is behind ours must not find it "not yet valid". */
#define CLOCK_SKEW_SECONDS (24 * 3600)
#define SERIAL_BYTES       16

struct JfFrontCert
{
  atomic_uint refs;
  gnutls_certificate_credentials_t credentials;
};

static JfFrontCert *
cert_new (GError **error)
{
  JfFrontCert *self = g_new0 (JfFrontCert, 1);

  self->refs = 1;
  if (gnutls_certificate_allocate_credentials (&self->credentials) == 0)
    return self;
  g_set_error_literal (error, JF_ERROR, JF_ERROR_FAILED, "no memory for a certificate");
  g_free (self);
  return NULL;
}

JfFrontCert *
jf_front_cert_ref (JfFrontCert *self)
{
  atomic_fetch_add_explicit (&self->refs, 1, memory_order_relaxed);
  return self;
}

void
jf_front_cert_unref (JfFrontCert *self)
{
  if (self == NULL || atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) != 1)
    return;
  gnutls_certificate_free_credentials (self->credentials);
  g_free (self);
}

gnutls_certificate_credentials_t
jf_front_cert_get_credentials (JfFrontCert *self)
{
  return self->credentials;
}

static char *
read_file (const char *path, size_t *size, GError **error)
{
  g_autoptr (GError) failure = NULL;
  char *text = NULL;

  if (!g_file_get_contents (path, &text, size, &failure))
    g_set_error (error, JF_ERROR, JF_ERROR_STORAGE, "cannot read %s: %s", path, failure->message);
  return text;
}

JfFrontCert *
jf_front_cert_load (const char *certificate_path, const char *key_path, GError **error)
{
  g_autofree char *certificate = NULL;
  char *key = NULL;
  size_t certificate_size = 0, key_size = 0;
  gnutls_datum_t certificate_datum, key_datum;
  g_autoptr (JfFrontCert) self = NULL;
  int result;

  certificate = read_file (certificate_path, &certificate_size, error);
  if (certificate == NULL)
    return NULL;
  key = read_file (key_path, &key_size, error);
  if (key == NULL)
    return NULL;
  certificate_datum = (gnutls_datum_t){ (void *) certificate, (unsigned) certificate_size };
  key_datum = (gnutls_datum_t){ (void *) key, (unsigned) key_size };
  self = cert_new (error);
  if (self == NULL)
    result = GNUTLS_E_MEMORY_ERROR;
  else
    result = gnutls_certificate_set_x509_key_mem2 (self->credentials, &certificate_datum,
                                                   &key_datum, GNUTLS_X509_FMT_PEM, NULL, 0);
  gnutls_memset (key, 0, key_size);
  g_free (key);
  if (result >= 0)
    return g_steal_pointer (&self);
  if (self != NULL)
    g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                 "%s and %s are no certificate and key that belong together: %s", certificate_path,
                 key_path, gnutls_strerror (result));
  return NULL;
}

static int
fill_in (gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
  const time_t now = time (NULL);
  uint8_t serial[SERIAL_BYTES];
  int result;

  if ((result = gnutls_rnd (GNUTLS_RND_NONCE, serial, sizeof serial)) < 0)
    return result;
  serial[0] = (serial[0] & 0x3f) | 0x40; /* positive, and no leading zero (RFC 5280) */
  if ((result = gnutls_x509_privkey_generate (
           key, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0)) < 0 ||
      (result = gnutls_x509_crt_set_version (crt, 3)) < 0 ||
      (result = gnutls_x509_crt_set_serial (crt, serial, sizeof serial)) < 0 ||
      (result = gnutls_x509_crt_set_activation_time (crt, now - CLOCK_SKEW_SECONDS)) < 0 ||
      (result = gnutls_x509_crt_set_expiration_time (crt, now + LIFETIME_SECONDS)) < 0 ||
      (result = gnutls_x509_crt_set_dn_by_oid (crt, GNUTLS_OID_X520_COMMON_NAME, 0, COMMON_NAME,
                                               strlen (COMMON_NAME))) < 0 ||
      (result = gnutls_x509_crt_set_key (crt, key)) < 0 ||
      (result = gnutls_x509_crt_set_key_usage (crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0)
    return result;
  return gnutls_x509_crt_sign2 (crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

JfFrontCert *
jf_front_cert_new_self_signed (GError **error)
{
  g_autoptr (JfFrontCert) self = cert_new (error);
  gnutls_x509_crt_t crt = NULL;
  gnutls_x509_privkey_t key = NULL;
  int result;

  if (self == NULL)
    return NULL;
  if ((result = gnutls_x509_crt_init (&crt)) >= 0 &&
      (result = gnutls_x509_privkey_init (&key)) >= 0 && (result = fill_in (crt, key)) >= 0)
    result = gnutls_certificate_set_x509_key (self->credentials, &crt, 1, key);
  gnutls_x509_crt_deinit (crt);
  gnutls_x509_privkey_deinit (key);
  if (result >= 0)
    return g_steal_pointer (&self);
  g_set_error (error, JF_ERROR, JF_ERROR_FAILED, "cannot make a certificate: %s",
               gnutls_strerror (result));
  return NULL;
}
