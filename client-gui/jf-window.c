/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-window.h"

#include <glib/gi18n.h>

#include "client-gui/jf-add-window.h"
#include "client-gui/jf-list-page.h"
#include "client-gui/jf-service-page.h"
#include "client-gui/jf-trust-watch.h"
#include "client-gui/jf-welcome-page.h"
#include "client-gui/jf-window-items.h"

#define TOAST_TEXT_CHARS 80 /* of a longer one, the beginning */

struct _JfWindow
{
  AdwApplicationWindow parent;

  AdwToastOverlay *toasts;
  GtkStack *screens;
  JfWelcomePage *welcome;
  AdwLeaflet *leaflet;
  GtkWidget *list_side;
  AdwHeaderBar *list_header;
  GtkWidget *search_button;
  JfListPage *list_page;
  JfServicePage *service_page;

  JfAccounts *accounts;
  JfTrustWatch *trust;
  gboolean first_run;
};

G_DEFINE_FINAL_TYPE (JfWindow, jf_window, ADW_TYPE_APPLICATION_WINDOW)

enum
{
  PROP_FIRST_RUN = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static char *
shorten (const char *text)
{
  g_autofree char *begin = NULL;

  if (g_utf8_strlen (text, -1) <= TOAST_TEXT_CHARS)
    return g_markup_escape_text (text, -1);
  begin = g_utf8_substring (text, 0, TOAST_TEXT_CHARS);
  return g_markup_printf_escaped ("%s…", begin);
}

void
jf_window_toast (JfWindow *self,
                 const char *text,
                 const char *button,
                 const char *action,
                 GVariant *target)
{
  g_autoptr (GVariant) sunk = target != NULL ? g_variant_ref_sink (target) : NULL;
  g_autofree char *markup = shorten (text);
  AdwToast *toast = adw_toast_new (markup);

  if (button != NULL)
    {
      adw_toast_set_button_label (toast, button);
      adw_toast_set_action_name (toast, action);
      adw_toast_set_action_target_value (toast, sunk);
    }
  adw_toast_overlay_add_toast (self->toasts, toast);
}

JfItem *
jf_window_get_item (JfWindow *self)
{
  return jf_service_page_get_item (self->service_page);
}

/* Managers come and go; the welcome page is for those who have none. */
static void
update_screen (JfWindow *self)
{
  gboolean none = g_list_model_get_n_items (G_LIST_MODEL (self->accounts)) == 0;
  JfItem *shown = jf_window_get_item (self);

  if (shown != NULL && jf_item_get_account (shown) == NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "win.back", NULL);
  gtk_stack_set_visible_child_name (self->screens, none ? "welcome" : "services");
  if (none == self->first_run)
    return;
  self->first_run = none;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FIRST_RUN]);
}

static void
loaded_cb (JfWindow *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->screens), jf_accounts_get_loaded (self->accounts));
  update_screen (self);
}

void
jf_window_invite (JfWindow *self, const char *text)
{
  GtkWindow *parent = GTK_WINDOW (self);
  JfAddWindow *window;

  if (self->first_run)
    {
      if (text != NULL)
        jf_welcome_page_take_text (self->welcome, text);
      return;
    }
  window = jf_add_window_new (parent, self->accounts);
  if (text != NULL)
    jf_add_window_take_text (window, text);
  gtk_window_present (GTK_WINDOW (window));
}

void
jf_window_show_item (JfWindow *self, JfItem *item)
{
  if (self->first_run)
    return;
  jf_service_page_set_item (self->service_page, item);
  gtk_widget_set_visible (GTK_WIDGET (self->service_page), TRUE);
  adw_leaflet_set_visible_child (self->leaflet, GTK_WIDGET (self->service_page));
}

gboolean
jf_window_shows (JfWindow *self, JfItem *item)
{
  return jf_window_get_item (self) == item || jf_list_page_is_at_top (self->list_page);
}

JfItem *
jf_window_get_current_item (JfWindow *self)
{
  JfItem *focused = jf_list_page_get_focused_item (self->list_page);

  return focused != NULL ? focused : jf_window_get_item (self);
}

static void
close_service (JfWindow *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->service_page), FALSE);
  jf_service_page_set_item (self->service_page, NULL);
}

/* Narrow: the page stays until the way back to the list is over, be it by button or by finger. */
static void
moved_cb (JfWindow *self)
{
  gboolean on_list = adw_leaflet_get_visible_child (self->leaflet) == self->list_side;

  if (on_list && adw_leaflet_get_folded (self->leaflet) &&
      !adw_leaflet_get_child_transition_running (self->leaflet))
    close_service (self);
}

/* The title buttons belong to the last of what is seen side by side. */
static void
update_title_buttons (JfWindow *self)
{
  gboolean beside = !adw_leaflet_get_folded (self->leaflet) &&
                    gtk_widget_get_visible (GTK_WIDGET (self->service_page));

  adw_header_bar_set_show_end_title_buttons (self->list_header, !beside);
}

static void
back_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  JfWindow *self = JF_WINDOW (widget);

  adw_leaflet_set_visible_child (self->leaflet, self->list_side);
  if (!adw_leaflet_get_folded (self->leaflet))
    close_service (self);
  else
    moved_cb (self);
  jf_list_page_grab_focus (self->list_page);
}

static void
search_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  JfWindow *self = JF_WINDOW (widget);

  if (self->first_run)
    return;
  adw_leaflet_set_visible_child (self->leaflet, self->list_side);
  jf_list_page_toggle_search (self->list_page);
}

void
jf_window_search (JfWindow *self, const char *text)
{
  adw_leaflet_set_visible_child (self->leaflet, self->list_side);
  jf_list_page_search (self->list_page, text);
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
get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, JF_WINDOW (object)->first_run);
}

static void
jf_window_dispose (GObject *object)
{
  g_clear_object (&JF_WINDOW (object)->trust);
  g_clear_object (&JF_WINDOW (object)->accounts);
  G_OBJECT_CLASS (jf_window_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass, JF_APP_RESOURCE "jf-window.ui");
  gtk_widget_class_bind_template_child (klass, JfWindow, toasts);
  gtk_widget_class_bind_template_child (klass, JfWindow, screens);
  gtk_widget_class_bind_template_child (klass, JfWindow, welcome);
  gtk_widget_class_bind_template_child (klass, JfWindow, leaflet);
  gtk_widget_class_bind_template_child (klass, JfWindow, list_side);
  gtk_widget_class_bind_template_child (klass, JfWindow, list_header);
  gtk_widget_class_bind_template_child (klass, JfWindow, search_button);
  gtk_widget_class_bind_template_child (klass, JfWindow, list_page);
  gtk_widget_class_bind_template_child (klass, JfWindow, service_page);
}

static void
jf_window_class_init (JfWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (JF_TYPE_LIST_PAGE);
  g_type_ensure (JF_TYPE_SERVICE_PAGE);
  g_type_ensure (JF_TYPE_WELCOME_PAGE);
  object_class->get_property = get_property;
  object_class->dispose = jf_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = close_request;
  properties[PROP_FIRST_RUN] = g_param_spec_boolean ("first-run", NULL, NULL, FALSE,
                                                     (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_properties (object_class, N_PROPS, properties);
  bind_template (widget_class);
  gtk_widget_class_install_action (widget_class, "win.back", NULL, back_cb);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_cb);
  jf_window_class_add_item_actions (widget_class);
  /* what has the focus may need Escape first */
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "win.back", NULL);
}

static void
jf_window_init (JfWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_object_bind_property (jf_list_page_get_search_bar (self->list_page), "search-mode-enabled",
                          self->search_button, "active",
                          (G_BINDING_BIDIRECTIONAL | G_BINDING_SYNC_CREATE));
  g_signal_connect_swapped (self->leaflet, "notify::child-transition-running",
                            G_CALLBACK (moved_cb), self);
  g_signal_connect_swapped (self->leaflet, "notify::folded", G_CALLBACK (update_title_buttons),
                            self);
  g_signal_connect_swapped (self->service_page, "notify::visible",
                            G_CALLBACK (update_title_buttons), self);
}

static void
set_size (JfWindow *self, GSettings *settings)
{
  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"),
                               g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

JfWindow *
jf_window_new (JfApp *app)
{
  JfWindow *self = g_object_new (JF_TYPE_WINDOW, "application", app, NULL);

  self->accounts = g_object_ref (jf_app_get_accounts (app));
  jf_welcome_page_set_up (self->welcome, self->accounts, TRUE);
  jf_list_page_set_up (self->list_page, app, GTK_WIDGET (self));
  g_signal_connect_object (self->accounts, "items-changed", G_CALLBACK (update_screen), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->accounts, "notify::loaded", G_CALLBACK (loaded_cb), self,
                           G_CONNECT_SWAPPED);
  loaded_cb (self);
  self->trust = jf_trust_watch_new (GTK_WINDOW (self), self->accounts, jf_app_get_catalog (app));
  set_size (self, jf_app_get_settings (app));
  return self;
}
