/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-app-link.h"

#include <glib/gi18n.h>

#include "client-gui/jf-window.h"
#include "client-gui/model/jf-link.h"

struct JfAppLink
{
  JfApp *app;
  char *invitation; /* waits until the managers are loaded; a secret */
  JfLink *link;     /* to a service: waits for its manager */
  JfAccount *account;
  gulong loaded_id;
  gulong account_id;
};

static void resolve (JfAppLink *self);

static void
stop_waiting (JfAppLink *self)
{
  if (self->account != NULL)
    g_clear_signal_handler (&self->account_id, self->account);
  g_clear_object (&self->account);
  g_clear_signal_handler (&self->loaded_id, jf_app_get_accounts (self->app));
}

static void
forget (JfAppLink *self)
{
  stop_waiting (self);
  g_clear_pointer (&self->invitation, g_free);
  g_clear_pointer (&self->link, jf_link_free);
}

static AdwMessageDialog *
new_dialog (JfAppLink *self, const char *heading, const char *body)
{
  GtkWindow *parent = GTK_WINDOW (jf_app_present_window (self->app));
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (parent, heading, body));

  adw_message_dialog_add_response (dialog, "close", _("_Close"));
  adw_message_dialog_set_default_response (dialog, "close");
  adw_message_dialog_set_close_response (dialog, "close");
  return dialog;
}

static void
add_manager_cb (JfApp *app)
{
  g_action_group_activate_action (G_ACTION_GROUP (app), "add-manager", NULL);
}

static void
say_no_member (JfAppLink *self)
{
  g_autofree char *heading = g_strdup_printf (_("You Are Not a Member of %s"), self->link->host);
  AdwMessageDialog *dialog = new_dialog (
      self, heading,
      _("The link leads to a service of this manager. To use it, you need an invitation link; ask "
        "whoever sent you the link."));

  adw_message_dialog_add_response (dialog, "add", _("_Add Manager…"));
  g_signal_connect_object (dialog, "response::add", G_CALLBACK (add_manager_cb), self->app,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
say_not_offered (JfAppLink *self)
{
  g_autofree char *body = g_strdup_printf (_("%s offers you no service “%s”: it does not exist any more, or the provider does not allow "
        "it to you. Ask whoever sent you the link."),
      self->link->host, self->link->service);

  gtk_window_present (
      GTK_WINDOW (new_dialog (self, _("This Service Is Not Offered to You"), body)));
}

static void
connect_cb (AdwMessageDialog *dialog, const char *response, GApplication *app)
{
  const char *id = g_object_get_data (G_OBJECT (dialog), "item-id");

  g_action_group_activate_action (G_ACTION_GROUP (app), "connect", g_variant_new_string (id));
}

static void
offer (JfAppLink *self, JfItem *item)
{
  g_autofree char *heading = g_strdup_printf (_("Connect to %s?"), jf_item_get_title (item));
  g_autofree char *body = g_strdup_printf (
      _("You opened a link to this service. It is provided by %s; your own programs can then use "
        "it on this computer."),
         jf_item_get_provider (item));
  AdwMessageDialog *dialog = new_dialog (self, heading, body);

  adw_message_dialog_set_response_label (dialog, "close", _("_Not Now"));
  adw_message_dialog_add_response (dialog, "connect", _("_Connect"));
  adw_message_dialog_set_response_appearance (dialog, "connect", ADW_RESPONSE_SUGGESTED);
  g_object_set_data_full (G_OBJECT (dialog), "item-id", g_strdup (jf_item_get_id (item)), g_free);
  g_signal_connect_object (dialog, "response::connect", G_CALLBACK (connect_cb), self->app, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
show_item (JfAppLink *self, JfItem *item)
{
  jf_app_present_window (self->app);
  g_action_group_activate_action (G_ACTION_GROUP (self->app), "show-service",
                                  g_variant_new_string (jf_item_get_id (item)));
  if (!jf_item_is_wanted (item))
    offer (self, item);
}

static gboolean
leads_to (const JfLink *link, JfAccount *account)
{
  return jf_account_get_port (account) == link->port && jf_account_get_host (account) != NULL &&
         g_ascii_strcasecmp (jf_account_get_host (account), link->host) == 0;
}

/* (transfer none) of several managers at one address, the one that has the service */
static JfAccount *
find_account (JfAppLink *self)
{
  GListModel *accounts = G_LIST_MODEL (jf_app_get_accounts (self->app));
  JfAccount *found = NULL;

  for (unsigned i = 0; i < g_list_model_get_n_items (accounts); i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (accounts, i);

      if (!leads_to (self->link, account))
        continue;
      if (jf_account_find (account, self->link->service) != NULL)
        return account; /* the list keeps it */
      if (found == NULL)
        found = account;
    }
  return found;
}

/* (transfer none) one whose files are still being read: it may be the one */
static JfAccount *
find_unread_account (JfAppLink *self)
{
  GListModel *accounts = G_LIST_MODEL (jf_app_get_accounts (self->app));

  for (unsigned i = 0; i < g_list_model_get_n_items (accounts); i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (accounts, i);

      if (jf_account_get_state (account) == JF_ACCOUNT_STARTING &&
          *jf_account_get_host (account) == '\0')
        return account; /* the list keeps it */
    }
  return NULL;
}

static void
changed_cb (JfAppLink *self)
{
  stop_waiting (self);
  resolve (self);
}

static void
wait_for (JfAppLink *self, JfAccount *account, const char *signal)
{
  self->account = g_object_ref (account);
  self->account_id = g_signal_connect_swapped (account, signal, G_CALLBACK (changed_cb), self);
}

static void
resolve_service (JfAppLink *self)
{
  JfAccount *account = find_account (self);
  JfItem *item = account != NULL ? jf_account_find (account, self->link->service) : NULL;
  JfAccount *unread = account == NULL ? find_unread_account (self) : NULL;

  if (unread != NULL)
    {
      wait_for (self, unread, "notify");
      return;
    }
  if (account != NULL && item == NULL && !jf_account_services_known (account))
    {
      wait_for (self, account, "notify::services-known");
      return;
    }
  if (item != NULL)
    show_item (self, item);
  else if (account != NULL)
    say_not_offered (self);
  else
    say_no_member (self);
  forget (self);
}

static void
resolve (JfAppLink *self)
{
  JfAccounts *accounts = jf_app_get_accounts (self->app);

  if (!jf_accounts_get_loaded (accounts))
    {
      self->loaded_id = g_signal_connect_swapped (accounts, "notify::loaded",
                                                  G_CALLBACK (changed_cb), self);
      return;
    }
  if (self->link != NULL)
    {
      resolve_service (self);
      return;
    }
  jf_window_invite (jf_app_present_window (self->app), self->invitation);
  forget (self);
}

void
jf_app_link_open (JfAppLink *self, const char *uri)
{
  forget (self);
  self->link = jf_link_parse (uri, NULL);
  if (self->link == NULL || self->link->invitation != NULL)
    {
      /* the welcome page says what it is, or what is wrong with it */
      g_clear_pointer (&self->link, jf_link_free);
      self->invitation = g_strdup (uri);
    }
  jf_app_present_window (self->app);
  resolve (self);
}

JfAppLink *
jf_app_link_new (JfApp *app)
{
  JfAppLink *self = g_new0 (JfAppLink, 1);

  self->app = app;
  return self;
}

void
jf_app_link_free (JfAppLink *self)
{
  forget (self);
  g_free (self);
}
