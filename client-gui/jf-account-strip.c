/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-account-strip.h"

#include "client-gui/jf-account-notice.h"
#include "client-gui/jf-app.h"

struct _JfAccountStrip
{
  GtkBox parent;

  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *body;
  GtkButton *first;
  GtkButton *second;
  JfAccount *account;
  const char *first_action;
  const char *second_action;
};

G_DEFINE_FINAL_TYPE (JfAccountStrip, jf_account_strip, GTK_TYPE_BOX)

JfAccount *
jf_account_strip_get_account (JfAccountStrip *self)
{
  return self->account;
}

static void
act (JfAccountStrip *self, const char *action)
{
  /* A press by the keyboard takes a moment, in which there may be nothing left to do. */
  if (action == NULL)
    return;
  if (g_str_equal (action, "app.add-manager"))
    gtk_widget_activate_action (GTK_WIDGET (self), action, NULL);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), action, "s", jf_account_get_id (self->account));
}

static void
first_cb (JfAccountStrip *self)
{
  act (self, self->first_action);
}

static void
second_cb (JfAccountStrip *self)
{
  act (self, self->second_action);
}

static void
set_button (GtkButton *button, const char *label)
{
  gtk_widget_set_visible (GTK_WIDGET (button), label != NULL);
  if (label != NULL)
    gtk_button_set_label (button, label);
}

void
jf_account_strip_update (JfAccountStrip *self, gboolean hidden)
{
  g_autoptr (JfAccountNotice) notice = jf_account_notice_new (self->account);

  gtk_widget_set_visible (GTK_WIDGET (self), notice != NULL && !notice->busy && !hidden);
  if (notice == NULL)
    return;
  gtk_image_set_from_icon_name (self->icon, notice->icon_name);
  gtk_label_set_text (self->title, notice->title);
  gtk_label_set_text (self->body, notice->body);
  self->first_action = notice->action;
  self->second_action = notice->second_action;
  set_button (self->first, notice->label);
  set_button (self->second, notice->second_label);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  notice->title, -1);
}

static void
jf_account_strip_dispose (GObject *object)
{
  JfAccountStrip *self = JF_ACCOUNT_STRIP (object);

  g_clear_object (&self->account);

  G_OBJECT_CLASS (jf_account_strip_parent_class)->dispose (object);
}

static void
jf_account_strip_class_init (JfAccountStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_account_strip_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-account-strip.ui");
  gtk_widget_class_bind_template_child (widget_class, JfAccountStrip, icon);
  gtk_widget_class_bind_template_child (widget_class, JfAccountStrip, title);
  gtk_widget_class_bind_template_child (widget_class, JfAccountStrip, body);
  gtk_widget_class_bind_template_child (widget_class, JfAccountStrip, first);
  gtk_widget_class_bind_template_child (widget_class, JfAccountStrip, second);
  gtk_widget_class_bind_template_callback (widget_class, first_cb);
  gtk_widget_class_bind_template_callback (widget_class, second_cb);
}

static void
jf_account_strip_init (JfAccountStrip *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
jf_account_strip_new (JfAccount *account)
{
  JfAccountStrip *self = g_object_new (JF_TYPE_ACCOUNT_STRIP, NULL);

  self->account = g_object_ref (account);
  return GTK_WIDGET (self);
}
