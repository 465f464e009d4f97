/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-service-page.h"

#include <glib/gi18n.h>

#include "client-gui/jf-address-group.h"
#include "client-gui/jf-app.h"
#include "client-gui/jf-log-group.h"
#include "client-gui/jf-programs-group.h"
#include "client-gui/jf-service-head.h"
#include "client-gui/jf-traffic-group.h"
#include "client-gui/jf-way-group.h"

#define REFRESH_S 1

struct _JfServicePage
{
  AdwBin parent_instance;

  JfItem *item;
  gboolean narrow;
  unsigned long notify_id; /* of the item */
  unsigned tick_id;        /* once a second; 0 while it is not mapped */
  unsigned soon_id;        /* several changes at once are one refresh */

  AdwWindowTitle *title;
  GtkToggleButton *favourite_button;
  GtkStack *stack;
  GtkScrolledWindow *scroller;
  GtkWidget *content;
  JfServiceHead *head;
  JfAddressGroup *address_group;
  JfTrafficGroup *traffic_group;
  JfProgramsGroup *programs_group;
  JfWayGroup *way_group;
  JfLogGroup *log_group;
};

G_DEFINE_FINAL_TYPE (JfServicePage, jf_service_page, ADW_TYPE_BIN)

enum
{
  PROP_0,
  PROP_NARROW,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
show_favourite (JfServicePage *self)
{
  GtkWidget *button = GTK_WIDGET (self->favourite_button);
  gboolean favourite = self->item != NULL && jf_item_get_favourite (self->item);

  gtk_toggle_button_set_active (self->favourite_button, favourite);
  gtk_button_set_icon_name (GTK_BUTTON (self->favourite_button),
                            favourite ? "starred-symbolic" : "non-starred-symbolic");
  gtk_widget_set_tooltip_text (button,
                               favourite ? _ ("Remove From Favourites") : _ ("Add to Favourites"));
  gtk_widget_set_visible (button, self->item != NULL);
}

/* The header names the service as soon as its big title has scrolled out of sight. */
static void
show_title (JfServicePage *self)
{
  GtkWidget *big = jf_service_head_get_title (self->head);
  double top = gtk_adjustment_get_value (gtk_scrolled_window_get_vadjustment (self->scroller));
  graphene_rect_t bounds;
  /* where it is in what scrolls, which does not depend on how far that is drawn by now */
  gboolean hidden = self->item != NULL && gtk_widget_compute_bounds (big, self->content, &bounds) &&
                    bounds.origin.y + bounds.size.height < top;

  adw_window_title_set_title (self->title, hidden ? jf_item_get_title (self->item) : "");
  adw_window_title_set_subtitle (self->title, hidden ? jf_item_get_state_text (self->item) : "");
}

static void
refresh (JfServicePage *self)
{
  jf_service_head_show (self->head, self->item);
  jf_address_group_show (self->address_group, self->item);
  jf_traffic_group_show (self->traffic_group, self->item);
  jf_programs_group_show (self->programs_group, self->item);
  jf_way_group_show (self->way_group, self->item);
  jf_log_group_show (self->log_group, self->item);
  show_favourite (self);
  show_title (self);
}

static gboolean
tick_cb (gpointer data)
{
  refresh (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
soon_cb (gpointer data)
{
  JfServicePage *self = data;

  self->soon_id = 0;
  refresh (self);
  return G_SOURCE_REMOVE;
}

static void
notify_cb (JfServicePage *self)
{
  if (self->soon_id == 0)
    self->soon_id = g_idle_add (soon_cb, self);
}

static void
unfollow (JfServicePage *self)
{
  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_clear_handle_id (&self->soon_id, g_source_remove);
  g_clear_signal_handler (&self->notify_id, self->item);
}

static void
follow (JfServicePage *self)
{
  if (self->item == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  self->notify_id = g_signal_connect_swapped (self->item, "notify", G_CALLBACK (notify_cb), self);
  self->tick_id = g_timeout_add_seconds (REFRESH_S, tick_cb, self);
  refresh (self);
}

static void
favourite_cb (JfServicePage *self)
{
  if (self->item != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "app.favourite", "s",
                                jf_item_get_id (self->item));
  show_favourite (self);
}

JfItem *
jf_service_page_get_item (JfServicePage *self)
{
  g_return_val_if_fail (JF_IS_SERVICE_PAGE (self), NULL);

  return self->item;
}

void
jf_service_page_set_item (JfServicePage *self, JfItem *item)
{
  g_return_if_fail (JF_IS_SERVICE_PAGE (self));

  if (item == self->item)
    return;
  unfollow (self);
  g_set_object (&self->item, item);
  gtk_stack_set_visible_child_name (self->stack, item != NULL ? "service" : "none");
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
  refresh (self);
  follow (self);
}

static void
map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (jf_service_page_parent_class)->map (widget);
  follow (JF_SERVICE_PAGE (widget));
}

static void
unmap (GtkWidget *widget)
{
  unfollow (JF_SERVICE_PAGE (widget));
  GTK_WIDGET_CLASS (jf_service_page_parent_class)->unmap (widget);
}

static void
get_property (GObject *object, unsigned id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_NARROW)
    g_value_set_boolean (value, JF_SERVICE_PAGE (object)->narrow);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
set_property (GObject *object, unsigned id, const GValue *value, GParamSpec *pspec)
{
  JfServicePage *self = JF_SERVICE_PAGE (object);

  if (id != PROP_NARROW)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  else if (self->narrow != g_value_get_boolean (value))
    {
      self->narrow = g_value_get_boolean (value);
      g_object_notify_by_pspec (object, pspec);
    }
}

static void
jf_service_page_dispose (GObject *object)
{
  JfServicePage *self = JF_SERVICE_PAGE (object);

  unfollow (self);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (jf_service_page_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, title);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, favourite_button);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, stack);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, scroller);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, content);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, head);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, address_group);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, traffic_group);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, programs_group);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, way_group);
  gtk_widget_class_bind_template_child (widget_class, JfServicePage, log_group);
  gtk_widget_class_bind_template_callback (widget_class, favourite_cb);
}

static void
jf_service_page_class_init (JfServicePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (JF_TYPE_SERVICE_HEAD);
  g_type_ensure (JF_TYPE_ADDRESS_GROUP);
  g_type_ensure (JF_TYPE_TRAFFIC_GROUP);
  g_type_ensure (JF_TYPE_PROGRAMS_GROUP);
  g_type_ensure (JF_TYPE_WAY_GROUP);
  g_type_ensure (JF_TYPE_LOG_GROUP);
  object_class->get_property = get_property;
  object_class->set_property = set_property;
  object_class->dispose = jf_service_page_dispose;
  widget_class->map = map;
  widget_class->unmap = unmap;
  properties[PROP_NARROW] = g_param_spec_boolean (
      "narrow", NULL, NULL, FALSE,
      (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY));
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-service-page.ui");
  bind_children (widget_class);
}

static void
jf_service_page_init (JfServicePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "value-changed",
                           G_CALLBACK (show_title), self, G_CONNECT_SWAPPED);
  refresh (self);
}

JfServicePage *
jf_service_page_new (void)
{
  return g_object_new (JF_TYPE_SERVICE_PAGE, NULL);
}
