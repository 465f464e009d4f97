/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-key-id.h"

#include <string.h>

#include "gateway/wire/jf-base64url.h"
#include "gateway/wire/jf-error.h"

G_STATIC_ASSERT (JF_KEY_ID_TEXT_SIZE == JF_BASE64URL_LENGTH (JF_KEY_ID_BYTES) + 1);

void
jf_key_id_from_spki (JfKeyId *out, const uint8_t *spki, size_t size)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  size_t length = sizeof out->bytes;

  g_checksum_update (checksum, spki, (gssize) size);
  g_checksum_get_digest (checksum, out->bytes, &length);
}

gboolean
jf_key_id_equal (const JfKeyId *a, const JfKeyId *b)
{
  return memcmp (a->bytes, b->bytes, sizeof a->bytes) == 0;
}

unsigned
jf_key_id_hash (gconstpointer key_id)
{
  unsigned hash;

  memcpy (&hash, ((const JfKeyId *) key_id)->bytes, sizeof hash);
  return hash;
}

gboolean
jf_key_id_equal_func (gconstpointer a, gconstpointer b)
{
  return jf_key_id_equal (a, b);
}

void
jf_key_id_format (const JfKeyId *key_id, char out[JF_KEY_ID_TEXT_SIZE])
{
  jf_base64url_encode (key_id->bytes, sizeof key_id->bytes, out);
}

void
jf_key_id_format_short (const JfKeyId *key_id, char out[JF_KEY_ID_SHORT_SIZE])
{
  const uint8_t *b = key_id->bytes;

  g_snprintf (out, JF_KEY_ID_SHORT_SIZE, "%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x", b[0], b[1],
              b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9]);
}

gboolean
jf_key_id_parse (const char *text, JfKeyId *out, GError **error)
{
  JfKeyId id;

  if (text == NULL || !jf_base64url_decode (text, strlen (text), id.bytes, sizeof id.bytes))
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                           "not a key id: expected 43 characters of base64url");
      return FALSE;
    }
  *out = id;
  return TRUE;
}
