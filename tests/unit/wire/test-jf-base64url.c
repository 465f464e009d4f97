/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-base64url.h"

#include <string.h>

static void
test_vectors (void)
{
  static const struct
  {
    const char *bytes;
    const char *text;
  } cases[] = {
    { "", "" },           { "f", "Zg" },          { "fo", "Zm8" },       { "foo", "Zm9v" },
    { "foob", "Zm9vYg" }, { "fooba", "Zm9vYmE" }, { "\xfb\xff", "-_8" }, { "foobar", "Zm9vYmFy" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char text[16];
      uint8_t bytes[8];
      size_t size = strlen (cases[i].bytes);

      jf_base64url_encode ((const uint8_t *) cases[i].bytes, size, text);
      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_cmpuint (strlen (text), ==, JF_BASE64URL_LENGTH (size));
      g_assert_true (jf_base64url_decode (text, strlen (text), bytes, size));
      g_assert_cmpmem (bytes, size, cases[i].bytes, size);
    }
}

static void
test_random_round_trip (void)
{
  for (int round = 0; round < 2000; round++)
    {
      uint8_t in[40], out[40];
      char text[JF_BASE64URL_LENGTH (sizeof in) + 1];
      size_t size = (size_t) g_test_rand_int_range (0, sizeof in + 1);

      for (size_t i = 0; i < size; i++)
        in[i] = (uint8_t) g_test_rand_int ();
      jf_base64url_encode (in, size, text);
      g_assert_true (jf_base64url_decode (text, strlen (text), out, size));
      g_assert_cmpmem (in, size, out, size);
    }
}

static void
test_one_text_only (void)
{
  static const char *const bad[] = {
    "Zh", /* left-over bits */
    "Z/", "Z+", "Z=", "Z ", "Z", "Zgg", "Zg==", "", "\xc3\xa4",
  };
  uint8_t out[1];

  g_assert_true (jf_base64url_decode ("Zg", 2, out, 1));
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (jf_base64url_decode (bad[i], strlen (bad[i]), out, 1));

  /* Of all second characters, just the four with no left-over bits. */
  int good = 0;
  for (int c = 0; c < 256; c++)
    {
      char text[2] = { 'Z', (char) c };

      good += jf_base64url_decode (text, sizeof text, out, 1);
    }
  g_assert_cmpint (good, ==, 4);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/base64url/vectors", test_vectors);
  g_test_add_func ("/wire/base64url/random-round-trip", test_random_round_trip);
  g_test_add_func ("/wire/base64url/one-text-only", test_one_text_only);
  return g_test_run ();
}
