/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/wire/jf-limits.h"

G_BEGIN_DECLS

/* 128 random bits that let one gateway open one leg, once (PROTOCOL.md section 5). Plain data.
 * A secret until used: never logged. */
#define JF_TICKET_TEXT_SIZE 23 /* base64url without padding, and the NUL */

typedef struct
{
  uint8_t bytes[JF_TICKET_BYTES];
} JfTicket;

void jf_ticket_format (const JfTicket *ticket, char out[JF_TICKET_TEXT_SIZE]);
gboolean jf_ticket_parse (const char *text, JfTicket *out, GError **error);
/* For GHashTable; the argument is a JfTicket pointer. */
unsigned jf_ticket_hash (gconstpointer ticket);
gboolean jf_ticket_equal (gconstpointer a, gconstpointer b);

G_END_DECLS
