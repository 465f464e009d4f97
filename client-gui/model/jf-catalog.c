/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-catalog.h"

/* One account's part of the list. */
typedef struct
{
  JfCatalog *catalog;
  JfAccount *account;
  GListModel *items;
  unsigned n; /* as it was last said */
} Part;

struct _JfCatalog
{
  GObject parent_instance;

  JfAccounts *accounts;
  GPtrArray *parts; /* of Part, in the order of accounts */
};

enum
{
  ITEM_CHANGED,
  N_SIGNALS
};

static unsigned signals[N_SIGNALS];

static GType
get_item_type (GListModel *model)
{
  return JF_TYPE_ITEM;
}

static unsigned
get_n_items (GListModel *model)
{
  JfCatalog *self = JF_CATALOG (model);
  unsigned n = 0;

  for (unsigned i = 0; i < self->parts->len; i++)
    n += ((Part *) g_ptr_array_index (self->parts, i))->n;
  return n;
}

static gpointer
get_item (GListModel *model, unsigned position)
{
  JfCatalog *self = JF_CATALOG (model);

  for (unsigned i = 0; i < self->parts->len; i++)
    {
      const Part *part = g_ptr_array_index (self->parts, i);

      if (position < part->n)
        return g_list_model_get_item (part->items, position);
      position -= part->n;
    }
  return NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (JfCatalog,
                               jf_catalog,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static unsigned
offset_of (JfCatalog *self, const Part *wanted)
{
  unsigned offset = 0;

  for (unsigned i = 0; i < self->parts->len; i++)
    {
      const Part *part = g_ptr_array_index (self->parts, i);

      if (part == wanted)
        break;
      offset += part->n;
    }
  return offset;
}

static void
items_changed_cb (GListModel *items,
                  unsigned position,
                  unsigned removed,
                  unsigned added,
                  gpointer data)
{
  Part *part = data;

  part->n = part->n - removed + added;
  g_list_model_items_changed (G_LIST_MODEL (part->catalog),
                              offset_of (part->catalog, part) + position, removed, added);
}

static void
item_changed_cb (JfAccount *account, JfItem *item, const char *property, gpointer data)
{
  const Part *part = data;

  g_signal_emit (part->catalog, signals[ITEM_CHANGED], 0, item, property);
}

static Part *
part_new (JfCatalog *self, JfAccount *account)
{
  Part *part = g_new0 (Part, 1);

  part->catalog = self;
  part->account = g_object_ref (account);
  part->items = g_object_ref (jf_account_get_items (account));
  part->n = g_list_model_get_n_items (part->items);
  g_signal_connect (part->items, "items-changed", G_CALLBACK (items_changed_cb), part);
  g_signal_connect (account, "item-changed", G_CALLBACK (item_changed_cb), part);
  return part;
}

static void
part_free (gpointer data)
{
  Part *part = data;

  g_signal_handlers_disconnect_by_data (part->items, part);
  g_signal_handlers_disconnect_by_data (part->account, part);
  g_object_unref (part->items);
  g_object_unref (part->account);
  g_free (part);
}

static void
accounts_changed_cb (GListModel *accounts,
                     unsigned position,
                     unsigned removed,
                     unsigned added,
                     gpointer data)
{
  JfCatalog *self = data;
  unsigned offset = 0, n_removed = 0, n_added = 0;

  for (unsigned i = 0; i < position; i++)
    offset += ((Part *) g_ptr_array_index (self->parts, i))->n;
  for (unsigned i = 0; i < removed; i++)
    {
      n_removed += ((Part *) g_ptr_array_index (self->parts, position))->n;
      g_ptr_array_remove_index (self->parts, position);
    }
  for (unsigned i = 0; i < added; i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (accounts, position + i);
      Part *part = part_new (self, account);

      n_added += part->n;
      g_ptr_array_insert (self->parts, (int) (position + i), part);
    }
  if (n_removed > 0 || n_added > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), offset, n_removed, n_added);
}

unsigned
jf_catalog_count_wanted (JfCatalog *self)
{
  unsigned n = get_n_items (G_LIST_MODEL (self));
  unsigned wanted = 0;

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfItem) item = get_item (G_LIST_MODEL (self), i);

      wanted += jf_item_is_wanted (item) ? 1 : 0;
    }
  return wanted;
}

static void
jf_catalog_finalize (GObject *object)
{
  JfCatalog *self = JF_CATALOG (object);

  if (self->accounts != NULL)
    g_signal_handlers_disconnect_by_data (self->accounts, self);
  g_clear_object (&self->accounts);
  g_ptr_array_unref (self->parts);

  G_OBJECT_CLASS (jf_catalog_parent_class)->finalize (object);
}

static void
jf_catalog_class_init (JfCatalogClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_catalog_finalize;
  signals[ITEM_CHANGED] = g_signal_new ("item-changed", JF_TYPE_CATALOG, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 2, JF_TYPE_ITEM, G_TYPE_STRING);
}

static void
jf_catalog_init (JfCatalog *self)
{
  self->parts = g_ptr_array_new_with_free_func (part_free);
}

JfCatalog *
jf_catalog_new (JfAccounts *accounts)
{
  JfCatalog *self = g_object_new (JF_TYPE_CATALOG, NULL);

  self->accounts = g_object_ref (accounts);
  g_signal_connect (accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self);
  accounts_changed_cb (G_LIST_MODEL (accounts), 0, 0,
                       g_list_model_get_n_items (G_LIST_MODEL (accounts)), self);
  return self;
}
