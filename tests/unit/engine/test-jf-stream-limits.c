/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-stream.h"

#include <malloc.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "tests/unit/engine/stream-test.h"

static void
test_send_limit (JfLoop *loop)
{
  StreamTest self;

  stream_test_client (&self, loop);
  g_assert_cmpuint (stream_test_fill (&self), >, JF_WINDOW_INITIAL_BYTES);
  g_assert_cmpuint (stream_test_received (&self), ==, JF_WINDOW_INITIAL_BYTES);
  stream_test_ack (&self, 0, JF_WINDOW_INITIAL_BYTES + 1);
  LOOP_TEST_AWAIT (loop, stream_test_received (&self) > JF_WINDOW_INITIAL_BYTES);
  loop_test_linger (loop, 20);
  g_assert_cmpuint (stream_test_received (&self), ==, JF_WINDOW_INITIAL_BYTES + 1);
  g_assert_cmpuint (self.sent, ==, JF_WINDOW_INITIAL_BYTES + 1);
  stream_test_ack (&self, JF_WINDOW_INITIAL_BYTES, 2 * JF_WINDOW_INITIAL_BYTES);
  LOOP_TEST_AWAIT (loop, stream_test_received (&self) == 2 * JF_WINDOW_INITIAL_BYTES);
  g_assert_null (self.near->reason);
  stream_test_clear (&self);
}

static void
test_fin_at_limit (JfLoop *loop)
{
  StreamTest self;
  g_autofree uint8_t *block = g_malloc0 (JF_WINDOW_INITIAL_BYTES);
  size_t sent = 0;
  ssize_t n = 0;

  stream_test_client (&self, loop);
  while (sent < JF_WINDOW_INITIAL_BYTES)
    {
      LOOP_TEST_AWAIT (loop, (n = write (self.app, block, JF_WINDOW_INITIAL_BYTES - sent)) > 0);
      sent += (size_t) n;
    }
  shutdown (self.app, SHUT_WR);
  LOOP_TEST_AWAIT (loop, stream_test_received (&self) == JF_WINDOW_INITIAL_BYTES);
  /* It cannot look for the end before it may read; nor may it be lost. */
  stream_test_ack (&self, JF_WINDOW_INITIAL_BYTES, JF_WINDOW_INITIAL_BYTES + 1);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==, JF_WINDOW_INITIAL_BYTES);
  stream_test_clear (&self);
}

static void
test_bad_acks (JfLoop *loop)
{
  static const uint64_t acks[][2] = {
    { 0, JF_WINDOW_INITIAL_BYTES - 1 }, /* falls */
    { 1, JF_WINDOW_INITIAL_BYTES },     /* for bytes that were never sent */
    { 0, JF_WINDOW_MAX_BYTES + 1 },     /* a window beyond the greatest */
    { 0, UINT64_MAX },
    { UINT64_MAX, UINT64_MAX },
    { 0, 0 },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (acks); i++)
    {
      StreamTest self;

      stream_test_client (&self, loop);
      stream_test_ack (&self, acks[i][0], acks[i][1]);
      plane_end_await_closed (self.near, JF_ERROR_PROTOCOL);
      stream_test_clear (&self);
    }
}

static void
test_good_acks (JfLoop *loop)
{
  StreamTest self;

  stream_test_client (&self, loop);
  stream_test_ack (&self, 0, JF_WINDOW_INITIAL_BYTES);
  stream_test_ack (&self, 0, JF_WINDOW_MAX_BYTES);
  stream_test_ack (&self, 0, JF_WINDOW_MAX_BYTES);
  g_assert_cmpint (write (self.app, "x", 1), ==, 1);
  plane_end_get (self.far, JF_FRAME_DATA, 0);
  stream_test_ack (&self, 1, JF_WINDOW_MAX_BYTES + 1);
  loop_test_linger (loop, 20);
  g_assert_null (self.near->reason);
  stream_test_clear (&self);
}

static void
test_receive_limit (JfLoop *loop)
{
  for (size_t excess = 0; excess < 2; excess++)
    {
      g_autofree uint8_t *data = g_malloc (JF_WINDOW_INITIAL_BYTES);
      StreamTest self;

      stream_test_server_busy (&self, loop);
      stream_test_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
      stream_test_bytes (&self, 0, JF_WINDOW_INITIAL_BYTES);
      LOOP_TEST_AWAIT (loop, self.near->payload->len == JF_WINDOW_INITIAL_BYTES);
      g_assert_cmpuint (self.received, ==, 0);
      if (excess > 0)
        {
          stream_test_bytes (&self, JF_WINDOW_INITIAL_BYTES, excess);
          plane_end_await_closed (self.near, JF_ERROR_PROTOCOL);
        }
      else
        {
          stream_test_free_busy (&self);
          g_assert_cmpuint (plane_read (loop, self.app, data, JF_WINDOW_INITIAL_BYTES), ==,
                            JF_WINDOW_INITIAL_BYTES);
          stream_test_assert_bytes (data, 0, JF_WINDOW_INITIAL_BYTES);
          g_assert_null (self.near->reason);
        }
      stream_test_clear (&self);
    }
}

static void
test_held_in_order (JfLoop *loop)
{
  g_autofree uint8_t *data = g_malloc (60000);
  StreamTest self;

  stream_test_server_busy (&self, loop);
  stream_test_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
  for (unsigned i = 0, size; i < 60000; i += size)
    {
      size = MIN (i % 7 + i % 3000 / 2990 * 5000 + 1, 60000 - i);
      stream_test_bytes (&self, i, size);
      if (i % 16 == 0)
        loop_test_iterate (loop);
    }
  stream_test_send (&self, JF_FRAME_FIN, 60000, NULL, 0);
  stream_test_free_busy (&self);
  g_assert_cmpuint (plane_read (loop, self.app, data, 60000), ==, 60000);
  stream_test_assert_bytes (data, 0, 60000);
  g_assert_cmpint (recv (self.app, data, 1, 0), ==, 0);
  g_assert_cmpuint (self.received, ==, 60000);
  stream_test_clear (&self);
}

static void
test_held_in_crumbs (JfLoop *loop)
{
  g_autofree uint8_t *data = g_malloc (JF_WINDOW_INITIAL_BYTES);
  size_t before;
  StreamTest self;

  stream_test_server_busy (&self, loop);
  stream_test_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.stream != NULL);
  before = mallinfo2 ().uordblks; /* 0 under AddressSanitizer */
  for (unsigned i = 0; i < JF_WINDOW_INITIAL_BYTES; i++)
    {
      uint8_t byte = (uint8_t) (i % 251);
      struct iovec piece = { &byte, 1 };

      g_assert_true (jf_stream_receive (self.stream, i, 1, NULL));
      jf_stream_deliver (self.stream, &piece, 1);
    }
  g_assert_cmpuint (mallinfo2 ().uordblks, <, before + 2 * JF_WINDOW_INITIAL_BYTES);
  stream_test_free_busy (&self);
  g_assert_cmpuint (plane_read (loop, self.app, data, JF_WINDOW_INITIAL_BYTES), ==,
                    JF_WINDOW_INITIAL_BYTES);
  stream_test_assert_bytes (data, 0, JF_WINDOW_INITIAL_BYTES);
  stream_test_clear (&self);
}

static void
test_slow_reader (JfLoop *loop)
{
  const size_t total = 12 * 1024 * 1024;
  g_autofree uint8_t *data = g_malloc (total);
  uint64_t limit = JF_WINDOW_INITIAL_BYTES, sent = 0, read = 0;
  unsigned n_acks = 0;
  StreamTest self;

  stream_test_client (&self, loop);
  while (read < total)
    {
      if (sent < total && sent < limit && jf_channel_has_room (self.far->channel))
        {
          size_t part = MIN (MIN (limit, total) - sent, 65536);

          stream_test_bytes (&self, sent, part);
          sent += part;
        }
      loop_test_iterate (loop);
      while (plane_end_count (self.far, JF_FRAME_ACK) > n_acks)
        {
          uint64_t next;

          memcpy (&next, self.far->payload->data + 8 * n_acks, 8);
          next = GUINT64_FROM_BE (next);
          g_assert_cmpuint (next, >, limit);
          g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_ACK, n_acks).offset, <=, sent);
          limit = next;
          n_acks++;
        }
      /* Only when the peer can do nothing more. */
      if (sent == total || sent == limit)
        {
          ssize_t n = recv (self.app, data + read, MIN (total - read, 300000), 0);

          read += n > 0 ? (uint64_t) n : 0;
        }
      g_assert_cmpuint (sent - self.received, <=, JF_WINDOW_MAX_BYTES);
    }
  stream_test_assert_bytes (data, 0, total);
  g_assert_cmpuint (self.received, ==, total);
  stream_test_clear (&self);
}

static void
test_hang_up_at_closed_window (JfLoop *loop)
{
  g_autofree uint8_t *drain = g_malloc (1 << 20);
  StreamTest self;
  unsigned woken;

  stream_test_client (&self, loop);
  stream_test_fill (&self);
  stream_test_send (&self, JF_FRAME_FIN, 0, NULL, 0);
  g_assert_cmpuint (plane_read (loop, self.app, drain, 1), ==, 0);
  close (self.app); /* both directions: EPOLLHUP, for ever */
  self.app = -1;
  loop_test_linger (loop, 20);
  woken = loop_test_linger (loop, 200);
  g_assert_cmpuint (woken, <, 50);
  g_assert_false (self.ended);
  stream_test_ack (&self, JF_WINDOW_INITIAL_BYTES, JF_WINDOW_MAX_BYTES);
  plane_end_get (self.far, JF_FRAME_FIN, 0);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==,
                    stream_test_received (&self));
  LOOP_TEST_AWAIT (loop, self.ended);
  stream_test_clear (&self);
}

static void
test_reset_at_closed_window (JfLoop *loop)
{
  StreamTest self;

  stream_test_client (&self, loop);
  stream_test_fill (&self);
  jf_socket_reset (self.app);
  self.app = -1;
  plane_end_get (self.far, JF_FRAME_RESET, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  stream_test_clear (&self);
}

static void
test_waits_for_room (JfLoop *loop)
{
  g_autofree uint8_t *block = g_malloc0 (JF_RECORD_MAX_BYTES);
  JfFrame filler = { .type = JF_FRAME_DATA, .stream = STREAM_TEST_ID + 1, .length = 16000 };
  StreamTest self;

  stream_test_client (&self, loop);
  while (jf_channel_has_room (self.near->channel))
    jf_channel_send (self.near->channel, &filler, block);
  g_assert_cmpint (write (self.app, "x", 1), ==, 1);
  jf_stream_resume (self.stream);
  g_assert_true (self.waiting);
  g_assert_cmpuint (self.sent, ==, 0);
  g_assert_cmpuint (self.near->rooms, ==, 0);
  LOOP_TEST_AWAIT (loop, self.sent == 1);
  g_assert_false (self.waiting);
  stream_test_clear (&self);
}

static void
test_app_gone_while_held (JfLoop *loop)
{
  StreamTest self;

  stream_test_client (&self, loop);
  stream_test_bytes (&self, 0, JF_WINDOW_INITIAL_BYTES);
  LOOP_TEST_AWAIT (loop, self.received > 0);
  close (self.app);
  self.app = -1;
  stream_test_bytes (&self, JF_WINDOW_INITIAL_BYTES, 1);
  LOOP_TEST_AWAIT (loop, self.ended);
  plane_end_get (self.far, JF_FRAME_RESET, 0);
  g_assert_null (self.near->reason);
  stream_test_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  loop_test_add ("/stream/limit/send", test_send_limit);
  loop_test_add ("/stream/limit/fin", test_fin_at_limit);
  loop_test_add ("/stream/limit/receive", test_receive_limit);
  loop_test_add ("/stream/limit/bad-acks", test_bad_acks);
  loop_test_add ("/stream/limit/good-acks", test_good_acks);
  loop_test_add ("/stream/held-in-order", test_held_in_order);
  loop_test_add ("/stream/held-in-crumbs", test_held_in_crumbs);
  loop_test_add ("/stream/slow-reader", test_slow_reader);
  loop_test_add ("/stream/hang-up-at-closed-window", test_hang_up_at_closed_window);
  loop_test_add ("/stream/reset-at-closed-window", test_reset_at_closed_window);
  loop_test_add ("/stream/waits-for-room", test_waits_for_room);
  loop_test_add ("/stream/app-gone-while-held", test_app_gone_while_held);
  return g_test_run ();
}
