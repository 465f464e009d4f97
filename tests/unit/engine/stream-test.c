/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/engine/stream-test.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void
settled_cb (JfStream *stream, JfRefusal refusal, gpointer owner)
{
  StreamTest *self = owner;

  self->was_settled = TRUE;
  self->refusal = refusal;
}

static void
ended_cb (JfStream *stream, gpointer owner)
{
  StreamTest *self = owner;

  g_assert_false (self->ended);
  self->ended = TRUE;
  g_clear_pointer (&self->stream, jf_stream_free);
}

static void
waiting_cb (JfStream *stream, gpointer owner)
{
  StreamTest *self = owner;

  g_assert_false (self->waiting);
  self->waiting = TRUE;
}

static void
moved_cb (JfStream *stream, size_t sent, size_t received, gpointer owner)
{
  StreamTest *self = owner;

  self->sent += sent;
  self->received += received;
}

const JfStreamEvents stream_test_events = { settled_cb, ended_cb, waiting_cb, moved_cb };

/* What the tunnel does with frames of a stream, without gathering. */
static gboolean
take_cb (PlaneEnd *end, const JfFrame *frame, const uint8_t *payload, GError **error)
{
  StreamTest *self = end->owner;
  struct iovec piece = { (void *) payload, frame->length };

  if (self->stream == NULL && frame->type == JF_FRAME_OPEN)
    self->stream = jf_stream_new_server (self->loop, end->channel, frame->stream, self->target,
                                         &stream_test_events, self);
  if (self->stream == NULL || frame->stream != STREAM_TEST_ID)
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
  StreamTest *self = end->owner;

  if (self->waiting && self->stream != NULL)
    {
      self->waiting = FALSE;
      jf_stream_resume (self->stream);
    }
}

void
stream_test_init (StreamTest *self, JfLoop *loop, JfTlsSide side)
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

void
stream_test_client (StreamTest *self, JfLoop *loop)
{
  int fds[2];

  stream_test_init (self, loop, JF_TLS_CLIENT);
  plane_tcp_pair (loop, fds);
  self->app = fds[0];
  self->stream = jf_stream_new_client (loop, self->near->channel, STREAM_TEST_ID, fds[1],
                                       &stream_test_events, self);
  g_assert_cmpuint (jf_stream_get_id (self->stream), ==, STREAM_TEST_ID);
  g_assert_true (jf_stream_get_channel (self->stream) == self->near->channel);
  plane_end_get (self->far, JF_FRAME_OPEN, 0);
}

static void
set_target (StreamTest *self, char *text)
{
  g_autoptr (GError) error = NULL;

  self->target = jf_target_parse (text, &error);
  g_assert_no_error (error);
  g_free (text);
}

void
stream_test_server (StreamTest *self, JfLoop *loop)
{
  uint16_t port;

  stream_test_init (self, loop, JF_TLS_SERVER);
  self->listener = plane_listen ("127.0.0.1", &port, 8);
  set_target (self, g_strdup_printf ("tcp:127.0.0.1:%u", port));
}

void
stream_test_server_busy (StreamTest *self, JfLoop *loop)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };

  stream_test_init (self, loop, JF_TLS_SERVER);
  self->directory = g_dir_make_tmp ("jackfield-XXXXXX", NULL);
  g_snprintf (address.sun_path, sizeof address.sun_path, "%s/socket", self->directory);
  set_target (self, g_strconcat ("unix:", address.sun_path, NULL));
  self->listener = socket (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_no_errno (bind (self->listener, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (listen (self->listener, 0));
  self->first = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (connect (self->first, (struct sockaddr *) &address, sizeof address));
}

void
stream_test_free_busy (StreamTest *self)
{
  close (plane_accept (self->loop, self->listener));
  self->app = plane_accept (self->loop, self->listener);
}

void
stream_test_clear (StreamTest *self)
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

void
stream_test_send (StreamTest *self,
                  JfFrameType type,
                  uint64_t offset,
                  const void *payload,
                  size_t size)
{
  JfFrame frame = { .type = (uint8_t) type, .stream = STREAM_TEST_ID, .offset = offset };

  frame.length = (uint16_t) size;
  plane_end_send (self->far, &frame, payload);
}

void
stream_test_ack (StreamTest *self, uint64_t delivered, uint64_t limit)
{
  limit = GUINT64_TO_BE (limit);
  stream_test_send (self, JF_FRAME_ACK, delivered, &limit, sizeof limit);
}

void
stream_test_bytes (StreamTest *self, uint64_t offset, size_t size)
{
  uint8_t block[JF_FRAME_PAYLOAD_MAX_BYTES];

  while (size > 0)
    {
      size_t part = MIN (size, sizeof block);

      for (size_t i = 0; i < part; i++)
        block[i] = (uint8_t) ((offset + i) % 251);
      stream_test_send (self, JF_FRAME_DATA, offset, block, part);
      offset += part;
      size -= part;
    }
}

void
stream_test_assert_bytes (const uint8_t *data, uint64_t offset, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if (data[i] != (offset + i) % 251)
      g_error ("byte %zu is %u", i, data[i]);
}

size_t
stream_test_fill (StreamTest *self)
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

uint64_t
stream_test_received (StreamTest *self)
{
  return self->far->payload->len;
}
