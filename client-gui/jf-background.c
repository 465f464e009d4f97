/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-background.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client-gui/jf-app-private.h"
#include "client-gui/jf-autostart-setting.h"
#include "client-gui/jf-window.h"
#include "client-gui/model/jf-portal.h"

#define KEEP "keep"
#define QUIT "quit"
#define STAY "stay"

struct _JfBackground
{
  JfApp *app;
  JfAutostartSetting *autostart;
  GCancellable *cancellable;
  unsigned update_id; /* idle */
  unsigned close_id;  /* idle */
  gboolean held;
  gboolean had_window;
  gboolean closing; /* decided: the next close-request is let through */
  gboolean asking;  /* a dialog or the portal has the word */
};

static GSettings *
get_settings (JfBackground *self)
{
  return jf_app_get_settings (self->app);
}

/* What is wanted is known once each account has read its files. */
static gboolean
is_loading (JfBackground *self)
{
  GListModel *accounts = G_LIST_MODEL (jf_app_get_accounts (self->app));
  gboolean loading = !jf_accounts_get_loaded (jf_app_get_accounts (self->app));

  for (unsigned i = 0; i < g_list_model_get_n_items (accounts); i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (accounts, i);

      loading = loading || jf_account_get_state (account) == JF_ACCOUNT_STARTING;
    }
  return loading;
}

static gboolean
is_wanted (JfBackground *self)
{
  return jf_catalog_count_wanted (jf_app_get_catalog (self->app)) > 0;
}

/* Started without a window it was for that, whatever the setting says of closed windows. */
static gboolean
is_to_be_kept (JfBackground *self)
{
  return (g_settings_get_boolean (get_settings (self), "run-in-background") || !self->had_window) &&
         (is_wanted (self) || is_loading (self));
}

static gboolean
update_cb (gpointer data)
{
  JfBackground *self = data;
  gboolean keep = is_to_be_kept (self);

  self->update_id = 0;
  if (keep == self->held)
    return G_SOURCE_REMOVE;
  self->held = keep;
  if (keep)
    g_application_hold (G_APPLICATION (self->app));
  else
    g_application_release (G_APPLICATION (self->app));
  return G_SOURCE_REMOVE;
}

static void
update_soon (JfBackground *self)
{
  if (self->update_id == 0)
    self->update_id = g_idle_add (update_cb, self);
}

static void
item_changed_cb (JfCatalog *catalog, JfItem *item, const char *property, JfBackground *self)
{
  if (strcmp (property, "wanted") == 0 || strcmp (property, "state") == 0)
    update_soon (self);
}

/* The window's own hold goes with it; ours must be there before. */
static void
update_now (JfBackground *self)
{
  g_clear_handle_id (&self->update_id, g_source_remove);
  update_cb (self);
}

static void
close_for_good (JfBackground *self)
{
  JfWindow *window = jf_app_get_window (self->app);

  update_now (self);
  self->closing = TRUE;
  if (window != NULL)
    gtk_window_close (GTK_WINDOW (window));
  self->closing = FALSE;
}

static gboolean
close_cb (gpointer data)
{
  JfBackground *self = data;

  self->close_id = 0;
  close_for_good (self);
  return G_SOURCE_REMOVE;
}

/* A dialog that goes with its window must not do so while it tells its response. */
static void
close_soon (JfBackground *self)
{
  self->asking = FALSE;
  g_settings_set_boolean (get_settings (self), "background-asked", TRUE);
  if (self->close_id == 0)
    self->close_id = g_idle_add (close_cb, self);
}

static void
denied_response_cb (AdwMessageDialog *dialog, const char *response, JfBackground *self)
{
  self->asking = FALSE;
  if (g_str_equal (response, QUIT))
    jf_app_leave (self->app);
}

static void
say_denied (JfBackground *self)
{
  JfWindow *window = jf_app_get_window (self->app);
  GtkWidget *dialog;

  self->asking = FALSE;
  if (window == NULL)
    return;
  self->asking = TRUE;
  dialog = adw_message_dialog_new (
      GTK_WINDOW (window),
      _("Not Allowed in the Background"),
         _("The desktop does not let Jackfield run without a window. Keep the window open for as long as "
        "you use services, or allow it to run in the background in the settings of the desktop, "
        "under Apps."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), QUIT,
                                    _("_Quit"), STAY, _("_Keep the Window"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), STAY);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), STAY);
  g_signal_connect (dialog, "response", G_CALLBACK (denied_response_cb), self);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
granted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfBackground *self = data;
  g_autoptr (GError) error = NULL;
  gboolean background = FALSE;
  gboolean autostart = FALSE;

  if (!jf_portal_request_background_finish (result, &background, &autostart, &error))
    {
      if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
      /* Where nobody decides, nobody forbids. */
      g_message ("%s", error->message);
      background = TRUE;
    }
  if (!background)
    {
      say_denied (self);
      return;
    }
  close_soon (self);
}

static void
keep (JfBackground *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self->app));

  if (bus == NULL || !jf_portal_is_sandboxed ())
    {
      close_soon (self);
      return;
    }
  jf_portal_request_background_async (
      bus, "",
      _("Connected services stay connected when the window is closed."),
         g_settings_get_boolean (get_settings (self), "autostart"), jf_autostart_command,
         self->cancellable, granted_cb, self);
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, JfBackground *self)
{
  if (g_str_equal (response, KEEP))
    {
      keep (self);
      return;
    }
  self->asking = FALSE;
  if (g_str_equal (response, QUIT))
    jf_app_leave (self->app);
}

/* Who chose to quit is asked again the next time: nothing then goes on unnoticed. */
static void
explain (JfBackground *self, GtkWindow *window)
{
  unsigned n = jf_catalog_count_wanted (jf_app_get_catalog (self->app));
  g_autofree char *body = g_strdup_printf (
      ngettext (
          "%u service is in use. Jackfield can go on without a window, so that programs can still use "
          "it. To see it again, start Jackfield; to end it, choose Quit in its menu.",
          "%u services are in use. Jackfield can go on without a window, so that programs can still "
          "use them. To see them again, start Jackfield; to end it, choose Quit in its menu.",
          n),
      n);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (
      adw_message_dialog_new (window, _("Stay Connected?"), body));

  self->asking = TRUE;
  adw_message_dialog_add_responses (
      dialog, STAY,
      _("_Cancel"), QUIT, _("_Disconnect and Quit"), KEEP, _("_Stay Connected"), NULL);
  adw_message_dialog_set_response_appearance (dialog, KEEP, ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, KEEP);
  adw_message_dialog_set_close_response (dialog, STAY);
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), self);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
close_request_cb (GtkWindow *window, JfBackground *self)
{
  if (self->closing || jf_farewell_is_under_way (jf_app_get_farewell (self->app)))
    return FALSE;
  if (self->asking)
    return TRUE;
  if (!is_wanted (self) || !g_settings_get_boolean (get_settings (self), "run-in-background"))
    {
      jf_app_leave (self->app);
      return TRUE;
    }
  if (g_settings_get_boolean (get_settings (self), "background-asked"))
    {
      update_now (self);
      return FALSE;
    }
  explain (self, window);
  return TRUE;
}

static void
window_added_cb (GtkApplication *app, GtkWindow *window, JfBackground *self)
{
  if (!JF_IS_WINDOW (window))
    return;
  self->had_window = TRUE;
  g_application_set_inactivity_timeout (G_APPLICATION (app), 0);
  g_signal_connect (window, "close-request", G_CALLBACK (close_request_cb), self);
  update_soon (self);
}

static void
accounts_changed_cb (GListModel *accounts,
                     unsigned position,
                     unsigned removed,
                     unsigned added,
                     JfBackground *self)
{
  for (unsigned i = 0; i < added; i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (accounts, position + i);

      g_signal_connect_data (account, "notify::state", G_CALLBACK (update_soon), self, NULL,
                             G_CONNECT_SWAPPED);
    }
  update_soon (self);
}

JfBackground *
jf_background_new (JfApp *app)
{
  JfBackground *self = g_new0 (JfBackground, 1);
  GListModel *accounts = G_LIST_MODEL (jf_app_get_accounts (app));
  JfCatalog *catalog = jf_app_get_catalog (app);

  self->app = app;
  self->cancellable = g_cancellable_new ();
  self->autostart = jf_autostart_setting_new (app);
  if (g_application_get_flags (G_APPLICATION (app)) & G_APPLICATION_IS_SERVICE)
    g_application_set_inactivity_timeout (G_APPLICATION (app), JF_BACKGROUND_IDLE_MS);
  g_signal_connect (app, "window-added", G_CALLBACK (window_added_cb), self);
  g_signal_connect_swapped (get_settings (self), "changed::run-in-background",
                            G_CALLBACK (update_soon), self);
  g_signal_connect_swapped (accounts, "notify::loaded", G_CALLBACK (update_soon), self);
  g_signal_connect (accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self);
  g_signal_connect (catalog, "item-changed", G_CALLBACK (item_changed_cb), self);
  g_signal_connect_swapped (catalog, "items-changed", G_CALLBACK (update_soon), self);
  accounts_changed_cb (accounts, 0, 0, g_list_model_get_n_items (accounts), self);
  update_cb (self);
  return self;
}

void
jf_background_free (JfBackground *self)
{
  GListModel *accounts = G_LIST_MODEL (jf_app_get_accounts (self->app));
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self->app));

  g_cancellable_cancel (self->cancellable);
  for (GList *at = windows; at != NULL; at = at->next)
    g_signal_handlers_disconnect_by_data (at->data, self);
  for (unsigned i = 0; i < g_list_model_get_n_items (accounts); i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (accounts, i);

      g_signal_handlers_disconnect_by_data (account, self);
    }
  g_signal_handlers_disconnect_by_data (self->app, self);
  g_signal_handlers_disconnect_by_data (get_settings (self), self);
  g_signal_handlers_disconnect_by_data (accounts, self);
  g_signal_handlers_disconnect_by_data (jf_app_get_catalog (self->app), self);
  g_clear_handle_id (&self->update_id, g_source_remove);
  g_clear_handle_id (&self->close_id, g_source_remove);
  jf_autostart_setting_free (self->autostart);
  g_object_unref (self->cancellable);
  g_free (self);
}
