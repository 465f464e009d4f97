/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-stream.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "tests/unit/engine/plane-test.h"

#define ID 5

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
} Fixture;

static void
settled_cb (JfStream *stream, JfRefusal refusal, gpointer owner)
{
  Fixture *self = owner;

  self->was_settled = TRUE;
  self->refusal = refusal;
}

static void
ended_cb (JfStream *stream, gpointer owner)
{
  Fixture *self = owner;

  g_assert_false (self->ended);
  self->ended = TRUE;
  g_clear_pointer (&self->stream, jf_stream_free);
}

static void
waiting_cb (JfStream *stream, gpointer owner)
{
  Fixture *self = owner;

  g_assert_false (self->waiting);
  self->waiting = TRUE;
}

static void
moved_cb (JfStream *stream, size_t sent, size_t received, gpointer owner)
{
  Fixture *self = owner;

  self->sent += sent;
  self->received += received;
}

static const JfStreamEvents events = { settled_cb, ended_cb, waiting_cb, moved_cb };

/* What the tunnel does with frames of a stream, without gathering. */
static gboolean
take_cb (PlaneEnd *end, const JfFrame *frame, const uint8_t *payload, GError **error)
{
  Fixture *self = end->owner;
  struct iovec piece = { (void *) payload, frame->length };

  if (self->stream == NULL && frame->type == JF_FRAME_OPEN)
    self->stream = jf_stream_new_server (self->loop, end->channel, frame->stream, self->target,
                                         &events, self);
  if (self->stream == NULL || frame->stream != ID)
    return TRUE;
  if (frame->type != JF_FRAME_OPEN && frame->type != JF_FRAME_DATA)
    return jf_stream_control (self->stream, frame, payload, error);
  if (frame->length == 0)
    return TRUE;
  if (!jf_stream_receive (self->stream, frame->offset, frame->length, error))
    return FALSE;
  jf_stream_deliver (self->stream, &piece, 1);
  return TRUE;
}

static void
room_cb (PlaneEnd *end)
{
  Fixture *self = end->owner;

  if (self->waiting && self->stream != NULL)
    {
      self->waiting = FALSE;
      jf_stream_resume (self->stream);
    }
}

static void
set_up (Fixture *self, JfLoop *loop, JfTlsSide side)
{
  memset (self, 0, sizeof *self);
  self->loop = loop;
  self->listener = self->first = self->app = -1;
  plane_pair_open (&self->pair, loop);
  self->near = side == JF_TLS_CLIENT ? &self->pair.client : &self->pair.server;
  self->far = side == JF_TLS_CLIENT ? &self->pair.server : &self->pair.client;
  self->near->take = take_cb;
  self->near->room = room_cb;
  self->near->owner = self;
}

/* A client stream, whose OPEN has arrived. */
static void
client_start (Fixture *self, JfLoop *loop)
{
  int fds[2];

  set_up (self, loop, JF_TLS_CLIENT);
  plane_tcp_pair (loop, fds);
  self->app = fds[0];
  self->stream = jf_stream_new_client (loop, self->near->channel, ID, fds[1], &events, self);
  g_assert_cmpuint (jf_stream_get_id (self->stream), ==, ID);
  g_assert_true (jf_stream_get_channel (self->stream) == self->near->channel);
  plane_end_get (self->far, JF_FRAME_OPEN, 0);
}

static void
set_target (Fixture *self, char *text)
{
  g_autoptr (GError) error = NULL;

  self->target = jf_target_parse (text, &error);
  g_assert_no_error (error);
  g_free (text);
}

/* A server stream's target; the stream comes with OPEN. */
static void
server_prepare (Fixture *self, JfLoop *loop)
{
  uint16_t port;

  set_up (self, loop, JF_TLS_SERVER);
  self->listener = plane_listen ("127.0.0.1", &port, 8);
  set_target (self, g_strdup_printf ("tcp:127.0.0.1:%u", port));
}

/* A UNIX socket that has no place for another connection: while that stays so, the stream is
 * connecting, and delivers nothing. */
static void
server_prepare_busy (Fixture *self, JfLoop *loop)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  set_up (self, loop, JF_TLS_SERVER);
  self->directory = g_dir_make_tmp ("jackfield-XXXXXX", NULL);
  g_snprintf (address.sun_path, sizeof address.sun_path, "%s/socket", self->directory);
  set_target (self, g_strconcat ("unix:", address.sun_path, NULL));
  self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_no_errno (bind (self->listener, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (self->listener, 0));
  self->first = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (connect (self->first, (struct sockaddr *) &address, sizeof address));
}

/* Now it has. */
static void
server_free_busy (Fixture *self)
{
  close (plane_accept (self->loop, self->listener));
  self->app = plane_accept (self->loop, self->listener);
}

static void
tear_down (Fixture *self)
{
  g_clear_pointer (&self->stream, jf_stream_free);
  plane_pair_clear (&self->pair);
  if (self->app >= 0)
    close (self->app);
  if (self->listener >= 0)
    close (self->listener);
  if (self->first >= 0)
    close (self->first);
  if (self->directory != NULL)
    {
      g_unlink (self->target->path);
      g_rmdir (self->directory);
      g_free (self->directory);
    }
  jf_target_free (self->target);
}

static void
far_send (Fixture *self, JfFrameType type, uint64_t offset, const void *payload, size_t size)
{
  JfFrame frame = { .type = (uint8_t) type, .stream = ID, .offset = offset };

  frame.length = (uint16_t) size;
  plane_end_send (self->far, &frame, payload);
}

static void
far_send_ack (Fixture *self, uint64_t delivered, uint64_t limit)
{
  limit = GUINT64_TO_BE (limit);
  far_send (self, JF_FRAME_ACK, delivered, &limit, sizeof limit);
}

/* `size` bytes from position `offset`, in full frames, each byte saying where it stands. */
static void
far_send_bytes (Fixture *self, uint64_t offset, size_t size)
{
  uint8_t block[JF_FRAME_PAYLOAD_MAX_BYTES];

  while (size > 0)
    {
      size_t part = MIN (size, sizeof block);

      for (size_t i = 0; i < part; i++)
        block[i] = (uint8_t) ((offset + i) % 251);
      far_send (self, JF_FRAME_DATA, offset, block, part);
      offset += part;
      size -= part;
    }
}

static void
assert_bytes (const uint8_t *data, uint64_t offset, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if (data[i] != (offset + i) % 251)
      g_error ("byte %zu is %u", i, data[i]);
}

/* The application writes until the stream takes no more; returns how many bytes. */
static size_t
app_fill (Fixture *self)
{
  g_autofree uint8_t *block = g_malloc0 (1 << 20);
  size_t taken = 0;
  ssize_t n;

  for (unsigned idle = 0; idle < 10; idle++)
    {
      while ((n = send (self->app, block, 1 << 20, MSG_NOSIGNAL)) > 0)
        {
          taken += (size_t) n;
          idle = 0;
        }
      loop_test_iterate (self->loop);
    }
  return taken;
}

static uint64_t
far_received (Fixture *self)
{
  return self->far->payload->len;
}

static void
test_client_first_bytes (JfLoop *loop)
{
  Fixture self;
  JfFrame fin;
  int fds[2];

  set_up (&self, loop, JF_TLS_CLIENT);
  plane_tcp_pair (loop, fds);
  self.app = fds[0];
  g_assert_cmpint (write (self.app, "first", 5), ==, 5);
  self.stream = jf_stream_new_client (loop, self.near->channel, ID, fds[1], &events, &self);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_OPEN, 0).length, ==, 5);
  g_assert_cmpint (write (self.app, "second", 6), ==, 6);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_DATA, 0).offset, ==, 5);
  shutdown (self.app, SHUT_WR);
  fin = plane_end_get (self.far, JF_FRAME_FIN, 0);
  g_assert_cmpuint (fin.offset, ==, 11);
  g_assert_cmpmem (self.far->payload->data, self.far->payload->len, "firstsecond", 11);
  g_assert_cmpuint (self.sent, ==, 11);
  g_assert_false (self.ended);
  tear_down (&self);
}

/* Half-close, first by the application and first by the peer. */
static void
test_client_half_close (JfLoop *loop)
{
  for (int app_first = 0; app_first < 2; app_first++)
    {
      Fixture self;
      char text[16];

      client_start (&self, loop);
      far_send (&self, JF_FRAME_ACCEPT, 0, NULL, 0);
      LOOP_TEST_AWAIT (loop, self.was_settled);
      g_assert_cmpint (self.refusal, ==, JF_REFUSAL_NONE);
      if (app_first)
        {
          shutdown (self.app, SHUT_WR);
          plane_end_get (self.far, JF_FRAME_FIN, 0);
          g_assert_false (self.ended);
        }
      far_send (&self, JF_FRAME_DATA, 0, "answer", 6);
      far_send (&self, JF_FRAME_FIN, 6, NULL, 0);
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
      tear_down (&self);
    }
}

static void
test_client_refused_and_reset (JfLoop *loop)
{
  const JfFrame refuse = { .type = JF_FRAME_REFUSE, .stream = ID, .flags = JF_REFUSAL_TIMEOUT };
  Fixture self;

  client_start (&self, loop);
  plane_end_send (self.far, &refuse, NULL);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_cmpint (self.refusal, ==, JF_REFUSAL_TIMEOUT);
  plane_await_reset (loop, self.app);
  tear_down (&self);

  client_start (&self, loop);
  far_send (&self, JF_FRAME_RESET, 0, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_false (self.was_settled);
  plane_await_reset (loop, self.app);
  g_assert_cmpuint (plane_end_count (self.far, JF_FRAME_RESET), ==, 0);
  tear_down (&self);

  /* The application's own reset. */
  client_start (&self, loop);
  jf_socket_reset (self.app);
  self.app = -1;
  plane_end_get (self.far, JF_FRAME_RESET, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  tear_down (&self);

  /* The tunnel's end. */
  client_start (&self, loop);
  g_clear_pointer (&self.stream, jf_stream_free);
  plane_await_reset (loop, self.app);
  tear_down (&self);
}

/* Exactly the limit goes out, and then exactly what an ACK allows. */
static void
test_send_limit (JfLoop *loop)
{
  Fixture self;

  client_start (&self, loop);
  g_assert_cmpuint (app_fill (&self), >, JF_WINDOW_INITIAL_BYTES);
  g_assert_cmpuint (far_received (&self), ==, JF_WINDOW_INITIAL_BYTES);
  far_send_ack (&self, 0, JF_WINDOW_INITIAL_BYTES + 1);
  LOOP_TEST_AWAIT (loop, far_received (&self) > JF_WINDOW_INITIAL_BYTES);
  loop_test_linger (loop, 20);
  g_assert_cmpuint (far_received (&self), ==, JF_WINDOW_INITIAL_BYTES + 1);
  g_assert_cmpuint (self.sent, ==, JF_WINDOW_INITIAL_BYTES + 1);
  far_send_ack (&self, JF_WINDOW_INITIAL_BYTES, 2 * JF_WINDOW_INITIAL_BYTES);
  LOOP_TEST_AWAIT (loop, far_received (&self) == 2 * JF_WINDOW_INITIAL_BYTES);
  g_assert_null (self.near->reason);
  tear_down (&self);
}

/* FIN does not count against the limit. */
static void
test_fin_at_limit (JfLoop *loop)
{
  Fixture self;
  g_autofree uint8_t *block = g_malloc0 (JF_WINDOW_INITIAL_BYTES);
  size_t sent = 0;
  ssize_t n = 0;

  client_start (&self, loop);
  while (sent < JF_WINDOW_INITIAL_BYTES)
    {
      LOOP_TEST_AWAIT (loop, (n = write (self.app, block, JF_WINDOW_INITIAL_BYTES - sent)) > 0);
      sent += (size_t) n;
    }
  shutdown (self.app, SHUT_WR);
  LOOP_TEST_AWAIT (loop, far_received (&self) == JF_WINDOW_INITIAL_BYTES);
  /* It cannot look for the end before it may read; nor may it be lost. */
  far_send_ack (&self, JF_WINDOW_INITIAL_BYTES, JF_WINDOW_INITIAL_BYTES + 1);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==, JF_WINDOW_INITIAL_BYTES);
  tear_down (&self);
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
      Fixture self;

      client_start (&self, loop);
      far_send_ack (&self, acks[i][0], acks[i][1]);
      plane_end_await_closed (self.near, JF_ERROR_PROTOCOL);
      tear_down (&self);
    }
}

static void
test_good_acks (JfLoop *loop)
{
  Fixture self;

  client_start (&self, loop);
  far_send_ack (&self, 0, JF_WINDOW_INITIAL_BYTES);
  far_send_ack (&self, 0, JF_WINDOW_MAX_BYTES);
  far_send_ack (&self, 0, JF_WINDOW_MAX_BYTES);
  g_assert_cmpint (write (self.app, "x", 1), ==, 1);
  plane_end_get (self.far, JF_FRAME_DATA, 0);
  far_send_ack (&self, 1, JF_WINDOW_MAX_BYTES + 1);
  loop_test_linger (loop, 20);
  g_assert_null (self.near->reason);
  tear_down (&self);
}

/* The whole window arrives while the target has not answered; a byte more closes the channel. */
static void
test_receive_limit (JfLoop *loop)
{
  for (size_t excess = 0; excess < 2; excess++)
    {
      g_autofree uint8_t *data = g_malloc (JF_WINDOW_INITIAL_BYTES);
      Fixture self;

      server_prepare_busy (&self, loop);
      far_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
      far_send_bytes (&self, 0, JF_WINDOW_INITIAL_BYTES);
      LOOP_TEST_AWAIT (loop, self.near->payload->len == JF_WINDOW_INITIAL_BYTES);
      g_assert_cmpuint (self.received, ==, 0);
      if (excess > 0)
        {
          far_send_bytes (&self, JF_WINDOW_INITIAL_BYTES, excess);
          plane_end_await_closed (self.near, JF_ERROR_PROTOCOL);
        }
      else
        {
          server_free_busy (&self);
          g_assert_cmpuint (plane_read (loop, self.app, data, JF_WINDOW_INITIAL_BYTES), ==,
                            JF_WINDOW_INITIAL_BYTES);
          assert_bytes (data, 0, JF_WINDOW_INITIAL_BYTES);
          g_assert_null (self.near->reason);
        }
      tear_down (&self);
    }
}

/* Small pieces and large ones. */
static void
test_held_in_order (JfLoop *loop)
{
  g_autofree uint8_t *data = g_malloc (60000);
  Fixture self;

  server_prepare_busy (&self, loop);
  far_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
  for (unsigned i = 0, size; i < 60000; i += size)
    {
      size = MIN (i % 7 + i % 3000 / 2990 * 5000 + 1, 60000 - i);
      far_send_bytes (&self, i, size);
      if (i % 16 == 0)
        loop_test_iterate (loop);
    }
  far_send (&self, JF_FRAME_FIN, 60000, NULL, 0);
  server_free_busy (&self);
  g_assert_cmpuint (plane_read (loop, self.app, data, 60000), ==, 60000);
  assert_bytes (data, 0, 60000);
  g_assert_cmpint (recv (self.app, data, 1, 0), ==, 0);
  g_assert_cmpuint (self.received, ==, 60000);
  tear_down (&self);
}

/* A peer that sends its window byte by byte makes us keep little more than the bytes. */
static void
test_held_in_crumbs (JfLoop *loop)
{
  g_autofree uint8_t *data = g_malloc (JF_WINDOW_INITIAL_BYTES);
  size_t before;
  Fixture self;

  server_prepare_busy (&self, loop);
  far_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
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
  server_free_busy (&self);
  g_assert_cmpuint (plane_read (loop, self.app, data, JF_WINDOW_INITIAL_BYTES), ==,
                    JF_WINDOW_INITIAL_BYTES);
  assert_bytes (data, 0, JF_WINDOW_INITIAL_BYTES);
  tear_down (&self);
}

static void
test_server_ends (JfLoop *loop)
{
  Fixture self;
  char text[8];

  server_prepare (&self, loop);
  far_send (&self, JF_FRAME_OPEN, 0, "ask", 3);
  self.app = plane_accept (loop, self.listener);
  plane_end_get (self.far, JF_FRAME_ACCEPT, 0);
  g_assert_true (self.was_settled);
  g_assert_cmpuint (plane_read (loop, self.app, text, 3), ==, 3);
  g_assert_cmpint (write (self.app, "answer", 6), ==, 6);
  close (self.app);
  self.app = -1;
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==, 6);
  g_assert_false (self.ended);
  far_send (&self, JF_FRAME_FIN, 3, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_cmpuint (plane_end_count (self.far, JF_FRAME_RESET), ==, 0);
  tear_down (&self);

  server_prepare (&self, loop);
  far_send (&self, JF_FRAME_OPEN, 0, NULL, 0);
  self.app = plane_accept (loop, self.listener);
  far_send (&self, JF_FRAME_RESET, 0, NULL, 0);
  plane_await_reset (loop, self.app);
  g_assert_true (self.ended);
  tear_down (&self);
}

static void
test_server_refuses (JfLoop *loop)
{
  Fixture self;

  server_prepare (&self, loop);
  close (self.listener);
  self.listener = -1;
  far_send (&self, JF_FRAME_OPEN, 0, "lost", 4);
  g_assert_cmpint (plane_end_get (self.far, JF_FRAME_REFUSE, 0).flags, ==,
                   JF_REFUSAL_CONNECTION_REFUSED);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_cmpint (self.refusal, ==, JF_REFUSAL_CONNECTION_REFUSED);
  g_assert_cmpuint (self.received, ==, 0);
  tear_down (&self);
  /* Reset before the target answers. */
  server_prepare_busy (&self, loop);
  far_send (&self, JF_FRAME_OPEN, 0, "lost", 4);
  far_send (&self, JF_FRAME_RESET, 0, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.ended);
  g_assert_false (self.was_settled);
  tear_down (&self);
}

/* FIN before the target has answered: bytes and end come to it in order. */
static void
test_early_fin (JfLoop *loop)
{
  Fixture self;
  char text[8];

  server_prepare_busy (&self, loop);
  far_send (&self, JF_FRAME_OPEN, 0, "ab", 2);
  far_send (&self, JF_FRAME_DATA, 2, "cd", 2);
  far_send (&self, JF_FRAME_FIN, 4, NULL, 0);
  LOOP_TEST_AWAIT (loop, self.near->frames->len == 3);
  server_free_busy (&self);
  g_assert_cmpuint (plane_read (loop, self.app, text, sizeof text), ==, 4);
  g_assert_cmpmem (text, 4, "abcd", 4);
  g_assert_cmpint (write (self.app, "e", 1), ==, 1);
  shutdown (self.app, SHUT_WR);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==, 1);
  LOOP_TEST_AWAIT (loop, self.ended);
  tear_down (&self);
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
      Fixture self;

      client_start (&self, loop);
      far_send (&self, JF_FRAME_DATA, 0, "abc", 3);
      for (unsigned j = 0; j < G_N_ELEMENTS (steps[i]) && steps[i][j].type != 0; j++)
        far_send (&self, steps[i][j].type, steps[i][j].offset, "x", steps[i][j].size);
      plane_end_await_closed (self.near, JF_ERROR_PROTOCOL);
      tear_down (&self);
    }
}

/* It reads nothing, then a little at a time: all arrives, in order, and the peer is told how far
 * it may go only as the reader gets on. */
static void
test_slow_reader (JfLoop *loop)
{
  const size_t total = 12 * 1024 * 1024;
  g_autofree uint8_t *data = g_malloc (total);
  uint64_t limit = JF_WINDOW_INITIAL_BYTES, sent = 0, read = 0;
  unsigned n_acks = 0;
  Fixture self;

  client_start (&self, loop);
  while (read < total)
    {
      if (sent < total && sent < limit && jf_channel_has_room (self.far->channel))
        {
          size_t part = MIN (MIN (limit, total) - sent, 65536);

          far_send_bytes (&self, sent, part);
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
  assert_bytes (data, 0, total);
  g_assert_cmpuint (self.received, ==, total);
  tear_down (&self);
}

/* The program has gone, and nothing may be sent: that costs no time until something may. */
static void
test_hang_up_at_closed_window (JfLoop *loop)
{
  g_autofree uint8_t *drain = g_malloc (1 << 20);
  Fixture self;
  unsigned woken;

  client_start (&self, loop);
  app_fill (&self);
  far_send (&self, JF_FRAME_FIN, 0, NULL, 0);
  g_assert_cmpuint (plane_read (loop, self.app, drain, 1), ==, 0);
  close (self.app); /* both directions: EPOLLHUP, for ever */
  self.app = -1;
  loop_test_linger (loop, 20);
  woken = loop_test_linger (loop, 200);
  g_assert_cmpuint (woken, <, 50);
  g_assert_false (self.ended);
  far_send_ack (&self, JF_WINDOW_INITIAL_BYTES, JF_WINDOW_MAX_BYTES);
  plane_end_get (self.far, JF_FRAME_FIN, 0);
  g_assert_cmpuint (plane_end_get (self.far, JF_FRAME_FIN, 0).offset, ==, far_received (&self));
  LOOP_TEST_AWAIT (loop, self.ended);
  tear_down (&self);
}

/* A full channel stops the stream; the owner hears of it, once, and lets it go on. */
static void
test_waits_for_room (JfLoop *loop)
{
  g_autofree uint8_t *block = g_malloc0 (JF_RECORD_MAX_BYTES);
  JfFrame filler = { .type = JF_FRAME_DATA, .stream = ID + 1, .length = 16000 };
  Fixture self;

  client_start (&self, loop);
  while (jf_channel_has_room (self.near->channel))
    jf_channel_send (self.near->channel, &filler, block);
  g_assert_cmpint (write (self.app, "x", 1), ==, 1);
  jf_stream_resume (self.stream);
  g_assert_true (self.waiting);
  g_assert_cmpuint (self.sent, ==, 0);
  g_assert_cmpuint (self.near->rooms, ==, 0);
  LOOP_TEST_AWAIT (loop, self.sent == 1);
  g_assert_false (self.waiting);
  tear_down (&self);
}

/* The program ends without reading what it was sent. */
static void
test_app_gone_while_held (JfLoop *loop)
{
  Fixture self;

  client_start (&self, loop);
  far_send_bytes (&self, 0, JF_WINDOW_INITIAL_BYTES);
  LOOP_TEST_AWAIT (loop, self.received > 0);
  close (self.app);
  self.app = -1;
  far_send_bytes (&self, JF_WINDOW_INITIAL_BYTES, 1);
  LOOP_TEST_AWAIT (loop, self.ended);
  plane_end_get (self.far, JF_FRAME_RESET, 0);
  g_assert_null (self.near->reason);
  tear_down (&self);
}

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
  loop_test_add ("/stream/limit/send", test_send_limit);
  loop_test_add ("/stream/limit/fin", test_fin_at_limit);
  loop_test_add ("/stream/limit/receive", test_receive_limit);
  loop_test_add ("/stream/limit/bad-acks", test_bad_acks);
  loop_test_add ("/stream/limit/good-acks", test_good_acks);
  loop_test_add ("/stream/held-in-order", test_held_in_order);
  loop_test_add ("/stream/held-in-crumbs", test_held_in_crumbs);
  loop_test_add ("/stream/broken-numbering", test_broken_numbering);
  loop_test_add ("/stream/slow-reader", test_slow_reader);
  loop_test_add ("/stream/hang-up-at-closed-window", test_hang_up_at_closed_window);
  loop_test_add ("/stream/waits-for-room", test_waits_for_room);
  loop_test_add ("/stream/app-gone-while-held", test_app_gone_while_held);
  return g_test_run ();
}
