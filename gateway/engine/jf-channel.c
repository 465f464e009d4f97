/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-channel.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/socket.h>

#include "gateway/engine/jf-channel-private.h"
#include "gateway/engine/jf-out-buffer.h"
#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-error.h"

/* One recv(2) of ciphertext. */
#define BATCH_BYTES (256 * 1024)
/* Decrypted records that are kept until they are handed over together; a batch of full ones. */
#define PACKETS_MAX 20
/* Streams stop reading while this much waits for the socket. */
#define ROOM_BYTES (256 * 1024)

enum
{
  SCRATCH_CIPHER, /* jf-stream.c uses the next one while we use this one */
};

struct JfChannel
{
  JfLoop *loop;
  const JfChannelEvents *events;
  gpointer owner;
  JfIdentity *identity;
  JfDial *dial;
  JfTls *tls;
  JfWatch watch;
  JfTimer deadline; /* handshake, later the PONG that is due */
  JfTimer ping;
  JfTurn flush;
  JfTurn end;
  JfOutBuffer out;
  const uint8_t *in; /* ciphertext of this batch that GnuTLS has not taken yet */
  size_t in_size;
  GError *reason; /* set: closed, and `end` will say so */
  int64_t ping_sent_us;
  unsigned round_trip_us;
  JfTlsSide side;
  JfKeyId peer;
  gboolean open;
  gboolean had_room;
};

JfChannelTimes jf_channel_times = { JF_CHANNEL_HANDSHAKE_MS, JF_CHANNEL_PING_MS,
                                    JF_SILENCE_MAX_MS };

static void ready_cb (JfWatch *watch, uint32_t events);

static void
end_cb (JfTurn *turn)
{
  JfChannel *self = JF_CONTAINER_OF (turn, JfChannel, end);

  self->events->closed (self, self->reason, self->owner);
}

/* Takes the error; `closed` comes in a later turn, so that no caller loses its channel under it. */
static void
fail (JfChannel *self, GError *error)
{
  if (self->reason != NULL)
    {
      g_clear_error (&error);
      return;
    }
  self->reason = error;
  self->open = FALSE;
  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->deadline);
  jf_timer_stop (&self->ping);
  jf_turn_cancel (&self->flush);
  jf_turn_schedule (&self->end, self->loop, end_cb);
}

static void
send_pending (JfChannel *self)
{
  if (self->reason != NULL)
    return;
  if (!jf_out_buffer_flush (&self->out, jf_tls_get_fd (self->tls)))
    {
      fail (self, g_error_new (JF_ERROR, JF_ERROR_CLOSED,
                               _ ("the channel broke: %s"), g_strerror (errno)));
      return;
    }
  jf_watch_set (&self->watch, jf_out_buffer_size (&self->out) > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
  if (!self->had_room && jf_channel_has_room (self))
    {
      self->had_room = TRUE;
      self->events->room (self, self->owner);
    }
}

static void
flush_cb (JfTurn *turn)
{
  send_pending (JF_CONTAINER_OF (turn, JfChannel, flush));
}

static ssize_t
push_cb (gnutls_transport_ptr_t data, const giovec_t *vec, int n)
{
  JfChannel *self = data;
  ssize_t total = 0;

  for (int i = 0; i < n; i++)
    {
      jf_out_buffer_append (&self->out, vec[i].iov_base, vec[i].iov_len);
      total += (ssize_t) vec[i].iov_len;
    }
  /* Here, as GnuTLS also writes by itself (a KeyUpdate): whoever found no room is told of the next. */
  if (jf_out_buffer_size (&self->out) >= ROOM_BYTES)
    self->had_room = FALSE;
  jf_turn_schedule (&self->flush, self->loop, flush_cb);
  return total;
}

static ssize_t
pull_cb (gnutls_transport_ptr_t data, void *buffer, size_t size)
{
  JfChannel *self = data;

  if (self->in_size == 0)
    {
      errno = EAGAIN;
      return -1;
    }
  size = MIN (size, self->in_size);
  memcpy (buffer, self->in, size);
  self->in += size;
  self->in_size -= size;
  return (ssize_t) size;
}

static gboolean
check_peer (JfChannel *self, GError **error)
{
  JfKeyId key_id;
  char expected[JF_KEY_ID_SHORT_SIZE], found[JF_KEY_ID_SHORT_SIZE] = "none";

  if (jf_tls_get_peer (self->tls, &key_id))
    {
      if (jf_key_id_equal (&key_id, &self->peer))
        return TRUE;
      jf_key_id_format_short (&key_id, found);
    }
  jf_count (JF_COUNT_CHANNEL_WRONG_KEY);
  jf_key_id_format_short (&self->peer, expected);
  g_set_error (error, JF_ERROR, JF_ERROR_WRONG_KEY,
               "the gateway at the other end has the key %s instead of %s: somebody in between "
               "answered in its place",
               found, expected);
  return FALSE;
}

static void
pong_missing_cb (JfTimer *timer)
{
  fail (JF_CONTAINER_OF (timer, JfChannel, deadline),
        g_error_new_literal (JF_ERROR, JF_ERROR_TIMEOUT, _ ("the other gateway does not answer")));
}

static void
ping_cb (JfTimer *timer)
{
  JfChannel *self = JF_CONTAINER_OF (timer, JfChannel, ping);
  JfFrame frame = { .type = JF_FRAME_PING };

  self->ping_sent_us = g_get_monotonic_time ();
  frame.offset = (uint64_t) self->ping_sent_us;
  jf_timer_start (&self->deadline, self->loop, jf_channel_times.silence_ms, pong_missing_cb);
  jf_channel_send (self, &frame, NULL);
}

static void
take_pong (JfChannel *self, const JfFrame *frame)
{
  int64_t round_trip = g_get_monotonic_time () - self->ping_sent_us;

  if (self->ping_sent_us == 0 || frame->offset != (uint64_t) self->ping_sent_us)
    return;
  self->ping_sent_us = 0;
  if (self->round_trip_us == 0 || round_trip < self->round_trip_us)
    self->round_trip_us = (unsigned) CLAMP (round_trip, 1, G_MAXINT);
  jf_timer_stop (&self->deadline);
  jf_timer_start (&self->ping, self->loop, jf_channel_times.ping_ms, ping_cb);
}

/* 1 done, 0 goes on later, -1 failed. */
static int
shake_hands (JfChannel *self, GError **error)
{
  int result = jf_tls_handshake (self->tls, error);

  if (result == JF_TLS_AGAIN)
    return 0;
  if (result < 0 || !check_peer (self, error))
    return -1;
  self->open = TRUE;
  jf_timer_stop (&self->deadline);
  self->events->opened (self, self->owner);
  ping_cb (&self->ping);
  return 1;
}

/* Which side may send it is part of a frame's meaning; its form was checked by the parser. */
static gboolean
frame_fits_side (JfChannel *self, uint8_t type)
{
  switch (type)
    {
    case JF_FRAME_OPEN:
    case JF_FRAME_PROBE:
      return self->side == JF_TLS_SERVER;
    case JF_FRAME_ACCEPT:
    case JF_FRAME_REFUSE:
    case JF_FRAME_PROBED:
    case JF_FRAME_VOUCH:
      return self->side == JF_TLS_CLIENT;
    default:
      return TRUE;
    }
}

static gboolean
take_frame (JfChannel *self, const JfFrame *frame, const uint8_t *payload, GError **error)
{
  JfFrame pong = { .type = JF_FRAME_PONG, .offset = frame->offset };

  if (!frame_fits_side (self, frame->type))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "frame type %u came from the wrong side",
                   frame->type);
      return FALSE;
    }
  if (frame->type == JF_FRAME_PING)
    jf_channel_send (self, &pong, NULL);
  else if (frame->type == JF_FRAME_PONG)
    take_pong (self, frame);
  else if (frame->type < JF_FRAME_OPTIONAL)
    return self->events->frame (self, frame, payload, self->owner, error);
  return TRUE;
}

static gboolean
take_record (JfChannel *self, const uint8_t *data, size_t size, GError **error)
{
  while (size > 0)
    {
      JfFrame frame;
      gssize n = jf_frame_parse (data, size, &frame, error);

      if (n < 0 || !take_frame (self, &frame, data + JF_FRAME_HEADER_BYTES, error))
        {
          jf_count (JF_COUNT_FRAME_INVALID);
          return FALSE;
        }
      data += n;
      size -= (size_t) n;
      if (self->reason != NULL)
        return TRUE; /* sending failed meanwhile; `closed` is on its way */
    }
  return TRUE;
}

static gboolean
take_packet (JfChannel *self, gnutls_packet_t packet, GError **error)
{
  gnutls_datum_t record;

  gnutls_packet_get (packet, &record, NULL);
  return take_record (self, record.data, record.size, error);
}

static void
end_batch (JfChannel *self, gnutls_packet_t *packets, unsigned n_packets)
{
  self->events->batch_end (self, self->owner);
  for (unsigned i = 0; i < n_packets; i++)
    gnutls_packet_deinit (packets[i]);
}

/* Decrypts everything that is at hand. The records stay where GnuTLS has decrypted them until
 * batch_end, so that a stream can write many of them in one call, and without a copy. */
static gboolean
take_records (JfChannel *self, GError **error)
{
  gnutls_packet_t packets[PACKETS_MAX];
  unsigned n_packets = 0;
  gboolean good = TRUE;
  gssize n = 1;

  while (good && n > 0 && self->reason == NULL)
    {
      if (n_packets == PACKETS_MAX)
        {
          end_batch (self, packets, n_packets);
          n_packets = 0;
        }
      n = jf_tls_recv_packet (self->tls, &packets[n_packets], error);
      if (n > 0)
        good = take_packet (self, packets[n_packets++], error);
    }
  end_batch (self, packets, n_packets);
  if (n == 0)
    g_set_error_literal (error, JF_ERROR, JF_ERROR_CLOSED,
                         _ ("the other gateway closed the channel"));
  return good && (n > 0 || n == JF_TLS_AGAIN);
}

static gboolean
take_input (JfChannel *self, GError **error)
{
  if (!self->open)
    {
      int result = shake_hands (self, error);

      if (result <= 0)
        return result == 0;
    }
  return take_records (self, error);
}

static void
read_batch (JfChannel *self)
{
  uint8_t *cipher = jf_loop_scratch (self->loop, SCRATCH_CIPHER, BATCH_BYTES);
  ssize_t n = recv (jf_tls_get_fd (self->tls), cipher, BATCH_BYTES, 0);
  GError *error = NULL;

  if (n < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (n <= 0)
    {
      fail (self, g_error_new (JF_ERROR, JF_ERROR_CLOSED,
                               _ ("the channel ended: %s"),
                                  n < 0 ? g_strerror (errno) : "closed by the manager"));
      return;
    }
  self->in = cipher;
  self->in_size = (size_t) n;
  if (!take_input (self, &error))
    fail (self, error);
  self->in_size = 0;
}

static void
ready_cb (JfWatch *watch, uint32_t events)
{
  JfChannel *self = JF_CONTAINER_OF (watch, JfChannel, watch);

  if (events & EPOLLOUT)
    send_pending (self);
  if (self->reason == NULL && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
    read_batch (self);
}

static void
handshake_expired_cb (JfTimer *timer)
{
  JfChannel *self = JF_CONTAINER_OF (timer, JfChannel, deadline);

  fail (self, g_error_new_literal (JF_ERROR, JF_ERROR_TIMEOUT,
                                   _ ("the other gateway did not finish the handshake")));
}

JfChannel *
jf_channel_new (JfLoop *loop,
                JfTlsSide side,
                JfIdentity *identity,
                const JfKeyId *peer,
                const JfChannelEvents *events,
                gpointer owner)
{
  JfChannel *self = g_new0 (JfChannel, 1);

  self->loop = loop;
  self->side = side;
  self->identity = jf_identity_ref (identity);
  self->peer = *peer;
  self->events = events;
  self->owner = owner;
  self->had_room = TRUE;
  return self;
}

void
jf_channel_start (JfChannel *self, int fd)
{
  GError *error = NULL;

  self->tls = jf_tls_new (self->side, self->identity, JF_ALPN_CHANNEL, fd);
  jf_tls_set_transport (self->tls, self, NULL, push_cb, pull_cb);
  jf_socket_tune (fd);
  jf_timer_start (&self->deadline, self->loop, jf_channel_times.handshake_ms, handshake_expired_cb);
  if (!jf_watch_start (&self->watch, self->loop, fd, EPOLLIN, ready_cb, &error) ||
      shake_hands (self, &error) < 0)
    fail (self, error);
}

static void
leg_dialled_cb (int fd, GError *error, gpointer data)
{
  JfChannel *self = data;

  g_clear_pointer (&self->dial, jf_dial_free);
  if (fd < 0)
    fail (self, g_error_copy (error));
  else
    jf_channel_start (self, fd);
}

void
jf_channel_dial (JfChannel *self, JfUplink *uplink, const JfTicket *ticket)
{
  self->dial = jf_dial_leg (self->loop, uplink, ticket, leg_dialled_cb, self);
}

void
jf_channel_free (JfChannel *self)
{
  g_clear_pointer (&self->dial, jf_dial_free);
  jf_watch_stop (&self->watch);
  jf_timer_stop (&self->deadline);
  jf_timer_stop (&self->ping);
  jf_turn_cancel (&self->flush);
  jf_turn_cancel (&self->end);
  jf_out_buffer_clear (&self->out);
  g_clear_pointer (&self->tls, jf_tls_free);
  jf_identity_unref (self->identity);
  g_clear_error (&self->reason);
  g_free (self);
}

gboolean
jf_channel_is_open (JfChannel *self)
{
  return self->open;
}

gboolean
jf_channel_has_room (JfChannel *self)
{
  return self->open && jf_out_buffer_size (&self->out) < ROOM_BYTES;
}

unsigned
jf_channel_get_round_trip_us (JfChannel *self)
{
  return self->round_trip_us;
}

static void
send_record (JfChannel *self, const uint8_t *record, size_t size)
{
  GError *error = NULL;
  gssize sent;

  if (!self->open)
    return;
  if (jf_out_buffer_size (&self->out) > JF_CHANNEL_QUEUE_MAX_BYTES)
    {
      fail (self, g_error_new_literal (JF_ERROR, JF_ERROR_LIMIT,
                                       _ ("the other gateway does not read what it asked for")));
      return;
    }
  sent = jf_tls_send (self->tls, record, size, &error);
  if (sent < 0)
    fail (self, error);
  else if ((size_t) sent < size) /* RFC 8449; a frame lies whole inside one record */
    fail (self, g_error_new_literal (JF_ERROR, JF_ERROR_PROTOCOL,
                                     "the other gateway takes no full records"));
}

void
jf_channel_send_block (JfChannel *self, const JfFrame *frame, uint8_t *block)
{
  jf_frame_pack (frame, block);
  send_record (self, block, JF_FRAME_HEADER_BYTES + (size_t) frame->length);
}

void
jf_channel_send (JfChannel *self, const JfFrame *frame, const void *payload)
{
  uint8_t block[JF_RECORD_MAX_BYTES];

  if (frame->length > 0)
    memcpy (block + JF_FRAME_HEADER_BYTES, payload, frame->length);
  jf_channel_send_block (self, frame, block);
}
