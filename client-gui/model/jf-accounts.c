/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-accounts.h"

#include <string.h>

#include "client-gui/model/jf-accounts-private.h"

enum
{
  PROP_0,
  PROP_LOADED,
  PROP_FIXED_PORTS,
  N_PROPS
};

static GParamSpec *props[N_PROPS];

static GType
get_item_type (GListModel *model)
{
  return JF_TYPE_ACCOUNT;
}

static unsigned
get_n_items (GListModel *model)
{
  return JF_ACCOUNTS (model)->accounts->len;
}

static gpointer
get_item (GListModel *model, unsigned position)
{
  JfAccounts *self = JF_ACCOUNTS (model);

  if (position >= self->accounts->len)
    return NULL;
  return g_object_ref (g_ptr_array_index (self->accounts, position));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (JfAccounts,
                               jf_accounts,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

void
jf_accounts_add (JfAccounts *self, JfAccount *account)
{
  jf_account_set_proxy (account, self->proxy);
  jf_account_set_fixed_ports (account, self->fixed_ports);
  g_ptr_array_add (self->accounts, g_object_ref (account));
  g_list_model_items_changed (G_LIST_MODEL (self), self->accounts->len - 1, 0, 1);
  jf_account_start (account);
}

void
jf_accounts_remove (JfAccounts *self, JfAccount *account)
{
  G_GNUC_UNUSED g_autoptr (JfAccount) guard = g_object_ref (account);
  unsigned position;

  if (!g_ptr_array_find (self->accounts, account, &position))
    return;
  g_ptr_array_remove_index (self->accounts, position);
  g_list_model_items_changed (G_LIST_MODEL (self), position, 1, 0);
}

static void
listed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfAccounts *self = JF_ACCOUNTS (source);
  g_auto (GStrv) names = g_task_propagate_pointer (G_TASK (result), NULL);
  gboolean restore_joins = GPOINTER_TO_INT (data);

  for (unsigned i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *dir = g_build_filename (self->base_dir, names[i], NULL);
      g_autoptr (JfAccount) account = NULL;
      JfKeyId manager;

      if (!jf_key_id_parse (names[i], &manager, NULL) || jf_accounts_find (self, names[i]) != NULL)
        continue;
      account = jf_account_new (dir, &manager, self->keyring);
      jf_account_set_restore (account, restore_joins);
      jf_accounts_add (self, account);
    }
  self->loaded = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_LOADED]);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
list_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  char **names = jf_account_files_list (data);

  qsort (names, g_strv_length (names), sizeof *names, compare_names);
  g_task_return_pointer (task, names, (GDestroyNotify) g_strfreev);
}

void
jf_accounts_load (JfAccounts *self, gboolean restore_joins)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (JF_IS_ACCOUNTS (self));

  if (self->loading)
    return;
  self->loading = TRUE;
  task = g_task_new (self, NULL, listed_cb, GINT_TO_POINTER (restore_joins));
  g_task_set_task_data (task, g_strdup (self->base_dir), g_free);
  g_task_run_in_thread (task, list_thread);
}

gboolean
jf_accounts_get_loaded (JfAccounts *self)
{
  return self->loaded;
}

JfAccount *
jf_accounts_find (JfAccounts *self, const char *id)
{
  for (unsigned i = 0; i < self->accounts->len; i++)
    {
      JfAccount *account = g_ptr_array_index (self->accounts, i);

      if (strcmp (jf_account_get_id (account), id) == 0)
        return account;
    }
  return NULL;
}

JfItem *
jf_accounts_find_item (JfAccounts *self, const char *item_id)
{
  const char *slash = item_id != NULL ? strchr (item_id, '/') : NULL;
  g_autofree char *id = slash != NULL ? g_strndup (item_id, (size_t) (slash - item_id)) : NULL;
  JfAccount *account = id != NULL ? jf_accounts_find (self, id) : NULL;

  return account != NULL ? jf_account_find (account, slash + 1) : NULL;
}

void
jf_accounts_set_proxy (JfAccounts *self, const char *mode_or_url)
{
  g_free (self->proxy);
  self->proxy = g_strdup (mode_or_url);
  for (unsigned i = 0; i < self->accounts->len; i++)
    jf_account_set_proxy (g_ptr_array_index (self->accounts, i), mode_or_url);
}

void
jf_accounts_set_fixed_ports (JfAccounts *self, gboolean fixed_ports)
{
  if (!self->fixed_ports == !fixed_ports)
    return;
  self->fixed_ports = !!fixed_ports;
  for (unsigned i = 0; i < self->accounts->len; i++)
    jf_account_set_fixed_ports (g_ptr_array_index (self->accounts, i), self->fixed_ports);
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_FIXED_PORTS]);
}

gboolean
jf_accounts_get_fixed_ports (JfAccounts *self)
{
  return self->fixed_ports;
}

void
jf_accounts_try_now (JfAccounts *self)
{
  for (unsigned i = 0; i < self->accounts->len; i++)
    jf_account_try_now (g_ptr_array_index (self->accounts, i));
}

static void
resumed_cb (gpointer data)
{
  jf_accounts_try_now (data);
}

static void
get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  JfAccounts *self = JF_ACCOUNTS (object);

  switch (id)
    {
    case PROP_LOADED:
      g_value_set_boolean (value, self->loaded);
      break;
    case PROP_FIXED_PORTS:
      g_value_set_boolean (value, self->fixed_ports);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
set_property (GObject *object, unsigned id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_FIXED_PORTS)
    jf_accounts_set_fixed_ports (JF_ACCOUNTS (object), g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
jf_accounts_finalize (GObject *object)
{
  JfAccounts *self = JF_ACCOUNTS (object);

  g_clear_pointer (&self->resume, jf_resume_watch_free);
  g_ptr_array_unref (self->accounts);
  g_hash_table_unref (self->enrolling);
  g_clear_object (&self->keyring);
  g_free (self->base_dir);
  g_free (self->proxy);

  G_OBJECT_CLASS (jf_accounts_parent_class)->finalize (object);
}

static void
jf_accounts_class_init (JfAccountsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = get_property;
  object_class->set_property = set_property;
  object_class->finalize = jf_accounts_finalize;
  props[PROP_LOADED] = g_param_spec_boolean ("loaded", NULL, NULL, FALSE,
                                             (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  props[PROP_FIXED_PORTS] = g_param_spec_boolean (
      "fixed-ports", NULL, NULL, TRUE,
      (G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS));
  g_object_class_install_properties (object_class, N_PROPS, props);
}

static void
jf_accounts_init (JfAccounts *self)
{
  self->accounts = g_ptr_array_new_with_free_func (g_object_unref);
  self->enrolling = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->fixed_ports = TRUE;
}

JfAccounts *
jf_accounts_new (const char *base_dir, JfKeyring *keyring)
{
  JfAccounts *self = g_object_new (JF_TYPE_ACCOUNTS, NULL);

  self->base_dir = base_dir != NULL
                       ? g_canonicalize_filename (base_dir, NULL)
                       : g_build_filename (g_get_user_state_dir (), "jackfield", "managers", NULL);
  g_set_object (&self->keyring, keyring);
  self->resume = jf_resume_watch_new (resumed_cb, self);
  return self;
}
