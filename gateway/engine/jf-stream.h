/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <sys/uio.h>

#include "gateway/engine/jf-channel.h"
#include "gateway/wire/jf-target.h"

G_BEGIN_DECLS

/* One TCP connection of an application, inside a tunnel (PROTOCOL.md section 7): the socket of the
 * application (client side) or of the target (server side) on one hand, frames on a channel on the
 * other. Belongs to the loop's thread. Reads its socket only while the peer's limit and the
 * channel have room; holds at most one window of undelivered bytes. */
typedef struct JfStream JfStream;

typedef struct
{
  /* Server: the target answered. Client: the peer says so. */
  void (*settled) (JfStream *stream, JfRefusal refusal, gpointer owner);
  /* Nothing more will come; the owner frees it. Never from inside a call of ours. */
  void (*ended) (JfStream *stream, gpointer owner);
  /* The channel has no room: jf_stream_resume() is wanted when it has. */
  void (*waiting) (JfStream *stream, gpointer owner);
  /* More application bytes have gone through, in each direction. */
  void (*moved) (JfStream *stream, size_t sent, size_t received, gpointer owner);
} JfStreamEvents;

/* Client: an accepted connection; takes fd (non-blocking) and sends OPEN, with its first bytes if
 * there are some already. */
JfStream *jf_stream_new_client (JfLoop *loop,
                                JfChannel *channel,
                                uint32_t id,
                                int fd,
                                const JfStreamEvents *events,
                                gpointer owner);
/* Server: an OPEN has come; connects to the target (borrowed). */
JfStream *jf_stream_new_server (JfLoop *loop,
                                JfChannel *channel,
                                uint32_t id,
                                const JfTarget *target,
                                const JfStreamEvents *events,
                                gpointer owner);
/* Resets the application's connection unless the stream has ended by itself; sends nothing. */
void jf_stream_free (JfStream *self);

uint32_t jf_stream_get_id (JfStream *self);
JfChannel *jf_stream_get_channel (JfStream *self);

/* Bytes that came with OPEN or DATA, at position `offset`. FALSE when they break the flow control
 * or the numbering: the channel is to be closed. They are not yet delivered: see below. */
gboolean jf_stream_receive (JfStream *self, uint64_t offset, size_t size, GError **error);
/* Delivers what was received, in pieces: to the socket, or to a queue of copies. */
void jf_stream_deliver (JfStream *self, const struct iovec *pieces, unsigned n_pieces);
/* ACCEPT, REFUSE, ACK, FIN or RESET. What came before FIN has been delivered. FALSE: as above. */
gboolean jf_stream_control (JfStream *self,
                            const JfFrame *frame,
                            const uint8_t *payload,
                            GError **error);
/* The channel has room again. */
void jf_stream_resume (JfStream *self);

G_END_DECLS
