/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-client-hello.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "gateway/wire/jf-limits.h"

#define ALPN_EXTENSION(list) "\x00\x10" list
#define GATEWAY_NAME         "\x0bjackfield/1"

static ssize_t
push_cb (gnutls_transport_ptr_t sink, const void *data, size_t size)
{
  g_byte_array_append (sink, data, (unsigned) size);
  return (ssize_t) size;
}

static ssize_t
pull_cb (gnutls_transport_ptr_t sink, void *data, size_t size)
{
  errno = EAGAIN;
  return -1;
}

/* The ClientHello that GnuTLS sends, offering "h2" and then `alpn`, or no ALPN for NULL. */
static GByteArray *
make_real_hello (const char *priority, const char *alpn)
{
  GByteArray *hello = g_byte_array_new ();
  gnutls_certificate_credentials_t credentials;
  gnutls_session_t session;
  gnutls_datum_t names[] = { { (unsigned char *) "h2", 2 }, { (unsigned char *) alpn, 0 } };

  gnutls_certificate_allocate_credentials (&credentials);
  g_assert_cmpint (gnutls_init (&session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_ENABLE_RAWPK),
                   ==, 0);
  g_assert_cmpint (gnutls_priority_set_direct (session, priority, NULL), ==, 0);
  gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, credentials);
  if (alpn != NULL)
    {
      names[1].size = (unsigned) strlen (alpn);
      g_assert_cmpint (gnutls_alpn_set_protocols (session, names, 2, 0), ==, 0);
    }
  gnutls_transport_set_ptr (session, hello);
  gnutls_transport_set_push_function (session, push_cb);
  gnutls_transport_set_pull_function (session, pull_cb);
  g_assert_cmpint (gnutls_handshake (session), ==, GNUTLS_E_AGAIN);
  gnutls_deinit (session);
  gnutls_certificate_free_credentials (credentials);
  return hello;
}

static void
append_number (GByteArray *bytes, size_t value, unsigned width)
{
  while (width-- > 0)
    {
      uint8_t byte = (uint8_t) (value >> (8 * width));

      g_byte_array_append (bytes, &byte, 1);
    }
}

/* A handshake message with these extensions; NULL: not even the length of them. */
static GByteArray *
make_message (const char *extensions, size_t size)
{
  GByteArray *message = g_byte_array_new ();

  append_number (message, 0x01000000, 4);
  append_number (message, 0x0303, 2);
  for (int i = 0; i < 32; i++)
    append_number (message, 0xaa, 1);
  append_number (message, 0, 1);
  append_number (message, 0x00021301, 4);
  append_number (message, 0x0100, 2);
  if (extensions != NULL)
    {
      append_number (message, size, 2);
      g_byte_array_append (message, (const uint8_t *) extensions, (unsigned) size);
    }
  message->data[2] = (uint8_t) ((message->len - 4) >> 8);
  message->data[3] = (uint8_t) (message->len - 4);
  return message;
}

/* Records of at most `fragment` bytes of the message each. Takes the message. */
static GByteArray *
wrap (GByteArray *message, size_t fragment)
{
  GByteArray *records = g_byte_array_new ();

  for (size_t at = 0; at < message->len; at += fragment)
    {
      size_t size = MIN (fragment, message->len - at);

      append_number (records, 0x160301, 3);
      append_number (records, size, 2);
      g_byte_array_append (records, message->data + at, (unsigned) size);
    }
  g_byte_array_unref (message);
  return records;
}

static JfHello
peek (const GByteArray *bytes)
{
  size_t need = 0;

  return jf_client_hello_peek (bytes->data, bytes->len, &need);
}

/* Every beginning asks for more, and never for more than there is to come. */
static void
check_all_beginnings (const GByteArray *bytes, JfHello expected)
{
  for (size_t size = 0; size < bytes->len; size++)
    {
      g_autofree uint8_t *exact = g_memdup2 (bytes->data, size);
      size_t need = 0;

      g_assert_cmpint (jf_client_hello_peek (exact, size, &need), ==, JF_HELLO_MORE);
      g_assert_cmpuint (need, >, size);
      g_assert_cmpuint (need, <=, bytes->len);
    }
  g_assert_cmpint (peek (bytes), ==, expected);
}

static void
test_real (void)
{
  static const char rawpk[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CTYPE-ALL:+CTYPE-RAWPK";
  static const struct
  {
    const char *priority;
    const char *alpn;
    JfHello expected;
  } cases[] = {
    { rawpk, JF_ALPN_GATEWAY, JF_HELLO_GATEWAY },
    { "NORMAL", JF_ALPN_GATEWAY, JF_HELLO_GATEWAY },
    { rawpk, JF_ALPN_CHANNEL, JF_HELLO_WEB },
    { "NORMAL", "http/1.1", JF_HELLO_WEB },
    { "NORMAL", NULL, JF_HELLO_WEB },
    { "NORMAL:-VERS-ALL:+VERS-TLS1.2", NULL, JF_HELLO_WEB },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) hello = make_real_hello (cases[i].priority, cases[i].alpn);

      check_all_beginnings (hello, cases[i].expected);
    }
}

static void
test_fragmented (void)
{
  static const char extensions[] = "\x00\x2b\x00\x03\x02\x03\x04" ALPN_EXTENSION (
      "\x00\x11\x00\x0f\x02h2" GATEWAY_NAME);

  for (size_t fragment = 1; fragment < 80; fragment++)
    {
      g_autoptr (GByteArray)
          records = wrap (make_message (extensions, sizeof extensions - 1), fragment);

      check_all_beginnings (records, JF_HELLO_GATEWAY);
    }
}

/* A reader that waits for `need` bytes each time comes to the end, in few steps. */
static void
test_need_leads_to_the_end (void)
{
  g_autoptr (GByteArray) hello = make_real_hello ("NORMAL", JF_ALPN_GATEWAY);
  size_t size = 0, steps = 0;

  while (jf_client_hello_peek (hello->data, size, &size) == JF_HELLO_MORE)
    {
      g_assert_cmpuint (size, <=, hello->len);
      steps++;
    }
  g_assert_cmpuint (size, ==, hello->len);
  g_assert_cmpuint (steps, <=, 3);
}

static void
test_early_data_behind (void)
{
  g_autoptr (GByteArray) hello = make_real_hello ("NORMAL", JF_ALPN_GATEWAY);

  g_byte_array_append (hello, (const uint8_t *) "\x17\x03\x03\x00\x05other", 10);
  g_assert_cmpint (peek (hello), ==, JF_HELLO_GATEWAY);
}

static void
test_without_extensions (void)
{
  g_autoptr (GByteArray) none = wrap (make_message (NULL, 0), 16384);
  g_autoptr (GByteArray) empty = wrap (make_message ("", 0), 16384);

  check_all_beginnings (none, JF_HELLO_WEB);
  check_all_beginnings (empty, JF_HELLO_WEB);
}

static void
test_bad_extensions (void)
{
#define CASE(bytes)                                                                                \
  {                                                                                                \
    bytes, sizeof bytes - 1                                                                        \
  }
  static const struct
  {
    const char *bytes;
    size_t size;
  } cases[] = {
    CASE ("\x00"),
    CASE ("\x00\x10\x00"),
    CASE ("\x00\x10\x00\x01"),
    CASE (ALPN_EXTENSION ("\x00\x00")),
    CASE (ALPN_EXTENSION ("\x00\x02\x00\x00")),
    CASE (ALPN_EXTENSION ("\x00\x03\x00\x01\x00")),
    CASE (ALPN_EXTENSION ("\x00\x0e\x00\x0d" GATEWAY_NAME)),
    CASE (ALPN_EXTENSION ("\x00\x0e\x00\x0b" GATEWAY_NAME)),
    CASE (ALPN_EXTENSION ("\x00\x0f\x00\x0c" GATEWAY_NAME "x")),
    CASE (ALPN_EXTENSION ("\x00\x0f\x00\x0d" GATEWAY_NAME "\x00")),
    CASE (ALPN_EXTENSION ("\x00\x10\x00\x0e" GATEWAY_NAME "\x02h")),
    CASE (ALPN_EXTENSION ("\x00\x0e\x00\x0c" GATEWAY_NAME)
              ALPN_EXTENSION ("\x00\x05\x00\x03\x02h2")),
    CASE (ALPN_EXTENSION ("\x00\x0e\x00\x0c" GATEWAY_NAME) "\x00\x2b\x00\x09\x02"),
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) records = wrap (make_message (cases[i].bytes, cases[i].size), 16384);

      g_test_message ("case %zu", i);
      g_assert_cmpint (peek (records), ==, JF_HELLO_INVALID);
    }
}

/* Each byte of a good hello changed: whatever comes out, it keeps the promises of the header. */
static void
test_bad_fields (void)
{
  static const struct
  {
    size_t at;
    uint8_t value;
  } cases[] = {
    { 0, 0x17 },     /* not a handshake record */
    { 1, 2 },        /* not TLS */
    { 3, 0x41 },     /* a record of more than 16 KiB */
    { 5, 2 },        /* a ServerHello */
    { 6, 1 },        /* a message of more than the limit */
    { 8, 0 },        /* the record goes on after the message */
    { 9, 2 },        /* version */
    { 9 + 34, 33 },  /* session id */
    { 9 + 36, 1 },   /* odd cipher suites */
    { 9 + 36, 0 },   /* no cipher suites */
    { 9 + 35, 255 }, /* too many of them */
    { 9 + 39, 0 },   /* no compression */
    { 9 + 42, 17 },  /* extensions shorter than what follows */
    { 9 + 42, 19 },  /* longer */
  };
  static const char extensions[] = ALPN_EXTENSION ("\x00\x0e\x00\x0c" GATEWAY_NAME);

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray)
          records = wrap (make_message (extensions, sizeof extensions - 1), 16384);

      g_assert_cmpint (peek (records), ==, JF_HELLO_GATEWAY);
      g_assert_cmpuint (records->data[cases[i].at], !=, cases[i].value);
      records->data[cases[i].at] = cases[i].value;
      g_test_message ("case %zu", i);
      g_assert_cmpint (peek (records), ==, JF_HELLO_INVALID);
    }
}

/* What can be refused at the first byte is not waited for. */
static void
test_early_refusal (void)
{
  size_t need;

  g_assert_cmpint (jf_client_hello_peek ((const uint8_t *) "G", 1, &need), ==, JF_HELLO_INVALID);
  g_assert_cmpint (jf_client_hello_peek ((const uint8_t *) "\x16G", 2, &need), ==,
                   JF_HELLO_INVALID);
  g_assert_cmpint (jf_client_hello_peek ((const uint8_t *) "\x16\x03\x01\x00\x00", 5, &need), ==,
                   JF_HELLO_INVALID);
  g_assert_cmpint (jf_client_hello_peek ((const uint8_t *) "\x16\x03\x01\x01\x00\x02", 6, &need),
                   ==, JF_HELLO_INVALID);
  g_assert_cmpint (jf_client_hello_peek (NULL, 0, &need), ==, JF_HELLO_MORE);
  g_assert_cmpuint (need, >, 0);
}

static void
test_size_limit (void)
{
  /* record and handshake header, 43 bytes of hello, length of extensions, one extension's header */
  size_t room = JF_CLIENT_HELLO_MAX_BYTES - 5 - 4 - 41 - 2 - 4;

  for (size_t extra = 0; extra < 2; extra++)
    {
      g_autoptr (GByteArray) extensions = g_byte_array_new ();
      g_autoptr (GByteArray) records = NULL;
      size_t need = 0;

      append_number (extensions, 21, 2);
      append_number (extensions, room + extra, 2);
      g_byte_array_set_size (extensions, (unsigned) (4 + room + extra));
      memset (extensions->data + 4, 0, room + extra);
      records = wrap (make_message ((const char *) extensions->data, extensions->len), 16384);
      g_assert_cmpuint (records->len, ==, JF_CLIENT_HELLO_MAX_BYTES + extra);
      g_assert_cmpint (peek (records), ==, extra == 0 ? JF_HELLO_WEB : JF_HELLO_INVALID);
      /* and the header alone says so */
      g_assert_cmpint (jf_client_hello_peek (records->data, 9, &need), ==,
                       extra == 0 ? JF_HELLO_MORE : JF_HELLO_INVALID);
    }
}

static void
test_tiny_records_hit_the_limit (void)
{
  g_autoptr (GByteArray) extensions = g_byte_array_new ();
  g_autoptr (GByteArray) records = NULL;

  append_number (extensions, 21, 2);
  append_number (extensions, 8000, 2);
  g_byte_array_set_size (extensions, 8004);
  memset (extensions->data + 4, 0, 8000);
  records = wrap (make_message ((const char *) extensions->data, extensions->len), 1);
  g_assert_cmpint (peek (records), ==, JF_HELLO_INVALID);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add_func ("/wire/client-hello/" name, function)
  ADD ("real", test_real);
  ADD ("fragmented", test_fragmented);
  ADD ("need-leads-to-the-end", test_need_leads_to_the_end);
  ADD ("early-data-behind", test_early_data_behind);
  ADD ("without-extensions", test_without_extensions);
  ADD ("bad-extensions", test_bad_extensions);
  ADD ("bad-fields", test_bad_fields);
  ADD ("early-refusal", test_early_refusal);
  ADD ("size-limit", test_size_limit);
  ADD ("tiny-records-hit-the-limit", test_tiny_records_hit_the_limit);
  return g_test_run ();
}
