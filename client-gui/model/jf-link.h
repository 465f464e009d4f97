/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/wire/jf-invitation.h"

G_BEGIN_DECLS

/* A link that leads into the app (PROTOCOL.md section 1), with https:// or jackfield:// in front:
 * HOST:PORT/invite#CODE.KEYPIN is an invitation, HOST:PORT/join#PROVIDER/NAME a service. A link to
 * a service only shows it; it holds no secret and gives no right. Plain data. */
typedef struct
{
  JfInvitation *invitation; /* NULL: a service */
  char *host;               /* of the manager, without brackets; of an invitation, too */
  uint16_t port;            /* host order */
  char *service;            /* "PROVIDER/NAME"; NULL: an invitation */
} JfLink;

/* Text beyond this is not looked at: nobody pastes that much on purpose. */
#define JF_LINK_TEXT_MAX 65536

/* `text` is what was pasted, dropped, scanned or opened: the link itself, or text around it; a
 * link that a mail has broken over lines is put together. JF_ERROR_INVALID says what is wrong with
 * it, and never repeats a code. */
JfLink *jf_link_parse (const char *text, GError **error);
/* "https://HOST:PORT/join#PROVIDER/NAME" and the like; scheme: "https" or "jackfield". */
char *jf_link_format_service (const char *scheme,
                              const char *host,
                              uint16_t port,
                              const char *service);
void jf_link_free (JfLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfLink, jf_link_free)

G_END_DECLS
