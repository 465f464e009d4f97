/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/wire/jf-limits.h"

G_BEGIN_DECLS

/* What two gateways say to each other inside a channel (PROTOCOL.md section 6).
 * All integers travel in network order; in this struct they are in host order. */
typedef enum
{
  JF_FRAME_OPEN = 1,    /* client to server: a new stream; a payload is its first bytes */
  JF_FRAME_ACCEPT = 2,  /* the target has answered */
  JF_FRAME_REFUSE = 3,  /* the target cannot be reached; flags hold a JfRefusal */
  JF_FRAME_DATA = 4,    /* offset: position of the first payload byte in this direction */
  JF_FRAME_ACK = 5,     /* offset: bytes delivered to the application; payload: u64 limit */
  JF_FRAME_FIN = 6,     /* half-close; offset: bytes sent in all */
  JF_FRAME_RESET = 7,   /* the stream is gone in both directions */
  JF_FRAME_PING = 8,    /* offset: any token */
  JF_FRAME_PONG = 9,    /* offset: the same token */
  JF_FRAME_PROBE = 10,  /* client to server: can the target be reached? offset: any token */
  JF_FRAME_PROBED = 11, /* offset: the same token; flags hold a JfRefusal, 0 = reached */
  JF_FRAME_VOUCH = 12,  /* server to client: payload is key ids of the provider's gateways */
} JfFrameType;

/* Types from here on may be ignored by who does not know them; below, unknown is an error. */
#define JF_FRAME_OPTIONAL 0x80

typedef enum
{
  JF_REFUSAL_NONE = 0,
  JF_REFUSAL_CONNECTION_REFUSED = 1,
  JF_REFUSAL_UNREACHABLE = 2,
  JF_REFUSAL_TIMEOUT = 3,
  JF_REFUSAL_LIMIT = 4,
  JF_REFUSAL_FAILED = 5,
  JF_N_REFUSALS
} JfRefusal;

typedef struct
{
  uint8_t type; /* JfFrameType */
  uint8_t flags;
  uint16_t length; /* payload bytes after the header */
  uint32_t stream; /* 0 where the frame is about the channel */
  uint64_t offset;
} JfFrame;

void jf_frame_pack (const JfFrame *frame, uint8_t out[JF_FRAME_HEADER_BYTES]);

/* Reads the header at data and checks it: known type, stream id where one belongs, payload inside
 * `size` and of a length that the type allows. Returns the frame's whole size in bytes, or -1 with
 * JF_ERROR_PROTOCOL. Never "more needed": a frame lies whole inside the record. Optional unknown
 * frames are returned like any other. */
gssize jf_frame_parse (const uint8_t *data, size_t size, JfFrame *out, GError **error);

/* "connection refused" and the like, translated; for people. */
const char *jf_refusal_text (JfRefusal refusal);
/* "connection-refused" and the like; for --json. */
const char *jf_refusal_name (JfRefusal refusal);

G_END_DECLS
