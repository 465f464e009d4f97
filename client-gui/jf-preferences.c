/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-preferences.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-manager-group.h"
#include "client-gui/jf-proxy-setting.h"

struct _JfPreferences
{
  AdwPreferencesWindow parent_instance;

  GSettings *settings;
  JfAccounts *accounts;
  GPtrArray *groups; /* of JfManagerGroup, as the accounts stand */

  GtkWidget *run_in_background;
  GtkWidget *autostart;
  GtkWidget *restore_joins;
  GtkWidget *notify_dropped;
  GtkWidget *notify_back;
  GtkWidget *notify_attention;
  GtkWidget *fixed_ports;
  GtkCheckButton *proxy_auto;
  GtkCheckButton *proxy_none;
  GtkCheckButton *proxy_manual;
  GtkWidget *proxy_url;
  GtkWidget *proxy_error_group;
  GtkLabel *proxy_error;
  AdwPreferencesPage *managers_page;
  GtkWidget *no_managers;
  AdwPreferencesGroup *add_group;
};

G_DEFINE_FINAL_TYPE (JfPreferences, jf_preferences, ADW_TYPE_PREFERENCES_WINDOW)

/* error NULL: nothing is wrong with the proxy's address */
static void
show_proxy_error (JfPreferences *self, const GError *error)
{
  if (error != NULL)
    gtk_widget_add_css_class (self->proxy_url, "error");
  else
    gtk_widget_remove_css_class (self->proxy_url, "error");
  gtk_accessible_update_state (
      GTK_ACCESSIBLE (self->proxy_url), GTK_ACCESSIBLE_STATE_INVALID,
      error != NULL ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
  gtk_label_set_label (self->proxy_error, error != NULL ? error->message : "");
  gtk_widget_set_visible (self->proxy_error_group, error != NULL);
}

static const char *
get_url (JfPreferences *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->proxy_url));
}

/* While it is being typed an address may be wrong; it is not taken until it is right. */
static void
proxy_url_changed_cb (JfPreferences *self)
{
  g_autoptr (GError) error = NULL;

  if (self->settings == NULL)
    return;
  if (*get_url (self) == '\0' || jf_proxy_check_url (get_url (self), &error))
    show_proxy_error (self, NULL);
  else
    show_proxy_error (self, error);
}

static void
proxy_url_apply_cb (JfPreferences *self)
{
  g_autoptr (GError) error = NULL;

  if (!jf_proxy_check_url (get_url (self), &error))
    {
      show_proxy_error (self, error);
      gtk_widget_grab_focus (self->proxy_url);
      return;
    }
  g_settings_set_string (self->settings, "proxy-url", get_url (self));
  g_settings_set_string (self->settings, "proxy-mode", "manual");
}

/* "Manual" counts as soon as there is an address that can be used. */
static void
proxy_mode_cb (JfPreferences *self, GtkCheckButton *button)
{
  gboolean manual = gtk_check_button_get_active (self->proxy_manual);

  gtk_widget_set_visible (self->proxy_url, manual);
  /* the other one, that goes off */
  if (!gtk_check_button_get_active (button))
    return;
  if (self->settings == NULL)
    return;
  if (!manual)
    {
      show_proxy_error (self, NULL);
      g_settings_set_string (self->settings, "proxy-mode",
                             gtk_check_button_get_active (self->proxy_none) ? "none" : "auto");
    }
  else if (jf_proxy_check_url (get_url (self), NULL))
    proxy_url_apply_cb (self);
  else
    gtk_widget_grab_focus (self->proxy_url);
}

static void
fill_proxy (JfPreferences *self, GSettings *settings)
{
  g_autofree char *mode = g_settings_get_string (settings, "proxy-mode");
  g_autofree char *url = g_settings_get_string (settings, "proxy-url");
  GtkCheckButton *button = self->proxy_auto;

  if (g_str_equal (mode, "manual"))
    button = self->proxy_manual;
  else if (g_str_equal (mode, "none"))
    button = self->proxy_none;
  gtk_editable_set_text (GTK_EDITABLE (self->proxy_url), url);
  gtk_check_button_set_active (button, TRUE);
  gtk_widget_set_visible (self->proxy_url, button == self->proxy_manual);
}

static void
bind_switches (JfPreferences *self, GSettings *settings)
{
  const struct
  {
    const char *key;
    GtkWidget *widget;
  } switches[] = {
    { "run-in-background", self->run_in_background },
    { "autostart", self->autostart },
    { "restore-joins", self->restore_joins },
    { "notify-dropped", self->notify_dropped },
    { "notify-back", self->notify_back },
    { "notify-attention", self->notify_attention },
    { "fixed-ports", self->fixed_ports },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (switches); i++)
    g_settings_bind (settings, switches[i].key, switches[i].widget, "active",
                     G_SETTINGS_BIND_DEFAULT);
}

/* A group for each manager, and the button that adds one below them all. */
static void
accounts_changed_cb (JfPreferences *self, unsigned position, unsigned removed, unsigned added)
{
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (self->accounts));

  for (unsigned i = 0; i < self->groups->len; i++)
    adw_preferences_page_remove (self->managers_page, self->groups->pdata[i]);
  g_ptr_array_set_size (self->groups, 0);
  adw_preferences_page_remove (self->managers_page, self->add_group);
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);
      JfManagerGroup *group = jf_manager_group_new (account);

      adw_preferences_page_add (self->managers_page, ADW_PREFERENCES_GROUP (group));
      g_ptr_array_add (self->groups, group);
    }
  adw_preferences_page_add (self->managers_page, self->add_group);
  gtk_widget_set_visible (self->no_managers, n == 0);
}

static void
make_add_group (JfPreferences *self)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Add Manager…"));

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "app.add-manager");
  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  self->add_group = g_object_ref_sink (ADW_PREFERENCES_GROUP (adw_preferences_group_new ()));
  adw_preferences_group_add (self->add_group, button);
  adw_preferences_page_add (self->managers_page, self->add_group);
}

static void
jf_preferences_dispose (GObject *object)
{
  JfPreferences *self = JF_PREFERENCES (object);

  g_clear_object (&self->settings);
  g_clear_object (&self->accounts);
  g_clear_object (&self->add_group);
  g_clear_pointer (&self->groups, g_ptr_array_unref);
  G_OBJECT_CLASS (jf_preferences_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, run_in_background);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, autostart);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, restore_joins);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, notify_dropped);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, notify_back);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, notify_attention);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, fixed_ports);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, proxy_auto);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, proxy_none);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, proxy_manual);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, proxy_url);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, proxy_error_group);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, proxy_error);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, managers_page);
  gtk_widget_class_bind_template_child (widget_class, JfPreferences, no_managers);
}

static void
jf_preferences_class_init (JfPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_preferences_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-preferences.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, proxy_mode_cb);
  gtk_widget_class_bind_template_callback (widget_class, proxy_url_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, proxy_url_apply_cb);
}

static void
jf_preferences_init (JfPreferences *self)
{
  self->groups = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  make_add_group (self);
}

JfPreferences *
jf_preferences_new (GtkWindow *parent, GSettings *settings, JfAccounts *accounts)
{
  JfPreferences *self = g_object_new (JF_TYPE_PREFERENCES, "transient-for", parent, NULL);

  /* for the actions of its buttons */
  if (parent != NULL)
    gtk_window_set_application (GTK_WINDOW (self), gtk_window_get_application (parent));
  bind_switches (self, settings);
  fill_proxy (self, settings);
  self->settings = g_object_ref (settings);
  self->accounts = g_object_ref (accounts);
  g_signal_connect_object (accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self,
                           G_CONNECT_SWAPPED);
  accounts_changed_cb (self, 0, 0, 0);
  return self;
}
