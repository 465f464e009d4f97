/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-frame.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

typedef struct
{
  uint8_t bytes[JF_RECORD_MAX_BYTES * 2];
} Fixture;

/* What the parser says about this frame with all of its payload there. */
static gssize
parse (Fixture *fixture, JfFrame frame, GError **error)
{
  JfFrame out;
  gssize size;

  jf_frame_pack (&frame, fixture->bytes);
  size = jf_frame_parse (fixture->bytes, JF_FRAME_HEADER_BYTES + (size_t) frame.length, &out,
                         error);
  if (size >= 0)
    {
      g_assert_cmpint (size, ==, JF_FRAME_HEADER_BYTES + frame.length);
      g_assert_cmpuint (out.type, ==, frame.type);
      g_assert_cmpuint (out.flags, ==, frame.flags);
      g_assert_cmpuint (out.length, ==, frame.length);
      g_assert_cmpuint (out.stream, ==, frame.stream);
      g_assert_cmpuint (out.offset, ==, frame.offset);
    }
  return size;
}

static const JfFrame good[] = {
  { JF_FRAME_OPEN, 0, 0, 1, 0 },
  { JF_FRAME_OPEN, 0, JF_FRAME_PAYLOAD_MAX_BYTES, UINT32_MAX, 0 },
  { JF_FRAME_ACCEPT, 0, 0, 1, 0 },
  { JF_FRAME_REFUSE, JF_REFUSAL_CONNECTION_REFUSED, 0, 1, 0 },
  { JF_FRAME_REFUSE, JF_REFUSAL_FAILED, 0, 1, 0 },
  { JF_FRAME_DATA, 0, 1, 1, UINT64_MAX },
  { JF_FRAME_DATA, 0, JF_FRAME_PAYLOAD_MAX_BYTES, 1, 0 },
  { JF_FRAME_ACK, 0, 8, 1, 12345 },
  { JF_FRAME_FIN, 0, 0, 1, 12345 },
  { JF_FRAME_RESET, 0, 0, 1, 0 },
  { JF_FRAME_PING, 0, 0, 0, UINT64_MAX },
  { JF_FRAME_PONG, 0, 0, 0, 5 },
  { JF_FRAME_PROBE, 0, 0, 0, 6 },
  { JF_FRAME_PROBED, 0, 0, 0, 6 },
  { JF_FRAME_PROBED, JF_REFUSAL_FAILED, 0, 0, 6 },
  { JF_FRAME_VOUCH, 0, 32, 0, 0 },
  { JF_FRAME_VOUCH, 0, 64 * 32, 0, 0 },
  { JF_FRAME_OPTIONAL, 3, 0, 0, 7 },
  { 255, 255, JF_FRAME_PAYLOAD_MAX_BYTES, 9, 7 },
};

static const JfFrame bad[] = {
  { 0, 0, 0, 1, 0 },
  { 13, 0, 0, 0, 0 },
  { 127, 0, 0, 0, 0 },
  { JF_FRAME_OPEN, 0, 0, 0, 0 },
  { JF_FRAME_OPEN, 0, JF_FRAME_PAYLOAD_MAX_BYTES + 1, 1, 0 },
  { JF_FRAME_OPEN, 0, 0, 1, 1 },
  { JF_FRAME_OPEN, 1, 0, 1, 0 },
  { JF_FRAME_ACCEPT, 0, 1, 1, 0 },
  { JF_FRAME_ACCEPT, 0, 0, 0, 0 },
  { JF_FRAME_REFUSE, 0, 0, 1, 0 },
  { JF_FRAME_REFUSE, JF_N_REFUSALS, 0, 1, 0 },
  { JF_FRAME_REFUSE, 1, 0, 0, 0 },
  { JF_FRAME_DATA, 0, 0, 1, 0 },
  { JF_FRAME_DATA, 0, 1, 0, 0 },
  { JF_FRAME_DATA, 0x80, 1, 1, 0 },
  { JF_FRAME_DATA, 0, UINT16_MAX, 1, 0 },
  { JF_FRAME_ACK, 0, 0, 1, 0 },
  { JF_FRAME_ACK, 0, 7, 1, 0 },
  { JF_FRAME_ACK, 0, 9, 1, 0 },
  { JF_FRAME_ACK, 0, 8, 0, 0 },
  { JF_FRAME_FIN, 0, 1, 1, 0 },
  { JF_FRAME_FIN, 0, 0, 0, 0 },
  { JF_FRAME_RESET, 0, 0, 0, 0 },
  { JF_FRAME_RESET, 0, 0, 1, 1 },
  { JF_FRAME_PING, 0, 0, 1, 0 },
  { JF_FRAME_PING, 0, 1, 0, 0 },
  { JF_FRAME_PONG, 0, 0, 1, 0 },
  { JF_FRAME_PROBE, 1, 0, 0, 0 },
  { JF_FRAME_PROBED, JF_N_REFUSALS, 0, 0, 0 },
  { JF_FRAME_PROBED, 0, 0, 2, 0 },
  { JF_FRAME_VOUCH, 0, 0, 0, 0 },
  { JF_FRAME_VOUCH, 0, 33, 0, 0 },
  { JF_FRAME_VOUCH, 0, 65 * 32, 0, 0 },
  { JF_FRAME_VOUCH, 0, 32, 1, 0 },
  { JF_FRAME_VOUCH, 0, 32, 0, 1 },
  { JF_FRAME_OPTIONAL, 0, JF_FRAME_PAYLOAD_MAX_BYTES + 1, 0, 0 },
};

static void
test_good (Fixture *fixture, const void *data)
{
  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      parse (fixture, good[i], &error);
      g_assert_no_error (error);
    }
}

static void
test_bad (Fixture *fixture, const void *data)
{
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("case %zu", i);
      g_assert_cmpint (parse (fixture, bad[i], &error), ==, -1);
      g_assert_error (error, JF_ERROR, JF_ERROR_PROTOCOL);
      g_assert_cmpint (parse (fixture, bad[i], NULL), ==, -1);
    }
}

static void
test_layout (Fixture *fixture, const void *data)
{
  static const uint8_t expected[JF_FRAME_HEADER_BYTES] = {
    4, 0, 0x12, 0x34, 1, 2, 3, 4, 11, 12, 13, 14, 15, 16, 17, 18,
  };
  JfFrame frame = { JF_FRAME_DATA, 0, 0x1234, 0x01020304, 0x0b0c0d0e0f101112 };

  jf_frame_pack (&frame, fixture->bytes);
  g_assert_cmpmem (fixture->bytes, JF_FRAME_HEADER_BYTES, expected, sizeof expected);
}

static void
test_cut (Fixture *fixture, const void *data)
{
  JfFrame frame = { JF_FRAME_DATA, 0, 100, 1, 0 }, out;

  jf_frame_pack (&frame, fixture->bytes);
  for (size_t size = 0; size < JF_FRAME_HEADER_BYTES + 100; size++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree uint8_t *exact = g_memdup2 (fixture->bytes, size);

      g_assert_cmpint (jf_frame_parse (exact, size, &out, &error), ==, -1);
      g_assert_error (error, JF_ERROR, JF_ERROR_PROTOCOL);
    }
  g_assert_cmpint (jf_frame_parse (fixture->bytes, JF_RECORD_MAX_BYTES, &out, NULL), ==, 116);
}

static void
test_refusals (Fixture *fixture, const void *data)
{
  for (int i = 0; i < JF_N_REFUSALS; i++)
    {
      g_assert_cmpstr (jf_refusal_text ((JfRefusal) i), !=, "");
      g_assert_cmpstr (jf_refusal_name ((JfRefusal) i), !=, "");
    }
  g_assert_cmpstr (jf_refusal_name (JF_REFUSAL_CONNECTION_REFUSED), ==, "connection-refused");
  g_assert_cmpstr (jf_refusal_name ((JfRefusal) 77), ==, "failed");
  g_assert_cmpstr (jf_refusal_text ((JfRefusal) 77), ==, jf_refusal_text (JF_REFUSAL_FAILED));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/wire/frame/" name, Fixture, NULL, NULL, function, NULL)
  ADD ("good", test_good);
  ADD ("bad", test_bad);
  ADD ("layout", test_layout);
  ADD ("cut", test_cut);
  ADD ("refusals", test_refusals);
  return g_test_run ();
}
