/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Who somebody is: SHA-256 of the SubjectPublicKeyInfo (RFC 7250) of a key pair. Plain data. */
#define JF_KEY_ID_BYTES 32
/* base64url without padding (RFC 4648 section 5), and the terminating NUL */
#define JF_KEY_ID_TEXT_SIZE 44
/* the short form that people compare: five groups of four lower-case hex digits, "1a2b-…" */
#define JF_KEY_ID_SHORT_SIZE 25

typedef struct
{
  uint8_t bytes[JF_KEY_ID_BYTES];
} JfKeyId;

void jf_key_id_from_spki (JfKeyId *out, const uint8_t *spki, size_t size);
gboolean jf_key_id_equal (const JfKeyId *a, const JfKeyId *b);
/* For GHashTable; the argument is a JfKeyId pointer. */
unsigned jf_key_id_hash (gconstpointer key_id);
gboolean jf_key_id_equal_func (gconstpointer a, gconstpointer b);

void jf_key_id_format (const JfKeyId *key_id, char out[JF_KEY_ID_TEXT_SIZE]);
void jf_key_id_format_short (const JfKeyId *key_id, char out[JF_KEY_ID_SHORT_SIZE]);
/* Exactly 43 characters of base64url and nothing else. Fails with JF_ERROR_INVALID. */
gboolean jf_key_id_parse (const char *text, JfKeyId *out, GError **error);

G_END_DECLS
