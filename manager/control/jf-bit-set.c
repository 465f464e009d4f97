/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-bit-set.h"

#include <string.h>

#define WORD_BITS 64

static uint64_t
mask (unsigned number)
{
  return UINT64_C (1) << (number % WORD_BITS);
}

gboolean
jf_bit_set_has (const JfBitSet *self, unsigned number)
{
  unsigned word = number / WORD_BITS;

  return word < self->n_words && (self->words[word] & mask (number)) != 0;
}

static void
grow (JfBitSet *self, unsigned n_words)
{
  unsigned size = MAX (n_words, self->n_words + self->n_words / 2);

  self->words = g_renew (uint64_t, self->words, size);
  memset (self->words + self->n_words, 0, (size - self->n_words) * sizeof *self->words);
  self->n_words = size;
}

gboolean
jf_bit_set_add (JfBitSet *self, unsigned number)
{
  if (jf_bit_set_has (self, number))
    return FALSE;
  if (number / WORD_BITS >= self->n_words)
    grow (self, number / WORD_BITS + 1);
  self->words[number / WORD_BITS] |= mask (number);
  self->count++;
  return TRUE;
}

gboolean
jf_bit_set_remove (JfBitSet *self, unsigned number)
{
  if (!jf_bit_set_has (self, number))
    return FALSE;
  self->words[number / WORD_BITS] &= ~mask (number);
  self->count--;
  return TRUE;
}

int
jf_bit_set_next (const JfBitSet *self, unsigned from)
{
  for (unsigned i = from / WORD_BITS; i < self->n_words; i++)
    {
      uint64_t word = self->words[i];

      if (i == from / WORD_BITS)
        word &= ~(mask (from) - 1);
      if (word != 0)
        return (int) (i * WORD_BITS) + __builtin_ctzll (word);
    }
  return -1;
}

void
jf_bit_set_clear (JfBitSet *self)
{
  g_free (self->words);
  *self = (JfBitSet){ 0 };
}
