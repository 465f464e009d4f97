/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-app-dialogs.h"

#include <glib/gi18n.h>

#include "client-gui/jf-about.h"
#include "client-gui/jf-forget-dialog.h"
#include "client-gui/jf-preferences.h"
#include "client-gui/jf-proxy-setting.h"
#include "client-gui/jf-trust-dialog.h"
#include "client-gui/jf-window.h"

static GtkWindow *
find_window (JfApp *self, GType type)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self));

  for (GList *at = windows; at != NULL; at = at->next)
    if (G_TYPE_CHECK_INSTANCE_TYPE (at->data, type))
      return at->data;
  return NULL;
}

/* (transfer none) what a dialog belongs to: the window that the user is in; NULL none */
static GtkWindow *
get_parent (JfApp *self)
{
  GtkWindow *active = gtk_application_get_active_window (GTK_APPLICATION (self));

  return active != NULL ? active : (GtkWindow *) jf_app_get_window (self);
}

static void
preferences_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfApp *self = data;
  GtkWindow *window = find_window (self, JF_TYPE_PREFERENCES);

  if (window == NULL)
    window = GTK_WINDOW (jf_preferences_new ((GtkWindow *) jf_app_get_window (self),
                                             jf_app_get_settings (self),
                                             jf_app_get_accounts (self)));
  gtk_window_set_application (window, GTK_APPLICATION (self));
  gtk_window_present (window);
}

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfApp *self = data;
  GtkWindow *window = find_window (self, ADW_TYPE_ABOUT_WINDOW);

  if (window == NULL)
    window = jf_about_new ((GtkWindow *) jf_app_get_window (self), jf_app_get_accounts (self));
  gtk_window_set_application (window, GTK_APPLICATION (self));
  gtk_window_present (window);
}

static void
forget_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfApp *self = data;
  JfAccount *account = jf_accounts_find (jf_app_get_accounts (self),
                                         g_variant_get_string (parameter, NULL));

  if (account != NULL)
    jf_forget_ask (get_parent (self), jf_app_get_accounts (self), account);
}

/* Asked for by a notification, too: then there may be no window yet. */
static void
explain_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfApp *self = data;
  JfItem *item = jf_accounts_find_item (jf_app_get_accounts (self),
                                        g_variant_get_string (parameter, NULL));

  if (item != NULL)
    jf_trust_show_item (GTK_WINDOW (jf_app_present_window (self)), item);
}

static void
explain_account_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  JfApp *self = data;
  JfAccount *account = jf_accounts_find (jf_app_get_accounts (self),
                                         g_variant_get_string (parameter, NULL));

  if (account != NULL)
    jf_trust_show_account (GTK_WINDOW (jf_app_present_window (self)), account);
}

static const GActionEntry actions[] = {
  { .name = "about", .activate = about_cb },
  { .name = "explain", .activate = explain_cb, .parameter_type = "s" },
  { .name = "explain-account", .activate = explain_account_cb, .parameter_type = "s" },
  { .name = "forget-account", .activate = forget_cb, .parameter_type = "s" },
  { .name = "preferences", .activate = preferences_cb },
};

void
jf_app_add_dialogs (JfApp *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  jf_proxy_follow (jf_app_get_settings (self), jf_app_get_accounts (self));
}
