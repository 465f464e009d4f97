/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-account-private.h"
#include "client-gui/model/jf-item-private.h"

/* The items of an account: what its manager lists, and what is remembered. */

/* (transfer none) made when there is none */
static JfItem *
demand (JfAccount *self, const char *service, GPtrArray *list)
{
  JfItem *item = g_hash_table_lookup (self->by_service, service);

  if (item != NULL)
    {
      g_ptr_array_add (list, g_object_ref (item));
      return item;
    }
  item = jf_item_new (self, service);
  g_hash_table_insert (self->by_service, (char *) jf_item_get_service (item), item);
  g_ptr_array_add (list, item);
  return item;
}

/* Those that the manager lists, in its order. */
static void
collect_listed (JfAccount *self, GPtrArray *list, GHashTable *listed)
{
  GListModel *services = self->engine != NULL ? jf_engine_get_services (self->engine) : NULL;
  unsigned n = services != NULL ? g_list_model_get_n_items (services) : 0;

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfService) info = g_list_model_get_item (services, i);
      JfItem *item = demand (self, jf_service_get_service (info), list);

      g_hash_table_add (listed, item);
      jf_item_set_info (item, info);
    }
}

/* Before a whole list has come, nothing that is remembered is missing from it. */
static void
collect_remembered (JfAccount *self, GPtrArray *list, GHashTable *listed)
{
  g_auto (GStrv) services = jf_memory_list (self->memory);

  for (unsigned i = 0; services[i] != NULL; i++)
    {
      JfItem *item = g_hash_table_lookup (self->by_service, services[i]);

      if (item == NULL && (!self->known || jf_memory_get_favourite (self->memory, services[i]) ||
                           jf_memory_get_joined (self->memory, services[i])))
        g_hash_table_add (listed, demand (self, services[i], list));
      else if (item != NULL && !self->known && g_hash_table_add (listed, item))
        g_ptr_array_add (list, g_object_ref (item));
    }
}

/* What is neither listed nor remembered goes; what the user has at hand stays. */
static void
collect_held (JfAccount *self, GPtrArray *list, GHashTable *listed)
{
  unsigned n = jf_item_list_get_length (self->items);

  for (unsigned i = 0; i < n; i++)
    {
      JfItem *item = jf_item_list_peek (self->items, i);

      if (g_hash_table_contains (listed, item))
        continue;
      jf_item_set_info (item, NULL);
      jf_item_update (item);
      if (jf_item_is_held (item))
        g_ptr_array_add (list, g_object_ref (item));
      else
        {
          g_hash_table_remove (self->by_service, jf_item_get_service (item));
          jf_item_detach (item);
        }
    }
}

void
jf_account_items_sync (JfAccount *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GHashTable) listed = g_hash_table_new (NULL, NULL);

  g_clear_handle_id (&self->sync, g_source_remove);
  collect_listed (self, list, listed);
  collect_remembered (self, list, listed);
  collect_held (self, list, listed);
  jf_item_list_replace (self->items, list);
}

static gboolean
sync_cb (gpointer data)
{
  JfAccount *self = data;

  self->sync = 0;
  jf_account_items_sync (self);
  return G_SOURCE_REMOVE;
}

/* Many changes of one message become one. */
static void
sync_soon (JfAccount *self)
{
  if (self->sync == 0)
    self->sync = g_idle_add_full (G_PRIORITY_DEFAULT, sync_cb, self, NULL);
}

void
jf_account_check_item (JfAccount *self, JfItem *item)
{
  if (self->known && g_hash_table_contains (self->by_service, jf_item_get_service (item)))
    sync_soon (self);
}

static void
services_changed_cb (GListModel *services,
                     unsigned position,
                     unsigned removed,
                     unsigned added,
                     gpointer data)
{
  sync_soon (data);
}

static void
services_known_cb (JfEngine *engine, gpointer data)
{
  g_autoptr (JfAccount) self = g_object_ref (JF_ACCOUNT (data));

  if (self->known)
    return;
  self->known = TRUE;
  jf_account_items_sync (self);
  jf_account_notify (self, JF_ACCOUNT_PROP_SERVICES_KNOWN);
}

void
jf_account_items_watch (JfAccount *self)
{
  g_signal_connect_object (jf_engine_get_services (self->engine), "items-changed",
                           G_CALLBACK (services_changed_cb), self, 0);
  g_signal_connect_object (self->engine, "services-known", G_CALLBACK (services_known_cb), self, 0);
  jf_engine_watch_services (self->engine);
}

/* A call for each; who hears of it may change the list. */
static void
for_each (JfAccount *self, void (*call) (JfItem *item))
{
  g_autoptr (GPtrArray) copy = g_ptr_array_new_with_free_func (g_object_unref);
  unsigned n = jf_item_list_get_length (self->items);

  for (unsigned i = 0; i < n; i++)
    g_ptr_array_add (copy, g_object_ref (jf_item_list_peek (self->items, i)));
  for (unsigned i = 0; i < n; i++)
    call (g_ptr_array_index (copy, i));
}

void
jf_account_items_update (JfAccount *self)
{
  for_each (self, jf_item_update);
}

void
jf_account_items_restore (JfAccount *self)
{
  for_each (self, jf_item_restore);
  for_each (self, jf_item_update);
}

void
jf_account_items_release (JfAccount *self)
{
  for_each (self, jf_item_release);
}

void
jf_account_retry_trusted (JfAccount *self, const char *provider, const JfKeyId *key)
{
  unsigned n = jf_item_list_get_length (self->items);

  for (unsigned i = 0; i < n; i++)
    jf_item_retry_trusted (jf_item_list_peek (self->items, i), provider, key);
}

void
jf_account_items_init (JfAccount *self)
{
  self->items = jf_item_list_new ();
  self->by_service = g_hash_table_new (g_str_hash, g_str_equal);
}

void
jf_account_items_free (JfAccount *self)
{
  g_clear_handle_id (&self->sync, g_source_remove);
  if (self->items == NULL)
    return;
  for_each (self, jf_item_orphan);
  g_clear_pointer (&self->by_service, g_hash_table_unref);
  g_clear_object (&self->items);
}
