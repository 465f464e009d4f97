/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/link/jf-config-scan.h"

#define NAME_MAX_BYTES 40

/* How many letters have to be put in, taken out or changed (Levenshtein). */
static unsigned
distance (const char *a, const char *b)
{
  size_t n = strlen (b);
  unsigned row[NAME_MAX_BYTES + 1];

  for (unsigned j = 0; j <= n; j++)
    row[j] = j;
  for (unsigned i = 1; a[i - 1]; i++)
    {
      unsigned diagonal = row[0];

      row[0] = i;
      for (unsigned j = 1; j <= n; j++)
        {
          unsigned change = diagonal + (a[i - 1] != b[j - 1]);

          diagonal = row[j];
          row[j] = MIN (change, MIN (row[j], row[j - 1]) + 1);
        }
    }
  return row[n];
}

const char *
jf_config_nearest (const char *name, const char *const *known)
{
  const char *best = NULL;
  /* More than a third wrong is another word. */
  unsigned best_distance = (unsigned) MIN (strlen (name), NAME_MAX_BYTES) / 3 + 1;

  if (strlen (name) > NAME_MAX_BYTES)
    return NULL;
  for (; *known; known++)
    {
      unsigned d;

      if (strlen (*known) > NAME_MAX_BYTES)
        continue;
      d = distance (name, *known);
      if (d <= best_distance && (!best || d < best_distance))
        {
          best = *known;
          best_distance = d;
        }
    }
  return best;
}
