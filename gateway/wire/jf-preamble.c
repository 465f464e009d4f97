/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-preamble.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

#define PROTOCOL_VERSION 1

static gboolean
kind_is_known (unsigned kind)
{
  return kind >= JF_PREAMBLE_CONTROL && kind <= JF_PREAMBLE_REFUSED;
}

static size_t
payload_bytes (unsigned kind)
{
  return kind == JF_PREAMBLE_LEG ? JF_TICKET_BYTES : 0;
}

size_t
jf_preamble_pack (const JfPreamble *preamble, uint8_t out[JF_PREAMBLE_MAX_BYTES])
{
  size_t length = payload_bytes (preamble->kind);

  out[0] = (uint8_t) preamble->kind;
  out[1] = PROTOCOL_VERSION;
  out[2] = 0;
  out[3] = (uint8_t) length;
  if (length > 0)
    memcpy (out + JF_PREAMBLE_HEADER_BYTES, preamble->ticket.bytes, length);
  return JF_PREAMBLE_HEADER_BYTES + length;
}

gssize
jf_preamble_parse (const uint8_t *data, size_t size, JfPreamble *out, GError **error)
{
  size_t length;

  if (size < JF_PREAMBLE_HEADER_BYTES)
    return 0;
  /* The version first: another one may give the rest another meaning. */
  if (data[1] != PROTOCOL_VERSION)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_VERSION, "first frame of version %u, expected %u",
                   data[1], PROTOCOL_VERSION);
      return -1;
    }
  if (!kind_is_known (data[0]))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "first frame of unknown kind %u", data[0]);
      return -1;
    }
  length = (size_t) data[2] << 8 | data[3];
  if (length != payload_bytes (data[0]))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL,
                   "first frame of kind %u with %zu bytes of payload", data[0], length);
      return -1;
    }
  if (size - JF_PREAMBLE_HEADER_BYTES < length)
    return 0;

  *out = (JfPreamble){ .kind = (JfPreambleKind) data[0] };
  if (length > 0)
    memcpy (out->ticket.bytes, data + JF_PREAMBLE_HEADER_BYTES, length);
  return (gssize) (JF_PREAMBLE_HEADER_BYTES + length);
}
