/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-log-group.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-window.h"
#include "client-gui/model/jf-account.h"

struct _JfLogGroup
{
  AdwPreferencesGroup parent_instance;

  JfItem *item;
  GtkTextView *view;
  AdwExpanderRow *expander;
};

G_DEFINE_FINAL_TYPE (JfLogGroup, jf_log_group, ADW_TYPE_PREFERENCES_GROUP)

/* (transfer full) */
static char *
get_text (JfLogGroup *self)
{
  JfAccount *account = jf_item_get_account (self->item);

  if (account == NULL)
    return g_strdup (_ ("You have left this manager."));
  return jf_support_log_format (jf_account_get_log (account), jf_item_get_service (self->item));
}

/* A text that stays the same stays as it is: a selection in it does, too. */
static void
refresh (JfLogGroup *self)
{
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->view);
  g_autofree char *old = NULL;
  g_autofree char *text = NULL;
  GtkTextIter start, end;

  if (self->item == NULL || !adw_expander_row_get_expanded (self->expander))
    return;
  gtk_text_buffer_get_bounds (buffer, &start, &end);
  old = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  text = get_text (self);
  if (strcmp (old, text) != 0)
    gtk_text_buffer_set_text (buffer, text, -1);
}

static void
expanded_cb (JfLogGroup *self)
{
  refresh (self);
}

static void
copy_cb (JfLogGroup *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autofree char *text = NULL;

  if (self->item == NULL)
    return;
  text = get_text (self);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  if (JF_IS_WINDOW (root))
    jf_window_toast (JF_WINDOW (root), _ ("Log copied"), NULL, NULL, NULL);
}

void
jf_log_group_show (JfLogGroup *self, JfItem *item)
{
  g_return_if_fail (JF_IS_LOG_GROUP (self));
  if (g_set_object (&self->item, item))
    adw_expander_row_set_expanded (self->expander, FALSE);
  refresh (self);
}

static void
jf_log_group_dispose (GObject *object)
{
  g_clear_object (&JF_LOG_GROUP (object)->item);
  G_OBJECT_CLASS (jf_log_group_parent_class)->dispose (object);
}

static void
jf_log_group_class_init (JfLogGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_log_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-log-group.ui");
  gtk_widget_class_bind_template_child (widget_class, JfLogGroup, view);
  gtk_widget_class_bind_template_child (widget_class, JfLogGroup, expander);
  gtk_widget_class_bind_template_callback (widget_class, expanded_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
}

static void
jf_log_group_init (JfLogGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
