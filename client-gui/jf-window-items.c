/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-window-items.h"

#include "client-gui/jf-service-menu.h"
#include "client-gui/jf-window.h"

static void
act (GtkWidget *window, const char *action)
{
  JfItem *item = jf_window_get_current_item (JF_WINDOW (window));

  if (item != NULL)
    gtk_widget_activate_action (window, action, "s", jf_item_get_id (item));
}

/* What its row suggests: connect, open when connected, or see what is to be done. */
static void
use_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  JfItem *item = jf_window_get_current_item (JF_WINDOW (widget));

  if (item == NULL)
    return;
  if (jf_service_menu_can_open (item))
    act (widget, "app.open");
  else if (!jf_item_is_wanted (item))
    act (widget, "app.connect");
  else
    act (widget, "app.show-service");
}

static void
leave_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  JfItem *item = jf_window_get_current_item (JF_WINDOW (widget));

  if (item != NULL && jf_item_is_wanted (item))
    act (widget, "app.disconnect");
}

static void
copy_address_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  act (widget, "app.copy-address");
}

static void
favourite_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  act (widget, "app.favourite");
}

static void
details_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  act (widget, "app.show-service");
}

void
jf_window_class_add_item_actions (GtkWidgetClass *klass)
{
  gtk_widget_class_install_action (klass, "win.use", NULL, use_cb);
  gtk_widget_class_install_action (klass, "win.leave", NULL, leave_cb);
  gtk_widget_class_install_action (klass, "win.copy-address", NULL, copy_address_cb);
  gtk_widget_class_install_action (klass, "win.favourite", NULL, favourite_cb);
  gtk_widget_class_install_action (klass, "win.details", NULL, details_cb);
  /* where nothing that has the keyboard copies something itself, such as selected text */
  gtk_widget_class_add_binding_action (klass, GDK_KEY_c, GDK_CONTROL_MASK, "win.copy-address",
                                       NULL);
}
