/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/front/jf-front.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-preamble.h"
#include "tests/unit/front/front-test.h"

static void
set_up (FrontFixture *self, gconstpointer data)
{
  jf_front_times.enroll_ms = JF_ENROLL_TIMEOUT_MS;
  front_set_up (self);
}

static void
tear_down (FrontFixture *self, gconstpointer data)
{
  front_tear_down (self);
}

static void
test_control (FrontFixture *self, gconstpointer data)
{
  g_autoptr (JfTls) tls = NULL;
  g_autofree char *heartbeat = NULL;
  JfFrontConn *conn;
  int mark = 0;

  self->echo = TRUE;
  tls = front_open_control (self);
  conn = self->conns->pdata[0];
  g_assert_true (
      jf_key_id_equal (jf_front_conn_get_peer (conn), jf_identity_get_key_id (self->device)));
  g_assert_cmpstr (jf_front_conn_get_address (conn), ==, "127.0.0.1");
  jf_front_conn_set_data (conn, &mark);
  g_assert_true (jf_front_conn_get_data (conn) == &mark);
  jf_front_conn_set_known (conn);

  tls_send_message (tls, "", 0);
  heartbeat = tls_receive_message (tls);
  g_assert_cmpstr (heartbeat, ==, "");
  for (int i = 0; i < 50; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"type\":\"%d\"}", i);
      g_autofree char *answer = NULL;

      tls_send_message (tls, text, strlen (text));
      answer = tls_receive_message (tls);
      g_assert_cmpstr (answer, ==, text);
    }
  g_clear_pointer (&tls, jf_tls_free);
  run_until (self->n_closed == 1);
  g_assert_cmpint (self->closed_code, ==, JF_ERROR_CLOSED);
  jf_front_conn_close (conn);
  jf_front_conn_set_known (conn);
}

/* CONTROL and the first message in one record. */
static void
test_first_message_at_once (FrontFixture *self, gconstpointer data)
{
  static const uint8_t bytes[] = { JF_PREAMBLE_CONTROL, 1, 0, 0, 0, 0, 0, 2, '{', '}' };
  g_autoptr (JfTls) tls = front_open (self, self->device);

  tls_send_all (tls, bytes, sizeof bytes);
  run_until (self->messages->len == 1);
  g_assert_cmpuint (g_bytes_get_size (self->messages->pdata[0]), ==, 2);
}

static void
test_large_messages (FrontFixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (JF_MESSAGE_MAX_BYTES, 'x');
  g_autoptr (JfTls) tls = NULL;
  g_autofree char *answer = NULL;

  self->echo = TRUE;
  tls = front_open_control (self);
  tls_send_message (tls, text, strlen (text));
  answer = tls_receive_message (tls);
  g_assert_cmpuint (strlen (answer), ==, JF_MESSAGE_MAX_BYTES);
}

static void
test_oversize (FrontFixture *self, gconstpointer data)
{
  const uint8_t length[] = { 0, 1, 0, 1 };
  uint64_t before = jf_count_get (JF_COUNT_MESSAGE_LIMIT);
  g_autoptr (JfTls) tls = front_open_control (self);

  tls_send_all (tls, length, sizeof length);
  run_until (self->n_closed == 1);
  g_assert_true (tls_is_ended (tls));
  g_assert_cmpuint (jf_count_get (JF_COUNT_MESSAGE_LIMIT), ==, before + 1);
  g_assert_cmpuint (self->messages->len, ==, 0);
}

/* The main thread is busy; what waits for it stays bounded. */
static void
test_flood (FrontFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_MESSAGE_LIMIT);
  g_autoptr (JfTls) tls = front_open_control (self);

  for (int i = 0; i < 100; i++)
    tls_send_message (tls, "{}", 2);
  while (jf_count_get (JF_COUNT_MESSAGE_LIMIT) == before)
    g_usleep (500);
  run_until (self->n_closed == 1);
  g_assert_cmpint (self->closed_code, ==, JF_ERROR_LIMIT);
  g_assert_cmpuint (self->messages->len, <, 100);
}

static void
test_close (FrontFixture *self, gconstpointer data)
{
  g_autoptr (JfTls) tls = front_open_control (self);

  jf_front_conn_close (self->conns->pdata[0]);
  jf_front_conn_close (self->conns->pdata[0]);
  g_assert_true (tls_is_ended (tls));
  run_until (self->n_closed == 1);
}

static void
test_finish (FrontFixture *self, gconstpointer data)
{
  g_autoptr (JfTls) tls = front_open_control (self);
  g_autoptr (GBytes) last = g_bytes_new_static ("last words", 10);
  g_autofree char *text = NULL;

  jf_front_conn_send (self->conns->pdata[0], last);
  jf_front_conn_finish (self->conns->pdata[0]);
  text = tls_receive_message (tls);
  g_assert_cmpstr (text, ==, "last words");
  g_assert_true (tls_is_ended (tls));
  g_clear_pointer (&tls, jf_tls_free);
  run_until (self->n_closed == 1);
}

static void
test_enroll_timeout (FrontFixture *self, gconstpointer data)
{
  g_autoptr (JfTls) tls = NULL;

  jf_front_times.enroll_ms = 50;
  tls = front_open_control (self);
  run_until (self->n_closed == 1);
  g_assert_cmpint (self->closed_code, ==, JF_ERROR_TIMEOUT);
  g_assert_true (tls_is_ended (tls));
}

static int
open_leg (FrontFixture *self, const JfTicket *ticket)
{
  const JfPreamble preamble = { .kind = JF_PREAMBLE_LEG, .ticket = *ticket };
  uint8_t frame[JF_PREAMBLE_MAX_BYTES];
  size_t size = jf_preamble_pack (&preamble, frame);
  JfTls *tls = front_open (self, self->device);
  struct pollfd wanted = { .fd = jf_tls_get_fd (tls), .events = POLLIN };
  gssize n;

  tls_send_all (tls, frame, size);
  while ((n = jf_tls_recv (tls, frame, sizeof frame, NULL)) == JF_TLS_AGAIN)
    g_assert_cmpint (poll (&wanted, 1, 10000), ==, 1);
  g_assert_cmpint (n, ==, JF_PREAMBLE_HEADER_BYTES);
  g_assert_cmpint (frame[0], ==, JF_PREAMBLE_READY);
  return jf_tls_detach (tls);
}

static void
test_legs (FrontFixture *self, gconstpointer data)
{
  g_autoptr (JfSwitchTunnel) tunnel = jf_switch_tunnel_new (self->sw, 1);
  const JfKeyId *device = jf_identity_get_key_id (self->device);
  JfTicket a_ticket, b_ticket;
  struct pollfd wanted = { .events = POLLIN };
  char text[6] = "";
  int a, b;

  jf_switch_tunnel_issue (tunnel, device, device, 1, &a_ticket, &b_ticket);
  a = open_leg (self, &a_ticket);
  g_assert_cmpint (send (a, "hello", 5, MSG_NOSIGNAL), ==, 5);
  b = open_leg (self, &b_ticket);
  wanted.fd = b;
  g_assert_cmpint (poll (&wanted, 1, 10000), ==, 1);
  g_assert_cmpint (recv (b, text, 5, 0), ==, 5);
  g_assert_cmpstr (text, ==, "hello");
  close (a);
  close (b);
  run_until (jf_switch_count_pairs (self->sw) == 0);
}

static ssize_t
pull_patiently (gnutls_transport_ptr_t data, void *bytes, size_t size)
{
  struct pollfd wanted = { .fd = GPOINTER_TO_INT (data), .events = POLLIN };

  g_assert_cmpint (poll (&wanted, 1, 10000), ==, 1);
  return recv (GPOINTER_TO_INT (data), bytes, size, MSG_DONTWAIT);
}

/* Everything that a plain TLS client gets to read, after it has written the request in pieces of
 * piece_bytes. */
static char *
browse (FrontFixture *self, const char *request, size_t piece_bytes)
{
  GString *text = g_string_new (NULL);
  int fd = front_connect (self, 0, 1);
  gnutls_certificate_credentials_t credentials;
  gnutls_session_t session;
  char buffer[1000];
  ssize_t n;

  gnutls_certificate_allocate_credentials (&credentials);
  gnutls_init (&session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
  gnutls_set_default_priority (session);
  gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, credentials);
  gnutls_transport_set_int (session, fd);
  gnutls_transport_set_pull_function (session, pull_patiently);
  g_assert_cmpint (gnutls_handshake (session), ==, 0);
  for (size_t i = 0; i < strlen (request); i += piece_bytes)
    if (gnutls_record_send (session, request + i, MIN (piece_bytes, strlen (request) - i)) < 0)
      break;
  while ((n = gnutls_record_recv (session, buffer, sizeof buffer)) > 0 ||
         n == GNUTLS_E_AGAIN) /* a session ticket came instead */
    g_string_append_len (text, buffer, MAX (n, 0));
  g_string_append (text, n == 0 ? "" : "<no goodbye>");
  gnutls_deinit (session);
  gnutls_certificate_free_credentials (credentials);
  close (fd);
  return g_string_free (text, FALSE);
}

static void
check_426 (const char *text, gboolean with_body)
{
  const char *body = strstr (text, "\r\n\r\n");
  const char *length = strstr (text, "\r\nContent-Length: ");

  g_assert_true (g_str_has_prefix (text, "HTTP/1.1 426 Upgrade Required\r\n"));
  g_assert_nonnull (strstr (text, "\r\nUpgrade: jackfield/1\r\n"));
  g_assert_nonnull (strstr (text, "close\r\n"));
  g_assert_nonnull (body);
  g_assert_nonnull (length);
  if (with_body)
    g_assert_cmpuint (strlen (body + 4), ==,
                      (size_t) atoi (length + strlen ("\r\nContent-Length: ")));
  else
    g_assert_cmpuint (strlen (body + 4), ==, 0);
}

static void
test_web (FrontFixture *self, gconstpointer data)
{
  const char *request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  uint64_t before = jf_count_get (JF_COUNT_WEB_REFUSED);
  g_autofree char *whole = browse (self, request, 1000);
  g_autofree char *crumbs = browse (self, request, 1);
  g_autofree char *head = browse (self, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", 1000);
  g_autofree char *endless = g_strnfill (20000, 'x');
  g_autofree char *nothing = browse (self, endless, 5000);

  check_426 (whole, TRUE);
  check_426 (crumbs, TRUE);
  check_426 (head, FALSE);
  g_assert_null (strstr (nothing, "HTTP"));
  g_assert_cmpuint (jf_count_get (JF_COUNT_WEB_REFUSED), ==, before + 3);
}

static char *
write_file (const gnutls_datum_t *text)
{
  GError *error = NULL;
  char *path = NULL;
  int fd = g_file_open_tmp ("jf-front-XXXXXX", &path, &error);

  g_assert_no_error (error);
  close (fd);
  g_file_set_contents (path, (const char *) text->data, (gssize) text->size, &error);
  g_assert_no_error (error);
  return path;
}

static void
make_certificate (char **certificate_path, char **key_path)
{
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t crt;
  gnutls_datum_t pem;

  gnutls_x509_privkey_init (&key);
  gnutls_x509_privkey_generate (key, GNUTLS_PK_ECDSA,
                                GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1), 0);
  gnutls_x509_crt_init (&crt);
  gnutls_x509_crt_set_version (crt, 3);
  gnutls_x509_crt_set_serial (crt, "\x01", 1);
  gnutls_x509_crt_set_activation_time (crt, 0);
  gnutls_x509_crt_set_expiration_time (crt, G_MAXINT32);
  gnutls_x509_crt_set_dn (crt, "CN=test.invalid", NULL);
  gnutls_x509_crt_set_key (crt, key);
  g_assert_cmpint (gnutls_x509_crt_sign2 (crt, crt, key, GNUTLS_DIG_SHA256, 0), ==, 0);
  g_assert_cmpint (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  *certificate_path = write_file (&pem);
  gnutls_free (pem.data);
  g_assert_cmpint (gnutls_x509_privkey_export2 (key, GNUTLS_X509_FMT_PEM, &pem), ==, 0);
  *key_path = write_file (&pem);
  gnutls_free (pem.data);
  gnutls_x509_crt_deinit (crt);
  gnutls_x509_privkey_deinit (key);
}

static void
test_certificate (FrontFixture *self, gconstpointer data)
{
  g_autofree char *certificate = NULL;
  g_autofree char *key = NULL;
  g_autofree char *text = NULL;
  GError *error = NULL;

  make_certificate (&certificate, &key);
  jf_front_set_certificate (self->front, certificate, key, &error);
  g_assert_no_error (error);
  g_assert_false (jf_front_set_certificate (self->front, certificate, NULL, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (jf_front_set_certificate (self->front, certificate, "/nowhere/key.pem", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "/nowhere/key.pem"));
  g_clear_error (&error);
  g_assert_false (jf_front_set_certificate (self->front, key, certificate, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_clear_error (&error);
  text = browse (self, "GET / HTTP/1.1\r\n\r\n", 1000);
  check_426 (text, TRUE);
  g_assert_true (jf_front_set_certificate (self->front, NULL, NULL, &error));
  g_assert_no_error (error);
  unlink (certificate);
  unlink (key);
}

static void
test_listen (FrontFixture *self, gconstpointer data)
{
  const char *const bad[] = {
    "",      "443",         "localhost",  "example.org:443", "127.0.0.1:65536", "::1:443",
    "[::1]", "127.0.0.1:x", "127.0.0.1:", "[::1:443",        "192.0.2.1:0"
  };
  g_auto (GStrv) listen = NULL;
  g_autofree char *taken = g_strdup_printf ("127.0.0.1:%u", self->port);
  GError *error = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (jf_front_listen (self->front, bad[i], &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, bad[i]));
      g_clear_error (&error);
    }
  g_assert_false (jf_front_listen (self->front, taken, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_true (jf_front_listen (self->front, ":0", &error));
  g_assert_no_error (error);
  listen = jf_front_get_listen (self->front);
  g_assert_cmpuint (g_strv_length (listen), ==, 2);
  g_assert_cmpstr (listen[0], ==, taken);
  g_assert_true (strrchr (listen[1], ':') != NULL && atoi (strrchr (listen[1], ':') + 1) > 0);
}

/* Connections in every state. */
static void
test_free_leaves_nothing (void)
{
  FrontFixture fixture;
  unsigned before, n_closed;
  JfTls *control, *shaken, *browsing;
  int silent;

  before = count_descriptors ();
  front_set_up (&fixture);
  control = front_open_control (&fixture);
  shaken = front_open (&fixture, fixture.device);
  silent = front_connect (&fixture, 0, 1);
  browsing = front_open_control (&fixture);
  tls_send_message (browsing, "{}", 2);
  n_closed = fixture.n_closed;
  g_clear_pointer (&fixture.front, jf_front_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture.n_closed, ==, n_closed);
  g_assert_true (tls_is_ended (control));
  g_assert_true (tls_is_ended (shaken));
  g_assert_true (fd_is_ended (silent));
  jf_front_conn_close (fixture.conns->pdata[0]);
  jf_tls_free (control);
  jf_tls_free (shaken);
  jf_tls_free (browsing);
  close (silent);
  front_tear_down (&fixture);
  g_assert_cmpuint (count_descriptors (), ==, before);
}

/* Out of descriptors: turned away, not left hanging; and then it works again. */
static void
test_no_descriptors (FrontFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_CLOSED_TOTAL_LIMIT);
  struct rlimit none, old;
  JfTls *earlier = front_open_control (self); /* the workers are up */
  JfTls *later;
  int fd;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &old), ==, 0);
  fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  close (fd);
  none = (struct rlimit){ .rlim_cur = (rlim_t) fd + 1, .rlim_max = old.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &none), ==, 0);
  fd = front_connect (self, 0, 1);
  g_assert_true (fd_is_ended (fd));
  close (fd);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &old), ==, 0);
  g_assert_cmpuint (jf_count_get (JF_COUNT_CLOSED_TOTAL_LIMIT), >, before);
  later = front_open_control (self);
  jf_tls_free (later);
  jf_tls_free (earlier);
}

#define ADD(path, function)                                                                        \
  g_test_add ("/front/" path, FrontFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("control", test_control);
  ADD ("first-message-at-once", test_first_message_at_once);
  ADD ("large-messages", test_large_messages);
  ADD ("oversize", test_oversize);
  ADD ("flood", test_flood);
  ADD ("close", test_close);
  ADD ("finish", test_finish);
  ADD ("enroll-timeout", test_enroll_timeout);
  ADD ("legs", test_legs);
  ADD ("web", test_web);
  ADD ("certificate", test_certificate);
  ADD ("listen", test_listen);
  ADD ("no-descriptors", test_no_descriptors);
  g_test_add_func ("/front/free-leaves-nothing", test_free_leaves_nothing);
  return g_test_run ();
}
