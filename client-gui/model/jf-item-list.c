/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-item-list.h"

struct _JfItemList
{
  GObject parent_instance;

  GPtrArray *items;
};

static GType
get_item_type (GListModel *model)
{
  return JF_TYPE_ITEM;
}

static unsigned
get_n_items (GListModel *model)
{
  return JF_ITEM_LIST (model)->items->len;
}

static gpointer
get_item (GListModel *model, unsigned position)
{
  JfItemList *self = JF_ITEM_LIST (model);

  if (position >= self->items->len)
    return NULL;
  return g_object_ref (g_ptr_array_index (self->items, position));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (JfItemList,
                               jf_item_list,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

void
jf_item_list_replace (JfItemList *self, GPtrArray *items)
{
  g_autoptr (GPtrArray) old = self->items;
  unsigned front = 0;
  unsigned end = 0;

  self->items = items;
  while (front < MIN (old->len, items->len) &&
         g_ptr_array_index (old, front) == g_ptr_array_index (items, front))
    front++;
  while (end < MIN (old->len, items->len) - front &&
         g_ptr_array_index (old, old->len - 1 - end) ==
             g_ptr_array_index (items, items->len - 1 - end))
    end++;
  if (old->len - front - end > 0 || items->len - front - end > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), front, old->len - front - end,
                                items->len - front - end);
}

unsigned
jf_item_list_get_length (JfItemList *self)
{
  return self->items->len;
}

JfItem *
jf_item_list_peek (JfItemList *self, unsigned position)
{
  return g_ptr_array_index (self->items, position);
}

static void
jf_item_list_finalize (GObject *object)
{
  g_ptr_array_unref (JF_ITEM_LIST (object)->items);

  G_OBJECT_CLASS (jf_item_list_parent_class)->finalize (object);
}

static void
jf_item_list_class_init (JfItemListClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_item_list_finalize;
}

static void
jf_item_list_init (JfItemList *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
}

JfItemList *
jf_item_list_new (void)
{
  return g_object_new (JF_TYPE_ITEM_LIST, NULL);
}
