/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-ticket.h"

#include <string.h>

#include "gateway/wire/jf-base64url.h"
#include "gateway/wire/jf-error.h"

G_STATIC_ASSERT (JF_TICKET_TEXT_SIZE == JF_BASE64URL_LENGTH (JF_TICKET_BYTES) + 1);

void
jf_ticket_format (const JfTicket *ticket, char out[JF_TICKET_TEXT_SIZE])
{
  jf_base64url_encode (ticket->bytes, sizeof ticket->bytes, out);
}

gboolean
jf_ticket_parse (const char *text, JfTicket *out, GError **error)
{
  JfTicket ticket;

  if (text == NULL || !jf_base64url_decode (text, strlen (text), ticket.bytes, sizeof ticket.bytes))
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                           "not a ticket: expected 22 characters of base64url");
      return FALSE;
    }
  *out = ticket;
  return TRUE;
}

unsigned
jf_ticket_hash (gconstpointer ticket)
{
  unsigned hash;

  memcpy (&hash, ((const JfTicket *) ticket)->bytes, sizeof hash);
  return hash;
}

gboolean
jf_ticket_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (JfTicket)) == 0;
}
