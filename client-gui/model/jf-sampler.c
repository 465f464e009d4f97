/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-sampler.h"

#include "client-gui/model/jf-item-private.h"

static GPtrArray *items; /* of JfItem; NULL none */
static unsigned timer;   /* source id */

static gboolean
sample_cb (gpointer data)
{
  int64_t now_us = g_get_monotonic_time ();

  /* Who hears of a sample may begin or end others. */
  for (unsigned i = items->len; i > 0; i--)
    if (i <= items->len)
      jf_item_sample (g_ptr_array_index (items, i - 1), now_us);
  if (items->len > 0)
    return G_SOURCE_CONTINUE;
  timer = 0;
  return G_SOURCE_REMOVE;
}

void
jf_sampler_add (JfItem *item)
{
  if (items == NULL)
    items = g_ptr_array_new ();
  g_ptr_array_add (items, item);
  if (timer == 0)
    timer = g_timeout_add_seconds (1, sample_cb, NULL);
}

void
jf_sampler_remove (JfItem *item)
{
  /* The timer ends by itself with its next turn: it may be in one now. */
  g_ptr_array_remove_fast (items, item);
}
