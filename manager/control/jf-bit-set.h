/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* A set of small numbers. Plain data, zeroed at first; grows as needed. */
typedef struct
{
  uint64_t *words;
  unsigned n_words;
  unsigned count; /* of the set */
} JfBitSet;

gboolean jf_bit_set_has (const JfBitSet *self, unsigned number);
/* FALSE when it was there already. */
gboolean jf_bit_set_add (JfBitSet *self, unsigned number);
/* FALSE when it was not there. */
gboolean jf_bit_set_remove (JfBitSet *self, unsigned number);
/* The least number of the set that is not below `from`; -1: none. */
int jf_bit_set_next (const JfBitSet *self, unsigned from);
void jf_bit_set_clear (JfBitSet *self); /* frees */

G_END_DECLS
