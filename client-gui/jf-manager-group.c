/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-manager-group.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-row.h"
#include "client-gui/jf-trust-dialog.h"

struct _JfManagerGroup
{
  AdwPreferencesGroup parent_instance;

  JfAccount *account;

  AdwActionRow *state_row;
  GtkWidget *explain_button;
  GtkWidget *try_button;
  GtkWidget *unlock_button;
  AdwActionRow *member_row;
  AdwActionRow *key_row;
  AdwActionRow *place_row;
  GtkWidget *leave_button;
};

G_DEFINE_FINAL_TYPE (JfManagerGroup, jf_manager_group, ADW_TYPE_PREFERENCES_GROUP)

static void
show_state (JfManagerGroup *self)
{
  JfAccountState state = jf_account_get_state (self->account);
  const char *reason = jf_account_get_reason (self->account);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->state_row),
                                 jf_account_get_state_text (self->account));
  jf_row_set_subtitle (self->state_row, reason != NULL ? reason : "");
  gtk_widget_set_visible (self->explain_button,
                          jf_trust_case_for_account (self->account) != JF_TRUST_OK);
  gtk_widget_set_visible (self->try_button, state == JF_ACCOUNT_OFFLINE);
  gtk_widget_set_visible (self->unlock_button, state == JF_ACCOUNT_LOCKED);
}

static void
show (JfManagerGroup *self)
{
  const char *member = jf_account_get_member (self->account);
  const char *place = jf_account_get_key_place (self->account);

  show_state (self);
  jf_row_set_subtitle (self->member_row, member != NULL ? member : "");
  gtk_widget_set_visible (GTK_WIDGET (self->member_row), member != NULL);
  jf_row_set_subtitle (self->place_row, place != NULL ? place : "");
  gtk_widget_set_visible (GTK_WIDGET (self->place_row), place != NULL);
}

static char *
get_key (JfManagerGroup *self)
{
  char text[JF_KEY_ID_SHORT_SIZE];

  jf_key_id_format_short (jf_account_get_manager_key (self->account), text);
  return g_strdup (text);
}

static void
copy_cb (JfManagerGroup *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  g_autofree char *key = get_key (self);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), key);
  if (ADW_IS_PREFERENCES_WINDOW (root))
    adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (root),
                                      adw_toast_new (_ ("Key copied")));
}

static void
explain_cb (JfManagerGroup *self)
{
  jf_trust_show_account (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->account);
}

static void
jf_manager_group_dispose (GObject *object)
{
  g_clear_object (&JF_MANAGER_GROUP (object)->account);
  G_OBJECT_CLASS (jf_manager_group_parent_class)->dispose (object);
}

static void
jf_manager_group_class_init (JfManagerGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_manager_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-manager-group.ui");
  gtk_widget_class_bind_template_child (widget_class, JfManagerGroup, state_row);
  gtk_widget_class_bind_template_child (widget_class, JfManagerGroup, explain_button);
  gtk_widget_class_bind_template_child (widget_class, JfManagerGroup, try_button);
  gtk_widget_class_bind_template_child (widget_class, JfManagerGroup, unlock_button);
  gtk_widget_class_bind_template_child (widget_class, JfManagerGroup, member_row);
  gtk_widget_class_bind_template_child (widget_class, JfManagerGroup, key_row);
  gtk_widget_class_bind_template_child (widget_class, JfManagerGroup, place_row);
  gtk_widget_class_bind_template_child (widget_class, JfManagerGroup, leave_button);
  gtk_widget_class_bind_template_callback (widget_class, explain_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
}

static void
jf_manager_group_init (JfManagerGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

JfManagerGroup *
jf_manager_group_new (JfAccount *account)
{
  JfManagerGroup *self = g_object_new (JF_TYPE_MANAGER_GROUP, NULL);
  GtkWidget *const buttons[] = { self->try_button, self->unlock_button, self->leave_button };
  g_autofree char *title = g_markup_escape_text (jf_account_get_title (account), -1);
  g_autofree char *key = NULL;

  self->account = g_object_ref (account);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), title);
  for (size_t i = 0; i < G_N_ELEMENTS (buttons); i++)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (buttons[i]), "s",
                                      jf_account_get_id (account));
  key = get_key (self);
  jf_row_set_subtitle (self->key_row, key);
  g_signal_connect_object (account, "notify", G_CALLBACK (show), self, G_CONNECT_SWAPPED);
  show (self);
  return self;
}
