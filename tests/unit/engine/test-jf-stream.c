/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "tests/unit/engine/stream-test.h"

static void
test_client_first_bytes (JfLoop *loop)
{
  StreamTest self;
  JfFrame fin;
  int fds[2];

  stream_test_init (&self, loop, JF_TLS_CLIENT);
  plane_tcp_pair (loop, fds);
  self.app = fds[0];
  g_assert_cmpint (write (self.app, "first", 5), ==, 5);
  self.stream = jf_stream_new_client (loop, self.near->channel, STREAM_TEST_ID, fds[1],
                                      &stream_test_events, &self);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_OPEN, 0).length, ==, 5);
  g_assert_cmpint (write (self.app, "second", 6), ==, 6);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_DATA, 0).offset, ==, 5);
  shutdown (self.app, SHUT_WR);
  fin = plane_end_get (self.far, JF_FRAME_FIN, 0);
  g_assert_cmpuint (fin.offset, ==, 11);
  g_assert_cmpmem (self.far->payload->data, self.far->payload->len, "firstsecond", 11);
  g_assert_cmpuint (self.sent, ==, 11);
  g_assert_false (self.ended);
  stream_test_clear (&self);
}

/* Half-close, first by the application and first by the peer. */

static void
test_client_half_close (JfLoop *loop)
{
  for (int app_first = 0; app_first < 2; app_first++)
    {
      StreamTest self;
      char text[16];

      stream_test_client (&self, loop);
      stream_test_send (&self, JF_FRAME_ACCEPT, 0, NULL, 0);
      LOOP_TEST_AWAIT (loop, self.was_settled);
      g_assert_cmpint (self.refusal, ==, JF_REFUSAL_NONE);
      if (app_first)
        {
          shutdown (self.app, SHUT_WR);
          plane_end_get (self.far, JF_FRAME_FIN, 0);
          g_assert_false (self.ended);
        }
      stream_test_send (&self, JF_FRAME_DATA, 0, "answer", 6);
      stream_test_send (&self, JF_FRAME_FIN, 6, NULL, 0);
      g_assert_cmpuint (plane_read (loop, self.app, text, sizeof text), ==, 6);
      g_assert_cmpmem (text, 6, "answer", 6);
      if (!app_first)
        {
          g_assert_false (self.ended);
          g_assert_cmpint (write (self.app, "late", 4), ==, 4);
          shutdown (self.app, SHUT_WR);
          g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==, 4);
        }
      LOOP_TEST_AWAIT (loop, self.ended);
      g_assert_cmpuint (self.received, ==, 6);
      g_assert_cmpuint (plane_end_count (self.far, JF_FRAME_RESET), ==, 0);
      stream_test_clear (&self);
    }
}

static void
test_client_refused_and_reset (JfLoop *loop)
{
  const JfFrame refuse = { .type = JF_FRAME_REFUSE,
                           .stream = STREAM_TEST_ID,
                           .flags = JF_REFUSAL_TIMEOUT };
  StreamTest self;

  stream_test_client (&self, loop);
  plane_end_send (self.far, &refuse, NULL);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_cmpint (self.refusal, ==, JF_REFUSAL_TIMEOUT);
  plane_await_reset (loop, self.app);
  stream_test_clear (&self);

  stream_test_client (&self, loop);
  stream_test_send (&self, JF_FRAME_RESET, 0, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_false (self.was_settled);
  plane_await_reset (loop, self.app);
  g_assert_cmpuint (plane_end_count (self.far, JF_FRAME_RESET), ==, 0);
  stream_test_clear (&self);

  /* The application's own reset. */
  stream_test_client (&self, loop);
  jf_socket_reset (self.app);
  self.app = -1;
  plane_end_get (self.far, JF_FRAME_RESET, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  stream_test_clear (&self);

  /* The tunnel's end. */
  stream_test_client (&self, loop);
  g_clear_pointer (&self.stream, jf_stream_free);
  plane_await_reset (loop, self.app);
  stream_test_clear (&self);
}

/* Exactly the limit goes out, and then exactly what an ACK allows. */

/* FIN does not count against the limit. */

/* The whole window arrives while the target has not answered; a byte more closes the channel. */

/* Small pieces and large ones. */

/* A peer that sends its window byte by byte makes us keep little more than the bytes. */

static void
test_server_ends (JfLoop *loop)
{
  StreamTest self;
  char text[8];

  stream_test_server (&self, loop);
  stream_test_send (&self, JF_FRAME_OPEN, 0, "ask", 3);
  self.app = plane_accept (loop, self.listener);
  plane_end_get (self.far, JF_FRAME_ACCEPT, 0);
  g_assert_true (self.was_settled);
  g_assert_cmpuint (plane_read (loop, self.app, text, 3), ==, 3);
  g_assert_cmpint (write (self.app, "answer", 6), ==, 6);
  close (self.app);
  self.app = -1;
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==, 6);
  g_assert_false (self.ended);
  stream_test_send (&self, JF_FRAME_FIN, 3, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_cmpuint (plane_end_count (self.far, JF_FRAME_RESET), ==, 0);
  stream_test_clear (&self);

  stream_test_server (&self, loop);
  stream_test_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
  self.app = plane_accept (loop, self.listener);
  stream_test_send (&self, JF_FRAME_RESET, 0, NULL, 0);
  plane_await_reset (loop, self.app);
  g_assert_true (self.ended);
  stream_test_clear (&self);
}

static void
test_server_refuses (JfLoop *loop)
{
  StreamTest self;

  stream_test_server (&self, loop);
  close (self.listener);
  self.listener = -1;
  stream_test_send (&self, JF_FRAME_OPEN, 0, "lost", 4);
  g_assert_cmpint (plane_end_get (self.far, JF_FRAME_REFUSE, 0).flags, ==,
                   JF_REFUSAL_CONNECTION_REFUSED);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_cmpint (self.refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
  g_assert_cmpuint (self.received, ==, 0);
  stream_test_clear (&self);
  /* Reset before the target answers. */
  stream_test_server_busy (&self, loop);
  stream_test_send (&self, JF_FRAME_OPEN, 0, "lost", 4);
  stream_test_send (&self, JF_FRAME_RESET, 0, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_false (self.was_settled);
  stream_test_clear (&self);
}

/* FIN before the target has answered: bytes and end come to it in order. */

static void
test_early_fin (JfLoop *loop)
{
  StreamTest self;
  char text[8];

  stream_test_server_busy (&self, loop);
  stream_test_send (&self, JF_FRAME_OPEN, 0, "ab", 2);
  stream_test_send (&self, JF_FRAME_DATA, 2, "cd", 2);
  stream_test_send (&self, JF_FRAME_FIN, 4, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.near->frames->len == 3);
  stream_test_free_busy (&self);
  g_assert_cmpuint (plane_read (loop, self.app, text, sizeof text), ==, 4);
  g_assert_cmpmem (text, 4, "abcd", 4);
  g_assert_cmpint (write (self.app, "e", 1), ==, 1);
  shutdown (self.app, SHUT_WR);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==, 1);
  LOOP_TEST_AWAIT (loop, self.ended);
  stream_test_clear (&self);
}

typedef struct
{
  JfFrameType type;
  uint64_t offset;
  unsigned size;
} Step;

/* After "abc" has come at position 0. */

static void
test_broken_numbering (JfLoop *loop)
{
  static const Step steps[][2] = {
    { { JF_FRAME_FIN, 2, 0 } },
    { { JF_FRAME_FIN, 4, 0 } },
    { { JF_FRAME_FIN, 3, 0 }, { JF_FRAME_FIN, 3, 0 } },
    { { JF_FRAME_FIN, 3, 0 }, { JF_FRAME_DATA, 3, 1 } },
    { { JF_FRAME_DATA, 2, 1 } },
    { { JF_FRAME_DATA, 4, 1 } },
    { { JF_FRAME_DATA, UINT64_MAX, 1 } },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      StreamTest self;

      stream_test_client (&self, loop);
      stream_test_send (&self, JF_FRAME_DATA, 0, "abc", 3);
      for (unsigned j = 0; j < G_N_ELEMENTS (steps[i]) && steps[i][j].type != 0; j++)
        stream_test_send (&self, steps[i][j].type, steps[i][j].offset, "x", steps[i][j].size);
      plane_end_await_closed (self.near, JF_ERROR_PROTOCOL);
      stream_test_clear (&self);
    }
}

/* It reads nothing, then a little at a time: all arrives, in order, and the peer is told how far
 * it may go only as the reader gets on. */

/* The program has gone, and nothing may be sent: that costs no time until something may. */

/* A reset is passed on at once, also while nothing may be sent. */

/* What the target said before it reset the connection goes first. */

static void
test_answer_and_reset (JfLoop *loop)
{
  StreamTest self;

  stream_test_server (&self, loop);
  stream_test_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
  self.app = plane_accept (loop, self.listener);
  plane_end_get (self.far, JF_FRAME_ACCEPT, 0);
  g_assert_cmpint (write (self.app, "busy", 4), ==, 4);
  jf_socket_reset (self.app);
  self.app = -1;
  plane_end_get (self.far, JF_FRAME_RESET, 0);
  g_assert_cmpmem (self.far->payload->data, self.far->payload->len, "busy", 4);
  g_assert_cmpuint (plane_end_count (self.far, JF_FRAME_FIN), ==, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  stream_test_clear (&self);
}

/* Frames that do not concern a stream break it, and those of one that has just ended do not. */

static void
test_odd_frames (JfLoop *loop)
{
  const JfFrame ping = { .type = JF_FRAME_PING };
  g_autoptr (GError) error = NULL;
  struct iovec piece = { (void *) "x", 1 };
  StreamTest self;

  stream_test_client (&self, loop);
  g_assert_false (jf_stream_control (self.stream, &ping, NULL, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_PROTOCOL);
  stream_test_send (&self, JF_FRAME_RESET, 0, NULL, 0);
  stream_test_send (&self, JF_FRAME_FIN, 99, NULL, 0);
  stream_test_send (&self, JF_FRAME_RESET, 0, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  loop_test_linger (loop, 20);
  g_assert_null (self.near->reason);
  stream_test_clear (&self);
  stream_test_client (&self, loop);
  jf_socket_reset (self.app);
  self.app = -1;
  g_assert_true (jf_stream_receive (self.stream, 0, 1, NULL));
  jf_stream_deliver (self.stream, &piece, 1);
  jf_stream_deliver (self.stream, &piece, 1);
  jf_stream_resume (self.stream);
  LOOP_TEST_AWAIT (loop, self.ended);
  stream_test_clear (&self);
}

/* A full channel stops the stream; the owner hears of it, once, and lets it go on. */

/* The program ends without reading what it was sent. */

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  loop_test_add ("/stream/client/first-bytes", test_client_first_bytes);
  loop_test_add ("/stream/client/half-close", test_client_half_close);
  loop_test_add ("/stream/client/refused-and-reset", test_client_refused_and_reset);
  loop_test_add ("/stream/server/ends", test_server_ends);
  loop_test_add ("/stream/server/refuses", test_server_refuses);
  loop_test_add ("/stream/server/early-fin", test_early_fin);
  loop_test_add ("/stream/broken-numbering", test_broken_numbering);
  loop_test_add ("/stream/answer-and-reset", test_answer_and_reset);
  loop_test_add ("/stream/odd-frames", test_odd_frames);
  return g_test_run ();
}
