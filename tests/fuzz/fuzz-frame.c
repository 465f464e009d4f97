/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-frame.h"
#include "tests/fuzz/fuzz.h"

/* The input is one record: frames one behind the other. */
int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  while (size > 0)
    {
      JfFrame frame;
      uint8_t header[JF_FRAME_HEADER_BYTES];
      GError *error = NULL;
      gssize taken = jf_frame_parse (data, size, &frame, &error);

      if (taken < 0)
        {
          fuzz_check_error (error);
          return 0;
        }
      g_assert_no_error (error);
      g_assert_cmpuint ((size_t) taken, ==, sizeof header + frame.length);
      g_assert_cmpuint ((size_t) taken, <=, MIN (size, JF_RECORD_MAX_BYTES));
      jf_frame_pack (&frame, header);
      g_assert_cmpmem (header, sizeof header, data, sizeof header);
      g_assert_nonnull (jf_refusal_name ((JfRefusal) frame.flags));
      g_assert_nonnull (jf_refusal_text ((JfRefusal) frame.flags));
      data += taken;
      size -= (size_t) taken;
    }
  return 0;
}
