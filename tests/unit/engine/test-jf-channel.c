/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/engine/jf-channel-private.h"
#include "gateway/link/jf-counter.h"
#include "gateway/link/jf-tls-private.h"
#include "gateway/wire/jf-client-hello.h"
#include "tests/unit/engine/plane-test.h"

static void
test_frames_both_ways (JfLoop *loop)
{
  const JfFrame open = { .type = JF_FRAME_OPEN, .stream = 7, .length = 5 };
  const JfFrame data = { .type = JF_FRAME_DATA, .stream = 7, .offset = UINT64_MAX, .length = 3 };
  PlanePair pair;
  JfFrame got;

  plane_pair_open (&pair, loop);
  plane_end_send (&pair.client, &open, "hello");
  plane_end_send (&pair.server, &data, "abc");
  got = plane_end_get (&pair.server, JF_FRAME_OPEN, 0);
  g_assert_cmpuint (got.stream, ==, 7);
  g_assert_cmpmem (pair.server.payload->data, pair.server.payload->len, "hello", 5);
  got = plane_end_get (&pair.client, JF_FRAME_DATA, 0);
  g_assert_cmpuint (got.offset, ==, UINT64_MAX);
  g_assert_cmpmem (pair.client.payload->data, pair.client.payload->len, "abc", 3);
  g_assert_cmpuint (pair.client.batches, >, 0);
  plane_pair_clear (&pair);
}

/* One of everything that has a payload of the greatest size, and without a copy. */
static void
test_block (JfLoop *loop)
{
  g_autofree uint8_t *block = g_malloc (JF_RECORD_MAX_BYTES);
  JfFrame data = { .type = JF_FRAME_DATA, .stream = 1, .length = JF_FRAME_PAYLOAD_MAX_BYTES };
  PlanePair pair;

  for (unsigned i = 0; i < JF_FRAME_PAYLOAD_MAX_BYTES; i++)
    block[JF_FRAME_HEADER_BYTES + i] = (uint8_t) (i * 7);
  plane_pair_open (&pair, loop);
  jf_channel_send_block (pair.client.channel, &data, block);
  plane_end_get (&pair.server, JF_FRAME_DATA, 0);
  g_assert_cmpmem (pair.server.payload->data, pair.server.payload->len,
                   block + JF_FRAME_HEADER_BYTES, JF_FRAME_PAYLOAD_MAX_BYTES);
  plane_pair_clear (&pair);
}

/* Both ends ask by themselves, and answer. */
static void
test_round_trip (JfLoop *loop)
{
  PlanePair pair;

  jf_channel_times.ping_ms = 10;
  plane_pair_init (&pair, loop);
  g_assert_cmpuint (jf_channel_get_round_trip_us (pair.client.channel), ==, 0);
  g_assert_false (jf_channel_is_open (pair.client.channel));
  plane_pair_start (&pair);
  LOOP_TEST_AWAIT (loop, jf_channel_get_round_trip_us (pair.client.channel) > 0 &&
                             jf_channel_get_round_trip_us (pair.server.channel) > 0);
  /* And go on doing so, which is nobody else's business. */
  loop_test_linger (loop, 100);
  g_assert_null (pair.client.reason);
  g_assert_null (pair.server.reason);
  g_assert_cmpuint (pair.client.frames->len + pair.server.frames->len, ==, 0);
  plane_pair_clear (&pair);
}

static void
test_optional_types (JfLoop *loop)
{
  const JfFrame optional = { .type = 200, .flags = 9, .stream = 3, .offset = 4, .length = 2 };
  const JfFrame reset = { .type = JF_FRAME_RESET, .stream = 3 };
  PlanePair pair;

  plane_pair_open (&pair, loop);
  plane_end_send (&pair.client, &optional, "xy");
  plane_end_send (&pair.client, &reset, NULL);
  plane_end_get (&pair.server, JF_FRAME_RESET, 0);
  g_assert_cmpuint (pair.server.frames->len, ==, 1);
  g_assert_cmpuint (pair.server.payload->len, ==, 0);
  plane_pair_clear (&pair);
}

typedef struct
{
  gboolean from_client;
  JfFrame frame;
} Bad;

/* The receiver closes, and the sender notices. */
static void
test_bad_frames (JfLoop *loop)
{
  static const Bad bad[] = {
    { TRUE, { .type = 0 } },
    { TRUE, { .type = 13 } },
    { FALSE, { .type = 127 } },
    { TRUE, { .type = JF_FRAME_ACCEPT, .stream = 1 } },
    { TRUE, { .type = JF_FRAME_REFUSE, .stream = 1, .flags = 1 } },
    { TRUE, { .type = JF_FRAME_PROBED, .offset = 1 } },
    { TRUE, { .type = JF_FRAME_VOUCH, .length = 32 } },
    { FALSE, { .type = JF_FRAME_OPEN, .stream = 1 } },
    { FALSE, { .type = JF_FRAME_PROBE, .offset = 1 } },
    { FALSE, { .type = JF_FRAME_VOUCH, .length = 33 } },
    { TRUE, { .type = JF_FRAME_DATA, .stream = 1 } },
    { TRUE, { .type = JF_FRAME_DATA, .length = 1 } },
    { FALSE, { .type = JF_FRAME_PING, .length = 1 } },
    { FALSE, { .type = JF_FRAME_REFUSE, .stream = 1 } },
    { FALSE, { .type = JF_FRAME_REFUSE, .stream = 1, .flags = 6 } },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      uint64_t before = jf_count_get (JF_COUNT_FRAME_INVALID);
      uint8_t payload[64] = { 0 };
      PlanePair pair;
      PlaneEnd *from = bad[i].from_client ? &pair.client : &pair.server;
      PlaneEnd *to = bad[i].from_client ? &pair.server : &pair.client;

      plane_pair_open (&pair, loop);
      plane_end_send (from, &bad[i].frame, payload);
      plane_end_await_closed (to, JF_ERROR_PROTOCOL);
      g_assert_cmpuint (to->frames->len, ==, 0);
      g_assert_cmpuint (jf_count_get (JF_COUNT_FRAME_INVALID), ==, before + 1);
      plane_end_await_closed (from, JF_ERROR_CLOSED);
      plane_pair_clear (&pair);
    }
}

static gboolean
refuse_cb (PlaneEnd *end, const JfFrame *frame, const uint8_t *payload, GError **error)
{
  g_set_error_literal (error, JF_ERROR, JF_ERROR_LIMIT, "the owner says no");
  return FALSE;
}

static void
test_owner_says_no (JfLoop *loop)
{
  const JfFrame reset = { .type = JF_FRAME_RESET, .stream = 3 };
  PlanePair pair;

  plane_pair_open (&pair, loop);
  pair.server.take = refuse_cb;
  plane_end_send (&pair.client, &reset, NULL);
  plane_end_send (&pair.client, &reset, NULL);
  plane_end_await_closed (&pair.server, JF_ERROR_LIMIT);
  g_assert_cmpuint (pair.server.frames->len, ==, 1);
  plane_pair_clear (&pair);
}

/* Whoever meets a stranger closes, and the stranger learns no more than that. */
static void
test_wrong_key (JfLoop *loop)
{
  const JfKeyId stranger = { { 1 } };

  for (int side = JF_TLS_CLIENT; side <= JF_TLS_SERVER; side++)
    {
      uint64_t before = jf_count_get (JF_COUNT_CHANNEL_WRONG_KEY);
      PlanePair pair;
      PlaneEnd *wary = side == JF_TLS_CLIENT ? &pair.client : &pair.server;
      PlaneEnd *other = side == JF_TLS_CLIENT ? &pair.server : &pair.client;

      plane_pair_init (&pair, loop);
      plane_end_expect (wary, side, &stranger);
      plane_pair_start (&pair);
      plane_end_await_closed (wary, JF_ERROR_WRONG_KEY);
      plane_end_await_closed (other, JF_ERROR_CLOSED);
      g_assert_false (wary->opened);
      g_assert_cmpuint (wary->frames->len + other->frames->len, ==, 0);
      g_assert_cmpuint (jf_count_get (JF_COUNT_CHANNEL_WRONG_KEY), ==, before + 1);
      plane_pair_clear (&pair);
    }
}

/* One end is a bare session that the test drives by itself. */
typedef struct
{
  PlanePair pair;
  PlaneEnd *end; /* the channel under test */
  JfTls *tls;
} Raw;

static void
raw_start (Raw *raw, JfLoop *loop, JfTlsSide side, const char *alpn)
{
  PlaneEnd *replaced = side == JF_TLS_CLIENT ? &raw->pair.client : &raw->pair.server;
  int fds[2];

  plane_pair_init (&raw->pair, loop);
  raw->end = side == JF_TLS_CLIENT ? &raw->pair.server : &raw->pair.client;
  g_clear_pointer (&replaced->channel, jf_channel_free);
  plane_socketpair (fds);
  raw->tls = jf_tls_new (side, replaced->identity, alpn, fds[0]);
  jf_channel_start (raw->end->channel, fds[1]);
}

static int
raw_shake (Raw *raw, GError **error)
{
  int result = JF_TLS_AGAIN;

  LOOP_TEST_AWAIT (raw->end->loop, (result = jf_tls_handshake (raw->tls, error)) != JF_TLS_AGAIN);
  return result;
}

static void
raw_open (Raw *raw, JfLoop *loop, JfTlsSide side)
{
  g_autoptr (GError) error = NULL;

  raw_start (raw, loop, side, JF_ALPN_CHANNEL);
  g_assert_cmpint (raw_shake (raw, &error), ==, 1);
  g_assert_no_error (error);
  LOOP_TEST_AWAIT (loop, raw->end->opened);
}

static void
raw_clear (Raw *raw)
{
  g_clear_pointer (&raw->tls, jf_tls_free);
  plane_pair_clear (&raw->pair);
}

static void
raw_send (Raw *raw, const void *data, size_t size)
{
  g_autoptr (GError) error = NULL;
  gssize n = 0;

  LOOP_TEST_AWAIT (raw->end->loop,
                   (n = jf_tls_send (raw->tls, data, size, &error)) != JF_TLS_AGAIN);
  g_assert_no_error (error);
  g_assert_cmpint (n, ==, size);
}

static void
test_wrong_alpn (JfLoop *loop)
{
  for (int side = JF_TLS_CLIENT; side <= JF_TLS_SERVER; side++)
    {
      Raw raw;

      raw_start (&raw, loop, side, "jackfield/1");
      LOOP_TEST_AWAIT (loop, (jf_tls_handshake (raw.tls, NULL), raw.end->reason != NULL));
      g_assert_cmpint (raw.end->reason->domain, ==, JF_ERROR);
      g_assert_false (raw.end->opened);
      raw_clear (&raw);
    }
}

static void
test_cut_frames (JfLoop *loop)
{
  static const JfFrame frame = { .type = JF_FRAME_DATA, .stream = 1, .length = 20 };
  static const size_t sizes[] = { 1, 15, 16, 35 };
  uint8_t record[36] = { 0 };

  jf_frame_pack (&frame, record);
  for (unsigned i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      Raw raw;

      raw_open (&raw, loop, JF_TLS_CLIENT);
      raw_send (&raw, record, sizes[i]);
      /* The rest in the next record makes it no better. */
      raw_send (&raw, record + sizes[i], sizeof record - sizes[i]);
      plane_end_await_closed (raw.end, JF_ERROR_PROTOCOL);
      g_assert_cmpuint (raw.end->frames->len, ==, 0);
      raw_clear (&raw);
    }
}

static void
test_several_in_a_record (JfLoop *loop)
{
  const JfFrame frames[] = {
    { .type = JF_FRAME_OPEN, .stream = 1, .length = 2 },
    { .type = 255, .length = 1 },
    { .type = JF_FRAME_DATA, .stream = 1, .offset = 2, .length = 3 },
    { .type = JF_FRAME_FIN, .stream = 1, .offset = 5 },
  };
  uint8_t record[128], *place = record;
  Raw raw;

  memset (record, 'x', sizeof record);
  for (unsigned i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      jf_frame_pack (&frames[i], place);
      place += JF_FRAME_HEADER_BYTES + frames[i].length;
    }
  raw_open (&raw, loop, JF_TLS_CLIENT);
  raw_send (&raw, record, (size_t) (place - record));
  LOOP_TEST_AWAIT (loop, raw.end->frames->len == 3);
  g_assert_cmpuint (plane_end_count (raw.end, JF_FRAME_FIN), ==, 1);
  g_assert_cmpmem (raw.end->payload->data, raw.end->payload->len, "xxxxx", 5);
  /* What comes before a broken frame counts; what comes after it does not. */
  place[0] = 99;
  raw_send (&raw, record, sizeof record);
  plane_end_await_closed (raw.end, JF_ERROR_PROTOCOL);
  g_assert_cmpuint (raw.end->frames->len, ==, 6);
  raw_clear (&raw);
}

/* Many records at once, more than one batch holds. */
static void
test_many_records (JfLoop *loop)
{
  g_autofree uint8_t *block = g_malloc0 (JF_RECORD_MAX_BYTES);
  JfFrame data = { .type = JF_FRAME_DATA, .stream = 1, .length = JF_FRAME_PAYLOAD_MAX_BYTES };
  PlanePair pair;
  unsigned sent = 0;

  plane_pair_open (&pair, loop);
  for (; sent < 100; sent++, data.offset += data.length)
    {
      jf_channel_send_block (pair.client.channel, &data, block);
      g_assert_cmpint (jf_channel_has_room (pair.client.channel), ==, sent < 15);
    }
  LOOP_TEST_AWAIT (loop, pair.server.frames->len == sent);
  for (unsigned i = 0; i < sent; i++)
    g_assert_cmpuint (plane_end_get (&pair.server, JF_FRAME_DATA, i).offset, ==,
                      (uint64_t) i * JF_FRAME_PAYLOAD_MAX_BYTES);
  LOOP_TEST_AWAIT (loop, jf_channel_has_room (pair.client.channel));
  g_assert_cmpuint (pair.client.rooms, ==, 1);
  plane_pair_clear (&pair);
}

/* It does not read: what it was sent piles up to the limit, and not beyond. */
static void
test_never_reads (JfLoop *loop)
{
  g_autofree uint8_t *block = g_malloc0 (JF_RECORD_MAX_BYTES);
  JfFrame data = { .type = JF_FRAME_DATA, .stream = 1, .length = JF_FRAME_PAYLOAD_MAX_BYTES };
  unsigned sent = 0;
  Raw raw;

  raw_open (&raw, loop, JF_TLS_SERVER);
  while (raw.end->reason == NULL)
    {
      jf_channel_send_block (raw.end->channel, &data, block);
      loop_test_iterate (loop);
      g_assert_cmpuint (++sent, <, 2 * JF_CHANNEL_QUEUE_MAX_BYTES / JF_RECORD_MAX_BYTES);
    }
  plane_end_await_closed (raw.end, JF_ERROR_LIMIT);
  g_assert_cmpuint (sent, >, JF_CHANNEL_QUEUE_MAX_BYTES / JF_RECORD_MAX_BYTES);
  raw_clear (&raw);
}

/* The same by asking: every PING wants a PONG. */
static void
test_never_reads_pongs (JfLoop *loop)
{
  const JfFrame ping = { .type = JF_FRAME_PING, .offset = 1 };
  g_autofree uint8_t *record = g_malloc (JF_RECORD_MAX_BYTES);
  gssize n = 0;
  Raw raw;

  for (unsigned i = 0; i < JF_RECORD_MAX_BYTES; i += JF_FRAME_HEADER_BYTES)
    jf_frame_pack (&ping, record + i);
  raw_open (&raw, loop, JF_TLS_CLIENT);
  LOOP_TEST_AWAIT (loop, (n = jf_tls_send (raw.tls, record, JF_RECORD_MAX_BYTES, NULL),
                          raw.end->reason != NULL || n == -1));
  plane_end_await_closed (raw.end, JF_ERROR_LIMIT);
  raw_clear (&raw);
}

/* A peer that wants smaller records than a frame may need would get frames that are cut in two. */
static void
test_small_records (JfLoop *loop)
{
  g_autofree uint8_t *block = g_malloc0 (JF_RECORD_MAX_BYTES);
  JfFrame data = { .type = JF_FRAME_DATA, .stream = 1, .length = JF_FRAME_PAYLOAD_MAX_BYTES };
  Raw raw;

  raw_start (&raw, loop, JF_TLS_CLIENT, JF_ALPN_CHANNEL);
  g_assert_cmpint (gnutls_record_set_max_recv_size (jf_tls_get_session (raw.tls), 1024), ==, 0);
  g_assert_cmpint (raw_shake (&raw, NULL), ==, 1);
  LOOP_TEST_AWAIT (loop, raw.end->opened);
  jf_channel_send_block (raw.end->channel, &data, block);
  plane_end_await_closed (raw.end, JF_ERROR_PROTOCOL);
  raw_clear (&raw);
}

static void
test_garbage (JfLoop *loop)
{
  static const uint8_t record[] = { 23, 3, 3, 0, 32, [36] = 1 };
  Raw raw;

  raw_open (&raw, loop, JF_TLS_CLIENT);
  g_assert_cmpint (write (jf_tls_get_fd (raw.tls), record, sizeof record), ==, sizeof record);
  plane_end_await_closed (raw.end, JF_ERROR_PROTOCOL);
  raw_clear (&raw);
  /* instead of a handshake */
  raw_start (&raw, loop, JF_TLS_CLIENT, JF_ALPN_CHANNEL);
  g_assert_cmpint (write (jf_tls_get_fd (raw.tls), "GET / HTTP/1.0\r\n\r\n", 18), ==, 18);
  plane_end_await_closed (raw.end, JF_ERROR_PROTOCOL);
  raw_clear (&raw);
}

static void
test_peer_closes (JfLoop *loop)
{
  Raw raw;

  raw_open (&raw, loop, JF_TLS_CLIENT);
  g_clear_pointer (&raw.tls, jf_tls_free);
  plane_end_await_closed (raw.end, JF_ERROR_CLOSED);
  raw_clear (&raw);
  raw_open (&raw, loop, JF_TLS_SERVER);
  jf_tls_bye (raw.tls);
  plane_end_await_closed (raw.end, JF_ERROR_CLOSED);
  raw_clear (&raw);
  raw_start (&raw, loop, JF_TLS_SERVER, JF_ALPN_CHANNEL);
  g_clear_pointer (&raw.tls, jf_tls_free);
  plane_end_await_closed (raw.end, JF_ERROR_CLOSED);
  g_assert_false (raw.end->opened);
  raw_clear (&raw);
}

static void
test_deadlines (JfLoop *loop)
{
  JfChannelTimes times = jf_channel_times;
  Raw raw;

  jf_channel_times.handshake_ms = 50;
  raw_start (&raw, loop, JF_TLS_CLIENT, JF_ALPN_CHANNEL);
  plane_end_await_closed (raw.end, JF_ERROR_TIMEOUT);
  raw_clear (&raw);
  jf_channel_times = times;
  /* It shakes hands and then says nothing. */
  jf_channel_times.silence_ms = 50;
  raw_open (&raw, loop, JF_TLS_CLIENT);
  plane_end_await_closed (raw.end, JF_ERROR_TIMEOUT);
  raw_clear (&raw);
  jf_channel_times = times;
}

/* Nothing is called after it, whatever was under way. */
static void
test_free_any_time (JfLoop *loop)
{
  const JfFrame reset = { .type = JF_FRAME_RESET, .stream = 3 };
  PlanePair pair;

  plane_pair_init (&pair, loop);
  plane_pair_clear (&pair);
  plane_pair_init (&pair, loop);
  plane_pair_start (&pair);
  plane_end_send (&pair.client, &reset, NULL); /* not open: goes nowhere */
  plane_pair_clear (&pair);
  plane_pair_open (&pair, loop);
  plane_end_send (&pair.client, &reset, NULL);
  plane_pair_clear (&pair);
  loop_test_linger (loop, 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  loop_test_add ("/channel/frames-both-ways", test_frames_both_ways);
  loop_test_add ("/channel/block", test_block);
  loop_test_add ("/channel/optional-types", test_optional_types);
  loop_test_add ("/channel/bad-frames", test_bad_frames);
  loop_test_add ("/channel/owner-says-no", test_owner_says_no);
  loop_test_add ("/channel/wrong-key", test_wrong_key);
  loop_test_add ("/channel/wrong-alpn", test_wrong_alpn);
  loop_test_add ("/channel/cut-frames", test_cut_frames);
  loop_test_add ("/channel/several-in-a-record", test_several_in_a_record);
  loop_test_add ("/channel/many-records", test_many_records);
  loop_test_add ("/channel/never-reads", test_never_reads);
  loop_test_add ("/channel/never-reads-pongs", test_never_reads_pongs);
  loop_test_add ("/channel/small-records", test_small_records);
  loop_test_add ("/channel/garbage", test_garbage);
  loop_test_add ("/channel/peer-closes", test_peer_closes);
  loop_test_add ("/channel/deadlines", test_deadlines);
  loop_test_add ("/channel/free-any-time", test_free_any_time);
  loop_test_add ("/channel/round-trip", test_round_trip);
  return g_test_run ();
}
