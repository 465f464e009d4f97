/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-add-window.h"

#include "client-gui/jf-welcome-page.h"

struct _JfAddWindow
{
  AdwWindow parent;

  JfWelcomePage *page;
};

G_DEFINE_FINAL_TYPE (JfAddWindow, jf_add_window, ADW_TYPE_WINDOW)

static void
done_cb (JfAddWindow *self)
{
  gtk_window_close (GTK_WINDOW (self));
}

void
jf_add_window_take_text (JfAddWindow *self, const char *text)
{
  jf_welcome_page_take_text (self->page, text);
}

static void
jf_add_window_class_init (JfAddWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (JF_TYPE_WELCOME_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-add-window.ui");
  gtk_widget_class_bind_template_child (widget_class, JfAddWindow, page);
  gtk_widget_class_bind_template_callback (widget_class, done_cb);
}

static void
jf_add_window_init (JfAddWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

JfAddWindow *
jf_add_window_new (GtkWindow *parent, JfAccounts *accounts)
{
  JfAddWindow *self = g_object_new (JF_TYPE_ADD_WINDOW, "transient-for", parent, NULL);

  jf_welcome_page_set_up (self->page, accounts, FALSE);
  return self;
}
