/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-stream.h"
#include "tests/unit/engine/plane-test.h"

G_BEGIN_DECLS

#define STREAM_TEST_ID 5

/* A stream at one end of a channel; the test plays the peer at the other, and the application (or
 * the target) at the socket. */
typedef struct
{
  JfLoop *loop;
  PlanePair pair;
  PlaneEnd *near; /* where the stream is */
  PlaneEnd *far;
  JfStream *stream; /* NULL once it has ended */
  JfTarget *target;
  int listener;    /* of the target, or -1 */
  int first;       /* fills the queue of a busy target, or -1 */
  char *directory; /* of a busy target, or NULL */
  int app;         /* the program's end; -1 when there is none */
  gboolean was_settled;
  JfRefusal refusal;
  gboolean ended;
  gboolean waiting;
  size_t sent; /* as `moved` said */
  size_t received;
} StreamTest;

extern const JfStreamEvents stream_test_events;

void stream_test_init (StreamTest *self, JfLoop *loop, JfTlsSide side);
/* A client stream, whose OPEN has arrived. */
void stream_test_client (StreamTest *self, JfLoop *loop);
/* A server stream's target; the stream comes with OPEN. */
void stream_test_server (StreamTest *self, JfLoop *loop);
/* A UNIX socket that has no place for another connection: while that stays so, the stream is
 * connecting, and delivers nothing. */
void stream_test_server_busy (StreamTest *self, JfLoop *loop);
/* Now it has. */
void stream_test_free_busy (StreamTest *self);
void stream_test_clear (StreamTest *self);
void stream_test_send (StreamTest *self,
                       JfFrameType type,
                       uint64_t offset,
                       const void *payload,
                       size_t size);
void stream_test_ack (StreamTest *self, uint64_t delivered, uint64_t limit);
/* `size` bytes from position `offset`, in full frames, each byte saying where it stands. */
void stream_test_bytes (StreamTest *self, uint64_t offset, size_t size);
void stream_test_assert_bytes (const uint8_t *data, uint64_t offset, size_t size);
/* The application writes until the stream takes no more; returns how many bytes. */
size_t stream_test_fill (StreamTest *self);
uint64_t stream_test_received (StreamTest *self);

G_END_DECLS
