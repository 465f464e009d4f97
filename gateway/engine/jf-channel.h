/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/link/jf-dial.h"
#include "gateway/link/jf-loop.h"
#include "gateway/wire/jf-frame.h"

G_BEGIN_DECLS

/* Two joined legs with TLS end to end between the gateways: a pipe for frames (PROTOCOL.md
 * section 6). Knows nothing of streams. Belongs to its loop's thread, callbacks run there.
 *
 * Records gather in an outgoing buffer that is borrowed from the thread while bytes wait, and leave in one
 * system call at the end of the loop's turn. Incoming ciphertext is read in large pieces into the
 * loop's scratch; a parked channel owns no buffer. */
typedef struct JfChannel JfChannel;

typedef struct
{
  /* The handshake is done and the peer is who it should be. */
  void (*opened) (JfChannel *channel, gpointer owner);
  /* One frame of a type that the peer's side may send. `payload` stays valid until `batch_end`.
   * FALSE with an error closes the channel (`closed` follows). */
  gboolean (*frame) (JfChannel *channel,
                     const JfFrame *frame,
                     const uint8_t *payload,
                     gpointer owner,
                     GError **error);
  /* What arrived together has been handed over; payloads go now. */
  void (*batch_end) (JfChannel *channel, gpointer owner);
  /* jf_channel_has_room() has become true again. */
  void (*room) (JfChannel *channel, gpointer owner);
  /* The end, once, and never from inside another call of ours; the owner frees the channel. */
  void (*closed) (JfChannel *channel, const GError *reason, gpointer owner);
} JfChannelEvents;

/* Not connected yet. `peer` is copied; `events` is static. */
JfChannel *jf_channel_new (JfLoop *loop,
                           JfTlsSide side,
                           JfIdentity *identity,
                           const JfKeyId *peer,
                           const JfChannelEvents *events,
                           gpointer owner);
/* Opens a leg with this ticket, then starts. */
void jf_channel_dial (JfChannel *self, JfUplink *uplink, const JfTicket *ticket);
/* Starts the handshake over a bare leg. Takes the descriptor. */
void jf_channel_start (JfChannel *self, int fd);
/* At once; what waits to be sent is dropped and `closed` is not called. */
void jf_channel_free (JfChannel *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfChannel, jf_channel_free)

gboolean jf_channel_is_open (JfChannel *self);
/* FALSE: so much waits to be sent that streams should stop reading; `room` tells when to go on. */
gboolean jf_channel_has_room (JfChannel *self);
/* Smallest round trip seen, microseconds; 0 before the first PONG. */
unsigned jf_channel_get_round_trip_us (JfChannel *self);

/* Queues a frame with a small payload (at most JF_FRAME_PAYLOAD_MAX_BYTES). Always taken, room or
 * not: a peer that lets more than JF_CHANNEL_QUEUE_MAX_BYTES pile up is closed. */
void jf_channel_send (JfChannel *self, const JfFrame *frame, const void *payload);
/* The same without a copy: `block` has JF_FRAME_HEADER_BYTES free bytes before the payload, which
 * are overwritten. */
void jf_channel_send_block (JfChannel *self, const JfFrame *frame, uint8_t *block);

G_END_DECLS
