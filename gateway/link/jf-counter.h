/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What happened how often in this process, for `status` and metrics. Any thread. */
typedef enum
{
  JF_COUNT_ACCEPTED,             /* connections at the front door */
  JF_COUNT_CLOSED_ADDRESS_LIMIT, /* JF_UNKNOWN_MAX_PER_ADDRESS */
  JF_COUNT_CLOSED_TOTAL_LIMIT,   /* JF_UNKNOWN_MAX, or out of descriptors */
  JF_COUNT_CLOSED_STALLED,       /* made room for a newer one */
  JF_COUNT_HELLO_INVALID,        /* not TLS */
  JF_COUNT_HANDSHAKE_FAILED,
  JF_COUNT_HANDSHAKE_TIMEOUT,
  JF_COUNT_PREAMBLE_INVALID,
  JF_COUNT_WEB_REFUSED, /* 426 */
  JF_COUNT_CONTROL_OPENED,
  JF_COUNT_CONTROL_EVICTED, /* replaced by a newer one of the same device */
  JF_COUNT_CONTROL_SILENT,  /* nothing heard for JF_SILENCE_MAX_MS */
  JF_COUNT_MESSAGE_INVALID,
  JF_COUNT_MESSAGE_LIMIT, /* too long, or the peer does not read */
  JF_COUNT_NOT_ENROLLED,
  JF_COUNT_BAD_INVITATION,
  JF_COUNT_TICKET_UNKNOWN,      /* replayed, late or invented */
  JF_COUNT_TICKET_WRONG_DEVICE, /* swapped or stolen */
  JF_COUNT_LEG_UNPAIRED,        /* its partner never came */
  JF_COUNT_LEGS_JOINED,
  JF_COUNT_SWITCH_COPIED, /* relayed through a copy buffer: no pipe was free */
  JF_COUNT_CHANNEL_FAILED,
  JF_COUNT_CHANNEL_WRONG_KEY,
  JF_COUNT_FRAME_INVALID,
  JF_COUNT_STREAM_OPENED,
  JF_COUNT_STREAM_REFUSED,
  JF_COUNT_STREAM_LIMIT,
  JF_COUNT_UID_REFUSED, /* another user's program at a pseudo socket */
  JF_N_COUNTS
} JfCount;

void jf_count (JfCount which);
uint64_t jf_count_get (JfCount which);
const char *jf_count_name (JfCount which); /* "ticket-unknown" */

G_END_DECLS
