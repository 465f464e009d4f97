/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-list-page.h"

#include "client-gui/jf-account-strip.h"
#include "client-gui/jf-list-cell.h"
#include "client-gui/jf-list-status.h"
#include "client-gui/model/jf-sections.h"

struct _JfListPage
{
  GtkBox parent;

  GtkSearchBar *search_bar;
  GtkEditable *search_entry;
  GtkWidget *strips_clamp;
  GtkBox *strips;
  GtkStack *stack;
  GtkScrolledWindow *scroller;
  GtkListView *view;
  JfListStatus *status;

  JfAccounts *accounts;
  JfCatalog *catalog;
  JfSections *sections;
  unsigned tick_id; /* each second while it is on the screen */
};

G_DEFINE_FINAL_TYPE (JfListPage, jf_list_page, GTK_TYPE_BOX)

GtkSearchBar *
jf_list_page_get_search_bar (JfListPage *self)
{
  return self->search_bar;
}

static void
show_status (JfListPage *self)
{
  GListModel *accounts = G_LIST_MODEL (self->accounts);
  unsigned n = g_list_model_get_n_items (accounts);
  g_autoptr (JfAccount) only = n == 1 ? g_list_model_get_item (accounts, 0) : NULL;
  const char *text = gtk_editable_get_text (self->search_entry);

  if (*text != '\0' && g_list_model_get_n_items (G_LIST_MODEL (self->catalog)) > 0)
    jf_list_status_show_no_match (self->status, text);
  else if (only == NULL || !jf_list_status_show_account (self->status, only))
    jf_list_status_show_empty (self->status, only);
}

/* Strips say what is wrong while there is a list, or several managers; else the status does. */
static void
update_strips (JfListPage *self, gboolean hidden)
{
  gboolean any = FALSE;

  for (GtkWidget *strip = gtk_widget_get_first_child (GTK_WIDGET (self->strips)); strip != NULL;
       strip = gtk_widget_get_next_sibling (strip))
    {
      jf_account_strip_update (JF_ACCOUNT_STRIP (strip), hidden);
      any |= gtk_widget_get_visible (strip);
    }
  gtk_widget_set_visible (self->strips_clamp, any);
}

static void
update (JfListPage *self)
{
  gboolean something = jf_sections_get_n_services (self->sections) > 0;
  unsigned accounts = g_list_model_get_n_items (G_LIST_MODEL (self->accounts));

  if (!something)
    show_status (self);
  gtk_stack_set_visible_child_name (self->stack, something ? "list" : "status");
  update_strips (self, !something && accounts == 1);
}

static void
sections_changed_cb (JfListPage *self)
{
  gboolean something = jf_sections_get_n_services (self->sections) > 0;

  if (something != g_str_equal (gtk_stack_get_visible_child_name (self->stack), "list"))
    update (self);
}

static void
accounts_changed_cb (JfListPage *self, unsigned position, unsigned removed, unsigned added)
{
  GtkWidget *at = gtk_widget_get_first_child (GTK_WIDGET (self->strips));
  GtkWidget *before = NULL;

  for (unsigned i = 0; i < position; i++)
    {
      before = at;
      at = gtk_widget_get_next_sibling (at);
    }
  for (unsigned i = 0; i < removed; i++)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (at);

      g_signal_handlers_disconnect_by_data (jf_account_strip_get_account (JF_ACCOUNT_STRIP (at)),
                                            self);
      gtk_box_remove (self->strips, at);
      at = next;
    }
  for (unsigned i = 0; i < added; i++)
    {
      g_autoptr (JfAccount)
          account = g_list_model_get_item (G_LIST_MODEL (self->accounts), position + i);
      GtkWidget *strip = jf_account_strip_new (account);

      gtk_box_insert_child_after (self->strips, strip, before);
      g_signal_connect_object (account, "notify", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
      before = strip;
    }
  update (self);
}

static gboolean
tick_cb (gpointer data)
{
  update (data);
  return G_SOURCE_CONTINUE;
}

static void
map (GtkWidget *widget)
{
  JfListPage *self = JF_LIST_PAGE (widget);

  GTK_WIDGET_CLASS (jf_list_page_parent_class)->map (widget);
  self->tick_id = g_timeout_add_seconds (1, tick_cb, self);
}

static void
unmap (GtkWidget *widget)
{
  JfListPage *self = JF_LIST_PAGE (widget);

  g_clear_handle_id (&self->tick_id, g_source_remove);
  GTK_WIDGET_CLASS (jf_list_page_parent_class)->unmap (widget);
}

static void
search_changed_cb (JfListPage *self)
{
  jf_sections_set_search (self->sections, gtk_editable_get_text (self->search_entry));
  gtk_adjustment_set_value (gtk_scrolled_window_get_vadjustment (self->scroller), 0);
  update (self);
}

static void
show_service (JfListPage *self, unsigned position)
{
  g_autoptr (JfSectionRow) row = g_list_model_get_item (G_LIST_MODEL (self->sections), position);
  JfItem *item = row != NULL ? jf_section_row_get_item (row) : NULL;

  if (item != NULL)
    gtk_widget_activate_action (GTK_WIDGET (self), "app.show-service", "s", jf_item_get_id (item));
}

static void
activate_cb (JfListPage *self, unsigned position)
{
  show_service (self, position);
}

/* Enter in the search: the best match. */
static void
search_activate_cb (JfListPage *self)
{
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (self->sections));

  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfSectionRow) row = g_list_model_get_item (G_LIST_MODEL (self->sections), i);

      if (jf_section_row_get_item (row) == NULL)
        continue;
      show_service (self, i);
      return;
    }
}

void
jf_list_page_toggle_search (JfListPage *self)
{
  gboolean on = gtk_search_bar_get_search_mode (self->search_bar);

  gtk_search_bar_set_search_mode (self->search_bar, !on);
  if (!on)
    gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

void
jf_list_page_search (JfListPage *self, const char *text)
{
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_editable_set_text (self->search_entry, text);
  gtk_editable_set_position (self->search_entry, -1);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *place)
{
  gtk_list_item_set_child (place, jf_list_cell_new ());
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

/* The service's row at this widget of the list or inside it. */
static JfServiceRow *
service_at (GtkWidget *widget)
{
  GtkWidget *row = widget != NULL ? gtk_widget_get_ancestor (widget, JF_TYPE_SERVICE_ROW) : NULL;
  GtkWidget *cell = row == NULL && widget != NULL ? gtk_widget_get_first_child (widget) : NULL;

  if (row != NULL)
    return JF_SERVICE_ROW (row);
  return JF_IS_LIST_CELL (cell) ? jf_list_cell_get_service (JF_LIST_CELL (cell)) : NULL;
}

static void
popup_at (JfListPage *self, GtkGesture *gesture, double x, double y)
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
secondary_cb (GtkGesture *gesture, int n_press, double x, double y, JfListPage *self)
{
  popup_at (self, gesture, x, y);
}

static void
long_press_cb (GtkGesture *gesture, double x, double y, JfListPage *self)
{
  popup_at (self, gesture, x, y);
}

JfItem *
jf_list_page_get_focused_item (JfListPage *self)
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
add_menus (JfListPage *self)
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

void
jf_list_page_set_up (JfListPage *self, JfApp *app, GtkWidget *window)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkSelectionModel *model;

  self->accounts = g_object_ref (jf_app_get_accounts (app));
  self->catalog = g_object_ref (jf_app_get_catalog (app));
  self->sections = jf_sections_new (self->catalog);
  model = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (self->sections))));
  g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_cb), NULL);
  gtk_list_view_set_factory (self->view, factory);
  gtk_list_view_set_model (self->view, model);
  g_object_unref (factory);
  g_object_unref (model);
  gtk_search_bar_set_key_capture_widget (self->search_bar, window);
  g_signal_connect_object (self->sections, "items-changed", G_CALLBACK (sections_changed_cb), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (self->accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self,
                           G_CONNECT_SWAPPED);
  accounts_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (self->accounts)));
}

static void
jf_list_page_dispose (GObject *object)
{
  JfListPage *self = JF_LIST_PAGE (object);

  g_clear_object (&self->sections);
  g_clear_object (&self->catalog);
  g_clear_object (&self->accounts);
  G_OBJECT_CLASS (jf_list_page_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass, JF_APP_RESOURCE "jf-list-page.ui");
  gtk_widget_class_bind_template_child (klass, JfListPage, search_bar);
  gtk_widget_class_bind_template_child (klass, JfListPage, search_entry);
  gtk_widget_class_bind_template_child (klass, JfListPage, strips_clamp);
  gtk_widget_class_bind_template_child (klass, JfListPage, strips);
  gtk_widget_class_bind_template_child (klass, JfListPage, stack);
  gtk_widget_class_bind_template_child (klass, JfListPage, scroller);
  gtk_widget_class_bind_template_child (klass, JfListPage, view);
  gtk_widget_class_bind_template_child (klass, JfListPage, status);
  gtk_widget_class_bind_template_callback (klass, search_changed_cb);
  gtk_widget_class_bind_template_callback (klass, search_activate_cb);
  gtk_widget_class_bind_template_callback (klass, activate_cb);
}

static void
jf_list_page_class_init (JfListPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (JF_TYPE_LIST_STATUS);
  G_OBJECT_CLASS (klass)->dispose = jf_list_page_dispose;
  widget_class->map = map;
  widget_class->unmap = unmap;
  bind_template (widget_class);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_key_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_key_cb, NULL);
}

static void
jf_list_page_init (JfListPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_bar_connect_entry (self->search_bar, self->search_entry);
  add_menus (self);
}
