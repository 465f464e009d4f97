/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-preamble.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  JfPreamble preamble, shorter;
  uint8_t packed[JF_PREAMBLE_MAX_BYTES];
  GError *error = NULL;
  gssize taken = jf_preamble_parse (data, size, &preamble, &error);

  if (taken < 0)
    {
      fuzz_check_error (error);
      return 0;
    }
  g_assert_no_error (error);
  if (taken == 0)
    {
      g_assert_cmpuint (size, <, JF_PREAMBLE_MAX_BYTES);
      return 0;
    }
  g_assert_cmpuint ((size_t) taken, <=, MIN (size, sizeof packed));
  g_assert_cmpuint (jf_preamble_pack (&preamble, packed), ==, (size_t) taken);
  g_assert_cmpmem (packed, (size_t) taken, data, (size_t) taken);
  g_assert_cmpint (jf_preamble_parse (data, (size_t) taken - 1, &shorter, NULL), ==, 0);
  return 0;
}
