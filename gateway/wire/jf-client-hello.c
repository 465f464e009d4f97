/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-client-hello.h"

#include <string.h>

#include "gateway/wire/jf-limits.h"

#define RECORD_HEADER_BYTES    5
#define RECORD_PAYLOAD_MAX     16384
#define HANDSHAKE_HEADER_BYTES 4
#define CONTENT_HANDSHAKE      22
#define TYPE_CLIENT_HELLO      1
#define EXTENSION_ALPN         16
#define RANDOM_BYTES           32

/* The handshake message as it comes out of its records. */
typedef struct
{
  uint8_t bytes[JF_CLIENT_HELLO_MAX_BYTES];
  size_t have;
  size_t want; /* the whole message, or its header as long as that is not complete */
} Gathered;

typedef struct
{
  const uint8_t *data;
  size_t left;
} Reader;

static gboolean
read_bytes (Reader *reader, size_t size, Reader *out)
{
  if (size > reader->left)
    return FALSE;
  *out = (Reader){ reader->data, size };
  reader->data += size;
  reader->left -= size;
  return TRUE;
}

static gboolean
read_number (Reader *reader, size_t width, size_t *out)
{
  Reader bytes;

  if (!read_bytes (reader, width, &bytes))
    return FALSE;
  *out = 0;
  for (size_t i = 0; i < width; i++)
    *out = *out << 8 | bytes.data[i];
  return TRUE;
}

/* A vector of RFC 8446 section 3.4: its length in `width` bytes, then that many bytes. */
static gboolean
read_vector (Reader *reader, size_t width, Reader *out)
{
  size_t size;

  return read_number (reader, width, &size) && read_bytes (reader, size, out);
}

static JfHello
look_for_gateway (Reader alpn)
{
  JfHello result = JF_HELLO_WEB;
  Reader names, name;

  if (!read_vector (&alpn, 2, &names) || alpn.left > 0 || names.left == 0)
    return JF_HELLO_INVALID;
  while (names.left > 0)
    {
      if (!read_vector (&names, 1, &name) || name.left == 0)
        return JF_HELLO_INVALID;
      if (name.left == strlen (JF_ALPN_GATEWAY) &&
          memcmp (name.data, JF_ALPN_GATEWAY, name.left) == 0)
        result = JF_HELLO_GATEWAY;
    }
  return result;
}

static JfHello
look_at_extensions (Reader extensions)
{
  JfHello result = JF_HELLO_WEB;
  gboolean seen = FALSE;

  while (extensions.left > 0)
    {
      size_t type;
      Reader extension;

      if (!read_number (&extensions, 2, &type) || !read_vector (&extensions, 2, &extension))
        return JF_HELLO_INVALID;
      if (type != EXTENSION_ALPN)
        continue;
      /* Two lists would let us and the TLS library choose differently. */
      if (seen)
        return JF_HELLO_INVALID;
      seen = TRUE;
      result = look_for_gateway (extension);
      if (result == JF_HELLO_INVALID)
        return result;
    }
  return result;
}

static JfHello
look_at_hello (Reader hello)
{
  Reader random, session, suites, compression, extensions;
  size_t version;

  if (!read_number (&hello, 2, &version) || version >> 8 != 3)
    return JF_HELLO_INVALID;
  if (!read_bytes (&hello, RANDOM_BYTES, &random) || !read_vector (&hello, 1, &session) ||
      session.left > 32)
    return JF_HELLO_INVALID;
  if (!read_vector (&hello, 2, &suites) || suites.left == 0 || suites.left % 2 != 0)
    return JF_HELLO_INVALID;
  if (!read_vector (&hello, 1, &compression) || compression.left == 0)
    return JF_HELLO_INVALID;
  if (hello.left == 0)
    return JF_HELLO_WEB; /* before extensions were invented */
  if (!read_vector (&hello, 2, &extensions) || hello.left > 0)
    return JF_HELLO_INVALID;
  return look_at_extensions (extensions);
}

/* Takes what there is of one record's payload; FALSE when this cannot become a ClientHello. */
static gboolean
gather (Gathered *gathered, Reader payload)
{
  if (payload.left > sizeof gathered->bytes - gathered->have)
    return FALSE;
  memcpy (gathered->bytes + gathered->have, payload.data, payload.left);
  gathered->have += payload.left;
  if (gathered->have > 0 && gathered->bytes[0] != TYPE_CLIENT_HELLO)
    return FALSE;
  if (gathered->have >= HANDSHAKE_HEADER_BYTES)
    gathered->want = HANDSHAKE_HEADER_BYTES + ((size_t) gathered->bytes[1] << 16 |
                                               (size_t) gathered->bytes[2] << 8 |
                                               gathered->bytes[3]);
  /* Nothing may follow a ClientHello in its record. */
  return gathered->have <= gathered->want && gathered->want <= sizeof gathered->bytes;
}

/* The least number of bytes with which there can be an answer; the record that is cut by the end
 * of the data still lacks `missing` bytes. */
static JfHello
ask_for_more (const Gathered *gathered, size_t size, size_t missing, size_t *need)
{
  size_t lacking = gathered->want - gathered->have;
  size_t total = size + lacking;

  if (lacking > missing)
    total += RECORD_HEADER_BYTES; /* the rest is in another record */
  if (total > JF_CLIENT_HELLO_MAX_BYTES)
    return JF_HELLO_INVALID;
  *need = total;
  return JF_HELLO_MORE;
}

static gboolean
header_is_plausible (const uint8_t *data, size_t size)
{
  return (size < 1 || data[0] == CONTENT_HANDSHAKE) && (size < 2 || data[1] == 3);
}

JfHello
jf_client_hello_peek (const uint8_t *data, size_t size, size_t *need)
{
  Gathered gathered;
  Reader rest = { data, MIN (size, JF_CLIENT_HELLO_MAX_BYTES) };

  size = rest.left;
  gathered.have = 0;
  gathered.want = HANDSHAKE_HEADER_BYTES;
  while (gathered.have < gathered.want)
    {
      Reader header, payload;
      size_t length;

      if (!header_is_plausible (rest.data, rest.left))
        return JF_HELLO_INVALID;
      if (!read_bytes (&rest, RECORD_HEADER_BYTES, &header))
        return ask_for_more (&gathered, size + RECORD_HEADER_BYTES - rest.left, SIZE_MAX, need);
      length = (size_t) header.data[3] << 8 | header.data[4];
      if (length == 0 || length > RECORD_PAYLOAD_MAX)
        return JF_HELLO_INVALID;
      if (!read_bytes (&rest, MIN (length, rest.left), &payload) || !gather (&gathered, payload))
        return JF_HELLO_INVALID;
      if (payload.left < length)
        {
          size_t missing = length - payload.left;

          if (gathered.have >= HANDSHAKE_HEADER_BYTES && missing > gathered.want - gathered.have)
            return JF_HELLO_INVALID;
          return ask_for_more (&gathered, size, missing, need);
        }
    }
  return look_at_hello (
      (Reader){ gathered.bytes + HANDSHAKE_HEADER_BYTES, gathered.want - HANDSHAKE_HEADER_BYTES });
}
