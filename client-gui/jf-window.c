/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-window.h"

struct _JfWindow
{
  AdwApplicationWindow parent;

  AdwToastOverlay *toasts;
  AdwLeaflet *leaflet;
  GtkWidget *list_side;
  GtkWidget *service_side;
};

G_DEFINE_FINAL_TYPE (JfWindow, jf_window, ADW_TYPE_APPLICATION_WINDOW)

void
jf_window_toast (JfWindow *self,
                 const char *text,
                 const char *button,
                 const char *action,
                 GVariant *target)
{
  g_autoptr (GVariant) sunk = target != NULL ? g_variant_ref_sink (target) : NULL;
  g_autofree char *markup = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (markup);

  if (button != NULL)
    {
      adw_toast_set_button_label (toast, button);
      adw_toast_set_action_name (toast, action);
      adw_toast_set_action_target_value (toast, sunk);
    }
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
back_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  JfWindow *self = JF_WINDOW (widget);

  adw_leaflet_set_visible_child (self->leaflet, self->list_side);
}

static void
save_size (JfWindow *self)
{
  GtkApplication *app = gtk_window_get_application (GTK_WINDOW (self));
  GSettings *settings = app != NULL ? jf_app_get_settings (JF_APP (app)) : NULL;
  int width, height;

  if (settings == NULL)
    return;
  gtk_window_get_default_size (GTK_WINDOW (self), &width, &height);
  g_settings_set_int (settings, "window-width", width);
  g_settings_set_int (settings, "window-height", height);
  g_settings_set_boolean (settings, "window-maximized",
                          gtk_window_is_maximized (GTK_WINDOW (self)));
}

static gboolean
close_request (GtkWindow *window)
{
  save_size (JF_WINDOW (window));
  return GTK_WINDOW_CLASS (jf_window_parent_class)->close_request (window);
}

static void
jf_window_class_init (JfWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  GTK_WINDOW_CLASS (klass)->close_request = close_request;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-window.ui");
  gtk_widget_class_bind_template_child (widget_class, JfWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, JfWindow, leaflet);
  gtk_widget_class_bind_template_child (widget_class, JfWindow, list_side);
  gtk_widget_class_bind_template_child (widget_class, JfWindow, service_side);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, back_cb);
}

static void
jf_window_init (JfWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

JfWindow *
jf_window_new (JfApp *app)
{
  JfWindow *self = g_object_new (JF_TYPE_WINDOW, "application", app, NULL);
  GSettings *settings = jf_app_get_settings (app);

  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  return self;
}
