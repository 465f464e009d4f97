/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* The receiver's half of a stream's flow control (PROTOCOL.md section 7): what has come, what was
 * delivered, how far the peer may send. Plain data, embedded. Positions in bytes from 0. */
typedef struct
{
  uint64_t received;
  uint64_t delivered;
  uint64_t acked; /* the peer knows of these */
  uint64_t limit; /* and that it may send up to here */
  uint64_t window;
  uint64_t epoch_start; /* `delivered` when the present measurement began */
  int64_t epoch_start_us;
} JfReceiveWindow;

void jf_receive_window_init (JfReceiveWindow *self);

/* FALSE when the bytes do not follow on or go beyond the limit. */
gboolean jf_receive_window_take (JfReceiveWindow *self, uint64_t offset, size_t size);

/* More bytes have gone to the application. TRUE when an ACK is due; `limit` and `acked` are then
 * as it says. The window doubles when a whole one was delivered within two round trips: then it,
 * and not the sender or the reader, held the stream up. A slow reader's window never grows. */
gboolean jf_receive_window_deliver (JfReceiveWindow *self,
                                    size_t size,
                                    int64_t now_us,
                                    unsigned round_trip_us);

G_END_DECLS
