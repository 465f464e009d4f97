/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-row-list.h"

#include "client-gui/jf-app.h"
#include "client-gui/jf-list-cell.h"
#include "client-gui/model/jf-sections.h"

#define NARROW      560 /* below, the buttons of a row that matter less are in a menu */
#define SPARE_CELLS 40

struct _JfRowList
{
  AdwBin parent;

  GtkScrolledWindow *scroller;
  GtkListView *view;

  GListModel *rows;
  GtkSliceListModel *slice; /* NULL: all rows at once */
  unsigned more;
  unsigned more_id;   /* soon more rows are made */
  unsigned narrow_id; /* soon the rows learn how wide they are */
  GPtrArray *cells;   /* of JfListCell, borrowed: all that there are */
  GPtrArray *spare;   /* cells that the view has no place for: making one takes long */
  gboolean narrow;
  gboolean keep_top;
  gboolean at_top;
  double page; /* its height when at_top was seen */
  unsigned top_id;
};

G_DEFINE_FINAL_TYPE (JfRowList, jf_row_list, ADW_TYPE_BIN)

static GtkAdjustment *
get_offset (JfRowList *self)
{
  return gtk_scrolled_window_get_vadjustment (self->scroller);
}

static void
scroll_to_top (JfRowList *self)
{
  if (g_list_model_get_n_items (self->rows) > 0)
    gtk_widget_activate_action (GTK_WIDGET (self->view), "list.scroll-to-item", "u", 0);
}

/* The view holds on to a row that it sees; at the top, the top is what people hold on to. */
static void
before_change_cb (JfRowList *self)
{
  self->keep_top = gtk_adjustment_get_value (get_offset (self)) < 1;
}

static void
after_change_cb (JfRowList *self)
{
  if (self->keep_top)
    scroll_to_top (self);
}

static void
show_service (JfRowList *self, unsigned position)
{
  g_autoptr (JfSectionRow) row = g_list_model_get_item (self->rows, position);
  JfItem *item = row != NULL ? jf_section_row_get_item (row) : NULL;

  if (item != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "app.show-service", "s", jf_item_get_id (item));
}

static void
activate_cb (JfRowList *self, unsigned position)
{
  show_service (self, position);
}

void
jf_row_list_show_first (JfRowList *self)
{
  unsigned n = g_list_model_get_n_items (self->rows);

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfSectionRow) row = g_list_model_get_item (self->rows, i);

      if (jf_section_row_get_item (row) == NULL)
        continue;
      show_service (self, i);
      return;
    }
}

void
jf_row_list_restart (JfRowList *self)
{
  scroll_to_top (self);
  if (self->slice != NULL)
    gtk_slice_list_model_set_size (self->slice, self->more);
}

gboolean
jf_row_list_is_at_top (JfRowList *self)
{
  return gtk_adjustment_get_value (get_offset (self)) < 1;
}

void
jf_row_list_grab_focus (JfRowList *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->view));
}

static gboolean
top_cb (gpointer data)
{
  JfRowList *self = data;

  self->top_id = 0;
  scroll_to_top (self);
  return G_SOURCE_REMOVE;
}

/* A view that becomes lower or higher holds on to a row in its middle. */
static void
top_offset_cb (JfRowList *self)
{
  GtkAdjustment *offset = get_offset (self);
  double page = gtk_adjustment_get_page_size (offset);

  if (page == self->page)
    self->at_top = gtk_adjustment_get_value (offset) < 1;
  else if (self->at_top && self->top_id == 0)
    self->top_id = g_idle_add_full (G_PRIORITY_HIGH, top_cb, self, NULL);
  self->page = page;
}

static gboolean
more_cb (gpointer data)
{
  JfRowList *self = data;

  self->more_id = 0;
  gtk_slice_list_model_set_size (self->slice,
                                 gtk_slice_list_model_get_size (self->slice) + self->more);
  return G_SOURCE_REMOVE;
}

static void
offset_cb (JfRowList *self)
{
  GtkAdjustment *offset = get_offset (self);
  double page = gtk_adjustment_get_page_size (offset);
  double end = gtk_adjustment_get_value (offset) + 1.5 * page;

  if (self->slice == NULL || self->more_id != 0 || end < gtk_adjustment_get_upper (offset) ||
      gtk_slice_list_model_get_size (self->slice) >= g_list_model_get_n_items (self->rows))
    return;
  self->more_id = g_idle_add (more_cb, self);
}

static gboolean
narrow_cb (gpointer data)
{
  JfRowList *self = data;

  self->narrow_id = 0;
  for (unsigned i = 0; i < self->cells->len; i++)
    jf_list_cell_set_narrow (g_ptr_array_index (self->cells, i), self->narrow);
  return G_SOURCE_REMOVE;
}

/* The width is known in the middle of a layout, when nothing may be made or shown. */
static void
width_cb (GtkAdjustment *adjustment, GParamSpec *property, JfRowList *self)
{
  double width = gtk_adjustment_get_page_size (adjustment);
  gboolean narrow = width < NARROW;

  if (width < 1 || narrow == self->narrow)
    return;
  self->narrow = narrow;
  if (self->narrow_id == 0)
    self->narrow_id = g_idle_add_full (G_PRIORITY_HIGH, narrow_cb, self, NULL);
}

static void
cell_gone_cb (gpointer data, GObject *cell)
{
  g_ptr_array_remove_fast (((JfRowList *) data)->cells, cell);
}

/* (transfer full) */
static GtkWidget *
take_cell (JfRowList *self)
{
  GtkWidget *cell;

  if (self->spare->len > 0)
    return g_ptr_array_steal_index_fast (self->spare, self->spare->len - 1);
  cell = g_object_ref_sink (jf_list_cell_new ());
  g_ptr_array_add (self->cells, cell);
  g_object_weak_ref (G_OBJECT (cell), cell_gone_cb, self);
  return cell;
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *place, JfRowList *self)
{
  GtkWidget *cell = take_cell (self);

  jf_list_cell_set_narrow (JF_LIST_CELL (cell), self->narrow);
  gtk_list_item_set_child (place, cell);
  g_object_unref (cell);
}

static void
teardown_cb (GtkListItemFactory *factory, GtkListItem *place, JfRowList *self)
{
  GtkWidget *cell = gtk_list_item_get_child (place);

  if (cell == NULL || self->spare->len >= SPARE_CELLS)
    return;
  g_ptr_array_add (self->spare, g_object_ref (cell));
  gtk_list_item_set_child (place, NULL);
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *place)
{
  JfSectionRow *row = gtk_list_item_get_item (place);

  gtk_list_item_set_activatable (place, jf_section_row_get_item (row) != NULL);
  gtk_list_item_set_selectable (place, FALSE);
  jf_list_cell_set_row (JF_LIST_CELL (gtk_list_item_get_child (place)), row);
}

static void
unbind_cb (GtkListItemFactory *factory, GtkListItem *place)
{
  jf_list_cell_set_row (JF_LIST_CELL (gtk_list_item_get_child (place)), NULL);
}

/* The service's row at this widget of the list: inside it, or the place round it. */
static JfServiceRow *
service_at (GtkWidget *widget)
{
  GtkWidget *cell = widget != NULL ? gtk_widget_get_ancestor (widget, JF_TYPE_LIST_CELL) : NULL;

  if (cell == NULL && widget != NULL)
    cell = gtk_widget_get_first_child (widget);
  return JF_IS_LIST_CELL (cell) ? jf_list_cell_get_service (JF_LIST_CELL (cell)) : NULL;
}

static void
popup_at (JfRowList *self, GtkGesture *gesture, double x, double y)
{
  GtkWidget *view = GTK_WIDGET (self->view);
  JfServiceRow *row = service_at (gtk_widget_pick (view, x, y, GTK_PICK_DEFAULT));

  if (row == NULL)
    return;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  gtk_widget_translate_coordinates (view, GTK_WIDGET (row), x, y, &x, &y);
  jf_service_row_popup (row, x, y);
}

static void
secondary_cb (GtkGesture *gesture, int n_press, double x, double y, JfRowList *self)
{
  popup_at (self, gesture, x, y);
}

static void
long_press_cb (GtkGesture *gesture, double x, double y, JfRowList *self)
{
  popup_at (self, gesture, x, y);
}

JfItem *
jf_row_list_get_focused_item (JfRowList *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  JfServiceRow *row = NULL;

  if (focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->view)))
    row = service_at (focus);
  return row != NULL ? jf_service_row_get_item (row) : NULL;
}

static gboolean
menu_key_cb (GtkWidget *widget, GVariant *args, gpointer data)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  JfServiceRow *row = service_at (gtk_root_get_focus (root));

  if (row != NULL)
    jf_service_row_popup (row, -1, -1);
  return row != NULL;
}

static void
add_menus (JfRowList *self)
{
  GtkWidget *view = GTK_WIDGET (self->view);
  GtkGesture *secondary = gtk_gesture_click_new ();
  GtkGesture *held = gtk_gesture_long_press_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (secondary), GDK_BUTTON_SECONDARY);
  g_signal_connect (secondary, "pressed", G_CALLBACK (secondary_cb), self);
  gtk_widget_add_controller (view, GTK_EVENT_CONTROLLER (secondary));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (held), TRUE);
  g_signal_connect (held, "pressed", G_CALLBACK (long_press_cb), self);
  gtk_widget_add_controller (view, GTK_EVENT_CONTROLLER (held));
}

static void
add_factory (JfRowList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, 0);
  g_signal_connect_object (factory, "teardown", G_CALLBACK (teardown_cb), self, 0);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  gtk_list_view_set_factory (self->view, factory);
  g_object_unref (factory);
}

static GListModel *
add_slice (JfRowList *self, unsigned more)
{
  GtkAdjustment *offset = get_offset (self);

  self->more = more;
  self->slice = gtk_slice_list_model_new (g_object_ref (self->rows), 0, more);
  g_signal_connect_object (offset, "value-changed", G_CALLBACK (offset_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (offset, "changed", G_CALLBACK (offset_cb), self, G_CONNECT_SWAPPED);
  return g_object_ref (G_LIST_MODEL (self->slice));
}

void
jf_row_list_set_model (JfRowList *self, GListModel *rows, unsigned more)
{
  GListModel *seen;
  GtkSelectionModel *model;

  self->rows = g_object_ref (rows);
  seen = more > 0 ? add_slice (self, more) : g_object_ref (rows);
  /* before the view sees the change, and after */
  g_signal_connect_object (seen, "items-changed", G_CALLBACK (before_change_cb), self,
                           G_CONNECT_SWAPPED);
  model = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (seen)));
  gtk_list_view_set_model (self->view, model);
  g_signal_connect_object (seen, "items-changed", G_CALLBACK (after_change_cb), self,
                           (G_CONNECT_SWAPPED | G_CONNECT_AFTER));
  g_object_unref (model);
  g_object_unref (seen);
}

static void
jf_row_list_dispose (GObject *object)
{
  JfRowList *self = JF_ROW_LIST (object);

  g_clear_handle_id (&self->more_id, g_source_remove);
  g_clear_handle_id (&self->narrow_id, g_source_remove);
  g_clear_handle_id (&self->top_id, g_source_remove);
  if (self->view != NULL)
    gtk_list_view_set_model (self->view, NULL);
  g_ptr_array_set_size (self->spare, 0);
  g_clear_object (&self->slice);
  g_clear_object (&self->rows);
  G_OBJECT_CLASS (jf_row_list_parent_class)->dispose (object);
}

static void
jf_row_list_finalize (GObject *object)
{
  JfRowList *self = JF_ROW_LIST (object);

  for (unsigned i = 0; i < self->cells->len; i++)
    g_object_weak_unref (g_ptr_array_index (self->cells, i), cell_gone_cb, self);
  g_ptr_array_unref (self->cells);
  g_ptr_array_unref (self->spare);
  G_OBJECT_CLASS (jf_row_list_parent_class)->finalize (object);
}

static void
jf_row_list_class_init (JfRowListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_row_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = jf_row_list_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-row-list.ui");
  gtk_widget_class_bind_template_child (widget_class, JfRowList, scroller);
  gtk_widget_class_bind_template_child (widget_class, JfRowList, view);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_key_cb, NULL);
}

static void
jf_row_list_init (JfRowList *self)
{
  self->cells = g_ptr_array_new ();
  self->spare = g_ptr_array_new_with_free_func (g_object_unref);
  gtk_widget_init_template (GTK_WIDGET (self));
  add_factory (self);
  add_menus (self);
  self->at_top = TRUE;
  g_signal_connect_object (get_offset (self), "value-changed", G_CALLBACK (top_offset_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (get_offset (self), "changed", G_CALLBACK (top_offset_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (self->scroller),
                           "notify::page-size", G_CALLBACK (width_cb), self, 0);
}
