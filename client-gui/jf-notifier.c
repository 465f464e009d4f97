/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-notifier.h"

#include <string.h>

#include "client-gui/jf-notice-words.h"
#include "client-gui/jf-window.h"

struct _JfNotifier
{
  JfApp *app;
  JfNotices *notices;
  GPtrArray *accounts; /* of JfAccount: those that are followed */
  unsigned soon_id;    /* idle */
  unsigned due_id;
};

static const char *const setting_keys[JF_NOTICE_N_KINDS] = { "notify-dropped", "notify-back",
                                                             "notify-attention" };

static void
show_cb (const JfNotice *notice, gpointer data)
{
  JfNotifier *self = data;
  g_autoptr (GNotification) note = jf_notice_words (notice, jf_app_get_accounts (self->app));

  g_application_send_notification (G_APPLICATION (self->app), notice->key, note);
}

static void
withdraw_cb (const char *key, gpointer data)
{
  JfNotifier *self = data;

  g_application_withdraw_notification (G_APPLICATION (self->app), key);
}

static void look (JfNotifier *self);

static gboolean
due_cb (gpointer data)
{
  JfNotifier *self = data;

  self->due_id = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

static void
look (JfNotifier *self)
{
  int64_t now_us = g_get_monotonic_time ();
  int64_t due_us;

  jf_notices_tick (self->notices, now_us);
  due_us = jf_notices_get_due (self->notices);
  g_clear_handle_id (&self->due_id, g_source_remove);
  if (due_us >= 0)
    self->due_id = g_timeout_add ((unsigned) (MAX (due_us - now_us, 0) / 1000 + 1), due_cb, self);
}

static gboolean
soon_cb (gpointer data)
{
  JfNotifier *self = data;

  self->soon_id = 0;
  look (self);
  return G_SOURCE_REMOVE;
}

/* In a storm the list of those that are due is gone through once, not for each. */
static void
look_again_soon (JfNotifier *self)
{
  if (self->soon_id == 0)
    self->soon_id = g_idle_add (soon_cb, self);
}

static gboolean
needs_user (JfAccount *account)
{
  JfAccountState state = jf_account_get_state (account);

  return state == JF_ACCOUNT_LOCKED || state == JF_ACCOUNT_REFUSED || state == JF_ACCOUNT_BROKEN;
}

static JfCondition
condition_of (JfItem *item)
{
  JfAccount *account = jf_item_get_account (item);

  if (!jf_item_is_wanted (item) || account == NULL ||
      jf_account_get_state (account) == JF_ACCOUNT_LEAVING)
    return JF_CONDITION_QUIET;
  if (needs_user (account))
    return JF_CONDITION_COVERED;
  switch (jf_item_get_state (item))
    {
    case JF_ITEM_CONNECTED:
      return JF_CONDITION_CONNECTED;
    case JF_ITEM_FAILED:
    case JF_ITEM_GONE:
      return JF_CONDITION_ATTENTION;
    case JF_ITEM_LEAVING:
      return JF_CONDITION_QUIET;
    case JF_ITEM_CONNECTING:
    case JF_ITEM_WAITING:
    case JF_ITEM_AVAILABLE:
    case JF_ITEM_OFFLINE:
    case JF_ITEM_UNKNOWN:
    default:
      return JF_CONDITION_UNDER_WAY;
    }
}

static void
look_at_item (JfNotifier *self, JfItem *item)
{
  jf_notices_set (self->notices, jf_item_get_id (item), jf_item_get_title (item),
                  jf_item_get_reason (item), condition_of (item), g_get_monotonic_time ());
}

static void
item_changed_cb (JfCatalog *catalog, JfItem *item, const char *property, JfNotifier *self)
{
  if (strcmp (property, "state") != 0 && strcmp (property, "wanted") != 0)
    return;
  look_at_item (self, item);
  look_again_soon (self);
}

static gboolean
is_gone (const char *id, gpointer data)
{
  JfNotifier *self = data;
  JfAccounts *accounts = jf_app_get_accounts (self->app);

  return jf_accounts_find_item (accounts, id) == NULL && jf_accounts_find (accounts, id) == NULL;
}

static void
items_changed_cb (GListModel *catalog,
                  unsigned position,
                  unsigned removed,
                  unsigned added,
                  JfNotifier *self)
{
  for (unsigned i = 0; i < added; i++)
    {
      g_autoptr (JfItem) item = g_list_model_get_item (catalog, position + i);

      look_at_item (self, item);
    }
  if (removed > 0)
    jf_notices_purge (self->notices, is_gone, self);
  look_again_soon (self);
}

static void
account_state_cb (JfAccount *account, GParamSpec *pspec, JfNotifier *self)
{
  GListModel *items = jf_account_get_items (account);
  JfCondition condition = needs_user (account) ? JF_CONDITION_ATTENTION : JF_CONDITION_QUIET;

  jf_notices_set (self->notices, jf_account_get_id (account), jf_account_get_title (account),
                  jf_account_get_reason (account), condition, g_get_monotonic_time ());
  for (unsigned i = 0; i < g_list_model_get_n_items (items); i++)
    {
      g_autoptr (JfItem) item = g_list_model_get_item (items, i);

      look_at_item (self, item);
    }
  look_again_soon (self);
}

static void
forget_accounts (JfNotifier *self)
{
  for (unsigned i = 0; i < self->accounts->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->accounts, i), self);
  g_ptr_array_set_size (self->accounts, 0);
}

static void
accounts_changed_cb (GListModel *accounts,
                     unsigned position,
                     unsigned removed,
                     unsigned added,
                     JfNotifier *self)
{
  forget_accounts (self);
  for (unsigned i = 0; i < g_list_model_get_n_items (accounts); i++)
    {
      JfAccount *account = g_list_model_get_item (accounts, i);

      g_ptr_array_add (self->accounts, account);
      g_signal_connect (account, "notify::state", G_CALLBACK (account_state_cb), self);
      account_state_cb (account, NULL, self);
    }
  if (removed > 0)
    jf_notices_purge (self->notices, is_gone, self);
  look_again_soon (self);
}

static void
active_cb (JfNotifier *self)
{
  JfWindow *window = jf_app_get_window (self->app);
  gboolean active = FALSE;
  GList *at = gtk_application_get_windows (GTK_APPLICATION (self->app));

  /* A dialog of the app is in front of its window. */
  for (; at != NULL && window != NULL; at = at->next)
    active = active || gtk_window_is_active (at->data);
  jf_notices_set_watched (self->notices, active);
  look_again_soon (self);
}

static void
window_added_cb (GtkApplication *app, GtkWindow *window, JfNotifier *self)
{
  g_signal_connect_swapped (window, "notify::is-active", G_CALLBACK (active_cb), self);
  active_cb (self);
}

static void
window_removed_cb (GtkApplication *app, GtkWindow *window, JfNotifier *self)
{
  g_signal_handlers_disconnect_by_data (window, self);
  active_cb (self);
}

static void
settings_cb (GSettings *settings, const char *key, JfNotifier *self)
{
  for (int kind = 0; kind < JF_NOTICE_N_KINDS; kind++)
    jf_notices_set_enabled (self->notices, kind,
                            g_settings_get_boolean (settings, setting_keys[kind]));
}

JfNotifier *
jf_notifier_new (JfApp *app)
{
  const JfNoticesOut out = { show_cb, withdraw_cb };
  JfNotifier *self = g_new0 (JfNotifier, 1);
  GListModel *accounts = G_LIST_MODEL (jf_app_get_accounts (app));
  GListModel *items = G_LIST_MODEL (jf_app_get_catalog (app));

  self->app = app;
  self->notices = jf_notices_new (&out, self);
  self->accounts = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (app, "window-added", G_CALLBACK (window_added_cb), self);
  g_signal_connect (app, "window-removed", G_CALLBACK (window_removed_cb), self);
  g_signal_connect (jf_app_get_settings (app), "changed", G_CALLBACK (settings_cb), self);
  g_signal_connect (accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self);
  g_signal_connect (items, "item-changed", G_CALLBACK (item_changed_cb), self);
  g_signal_connect (items, "items-changed", G_CALLBACK (items_changed_cb), self);
  settings_cb (jf_app_get_settings (app), NULL, self);
  accounts_changed_cb (accounts, 0, 0, g_list_model_get_n_items (accounts), self);
  items_changed_cb (items, 0, 0, g_list_model_get_n_items (items), self);
  return self;
}

static gboolean
everything (const char *id, gpointer data)
{
  return TRUE;
}

void
jf_notifier_free (JfNotifier *self)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self->app));

  for (GList *at = windows; at != NULL; at = at->next)
    g_signal_handlers_disconnect_by_data (at->data, self);
  g_signal_handlers_disconnect_by_data (self->app, self);
  g_signal_handlers_disconnect_by_data (jf_app_get_settings (self->app), self);
  g_signal_handlers_disconnect_by_data (jf_app_get_accounts (self->app), self);
  g_signal_handlers_disconnect_by_data (jf_app_get_catalog (self->app), self);
  forget_accounts (self);
  jf_notices_purge (self->notices, everything, NULL);
  g_clear_handle_id (&self->soon_id, g_source_remove);
  g_clear_handle_id (&self->due_id, g_source_remove);
  g_ptr_array_unref (self->accounts);
  jf_notices_free (self->notices);
  g_free (self);
}
