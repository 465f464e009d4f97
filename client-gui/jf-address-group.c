/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-address-group.h"

#include <glib/gi18n.h>

#include "client-gui/jf-address-dialog.h"
#include "client-gui/jf-app.h"
#include "client-gui/jf-row.h"

struct _JfAddressGroup
{
  AdwPreferencesGroup parent_instance;

  JfItem *item;

  AdwActionRow *row;
  GtkWidget *copy_button;
  GtkWidget *note_row;
  GtkImage *note_icon;
};

G_DEFINE_FINAL_TYPE (JfAddressGroup, jf_address_group, ADW_TYPE_PREFERENCES_GROUP)

static void
change_cb (JfAddressGroup *self)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self)));

  if (self->item != NULL)
    gtk_window_present (GTK_WINDOW (jf_address_dialog_new (window, self->item)));
}

/* What is known before there is a socket: what the user chose. */
static char *
describe_choice (JfItem *item)
{
  g_autofree char *listen = jf_item_get_listen (item);

  if (listen == NULL)
    return g_strdup (_ ("Given when it is connected"));
  if (g_str_has_prefix (listen, "unix:"))
    return g_strdup (listen + strlen ("unix:"));
  return g_steal_pointer (&listen);
}

/* What the user should know of the address; NULL: nothing. */
static char *
describe_note (JfItem *item, const char **icon)
{
  const JfPseudo *pseudo = jf_item_get_pseudo (item);
  uint16_t wanted = jf_item_get_service_port (item);

  if (pseudo == NULL)
    return NULL;
  *icon = "dialog-warning-symbolic";
  if (pseudo->open_to_network)
    return g_strdup (_ ("Everybody in your network can use this service in your name"));
  *icon = "dialog-information-symbolic";
  if (pseudo->moved && pseudo->port != 0 && wanted != 0)
    return g_strdup_printf (_ ("Port %u cannot be had on this computer, so %u takes its place"),
                               wanted, pseudo->port);
  return NULL;
}

void
jf_address_group_show (JfAddressGroup *self, JfItem *item)
{
  const char *address = item != NULL ? jf_item_get_address (item) : NULL;
  const char *icon = NULL;
  g_autofree char *choice = NULL;
  g_autofree char *note = NULL;

  g_return_if_fail (JF_IS_ADDRESS_GROUP (self));
  if (g_set_object (&self->item, item) && item != NULL)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (self->copy_button), "s",
                                      jf_item_get_id (item));
  if (item == NULL)
    return;
  choice = address == NULL ? describe_choice (item) : NULL;
  jf_row_set_subtitle (self->row, address != NULL ? address : choice);
  gtk_widget_set_visible (self->copy_button, address != NULL);
  note = describe_note (item, &icon);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->note_row), note != NULL ? note : "");
  gtk_image_set_from_icon_name (self->note_icon, icon);
  gtk_widget_set_visible (self->note_row, note != NULL);
}

static void
jf_address_group_dispose (GObject *object)
{
  g_clear_object (&JF_ADDRESS_GROUP (object)->item);
  G_OBJECT_CLASS (jf_address_group_parent_class)->dispose (object);
}

static void
jf_address_group_class_init (JfAddressGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_address_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-address-group.ui");
  gtk_widget_class_bind_template_child (widget_class, JfAddressGroup, row);
  gtk_widget_class_bind_template_child (widget_class, JfAddressGroup, copy_button);
  gtk_widget_class_bind_template_child (widget_class, JfAddressGroup, note_row);
  gtk_widget_class_bind_template_child (widget_class, JfAddressGroup, note_icon);
  gtk_widget_class_bind_template_callback (widget_class, change_cb);
}

static void
jf_address_group_init (JfAddressGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
