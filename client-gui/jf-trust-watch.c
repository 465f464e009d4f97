/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-trust-watch.h"

#include "client-gui/jf-trust-dialog.h"

struct _JfTrustWatch
{
  GObject parent_instance;

  GtkWindow *window; /* not owned: it outlives this */
  JfAccounts *accounts;
  JfCatalog *catalog;
  GHashTable *said; /* id of an item or account in trouble -> JfTrustCase that was shown */
  unsigned look_id;
};

G_DEFINE_FINAL_TYPE (JfTrustWatch, jf_trust_watch, G_TYPE_OBJECT)

/* TRUE: this is in trouble, and nothing was said of that yet. */
static gboolean
is_news (JfTrustWatch *self, const char *id, JfTrustCase trust)
{
  return trust != JF_TRUST_OK && g_hash_table_lookup (self->said, id) != GINT_TO_POINTER (trust);
}

static void
note_said (JfTrustWatch *self, const char *id, JfTrustCase trust)
{
  g_hash_table_insert (self->said, g_strdup (id), GINT_TO_POINTER (trust));
}

static gboolean
look_at_accounts (JfTrustWatch *self)
{
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (self->accounts));

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);
      const char *id = jf_account_get_id (account);
      JfTrustCase trust = jf_trust_case_for_account (account);

      /* not before: between two attempts it has no error, and the next one is no news */
      if (jf_account_get_state (account) == JF_ACCOUNT_ONLINE)
        g_hash_table_remove (self->said, id);
      if (!is_news (self, id, trust) || !jf_trust_show_account (self->window, account))
        continue;
      note_said (self, id, trust);
      return TRUE;
    }
  return FALSE;
}

/* An item's own trouble only: that of its account was shown with the account. */
static JfTrustCase
case_of_item (JfItem *item)
{
  JfTrustCase trust = jf_item_get_state (item) == JF_ITEM_FAILED ? jf_trust_case_for_item (item)
                                                                 : JF_TRUST_OK;

  return trust == JF_TRUST_PROVIDER_KEY || trust == JF_TRUST_PROVIDER_FALSE ? trust : JF_TRUST_OK;
}

static void
look_at_items (JfTrustWatch *self)
{
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (self->catalog));

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfItem) item = g_list_model_get_item (G_LIST_MODEL (self->catalog), i);
      const char *id = jf_item_get_id (item);
      JfTrustCase trust = case_of_item (item);

      if (!is_news (self, id, trust) || !jf_trust_show_item (self->window, item))
        continue;
      note_said (self, id, trust);
      return;
    }
}

static gboolean
look_cb (gpointer data)
{
  JfTrustWatch *self = data;

  self->look_id = 0;
  if (gtk_window_is_active (self->window) && !look_at_accounts (self))
    look_at_items (self);
  return G_SOURCE_REMOVE;
}

/* Soon: many changes at once are one look through the list. */
static void
look (JfTrustWatch *self)
{
  if (self->look_id == 0)
    self->look_id = g_idle_add_full (G_PRIORITY_LOW, look_cb, self, NULL);
}

static void
item_changed_cb (JfTrustWatch *self, JfItem *item, const char *property)
{
  if (g_str_equal (property, "state") && jf_item_get_state (item) == JF_ITEM_FAILED)
    look (self);
  else if (g_str_equal (property, "state"))
    g_hash_table_remove (self->said, jf_item_get_id (item));
}

static void
accounts_changed_cb (JfTrustWatch *self, unsigned position, unsigned removed, unsigned added)
{
  for (unsigned i = 0; i < added; i++)
    {
      g_autoptr (JfAccount)
          account = g_list_model_get_item (G_LIST_MODEL (self->accounts), position + i);

      g_signal_connect_object (account, "notify::state", G_CALLBACK (look), self,
                               G_CONNECT_SWAPPED);
    }
  look (self);
}

static void
jf_trust_watch_dispose (GObject *object)
{
  JfTrustWatch *self = JF_TRUST_WATCH (object);

  g_clear_handle_id (&self->look_id, g_source_remove);
  g_clear_object (&self->accounts);
  g_clear_object (&self->catalog);
  g_clear_pointer (&self->said, g_hash_table_unref);
  G_OBJECT_CLASS (jf_trust_watch_parent_class)->dispose (object);
}

static void
jf_trust_watch_class_init (JfTrustWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = jf_trust_watch_dispose;
}

static void
jf_trust_watch_init (JfTrustWatch *self)
{
  self->said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

JfTrustWatch *
jf_trust_watch_new (GtkWindow *window, JfAccounts *accounts, JfCatalog *catalog)
{
  JfTrustWatch *self = g_object_new (JF_TYPE_TRUST_WATCH, NULL);

  self->window = window;
  self->accounts = g_object_ref (accounts);
  self->catalog = g_object_ref (catalog);
  g_signal_connect_object (window, "notify::is-active", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (catalog, "item-changed", G_CALLBACK (item_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self,
                           G_CONNECT_SWAPPED);
  accounts_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (accounts)));
  return self;
}
