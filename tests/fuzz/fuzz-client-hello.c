/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-limits.h"
#include "tests/fuzz/fuzz.h"

static JfHello
peek (const uint8_t *data, size_t size, size_t *need)
{
  JfHello result;

  *need = 0;
  result = jf_client_hello_peek (data, size, need);
  if (result == JF_HELLO_MORE)
    {
      g_assert_cmpuint (*need, >, size);
      g_assert_cmpuint (*need, <=, JF_CLIENT_HELLO_MAX_BYTES);
    }
  return result;
}

/* What was said about a beginning holds for the whole. */
static void
check_beginning (const uint8_t *data, size_t cut, size_t size, JfHello whole)
{
  size_t need;
  JfHello beginning = peek (data, cut, &need);

  if (beginning == JF_HELLO_MORE)
    g_assert_true (need <= size || whole == JF_HELLO_MORE || whole == JF_HELLO_INVALID);
  else
    g_assert_cmpint (beginning, ==, whole);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  size_t need;
  JfHello whole = peek (data, size, &need);

  for (size_t cut = 0; cut < MIN (size, 16); cut++)
    check_beginning (data, cut, size, whole);
  if (size > 0)
    {
      check_beginning (data, size / 2, size, whole);
      check_beginning (data, size - 1, size, whole);
      check_beginning (data, size * data[size - 1] / 256, size, whole);
    }
  return 0;
}
