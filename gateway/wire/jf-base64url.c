/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int
value_of (char c)
{
  if (c >= 'A' && c <= 'Z')
    return c - 'A';
  if (c >= 'a' && c <= 'z')
    return c - 'a' + 26;
  if (c >= '0' && c <= '9')
    return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

void
jf_base64url_encode (const uint8_t *data, size_t size, char *out)
{
  uint32_t bits = 0;
  unsigned n_bits = 0;

  for (size_t i = 0; i < size; i++)
    {
      bits = (bits << 8 | data[i]) & 0xffff;
      for (n_bits += 8; n_bits >= 6; n_bits -= 6)
        *out++ = alphabet[bits >> (n_bits - 6) & 63];
    }
  if (n_bits > 0)
    *out++ = alphabet[bits << (6 - n_bits) & 63];
  *out = '\0';
}

gboolean
jf_base64url_decode (const char *text, size_t length, uint8_t *out, size_t size)
{
  uint32_t bits = 0;
  unsigned n_bits = 0;

  if (length != JF_BASE64URL_LENGTH (size))
    return FALSE;
  for (size_t i = 0; i < length; i++)
    {
      int value = value_of (text[i]);

      if (value < 0)
        return FALSE;
      bits = (bits << 6 | (uint32_t) value) & 0xffff;
      n_bits += 6;
      if (n_bits >= 8)
        {
          n_bits -= 8;
          *out++ = (uint8_t) (bits >> n_bits);
        }
    }
  /* Other texts with the same bytes would make one secret or key id have several spellings. */
  return (bits & ((1u << n_bits) - 1)) == 0;
}
