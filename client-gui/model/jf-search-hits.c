/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-search-hits.h"

#include <string.h>

#include "client-gui/model/jf-search.h"

typedef struct
{
  JfItem *item;
  int rank;
} Hit;

static void
hit_clear (gpointer data)
{
  g_object_unref (((Hit *) data)->item);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const Hit *one = a;
  const Hit *other = b;
  int64_t used_one = jf_item_get_used (one->item);
  int64_t used_other = jf_item_get_used (other->item);

  if (one->rank != other->rank)
    return one->rank - other->rank;
  if (jf_item_is_wanted (one->item) != jf_item_is_wanted (other->item))
    return jf_item_is_wanted (one->item) ? -1 : 1;
  if (jf_item_get_favourite (one->item) != jf_item_get_favourite (other->item))
    return jf_item_get_favourite (one->item) ? -1 : 1;
  if (used_one != used_other)
    return used_one > used_other ? -1 : 1;
  return strcmp (jf_item_get_collate_key (one->item), jf_item_get_collate_key (other->item));
}

static GArray *
find (JfCatalog *catalog, const JfSearch *search)
{
  GArray *hits = g_array_new (FALSE, FALSE, sizeof (Hit));
  GListModel *items = G_LIST_MODEL (catalog);
  unsigned n = g_list_model_get_n_items (items);

  g_array_set_clear_func (hits, hit_clear);
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfItem) item = g_list_model_get_item (items, i);
      int rank = jf_search_rank (search, jf_item_get_search_key (item));
      Hit hit = { item, rank };

      if (rank < 0)
        continue;
      g_object_ref (item);
      g_array_append_val (hits, hit);
    }
  g_array_sort (hits, compare);
  return hits;
}

char **
jf_search_hits (JfCatalog *catalog, const char *text, unsigned max)
{
  g_autoptr (JfSearch) search = jf_search_new (text);
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();
  g_autoptr (GArray) hits = NULL;

  if (search == NULL)
    return g_strv_builder_end (ids);
  hits = find (catalog, search);
  for (unsigned i = 0; i < hits->len && i < max; i++)
    g_strv_builder_add (ids, jf_item_get_id (g_array_index (hits, Hit, i).item));
  return g_strv_builder_end (ids);
}
