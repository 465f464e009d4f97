/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* An invitation link: https://HOST:PORT/invite#CODE.KEYPIN, or the same with jackfield://.
 * CODE is a secret: 128 random bits, base64url, 22 characters. KEYPIN is the manager's key id. */
#define JF_INVITATION_CODE_BYTES 16
#define JF_INVITATION_CODE_SIZE  23

typedef struct
{
  char *host;    /* name or address; IPv6 without brackets */
  uint16_t port; /* host order; 443 when the link names none */
  char code[JF_INVITATION_CODE_SIZE];
  JfKeyId manager;
} JfInvitation;

/* Fails with JF_ERROR_INVALID and says which part of the link is wrong; never repeats the code. */
JfInvitation *jf_invitation_parse (const char *link, GError **error);
/* scheme: "https" or "jackfield". */
char *jf_invitation_format (const JfInvitation *invitation, const char *scheme);
void jf_invitation_free (JfInvitation *invitation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfInvitation, jf_invitation_free)

/* Fresh random code. */
void jf_invitation_code_new (char out[JF_INVITATION_CODE_SIZE]);
/* SHA-256 of the code's text, as 64 lower-case hex digits: what a registry may store. */
char *jf_invitation_code_hash (const char *code);

G_END_DECLS
