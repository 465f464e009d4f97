/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-preamble.h"
#include "tests/unit/front/front-test.h"

static void
set_up (FrontFixture *self, gconstpointer data)
{
  jf_front_times = (JfFrontTimes){ .handshake_ms = JF_HANDSHAKE_TIMEOUT_MS,
                                   .preamble_ms = JF_PREAMBLE_TIMEOUT_MS,
                                   .enroll_ms = JF_ENROLL_TIMEOUT_MS };
  front_set_up (self);
}

static void
tear_down (FrontFixture *self, gconstpointer data)
{
  front_tear_down (self);
}

static void
send_raw (int fd, const void *data, size_t size)
{
  g_assert_cmpint (send (fd, data, size, MSG_NOSIGNAL), ==, (ssize_t) size);
}

/* The beginning of a good hello: it promises 512 bytes. */
static const uint8_t half_hello[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03 };

static void
test_garbage (FrontFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_HELLO_INVALID);
  const char *const garbage[] = { "GET / HTTP/1.0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
                                  "\x80\x2e\x01", "\x16\x03\x01\x7f\xff\x01", "\x15\x03\x01" };

  for (size_t i = 0; i < G_N_ELEMENTS (garbage); i++)
    {
      int fd = front_connect (self, 0, 1);

      send_raw (fd, garbage[i], strlen (garbage[i]));
      g_assert_true (fd_is_ended (fd));
      close (fd);
    }
  g_assert_cmpuint (jf_count_get (JF_COUNT_HELLO_INVALID), ==, before + G_N_ELEMENTS (garbage));
}

static void
test_half_hello_then_end (FrontFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_HELLO_INVALID);
  int fd = front_connect (self, 0, 1);

  send_raw (fd, half_hello, sizeof half_hello);
  shutdown (fd, SHUT_WR);
  g_assert_true (fd_is_ended (fd));
  close (fd);
  g_assert_cmpuint (jf_count_get (JF_COUNT_HELLO_INVALID), ==, before + 1);
}

static ssize_t
push_byte_by_byte (gnutls_transport_ptr_t data, const void *bytes, size_t size)
{
  int fd = GPOINTER_TO_INT (data);

  for (size_t i = 0; i < size; i++)
    send_raw (fd, (const uint8_t *) bytes + i, 1);
  return (ssize_t) size;
}

static ssize_t
pull_patiently (gnutls_transport_ptr_t data, void *bytes, size_t size)
{
  struct pollfd wanted = { .fd = GPOINTER_TO_INT (data), .events = POLLIN };

  g_assert_cmpint (poll (&wanted, 1, 10000), ==, 1);
  return recv (GPOINTER_TO_INT (data), bytes, size, MSG_DONTWAIT);
}

static void
test_byte_by_byte (FrontFixture *self, gconstpointer data)
{
  const uint8_t control[] = { JF_PREAMBLE_CONTROL, 1, 0, 0 };
  const int on = 1;
  int fd = front_connect (self, 0, 1);
  g_autoptr (JfTls) tls = jf_tls_new (JF_TLS_CLIENT, self->device, JF_ALPN_GATEWAY, fd);

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  jf_tls_set_transport (tls, GINT_TO_POINTER (fd), push_byte_by_byte, NULL, pull_patiently);
  g_assert_cmpint (jf_tls_handshake (tls, NULL), ==, 1);
  for (size_t i = 0; i < sizeof control; i++)
    g_assert_cmpint (jf_tls_send (tls, &control[i], 1, NULL), ==, 1);
  run_until (self->conns->len == 1);
}

static void
test_wrong_alpn_and_no_key (FrontFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_HANDSHAKE_FAILED);
  gnutls_certificate_credentials_t credentials;
  gnutls_session_t session;
  gnutls_datum_t alpn = { (void *) JF_ALPN_GATEWAY, strlen (JF_ALPN_GATEWAY) };
  int fd = front_connect (self, 0, 1);

  /* Says the right name but speaks X.509. */
  gnutls_certificate_allocate_credentials (&credentials);
  gnutls_init (&session, GNUTLS_CLIENT);
  gnutls_set_default_priority (session);
  gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, credentials);
  gnutls_alpn_set_protocols (session, &alpn, 1, 0);
  gnutls_transport_set_ptr (session, GINT_TO_POINTER (fd));
  gnutls_transport_set_pull_function (session, pull_patiently);
  g_assert_cmpint (gnutls_handshake (session), <, 0);
  g_assert_true (fd_is_ended (fd));
  gnutls_deinit (session);
  gnutls_certificate_free_credentials (credentials);
  close (fd);
  run_until (jf_count_get (JF_COUNT_HANDSHAKE_FAILED) == before + 1);
}

static void
test_handshake_timeout (FrontFixture *self, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_HANDSHAKE_TIMEOUT);
  int silent, half;

  jf_front_times.handshake_ms = 50;
  silent = front_connect (self, 0, 1);
  half = front_connect (self, 0, 1);
  send_raw (half, half_hello, sizeof half_hello);
  g_assert_true (fd_is_ended (silent));
  g_assert_true (fd_is_ended (half));
  g_assert_cmpuint (jf_count_get (JF_COUNT_HANDSHAKE_TIMEOUT), ==, before + 2);
  close (silent);
  close (half);
}

static void
test_preamble_timeout (FrontFixture *self, gconstpointer data)
{
  g_autoptr (JfTls) tls = NULL;

  jf_front_times.preamble_ms = 50;
  tls = front_open (self, self->device);
  g_assert_true (tls_is_ended (tls));
}

static void
test_bad_preambles (FrontFixture *self, gconstpointer data)
{
  static const struct
  {
    size_t size;
    uint8_t bytes[24];
  } bad[] = {
    { 4, { 0, 1, 0, 0 } },      /* no such kind */
    { 4, { 3, 1, 0, 0 } },      /* the manager's own */
    { 4, { 4, 1, 0, 0 } },      /**/
    { 4, { 9, 1, 0, 0 } },      /**/
    { 4, { 1, 2, 0, 0 } },      /* another version */
    { 4, { 1, 0, 0, 0 } },      /**/
    { 5, { 1, 1, 0, 1, 7 } },   /* CONTROL with a payload */
    { 4, { 2, 1, 0, 16 } },     /* LEG cut by the end of its record */
    { 12, { 2, 1, 0, 16, 1 } }, /**/
    { 21, { 2, 1, 0, 16, 1 } }, /* LEG and more */
    { 20, { 2, 1, 0, 15, 1 } }, /* another length */
    { 20, { 2, 1, 255, 255 } }, /**/
  };
  uint64_t before = jf_count_get (JF_COUNT_PREAMBLE_INVALID);

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JfTls) tls = front_open (self, self->device);

      tls_send_all (tls, bad[i].bytes, bad[i].size);
      g_assert_true (tls_is_ended (tls));
    }
  g_assert_cmpuint (jf_count_get (JF_COUNT_PREAMBLE_INVALID), ==, before + G_N_ELEMENTS (bad));
  g_assert_cmpuint (self->conns->len, ==, 0);
}

void __sanitizer_print_stack_trace (void) __attribute__ ((weak));

static gboolean
is_sanitized (void)
{
  return __sanitizer_print_stack_trace != NULL;
}

/* 200 stalled handshakes of other addresses do not delay a good one. */
static void
test_stalled (FrontFixture *self, gconstpointer data)
{
  int fds[200];
  int64_t start_us, took_us;
  g_autoptr (JfTls) tls = NULL;

  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = front_connect (self, 1, 1 + i / 25);
      send_raw (fds[i], half_hello, i % 2 ? sizeof half_hello : 1);
    }
  start_us = g_get_monotonic_time ();
  tls = front_open_control (self);
  took_us = g_get_monotonic_time () - start_us;
  g_test_message ("a good one beside 200 stalled: %d us", (int) took_us);
  g_assert_cmpint (took_us, <, (is_sanitized () ? 500 : 50) * 1000);
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* Fills one address; then the next is turned away until the oldest has stalled for a second. */
static void
test_eviction (FrontFixture *self, gconstpointer data)
{
  uint64_t limited = jf_count_get (JF_COUNT_CLOSED_ADDRESS_LIMIT);
  uint64_t stalled = jf_count_get (JF_COUNT_CLOSED_STALLED);
  uint64_t accepted = jf_count_get (JF_COUNT_ACCEPTED);
  int fds[JF_UNKNOWN_MAX_PER_ADDRESS];
  int64_t start_us;
  g_autoptr (JfTls) tls = NULL;
  g_autoptr (JfTls) other = NULL;
  int extra;

  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    {
      fds[i] = front_connect (self, 2, 1);
      run_until (jf_count_get (JF_COUNT_ACCEPTED) == accepted + i + 1);
    }
  start_us = g_get_monotonic_time ();
  extra = front_connect (self, 2, 1);
  g_assert_true (fd_is_ended (extra));
  close (extra);
  g_assert_cmpuint (jf_count_get (JF_COUNT_CLOSED_ADDRESS_LIMIT), ==, limited + 1);
  other = front_handshake (self, front_connect (self, 2, 2), self->device);
  g_assert_nonnull (other);

  run_until (g_get_monotonic_time () > start_us + JF_UNKNOWN_STALLED_MS * 1000);
  tls = front_handshake (self, front_connect (self, 2, 1), self->device);
  g_assert_nonnull (tls);
  g_assert_true (fd_is_ended (fds[0]));
  g_assert_cmpuint (jf_count_get (JF_COUNT_CLOSED_STALLED), ==, stalled + 1);
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

static void
test_total_limit (FrontFixture *self, gconstpointer data)
{
  uint64_t limited = jf_count_get (JF_COUNT_CLOSED_TOTAL_LIMIT);
  uint64_t stalled = jf_count_get (JF_COUNT_CLOSED_STALLED);
  int fds[JF_UNKNOWN_MAX + 30];

  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = front_connect (self, 3, 1 + i / 20);
  run_until (jf_count_get (JF_COUNT_CLOSED_TOTAL_LIMIT) + jf_count_get (JF_COUNT_CLOSED_STALLED) ==
             limited + stalled + 30);
  for (unsigned i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
}

/* Known ones do not count. */
static void
test_known_do_not_count (FrontFixture *self, gconstpointer data)
{
  JfTls *tls[JF_UNKNOWN_MAX_PER_ADDRESS + 4];

  self->welcome = TRUE;
  for (unsigned i = 0; i < G_N_ELEMENTS (tls); i++)
    {
      tls[i] = front_open_control (self);
      tls_send_message (tls[i], "", 0);
      g_free (tls_receive_message (tls[i])); /* set_known was posted before this came back */
    }
  g_assert_cmpuint (self->n_closed, ==, 0);
  for (unsigned i = 0; i < G_N_ELEMENTS (tls); i++)
    jf_tls_free (tls[i]);
  run_until (self->n_closed == G_N_ELEMENTS (tls));
}

static void
test_limits_keys (void)
{
  struct sockaddr_in6 address = { .sin6_family = AF_INET6 };
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (0x01020304) };
  JfFrontSlot *slots[JF_UNKNOWN_MAX_PER_ADDRESS + 2];
  JfFrontLimits limits;
  unsigned n = 0;

  jf_front_limits_init (&limits);
  /* All hosts of a /64 are one. */
  address.sin6_addr.s6_addr[0] = 0x20;
  for (; n < JF_UNKNOWN_MAX_PER_ADDRESS; n++)
    {
      address.sin6_addr.s6_addr[15] = (uint8_t) n;
      slots[n] = jf_front_limits_admit (&limits, (struct sockaddr *) &address, NULL);
      g_assert_nonnull (slots[n]);
    }
  g_assert_null (jf_front_limits_admit (&limits, (struct sockaddr *) &address, NULL));
  address.sin6_addr.s6_addr[7] = 1;
  slots[n++] = jf_front_limits_admit (&limits, (struct sockaddr *) &address, NULL);
  g_assert_nonnull (slots[n - 1]);
  slots[n++] = jf_front_limits_admit (&limits, (struct sockaddr *) &in, NULL);
  /* The same IPv4 address by another name. */
  inet_pton (AF_INET6, "::ffff:1.2.3.4", &address.sin6_addr);
  jf_front_slot_leave (&limits, slots[0]);
  slots[0] = jf_front_limits_admit (&limits, (struct sockaddr *) &address, NULL);
  g_assert_cmpuint (g_hash_table_size (limits.addresses), ==, 3);
  for (unsigned i = 0; i < n; i++)
    jf_front_slot_leave (&limits, slots[i]);
  g_assert_cmpuint (g_hash_table_size (limits.addresses), ==, 0);
  jf_front_limits_clear (&limits);
}

#define ADD(path, function)                                                                        \
  g_test_add ("/front-door/" path, FrontFixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("garbage", test_garbage);
  ADD ("half-hello-then-end", test_half_hello_then_end);
  ADD ("byte-by-byte", test_byte_by_byte);
  ADD ("no-raw-key", test_wrong_alpn_and_no_key);
  ADD ("handshake-timeout", test_handshake_timeout);
  ADD ("preamble-timeout", test_preamble_timeout);
  ADD ("bad-preambles", test_bad_preambles);
  ADD ("stalled", test_stalled);
  ADD ("eviction", test_eviction);
  ADD ("total-limit", test_total_limit);
  ADD ("known-do-not-count", test_known_do_not_count);
  g_test_add_func ("/front-door/limits-keys", test_limits_keys);
  return g_test_run ();
}
