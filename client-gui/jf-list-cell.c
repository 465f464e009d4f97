/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-list-cell.h"

struct _JfListCell
{
  GtkWidget parent;

  GtkWidget *heading; /* NULL until there was one */
  GtkWidget *service; /* likewise */
  JfSectionRow *row;
  JfItem *item;
  gulong row_id;
  gulong item_id;
  gboolean narrow;
};

G_DEFINE_FINAL_TYPE (JfListCell, jf_list_cell, GTK_TYPE_WIDGET)

JfServiceRow *
jf_list_cell_get_service (JfListCell *self)
{
  return self->item != NULL ? JF_SERVICE_ROW (self->service) : NULL;
}

/* What the focus lands on is the list view's own widget round the cell, which has no name. */
static void
set_name (JfListCell *self, const char *name)
{
  GtkWidget *parent = gtk_widget_get_parent (GTK_WIDGET (self));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  if (parent != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (parent), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                    -1);
}

static void
name_service (JfListCell *self)
{
  g_autofree char *name = jf_service_row_describe (self->item);

  set_name (self, name);
}

static void
item_notify_cb (JfItem *item, GParamSpec *property, JfListCell *self)
{
  if (g_str_equal (property->name, "state-text") || g_str_equal (property->name, "title"))
    name_service (self);
}

static void
set_class (GtkWidget *widget, const char *name, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, name);
  else
    gtk_widget_remove_css_class (widget, name);
}

static void
update_corners (JfListCell *self)
{
  if (self->item == NULL)
    return;
  set_class (self->service, "first", jf_section_row_get_first (self->row));
  set_class (self->service, "last", jf_section_row_get_last (self->row));
}

static void
show_heading (JfListCell *self)
{
  const char *text = jf_section_row_get_heading (self->row);

  if (self->heading == NULL)
    {
      self->heading = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0, "ellipsize", PANGO_ELLIPSIZE_END,
                                    "css-classes", (const char *const[]){ "heading", NULL }, NULL);
      gtk_widget_set_parent (self->heading, GTK_WIDGET (self));
    }
  gtk_label_set_text (GTK_LABEL (self->heading), text);
  set_name (self, text);
}

static void
show_service (JfListCell *self)
{
  if (self->service == NULL)
    {
      self->service = jf_service_row_new ();
      jf_service_row_set_narrow (JF_SERVICE_ROW (self->service), self->narrow);
      gtk_widget_set_parent (self->service, GTK_WIDGET (self));
    }
  g_set_object (&self->item, jf_section_row_get_item (self->row));
  self->item_id = g_signal_connect (self->item, "notify", G_CALLBACK (item_notify_cb), self);
  jf_service_row_set_item (JF_SERVICE_ROW (self->service), self->item);
  update_corners (self);
  name_service (self);
}

void
jf_list_cell_set_narrow (JfListCell *self, gboolean narrow)
{
  self->narrow = narrow;
  if (self->service != NULL)
    jf_service_row_set_narrow (JF_SERVICE_ROW (self->service), narrow);
}

static void
forget (JfListCell *self)
{
  if (self->item != NULL)
    g_clear_signal_handler (&self->item_id, self->item);
  if (self->row != NULL)
    g_clear_signal_handler (&self->row_id, self->row);
  g_clear_object (&self->item);
  g_clear_object (&self->row);
}

void
jf_list_cell_set_row (JfListCell *self, JfSectionRow *row)
{
  gboolean is_service = row != NULL && jf_section_row_get_item (row) != NULL;

  forget (self);
  if (!is_service && self->service != NULL)
    jf_service_row_set_item (JF_SERVICE_ROW (self->service), NULL);
  if (row == NULL)
    return;
  self->row = g_object_ref (row);
  self->row_id = g_signal_connect_swapped (row, "notify", G_CALLBACK (update_corners), self);
  if (is_service)
    show_service (self);
  else
    show_heading (self);
  if (self->heading != NULL)
    gtk_widget_set_visible (self->heading, !is_service);
  if (self->service != NULL)
    gtk_widget_set_visible (self->service, is_service);
}

static gboolean
has_focus_inside (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && (focus == widget || gtk_widget_is_ancestor (focus, widget));
}

/* The list view gives the focus to a place; a heading passes it on, the way that it came. Above the
 * first heading there is nothing, so it stays. */
static gboolean
pass_focus (JfListCell *self)
{
  GtkWidget *place = gtk_widget_get_parent (GTK_WIDGET (self));
  GtkWidget *next = place != NULL ? gtk_widget_get_next_sibling (place) : NULL;
  gboolean upwards = next != NULL && has_focus_inside (next);
  GtkWidget *target = upwards ? gtk_widget_get_prev_sibling (place) : next;
  GtkWidget *cell = target != NULL ? gtk_widget_get_first_child (target) : NULL;

  if (upwards && cell == NULL)
    return TRUE;
  return cell != NULL && gtk_widget_grab_focus (cell);
}

static gboolean
grab_focus (GtkWidget *widget)
{
  JfListCell *self = JF_LIST_CELL (widget);

  if (self->item == NULL)
    return pass_focus (self);
  return GTK_WIDGET_CLASS (jf_list_cell_parent_class)->grab_focus (widget);
}

/* First the row, then its buttons; up and down are the list view's. */
static gboolean
move_focus (GtkWidget *widget, GtkDirectionType direction)
{
  JfListCell *self = JF_LIST_CELL (widget);
  gboolean backward = direction == GTK_DIR_TAB_BACKWARD;
  gboolean vertical = direction == GTK_DIR_UP || direction == GTK_DIR_DOWN;
  gboolean inside = has_focus_inside (widget);

  if (self->item == NULL || (inside && vertical))
    return FALSE;
  if (gtk_widget_is_focus (widget) && backward)
    return FALSE;
  if ((inside || backward) && gtk_widget_child_focus (self->service, direction))
    return TRUE;
  if (!inside || (backward && !gtk_widget_is_focus (widget)))
    return GTK_WIDGET_CLASS (jf_list_cell_parent_class)->grab_focus (widget);
  return FALSE;
}

static gboolean
show_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  JfListCell *self = JF_LIST_CELL (widget);

  if (self->item == NULL || !gtk_widget_is_focus (widget))
    return FALSE;
  return gtk_widget_activate_action (widget, "app.show-service", "s", jf_item_get_id (self->item));
}

static void
jf_list_cell_dispose (GObject *object)
{
  JfListCell *self = JF_LIST_CELL (object);

  forget (self);
  g_clear_pointer (&self->heading, gtk_widget_unparent);
  g_clear_pointer (&self->service, gtk_widget_unparent);
  G_OBJECT_CLASS (jf_list_cell_parent_class)->dispose (object);
}

static void
jf_list_cell_class_init (JfListCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_list_cell_dispose;
  gtk_widget_class_set_css_name (widget_class, "listcell");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  widget_class->grab_focus = grab_focus;
  widget_class->focus = move_focus;
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Return, 0, show_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_KP_Enter, 0, show_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_space, 0, show_cb, NULL);
}

static void
jf_list_cell_init (JfListCell *self)
{
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
}

GtkWidget *
jf_list_cell_new (void)
{
  return g_object_new (JF_TYPE_LIST_CELL, NULL);
}
