/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-tls.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/x509.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-tls-private.h"
#include "gateway/wire/jf-error.h"
#include "tests/unit/link/link-test.h"

#define ALPN "jackfield/1"

static gssize
recv_some (JfTls *tls, void *buffer, size_t size)
{
  g_autoptr (GError) error = NULL;
  gssize n = jf_tls_recv (tls, buffer, size, &error);

  g_assert_no_error (error);
  return n;
}

static void
send_all (JfTls *tls, const void *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  gssize n = jf_tls_send (tls, data, size, &error);

  g_assert_no_error (error);
  g_assert_cmpint (n, ==, (gssize) size);
}

static void
test_mutual (void)
{
  g_autoptr (JfIdentity) client_identity = jf_identity_new (NULL);
  g_autoptr (JfIdentity) server_identity = jf_identity_new (NULL);
  g_autoptr (JfTls) client = NULL;
  g_autoptr (JfTls) server = NULL;
  JfKeyId peer;
  char buffer[100];
  int fds[2];

  link_pair (fds);
  client = jf_tls_new (JF_TLS_CLIENT, client_identity, ALPN, fds[0]);
  server = jf_tls_new (JF_TLS_SERVER, server_identity, ALPN, fds[1]);
  g_assert_false (jf_tls_get_peer (client, &peer));
  g_assert_true (link_handshake (client, server, NULL, NULL));
  g_assert_true (jf_tls_get_peer (client, &peer));
  g_assert_true (jf_key_id_equal (&peer, jf_identity_get_key_id (server_identity)));
  g_assert_true (jf_tls_get_peer (server, &peer));
  g_assert_true (jf_key_id_equal (&peer, jf_identity_get_key_id (client_identity)));
  g_assert_cmpint (gnutls_cipher_get (jf_tls_get_session (client)), ==, GNUTLS_CIPHER_AES_128_GCM);
  g_assert_cmpint (gnutls_protocol_get_version (jf_tls_get_session (client)), ==, GNUTLS_TLS1_3);

  g_assert_cmpint (recv_some (server, buffer, sizeof buffer), ==, JF_TLS_AGAIN);
  g_assert_cmpuint (jf_tls_wants (server), ==, EPOLLIN);
  send_all (client, "hello", 5);
  g_assert_cmpint (recv_some (server, buffer, 2), ==, 2);
  g_assert_cmpuint (jf_tls_pending (server), ==, 3);
  g_assert_cmpint (recv_some (server, buffer, sizeof buffer), ==, 3);
  jf_tls_bye (client);
  g_assert_cmpint (recv_some (server, buffer, sizeof buffer), ==, 0);
}

static void
check_alpn (const char *client_alpn, const char *server_alpn)
{
  g_autoptr (JfIdentity) identity = jf_identity_new (NULL);
  g_autoptr (GError) client_error = NULL;
  g_autoptr (GError) server_error = NULL;
  g_autoptr (JfTls) client = NULL;
  g_autoptr (JfTls) server = NULL;
  int fds[2];

  link_pair (fds);
  client = jf_tls_new (JF_TLS_CLIENT, identity, client_alpn, fds[0]);
  server = jf_tls_new (JF_TLS_SERVER, identity, server_alpn, fds[1]);
  g_assert_false (link_handshake (client, server, &client_error, &server_error));
  g_assert_error (server_error, JF_ERROR, JF_ERROR_PROTOCOL);
  g_assert_error (client_error, JF_ERROR, JF_ERROR_PROTOCOL);
}

static void
test_wrong_alpn (void)
{
  check_alpn (ALPN, "jackfield-channel/1");
  check_alpn ("jackfield", ALPN);
}

/* --- peers that are not of ours, made of GnuTLS alone --- */

typedef struct
{
  gnutls_session_t session;
  gnutls_certificate_credentials_t credentials;
  int fd;
} Stranger;

static void
stranger_init (Stranger *self, unsigned flags, const char *priority, int fd)
{
  *self = (Stranger){ .fd = fd };
  g_assert_cmpint (gnutls_init (&self->session, flags | GNUTLS_NONBLOCK), ==, 0);
  g_assert_cmpint (gnutls_priority_set_direct (self->session, priority, NULL), ==, 0);
  gnutls_certificate_allocate_credentials (&self->credentials);
  gnutls_credentials_set (self->session, GNUTLS_CRD_CERTIFICATE, self->credentials);
  gnutls_transport_set_int (self->session, fd);
}

static void
stranger_offer (Stranger *self, const char *alpn)
{
  gnutls_datum_t protocol = { (unsigned char *) alpn, (unsigned) strlen (alpn) };

  gnutls_alpn_set_protocols (self->session, &protocol, 1, 0);
}

static void
stranger_clear (Stranger *self)
{
  gnutls_deinit (self->session);
  gnutls_certificate_free_credentials (self->credentials);
  close (self->fd);
}

/* Any key algorithm, as a raw public key. */
static void
stranger_use_raw_key (Stranger *self, gnutls_pk_algorithm_t algorithm, unsigned bits)
{
  gnutls_privkey_t key;
  gnutls_pubkey_t public_key;
  gnutls_x509_privkey_t exportable;
  gnutls_datum_t spki, pem;

  gnutls_privkey_init (&key);
  g_assert_cmpint (gnutls_privkey_generate (key, algorithm, bits, 0), ==, 0);
  gnutls_pubkey_init (&public_key);
  gnutls_pubkey_import_privkey (public_key, key, GNUTLS_KEY_DIGITAL_SIGNATURE, 0);
  gnutls_pubkey_export2 (public_key, GNUTLS_X509_FMT_PEM, &spki);
  gnutls_privkey_export_x509 (key, &exportable);
  gnutls_x509_privkey_export2_pkcs8 (exportable, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                     &pem);
  g_assert_cmpint (gnutls_certificate_set_rawpk_key_mem (self->credentials, &spki, &pem,
                                                         GNUTLS_X509_FMT_PEM, NULL,
                                                         GNUTLS_KEY_DIGITAL_SIGNATURE, NULL, 0, 0),
                   ==, 0);
  gnutls_free (spki.data);
  gnutls_free (pem.data);
  gnutls_x509_privkey_deinit (exportable);
  gnutls_pubkey_deinit (public_key);
  gnutls_privkey_deinit (key);
}

/* A self-signed certificate. */
static void
use_certificate (gnutls_certificate_credentials_t credentials)
{
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
  time_t now = time (NULL);

  gnutls_x509_privkey_init (&key);
  gnutls_x509_privkey_generate (key, GNUTLS_PK_EDDSA_ED25519, 0, 0);
  gnutls_x509_crt_init (&certificate);
  gnutls_x509_crt_set_version (certificate, 3);
  gnutls_x509_crt_set_serial (certificate, "\1", 1);
  gnutls_x509_crt_set_dn (certificate, "CN=localhost", NULL);
  gnutls_x509_crt_set_activation_time (certificate, now - 1000);
  gnutls_x509_crt_set_expiration_time (certificate, now + 1000);
  gnutls_x509_crt_set_key (certificate, key);
  g_assert_cmpint (gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA512, 0), ==,
                   0);
  g_assert_cmpint (gnutls_certificate_set_x509_key (credentials, &certificate, 1, key), ==, 0);
  gnutls_x509_crt_deinit (certificate);
  gnutls_x509_privkey_deinit (key);
}

/* Both ends in turn until ours has ended. */
static int
meet (JfTls *tls, Stranger *stranger, GError **error)
{
  int result = JF_TLS_AGAIN, theirs = GNUTLS_E_AGAIN;

  for (int round = 0; round < 100 && result == JF_TLS_AGAIN; round++)
    {
      if (theirs == GNUTLS_E_AGAIN)
        theirs = gnutls_handshake (stranger->session);
      result = jf_tls_handshake (tls, error);
    }
  return result;
}

#define RAW_ANY                                                                                    \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CTYPE-ALL:+CTYPE-RAWPK:+SIGN-ALL:-GROUP-ALL:+GROUP-X25519"

static void
check_stranger_client (unsigned flags,
                       const char *priority,
                       gnutls_pk_algorithm_t raw_algorithm,
                       unsigned bits,
                       gboolean certificate)
{
  g_autoptr (JfIdentity) identity = jf_identity_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JfTls) server = NULL;
  Stranger client;
  int fds[2];

  link_pair (fds);
  server = jf_tls_new (JF_TLS_SERVER, identity, ALPN, fds[0]);
  stranger_init (&client, GNUTLS_CLIENT | flags, priority, fds[1]);
  stranger_offer (&client, ALPN);
  if (certificate)
    use_certificate (client.credentials);
  else if (raw_algorithm != GNUTLS_PK_UNKNOWN)
    stranger_use_raw_key (&client, raw_algorithm, bits);
  g_assert_cmpint (meet (server, &client, &error), ==, -1);
  g_assert_error (error, JF_ERROR, JF_ERROR_PROTOCOL);
  stranger_clear (&client);
}

static void
test_strangers_refused (void)
{
  /* X.509, no key at all, keys that are not Ed25519, an old TLS. */
  check_stranger_client (0, "NORMAL", GNUTLS_PK_UNKNOWN, 0, TRUE);
  check_stranger_client (0, "NORMAL", GNUTLS_PK_UNKNOWN, 0, FALSE);
  check_stranger_client (GNUTLS_ENABLE_RAWPK, RAW_ANY, GNUTLS_PK_UNKNOWN, 0, FALSE);
  check_stranger_client (GNUTLS_ENABLE_RAWPK, RAW_ANY, GNUTLS_PK_ECDSA,
                         GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), FALSE);
  check_stranger_client (GNUTLS_ENABLE_RAWPK, RAW_ANY, GNUTLS_PK_RSA, 2048, FALSE);
  check_stranger_client (0, "NORMAL:-VERS-ALL:+VERS-TLS1.2", GNUTLS_PK_UNKNOWN, 0, TRUE);
}

/* GnuTLS's client takes a server without ALPN; ours must not. */
static void
test_server_without_alpn (void)
{
  g_autoptr (JfIdentity) identity = jf_identity_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JfTls) client = NULL;
  Stranger server;
  int fds[2];

  link_pair (fds);
  client = jf_tls_new (JF_TLS_CLIENT, identity, ALPN, fds[0]);
  stranger_init (&server, GNUTLS_SERVER | GNUTLS_ENABLE_RAWPK, RAW_ANY, fds[1]);
  stranger_use_raw_key (&server, GNUTLS_PK_EDDSA_ED25519, 0);
  g_assert_cmpint (meet (client, &server, &error), ==, -1);
  g_assert_error (error, JF_ERROR, JF_ERROR_PROTOCOL);
  g_assert_nonnull (strstr (error->message, ALPN));
  stranger_clear (&server);
}

static void
test_web (void)
{
  g_autoptr (GError) error = NULL;
  gnutls_certificate_credentials_t credentials;
  JfTls *server;
  JfKeyId peer;
  Stranger client;
  int fds[2], theirs = GNUTLS_E_AGAIN;

  link_pair (fds);
  gnutls_certificate_allocate_credentials (&credentials);
  use_certificate (credentials);
  server = jf_tls_new_web (credentials, fds[0]);
  stranger_init (&client, GNUTLS_CLIENT, "NORMAL", fds[1]);
  stranger_offer (&client, "http/1.1");
  g_assert_cmpint (meet (server, &client, &error), ==, 1);
  g_assert_no_error (error);
  g_assert_false (jf_tls_get_peer (server, &peer));
  for (int i = 0; i < 10 && theirs == GNUTLS_E_AGAIN; i++)
    theirs = gnutls_handshake (client.session);
  g_assert_cmpint (theirs, ==, 0);
  g_assert_cmpint (gnutls_record_send (client.session, "GET", 3), ==, 3);
  jf_tls_free (server);
  stranger_clear (&client);
  gnutls_certificate_free_credentials (credentials);
}

static void
check_garbage (const char *garbage, size_t size)
{
  g_autoptr (JfIdentity) identity = jf_identity_new (NULL);
  g_autoptr (JfTls) tls = NULL;
  g_autoptr (GError) error = NULL;
  int fds[2];

  link_pair (fds);
  tls = jf_tls_new (JF_TLS_SERVER, identity, ALPN, fds[0]);
  g_assert_cmpint (write (fds[1], garbage, size), ==, (gssize) size);
  g_assert_no_errno (shutdown (fds[1], SHUT_WR));
  g_assert_cmpint (jf_tls_handshake (tls, &error), ==, -1);
  g_assert_nonnull (error);
  g_assert_true (error->domain == JF_ERROR);
  close (fds[1]);
}

static void
test_garbage (void)
{
  char noise[3000];
  g_autoptr (GRand) random = g_rand_new_with_seed (4);

  check_garbage ("", 0);
  check_garbage ("GET / HTTP/1.1\r\n\r\n", 18);
  check_garbage ("\x16\x03\x01\xff\xff", 5);
  check_garbage ("\x16\x03\x01\x00\x00\x16\x03\x01\x00\x00", 10);
  for (int round = 0; round < 50; round++)
    {
      for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char) g_rand_int (random);
      memcpy (noise, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
      check_garbage (noise, sizeof noise);
    }
}

/* --- exact reads --- */

/* Eager bytes behind the last record belong to whoever takes the descriptor. */
static void
test_exact_and_detach (void)
{
  JfTls *client, *server;
  char buffer[100];
  int client_fd, server_fd;

  link_tls_pair (&client, &server, ALPN);
  send_all (client, "LAST", 4);
  client_fd = jf_tls_detach (client);
  g_assert_cmpint (write (client_fd, "\x17\x03\x03 bare", 8), ==, 8);
  g_assert_cmpint (recv_some (server, buffer, sizeof buffer), ==, 4);
  g_assert_cmpuint (jf_tls_pending (server), ==, 0);
  server_fd = jf_tls_detach (server);
  g_assert_cmpint (read (server_fd, buffer, sizeof buffer), ==, 8);
  g_assert_cmpmem (buffer, 8, "\x17\x03\x03 bare", 8);
  /* No close_notify came before or after. */
  g_assert_cmpint (read (server_fd, buffer, sizeof buffer), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  g_assert_cmpint (read (client_fd, buffer, sizeof buffer), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  close (client_fd);
  close (server_fd);
}

static void
test_free_is_silent (void)
{
  JfTls *client, *server;
  char buffer[100];
  int fd;

  link_tls_pair (&client, &server, ALPN);
  jf_tls_free (client);
  fd = jf_tls_detach (server);
  g_assert_cmpint (read (fd, buffer, sizeof buffer), ==, 0);
  close (fd);
}

/* A transport that passes one byte and then wants to be asked again. */
typedef struct
{
  int fd;
  gboolean now;
} Drip;

static ssize_t
drip (Drip *self, ssize_t (*move) (int, void *, size_t), void *data)
{
  ssize_t n = -1;

  self->now = !self->now;
  errno = EAGAIN;
  if (self->now)
    n = move (self->fd, data, 1);
  return n;
}

static ssize_t
drip_pull_cb (gnutls_transport_ptr_t pointer, void *data, size_t size)
{
  return drip (pointer, read, data);
}

static ssize_t
write_one (int fd, void *data, size_t size)
{
  return write (fd, data, size);
}

static ssize_t
drip_push_cb (gnutls_transport_ptr_t pointer, const void *data, size_t size)
{
  return drip (pointer, write_one, (void *) data);
}

static void
test_byte_by_byte (void)
{
  g_autoptr (JfIdentity) identity = jf_identity_new (NULL);
  g_autoptr (JfTls) client = NULL;
  g_autoptr (JfTls) server = NULL;
  Drip drips[2] = { { 0 } };
  char data[500], buffer[500];
  gssize sent = JF_TLS_AGAIN, got = JF_TLS_AGAIN;
  int fds[2];

  link_pair (fds);
  client = jf_tls_new (JF_TLS_CLIENT, identity, ALPN, -1);
  server = jf_tls_new (JF_TLS_SERVER, identity, ALPN, -1);
  drips[0] = (Drip){ fds[0], FALSE };
  drips[1] = (Drip){ fds[1], FALSE };
  jf_tls_set_transport (client, &drips[0], drip_push_cb, NULL, drip_pull_cb);
  jf_tls_set_transport (server, &drips[1], drip_push_cb, NULL, drip_pull_cb);
  g_assert_true (link_handshake (client, server, NULL, NULL));
  memset (data, 'd', sizeof data);
  for (int i = 0; i < 10000 && got == JF_TLS_AGAIN; i++)
    {
      if (sent == JF_TLS_AGAIN)
        sent = jf_tls_send (client, data, sizeof data, NULL);
      got = recv_some (server, buffer, sizeof buffer);
    }
  g_assert_cmpint (sent, ==, sizeof data);
  g_assert_cmpmem (buffer, (size_t) got, data, sizeof data);
  close (fds[0]);
  close (fds[1]);
}

/* --- sending --- */

static void
fill (uint8_t *data, size_t size)
{
  for (size_t i = 0; i < size; i++)
    data[i] = (uint8_t) (i * 7 + i / 251);
}

/* A megabyte through a socket that is full most of the time: in order, whole, a record at most. */
static void
test_bulk (void)
{
  const size_t size = 1024 * 1024;
  g_autofree uint8_t *data = g_malloc (size);
  g_autofree uint8_t *got = g_malloc (size);
  g_autoptr (JfTls) client = NULL;
  g_autoptr (JfTls) server = NULL;
  size_t sent = 0, received = 0;
  gboolean was_full = FALSE;

  fill (data, size);
  link_tls_pair (&client, &server, ALPN);
  while (received < size)
    {
      gssize n = 1;

      while (sent < size && n > 0)
        {
          n = jf_tls_send (client, data + sent, size - sent, NULL);
          g_assert_cmpint (n, <=, 16384);
          if (n > 0)
            sent += (size_t) n;
          else
            {
              g_assert_cmpint (n, ==, JF_TLS_AGAIN);
              g_assert_cmpuint (jf_tls_wants (client), ==, EPOLLOUT);
              was_full = TRUE;
            }
        }
      for (n = 1; n > 0 && received < size;)
        {
          n = recv_some (server, got + received, MIN (size - received, 5000));
          if (n > 0)
            received += (size_t) n;
        }
    }
  g_assert_true (was_full);
  g_assert_cmpmem (data, size, got, size);
}

static void
check_packet (JfTls *tls, const char *expected)
{
  g_autoptr (GError) error = NULL;
  gnutls_packet_t packet = NULL;
  gnutls_datum_t record;

  g_assert_cmpint (jf_tls_recv_packet (tls, &packet, &error), ==, (gssize) strlen (expected));
  g_assert_no_error (error);
  gnutls_packet_get (packet, &record, NULL);
  g_assert_cmpmem (record.data, record.size, expected, strlen (expected));
  gnutls_packet_deinit (packet);
}

/* Whole records, never parts of two; afterwards the same answers as jf_tls_recv(). */
static void
test_packets (void)
{
  g_autoptr (JfIdentity) identity = jf_identity_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JfTls) client = NULL;
  g_autoptr (JfTls) server = NULL;
  gnutls_packet_t packet = NULL;
  int fds[2];

  link_pair (fds);
  client = jf_tls_new (JF_TLS_CLIENT, identity, ALPN, fds[0]);
  server = jf_tls_new (JF_TLS_SERVER, identity, ALPN, fds[1]);
  g_assert_true (link_handshake (client, server, NULL, NULL));
  send_all (client, "one", 3);
  send_all (client, "three", 5);
  check_packet (server, "one");
  g_assert_cmpint (gnutls_session_key_update (jf_tls_get_session (client), GNUTLS_KU_PEER), ==, 0);
  send_all (client, "seven", 5);
  check_packet (server, "three");
  check_packet (server, "seven");
  g_assert_cmpint (jf_tls_recv_packet (server, &packet, &error), ==, JF_TLS_AGAIN);
  g_assert_cmpuint (jf_tls_wants (server), ==, EPOLLIN);
  jf_tls_bye (client);
  g_assert_cmpint (jf_tls_recv_packet (server, &packet, &error), ==, 0);
  g_assert_no_error (error);
}

static void
test_send_to_nobody (void)
{
  JfTls *client, *server;
  GError *error = NULL;

  link_tls_pair (&client, &server, ALPN);
  jf_tls_free (server);
  g_assert_cmpint (jf_tls_send (client, "x", 1, &error), ==, -1);
  g_assert_error (error, JF_ERROR, JF_ERROR_CLOSED);
  g_error_free (error);
  jf_tls_free (client);
}

static void
test_damaged_record (void)
{
  JfTls *client, *server;
  GError *error = NULL;
  char record[100];
  ssize_t size;

  link_tls_pair (&client, &server, ALPN);
  send_all (client, "hello", 5);
  size = read (jf_tls_get_fd (server), record, sizeof record);
  g_assert_cmpint (size, >, 10);
  record[8] ^= 1;
  g_assert_cmpint (write (jf_tls_get_fd (client), record, (size_t) size), ==, size);
  g_assert_cmpint (jf_tls_recv (server, record, sizeof record, &error), ==, -1);
  g_assert_error (error, JF_ERROR, JF_ERROR_PROTOCOL);
  g_error_free (error);
  jf_tls_free (client);
  jf_tls_free (server);
}

/* New keys in the middle change nothing for the caller. */
static void
test_key_update (void)
{
  g_autoptr (JfTls) client = NULL;
  g_autoptr (JfTls) server = NULL;
  char buffer[10];

  link_tls_pair (&client, &server, ALPN);
  for (int i = 0; i < 5; i++)
    {
      g_assert_cmpint (gnutls_session_key_update (jf_tls_get_session (client), GNUTLS_KU_PEER), ==,
                       0);
      g_assert_cmpint (recv_some (server, buffer, sizeof buffer), ==, JF_TLS_AGAIN);
      send_all (client, "one", 3);
      g_assert_cmpint (recv_some (server, buffer, sizeof buffer), ==, 3);
      send_all (server, "three", 5);
      g_assert_cmpint (recv_some (client, buffer, sizeof buffer), ==, 5);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/tls/mutual", test_mutual);
  g_test_add_func ("/link/tls/wrong-alpn", test_wrong_alpn);
  g_test_add_func ("/link/tls/strangers-refused", test_strangers_refused);
  g_test_add_func ("/link/tls/server-without-alpn", test_server_without_alpn);
  g_test_add_func ("/link/tls/web", test_web);
  g_test_add_func ("/link/tls/garbage", test_garbage);
  g_test_add_func ("/link/tls/exact-and-detach", test_exact_and_detach);
  g_test_add_func ("/link/tls/free-is-silent", test_free_is_silent);
  g_test_add_func ("/link/tls/byte-by-byte", test_byte_by_byte);
  g_test_add_func ("/link/tls/bulk", test_bulk);
  g_test_add_func ("/link/tls/packets", test_packets);
  g_test_add_func ("/link/tls/send-to-nobody", test_send_to_nobody);
  g_test_add_func ("/link/tls/damaged-record", test_damaged_record);
  g_test_add_func ("/link/tls/key-update", test_key_update);
  return g_test_run ();
}
