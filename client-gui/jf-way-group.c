/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-way-group.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-provider-key.h"
#include "client-gui/jf-row.h"
#include "client-gui/jf-window.h"
#include "client-gui/model/jf-account.h"

struct _JfWayGroup
{
  AdwPreferencesGroup parent_instance;

  JfItem *item;
  JfItemState key_state; /* of the item when its key was read */
  JfProviderKey *key;

  AdwActionRow *manager_row;
  AdwActionRow *way_row;
  AdwActionRow *key_row;
  GtkWidget *copy_button;
};

G_DEFINE_FINAL_TYPE (JfWayGroup, jf_way_group, ADW_TYPE_PREFERENCES_GROUP)

static void
copy_cb (JfWayGroup *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (self->key == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->key->text);
  if (JF_IS_WINDOW (root))
    jf_window_toast (JF_WINDOW (root), _ ("Key copied"), NULL, NULL, NULL);
}

static void
show_manager (JfWayGroup *self, JfAccount *account)
{
  const char *member;
  g_autofree char *text = NULL;
  g_autofree char *way = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->manager_row), account != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->way_row), account != NULL);
  if (account == NULL)
    return;
  member = jf_account_get_member (account);
  way = jf_account_describe_way (account);
  if (member != NULL)
    /* TRANSLATORS: a manager's host, and the label of the user there */
    text = g_strdup_printf (_ ("%s, as %s"), jf_account_get_title (account), member);
  jf_row_set_subtitle (self->manager_row, text != NULL ? text : jf_account_get_title (account));
  jf_row_set_subtitle (self->way_row, way != NULL ? way : jf_account_get_state_text (account));
}

static void
show_key (JfWayGroup *self)
{
  const char *title = _ ("Provider’s key");

  g_clear_pointer (&self->key, jf_provider_key_free);
  self->key_state = jf_item_get_state (self->item);
  self->key = jf_provider_key_new (self->item);
  if (self->key != NULL)
    title = self->key->known_as;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->key_row), title);
  jf_row_set_subtitle (self->key_row,
                       self->key != NULL
                           ? self->key->text
                           : _ ("Not known yet: it is remembered at the first connection"));
  gtk_widget_set_visible (self->copy_button, self->key != NULL);
}

void
jf_way_group_show (JfWayGroup *self, JfItem *item)
{
  gboolean other;

  g_return_if_fail (JF_IS_WAY_GROUP (self));
  other = g_set_object (&self->item, item);
  if (item == NULL)
    return;
  show_manager (self, jf_item_get_account (item));
  /* a file is behind it, and it changes with the state only */
  if (other || self->key_state != jf_item_get_state (item))
    show_key (self);
}

static void
jf_way_group_dispose (GObject *object)
{
  JfWayGroup *self = JF_WAY_GROUP (object);

  g_clear_object (&self->item);
  g_clear_pointer (&self->key, jf_provider_key_free);
  G_OBJECT_CLASS (jf_way_group_parent_class)->dispose (object);
}

static void
jf_way_group_class_init (JfWayGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_way_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-way-group.ui");
  gtk_widget_class_bind_template_child (widget_class, JfWayGroup, manager_row);
  gtk_widget_class_bind_template_child (widget_class, JfWayGroup, way_row);
  gtk_widget_class_bind_template_child (widget_class, JfWayGroup, key_row);
  gtk_widget_class_bind_template_child (widget_class, JfWayGroup, copy_button);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
}

static void
jf_way_group_init (JfWayGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
