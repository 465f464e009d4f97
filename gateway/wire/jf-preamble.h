/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/wire/jf-ticket.h"

G_BEGIN_DECLS

/* The first frame of a connection between a gateway and the manager says what the connection is
 * (PROTOCOL.md section 3). Gateway to manager: CONTROL or LEG. Manager to gateway: READY or
 * REFUSED, only ever as the answer to LEG; the answer to CONTROL is the first message. */
typedef enum
{
  JF_PREAMBLE_CONTROL = 1,
  JF_PREAMBLE_LEG = 2,
  JF_PREAMBLE_READY = 3,
  JF_PREAMBLE_REFUSED = 4,
} JfPreambleKind;

#define JF_PREAMBLE_HEADER_BYTES 4
#define JF_PREAMBLE_MAX_BYTES    (JF_PREAMBLE_HEADER_BYTES + JF_TICKET_BYTES)

typedef struct
{
  JfPreambleKind kind;
  JfTicket ticket; /* of LEG alone */
} JfPreamble;

/* Returns the number of bytes written. */
size_t jf_preamble_pack (const JfPreamble *preamble, uint8_t out[JF_PREAMBLE_MAX_BYTES]);

/* Returns the bytes consumed, 0 when more are needed, -1 with JF_ERROR_PROTOCOL or
 * JF_ERROR_VERSION. Never reads beyond the one frame. */
gssize jf_preamble_parse (const uint8_t *data, size_t size, JfPreamble *out, GError **error);

G_END_DECLS
