/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* base64url without padding (RFC 4648 section 5), strict: each byte string has exactly one text. */
#define JF_BASE64URL_LENGTH(bytes) (((bytes) *4 + 2) / 3)

/* Writes JF_BASE64URL_LENGTH (size) characters and a NUL. */
void jf_base64url_encode (const uint8_t *data, size_t size, char *out);
/* TRUE when the first `length` characters of text are the one text of `size` bytes, with no bits
 * left over and no other character; out is undefined otherwise. */
gboolean jf_base64url_decode (const char *text, size_t length, uint8_t *out, size_t size);

G_END_DECLS
