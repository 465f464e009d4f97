/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Actions of the application on one service or one manager, named by its id. */
#include <glib/gi18n.h>

#include "client-gui/jf-app-private.h"
#include "client-gui/jf-timing.h"
#include "client-gui/jf-window.h"

/* (transfer none) NULL: it has gone meanwhile, so there is nothing to do */
static JfItem *
find_item (JfApp *app, GVariant *parameter)
{
  return jf_accounts_find_item (jf_app_get_accounts (app), g_variant_get_string (parameter, NULL));
}

static JfAccount *
find_account (JfApp *app, GVariant *parameter)
{
  return jf_accounts_find (jf_app_get_accounts (app), g_variant_get_string (parameter, NULL));
}

static void
toast (JfApp *app, const char *text, const char *button, const char *action, JfItem *item)
{
  JfWindow *window = jf_app_get_window (app);

  if (window != NULL)
    jf_window_toast (window, text, button, action,
                     action != NULL ? g_variant_new_string (jf_item_get_id (item)) : NULL);
}

/* The row goes to the top of the list; where that is out of sight, it would just be gone. */
static void
connect_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfItem *item = find_item (data, parameter);
  JfWindow *window = jf_app_get_window (data);
  g_autofree char *text = NULL;

  jf_timing_mark ("connect");
  if (item == NULL)
    return;
  jf_item_connect (item);
  if (window == NULL || jf_window_shows (window, item))
    return;
  text = g_strdup_printf (_("Connecting to %s"), jf_item_get_title (item));
  toast (data, text, _("_Show"), "app.show-service", item);
}

static void
disconnect_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfItem *item = find_item (data, parameter);
  g_autofree char *text = NULL;
  gboolean was_connected;

  if (item == NULL)
    return;
  was_connected = jf_item_get_state (item) == JF_ITEM_CONNECTED;
  text = g_strdup_printf (_("Disconnected from %s"), jf_item_get_title (item));
  jf_item_disconnect (item);
  if (was_connected)
    toast (data, text, _("_Undo"), "app.connect", item);
}

static void
copy_address_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfItem *item = find_item (data, parameter);
  const char *address = item != NULL ? jf_item_get_address (item) : NULL;
  JfWindow *window = jf_app_get_window (data);

  if (address == NULL || window == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (window)), address);
  toast (data, _("Address copied"), NULL, NULL, item);
}

static void
favourite_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfItem *item = find_item (data, parameter);

  if (item != NULL)
    jf_item_set_favourite (item, !jf_item_get_favourite (item));
}

static void
show_service_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfItem *item = find_item (data, parameter);
  JfWindow *window = jf_app_present_window (data);

  if (item != NULL)
    jf_window_show_item (window, item);
}

static void
try_now_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfItem *item = find_item (data, parameter);

  if (item != NULL)
    jf_item_try_now (item);
}

static void
try_account_now_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfAccount *account = find_account (data, parameter);

  if (account != NULL)
    jf_account_try_now (account);
}

static void
unlock_account_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfAccount *account = find_account (data, parameter);

  if (account != NULL)
    jf_account_unlock (account);
}

static const GActionEntry actions[] = {
  { .name = "connect", .parameter_type = "s", .activate = connect_cb },
  { .name = "copy-address", .parameter_type = "s", .activate = copy_address_cb },
  { .name = "disconnect", .parameter_type = "s", .activate = disconnect_cb },
  { .name = "favourite", .parameter_type = "s", .activate = favourite_cb },
  { .name = "show-service", .parameter_type = "s", .activate = show_service_cb },
  { .name = "try-account-now", .parameter_type = "s", .activate = try_account_now_cb },
  { .name = "try-now", .parameter_type = "s", .activate = try_now_cb },
  { .name = "unlock-account", .parameter_type = "s", .activate = unlock_account_cb },
};

void
jf_app_add_item_actions (JfApp *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
}
