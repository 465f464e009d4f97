/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-frame.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-key-id.h"

/* The table of PROTOCOL.md section 6. */
typedef struct
{
  uint16_t min_bytes;
  uint16_t max_bytes;
  uint8_t min_flags;
  uint8_t max_flags;
  gboolean has_stream;
  gboolean has_offset;
} Rule;

#define STREAM .has_stream = TRUE
#define OFFSET .has_offset = TRUE

static const Rule rules[] = {
  [JF_FRAME_OPEN] = { STREAM, .max_bytes = JF_FRAME_PAYLOAD_MAX_BYTES },
  [JF_FRAME_ACCEPT] = { STREAM },
  [JF_FRAME_REFUSE] = { STREAM, .min_flags = JF_REFUSAL_CONNECTION_REFUSED,
                        .max_flags = JF_N_REFUSALS - 1 },
  [JF_FRAME_DATA] = { STREAM, OFFSET, .min_bytes = 1, .max_bytes = JF_FRAME_PAYLOAD_MAX_BYTES },
  [JF_FRAME_ACK] = { STREAM, OFFSET, .min_bytes = 8, .max_bytes = 8 },
  [JF_FRAME_FIN] = { STREAM, OFFSET },
  [JF_FRAME_RESET] = { STREAM },
  [JF_FRAME_PING] = { OFFSET },
  [JF_FRAME_PONG] = { OFFSET },
  [JF_FRAME_PROBE] = { OFFSET },
  [JF_FRAME_PROBED] = { OFFSET, .max_flags = JF_N_REFUSALS - 1 },
  [JF_FRAME_VOUCH] = { .min_bytes = JF_KEY_ID_BYTES, .max_bytes = 64 * JF_KEY_ID_BYTES },
};

void
jf_frame_pack (const JfFrame *frame, uint8_t out[JF_FRAME_HEADER_BYTES])
{
  uint16_t length = GUINT16_TO_BE (frame->length);
  uint32_t stream = GUINT32_TO_BE (frame->stream);
  uint64_t offset = GUINT64_TO_BE (frame->offset);

  out[0] = frame->type;
  out[1] = frame->flags;
  memcpy (out + 2, &length, sizeof length);
  memcpy (out + 4, &stream, sizeof stream);
  memcpy (out + 8, &offset, sizeof offset);
}

static void
unpack (const uint8_t *data, JfFrame *out)
{
  uint16_t length;
  uint32_t stream;
  uint64_t offset;

  memcpy (&length, data + 2, sizeof length);
  memcpy (&stream, data + 4, sizeof stream);
  memcpy (&offset, data + 8, sizeof offset);
  out->type = data[0];
  out->flags = data[1];
  out->length = GUINT16_FROM_BE (length);
  out->stream = GUINT32_FROM_BE (stream);
  out->offset = GUINT64_FROM_BE (offset);
}

/* What is wrong with the header, or NULL. */
static const char *
find_fault (const JfFrame *frame)
{
  const Rule *rule;

  if (frame->length > JF_FRAME_PAYLOAD_MAX_BYTES)
    return "payload too long";
  if (frame->type >= JF_FRAME_OPTIONAL)
    return NULL;
  if (frame->type == 0 || frame->type >= G_N_ELEMENTS (rules))
    return "unknown type";
  rule = &rules[frame->type];
  if (frame->length < rule->min_bytes || frame->length > rule->max_bytes)
    return "payload of a wrong length";
  if ((frame->stream != 0) != rule->has_stream)
    return "wrong stream id";
  if (frame->flags < rule->min_flags || frame->flags > rule->max_flags)
    return "wrong flags";
  if (!rule->has_offset && frame->offset != 0)
    return "an offset where none belongs";
  if (frame->type == JF_FRAME_VOUCH && frame->length % JF_KEY_ID_BYTES != 0)
    return "payload of a wrong length";
  return NULL;
}

gssize
jf_frame_parse (const uint8_t *data, size_t size, JfFrame *out, GError **error)
{
  const char *fault;

  if (G_UNLIKELY (size < JF_FRAME_HEADER_BYTES))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "frame header cut after %zu bytes", size);
      return -1;
    }
  unpack (data, out);
  fault = find_fault (out);
  if (fault == NULL && out->length > size - JF_FRAME_HEADER_BYTES)
    fault = "cut by the end of its record";
  if (G_UNLIKELY (fault != NULL))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL,
                   "frame of type %u with %u bytes of payload: %s", out->type, out->length, fault);
      return -1;
    }
  return JF_FRAME_HEADER_BYTES + (gssize) out->length;
}

const char *
jf_refusal_text (JfRefusal refusal)
{
  switch (refusal)
    {
    case JF_REFUSAL_NONE:
      return _("reached");
    case JF_REFUSAL_CONNECTION_REFUSED:
      return _("connection refused");
    case JF_REFUSAL_UNREACHABLE:
      return _("unreachable");
    case JF_REFUSAL_TIMEOUT:
      return _("no answer in time");
    case JF_REFUSAL_LIMIT:
      return _("too many connections");
    case JF_REFUSAL_FAILED:
    case JF_N_REFUSALS:
    default:
      return _("failed");
    }
}

const char *
jf_refusal_name (JfRefusal refusal)
{
  static const char *const names[JF_N_REFUSALS] = {
    [JF_REFUSAL_NONE] = "reached",
    [JF_REFUSAL_CONNECTION_REFUSED] = "connection-refused",
    [JF_REFUSAL_UNREACHABLE] = "unreachable",
    [JF_REFUSAL_TIMEOUT] = "timeout",
    [JF_REFUSAL_LIMIT] = "limit",
    [JF_REFUSAL_FAILED] = "failed",
  };

  return (unsigned) refusal < JF_N_REFUSALS ? names[refusal] : names[JF_REFUSAL_FAILED];
}
