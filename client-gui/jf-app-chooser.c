/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-app-chooser.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"

#define ICON_PIXELS 32

struct _JfAppChooser
{
  AdwWindow parent_instance;

  GtkLabel *what;
  AdwPreferencesGroup *apps_group;
};

G_DEFINE_FINAL_TYPE (JfAppChooser, jf_app_chooser, ADW_TYPE_WINDOW)

static unsigned chosen_signal;

static void
open_cb (GtkButton *button, gpointer data)
{
  g_autoptr (JfAppChooser) self = g_object_ref (JF_APP_CHOOSER (data));

  g_signal_emit (self, chosen_signal, 0, g_object_get_data (G_OBJECT (button), "jf-app-info"));
  gtk_window_close (GTK_WINDOW (self));
}

static GtkWidget *
new_icon (GAppInfo *app)
{
  GIcon *icon = g_app_info_get_icon (app);
  GtkWidget *image = g_object_new (GTK_TYPE_IMAGE, "pixel-size", ICON_PIXELS, "accessible-role",
                                   GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  if (icon != NULL)
    gtk_image_set_from_gicon (GTK_IMAGE (image), icon);
  else
    gtk_image_set_from_icon_name (GTK_IMAGE (image), "application-x-executable");
  return image;
}

/* (transfer floating) its row's own action, for those who see no rows */
static GtkWidget *
new_button (JfAppChooser *self, GAppInfo *app)
{
  GtkWidget *button = gtk_button_new_with_label (_("Open"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_object_set_data_full (G_OBJECT (button), "jf-app-info", g_object_ref (app), g_object_unref);
  g_signal_connect (button, "clicked", G_CALLBACK (open_cb), self);
  return button;
}

static void
add_app (JfAppChooser *self, GAppInfo *app)
{
  const char *name = g_app_info_get_display_name (app);
  /* Translators: %s is an application */
  g_autofree char *label = g_strdup_printf (_("Open with %s"), name);
  GtkWidget *button = new_button (self, app);
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "title", name,
                                 "title-lines", 2, "activatable-widget", button, NULL);

  /* The row has named it after itself. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), new_icon (app));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (self->apps_group, row);
  if (gtk_window_get_focus (GTK_WINDOW (self)) == NULL)
    gtk_window_set_focus (GTK_WINDOW (self), button);
}

static void
jf_app_chooser_class_init (JfAppChooserClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-app-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, JfAppChooser, what);
  gtk_widget_class_bind_template_child (widget_class, JfAppChooser, apps_group);
  chosen_signal = g_signal_new ("chosen", JF_TYPE_APP_CHOOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                NULL, G_TYPE_NONE, 1, G_TYPE_APP_INFO);
}

static void
jf_app_chooser_init (JfAppChooser *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

JfAppChooser *
jf_app_chooser_new (GtkWindow *parent, const char *title, GList *apps)
{
  JfAppChooser *self = g_object_new (JF_TYPE_APP_CHOOSER, "transient-for", parent, NULL);
  g_autofree char *what = g_strdup_printf (_("Several applications can open “%s”. Choose one."),
                                              title);
  unsigned n = 0;

  gtk_label_set_label (self->what, what);
  for (GList *at = apps; at != NULL && n < JF_APP_CHOOSER_MAX; at = at->next, n++)
    add_app (self, at->data);
  return self;
}
