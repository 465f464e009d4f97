/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/fuzz/fuzz-mutate.h"

#include <stdint.h>
#include <string.h>

#define MAX_CHANGES 4

/* A number below `end`; 0 for an empty range. */
static unsigned
below (GRand *random, unsigned end)
{
  return end > 0 ? (unsigned) g_rand_int_range (random, 0, (int) end) : 0;
}

static void
flip_bit (GRand *random, GByteArray *input)
{
  if (input->len > 0)
    input->data[below (random, input->len)] ^= (uint8_t) (1u << below (random, 8));
}

static void
set_byte (GRand *random, GByteArray *input)
{
  static const char interesting[] =
      "\0\1\2\7\x0f\x10\x1f !\"#%'*+,-./0:;=?@AZ[\\]_az{}\x7f\x80\xfe\xff";

  if (input->len > 0)
    input->data[below (random, input->len)] = (uint8_t)
        interesting[below (random, sizeof interesting)];
}

/* Lengths are where parsers go wrong. */
static void
set_length (GRand *random, GByteArray *input)
{
  static const uint32_t magic[] = {
    0,      1,      2,      3,        4,          8,          15,         16,     17,
    31,     32,     33,     63,       64,         255,        256,        0x3fef, 0x3ff0,
    0x3ff1, 0x3fff, 0x4000, 0x4001,   0x7fff,     0x8000,     0xffff,     0xfffe, 0x10000,
    65535,  65537,  65536,  0xffffff, 0x7fffffff, 0x80000000, 0xffffffff,
  };
  unsigned width = 1 + below (random, 4);
  uint32_t value;

  if (input->len < width)
    return;
  value = GUINT32_TO_BE (magic[below (random, G_N_ELEMENTS (magic))]);
  memcpy (input->data + below (random, input->len - width + 1),
          (const uint8_t *) &value + sizeof value - width, width);
}

static void
truncate_end (GRand *random, GByteArray *input)
{
  g_byte_array_set_size (input, below (random, input->len + 1));
}

static void
remove_range (GRand *random, GByteArray *input)
{
  unsigned start = below (random, input->len);
  unsigned wanted = 1 + below (random, 32);
  unsigned length = MIN (wanted, input->len - start);

  if (length > 0)
    g_byte_array_remove_range (input, start, length);
}

static void
insert (GByteArray *input, unsigned at, const uint8_t *bytes, unsigned size)
{
  unsigned tail = input->len - at;

  if (input->len + size > FUZZ_INPUT_MAX_BYTES)
    return;
  g_byte_array_set_size (input, input->len + size);
  memmove (input->data + at + size, input->data + at, tail);
  memcpy (input->data + at, bytes, size);
}

static void
insert_noise (GRand *random, GByteArray *input)
{
  uint8_t noise[16];
  unsigned size = 1 + below (random, sizeof noise);

  for (unsigned i = 0; i < size; i++)
    noise[i] = (uint8_t) below (random, 256);
  insert (input, below (random, input->len + 1), noise, size);
}

static void
repeat_range (GRand *random, GByteArray *input)
{
  unsigned start = below (random, input->len);
  unsigned wanted = 1 + below (random, 64);
  unsigned size = MIN (wanted, input->len - start);
  unsigned times = below (random, 16) == 0 ? below (random, 2000) : 1 + below (random, 3);
  g_autofree uint8_t *range = g_memdup2 (input->data + start, size);

  while (size > 0 && times-- > 0)
    insert (input, start, range, size);
}

static void
splice (GRand *random, GByteArray *input, const GByteArray *other)
{
  unsigned from = below (random, other->len + 1);

  truncate_end (random, input);
  insert (input, input->len, other->data + from, other->len - from);
}

static const GByteArray *
pick (GRand *random, const GPtrArray *seeds)
{
  return g_ptr_array_index (seeds, below (random, seeds->len));
}

static void
change (GRand *random, GByteArray *input, const GPtrArray *seeds)
{
  static void (*const changes[]) (GRand *, GByteArray *) = {
    flip_bit, set_byte, set_length, truncate_end, remove_range, insert_noise, repeat_range,
  };
  unsigned i = below (random, G_N_ELEMENTS (changes) + 1);

  if (i < G_N_ELEMENTS (changes))
    changes[i](random, input);
  else
    splice (random, input, pick (random, seeds));
}

GByteArray *
fuzz_mutate (GRand *random, const GPtrArray *seeds)
{
  const GByteArray *seed = pick (random, seeds);
  GByteArray *input = g_byte_array_sized_new (seed->len);

  g_byte_array_append (input, seed->data, seed->len);
  for (unsigned n = 1 + below (random, MAX_CHANGES); n > 0; n--)
    change (random, input, seeds);
  return input;
}
