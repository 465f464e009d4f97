/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdint.h>

#include "gateway/link/jf-loop.h"
#include "manager/switch/jf-bucket.h"

G_BEGIN_DECLS

/* Moves bytes between two stream sockets, both ways, without looking at them. Half-close passes as
 * half-close, reset as reset. Holds at most JF_BUCKET_MAX_BYTES of each direction: a reader that
 * never reads stops its writer, and nobody else. Belongs to its loop's thread. */
typedef struct JfRelay JfRelay;
typedef void (*JfRelayEnded) (JfRelay *relay);

typedef struct
{
  JfWatch watch;
  unsigned readable : 1; /* as far as we know: no edge is lost while it is set */
  unsigned writable : 1;
  unsigned ending : 1; /* a hangup was announced: it comes after the bytes, without another edge */
} JfRelayEnd;

typedef struct
{
  JfBucket *bucket;        /* NULL while nothing is in flight */
  _Atomic uint64_t *moved; /* bytes delivered; may be read in any thread */
  unsigned bulk : 1;       /* the last read was large: splice the next */
  unsigned eof : 1;
  unsigned shut : 1;
} JfRelayFlow;

/* Embed it, zeroed. */
struct JfRelay
{
  JfLoop *loop;
  JfBucketPool *pool;
  JfRelayEnded ended;
  JfTurn turn;
  JfRelayEnd end[2];
  JfRelayFlow flow[2]; /* flow[i] runs from end[i] to the other end */
};

/* Takes both descriptors, non-blocking. `ended` comes once, later, in the loop, unless
 * jf_relay_stop() was called; both descriptors are closed then. FALSE when the system has no room:
 * both descriptors are closed. */
gboolean jf_relay_start (JfRelay *self,
                         JfLoop *loop,
                         JfBucketPool *pool,
                         const int fd[2],
                         _Atomic uint64_t *const moved[2],
                         JfRelayEnded ended);
/* Resets both sides, at once. Idempotent. */
void jf_relay_stop (JfRelay *self);

G_END_DECLS
