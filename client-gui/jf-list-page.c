/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-list-page.h"

#include "client-gui/jf-account-strip.h"
#include "client-gui/jf-list-status.h"
#include "client-gui/jf-row-list.h"
#include "client-gui/jf-timing.h"
#include "client-gui/model/jf-sections.h"

#define FOUND_ROWS 12 /* of what was found, at first: more than a window shows */

struct _JfListPage
{
  GtkBox parent;

  GtkSearchBar *search_bar;
  GtkEditable *search_entry;
  GtkWidget *strips_clamp;
  GtkBox *strips;
  GtkStack *stack;
  JfRowList *list;
  JfRowList *found_list;
  JfListStatus *status;

  JfAccounts *accounts;
  JfCatalog *catalog;
  JfSections *sections;
  JfSections *found; /* what the search finds, in a list of its own: the other stays as it was */
  unsigned tick_id;  /* each second while it is on the screen */
};

G_DEFINE_FINAL_TYPE (JfListPage, jf_list_page, GTK_TYPE_BOX)

GtkSearchBar *
jf_list_page_get_search_bar (JfListPage *self)
{
  return self->search_bar;
}

static gboolean
is_searching (JfListPage *self)
{
  return *gtk_editable_get_text (self->search_entry) != '\0';
}

/* Services in the list that is to be seen. */
static unsigned
count (JfListPage *self)
{
  return jf_sections_get_n_services (is_searching (self) ? self->found : self->sections);
}

static void
show_status (JfListPage *self)
{
  GListModel *accounts = G_LIST_MODEL (self->accounts);
  unsigned n = g_list_model_get_n_items (accounts);
  g_autoptr (JfAccount) only = n == 1 ? g_list_model_get_item (accounts, 0) : NULL;

  if (is_searching (self) && g_list_model_get_n_items (G_LIST_MODEL (self->catalog)) > 0)
    jf_list_status_show_no_match (self->status, gtk_editable_get_text (self->search_entry));
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
  gboolean something = count (self) > 0;
  const char *list = is_searching (self) ? "found" : "list";
  unsigned accounts = g_list_model_get_n_items (G_LIST_MODEL (self->accounts));

  if (!something)
    show_status (self);
  gtk_stack_set_visible_child_name (self->stack, something ? list : "status");
  update_strips (self, !something && accounts == 1);
}

static void
sections_changed_cb (JfListPage *self)
{
  gboolean nothing = g_str_equal (gtk_stack_get_visible_child_name (self->stack), "status");

  if (nothing == (count (self) == 0))
    return;
  update (self);
  if (nothing && gtk_widget_get_mapped (GTK_WIDGET (self)) &&
      !gtk_search_bar_get_search_mode (self->search_bar))
    jf_row_list_grab_focus (self->list);
  if (nothing)
    jf_timing_frame (GTK_WIDGET (self), "list", g_get_monotonic_time ());
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
  int64_t begin_us = g_get_monotonic_time ();

  if (is_searching (self))
    {
      jf_row_list_restart (self->found_list);
      jf_sections_set_search (self->found, gtk_editable_get_text (self->search_entry));
    }
  update (self);
  jf_timing_frame (GTK_WIDGET (self), "search", begin_us);
}

/* Enter in the search: the best match. */
static void
search_activate_cb (JfListPage *self)
{
  jf_row_list_show_first (is_searching (self) ? self->found_list : self->list);
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

void
jf_list_page_grab_focus (JfListPage *self)
{
  if (gtk_search_bar_get_search_mode (self->search_bar))
    gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
  else
    jf_row_list_grab_focus (self->list);
}

gboolean
jf_list_page_is_at_top (JfListPage *self)
{
  return jf_row_list_is_at_top (is_searching (self) ? self->found_list : self->list);
}

JfItem *
jf_list_page_get_focused_item (JfListPage *self)
{
  JfItem *item = jf_row_list_get_focused_item (self->list);

  return item != NULL ? item : jf_row_list_get_focused_item (self->found_list);
}

static JfSections *
add_sections (JfListPage *self, JfRowList *list, unsigned more)
{
  JfSections *sections = jf_sections_new (self->catalog);

  jf_row_list_set_model (list, G_LIST_MODEL (sections), more);
  g_signal_connect_object (sections, "items-changed", G_CALLBACK (sections_changed_cb), self,
                           (G_CONNECT_SWAPPED | G_CONNECT_AFTER));
  return sections;
}

void
jf_list_page_set_up (JfListPage *self, JfApp *app, GtkWidget *window)
{
  self->accounts = g_object_ref (jf_app_get_accounts (app));
  self->catalog = g_object_ref (jf_app_get_catalog (app));
  self->found = add_sections (self, self->found_list, FOUND_ROWS);
  self->sections = add_sections (self, self->list, 0);
  gtk_search_bar_set_key_capture_widget (self->search_bar, window);
  g_signal_connect_object (self->accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self,
                           G_CONNECT_SWAPPED);
  accounts_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (self->accounts)));
}

static void
jf_list_page_dispose (GObject *object)
{
  JfListPage *self = JF_LIST_PAGE (object);

  g_clear_object (&self->sections);
  g_clear_object (&self->found);
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
  gtk_widget_class_bind_template_child (klass, JfListPage, list);
  gtk_widget_class_bind_template_child (klass, JfListPage, found_list);
  gtk_widget_class_bind_template_child (klass, JfListPage, status);
  gtk_widget_class_bind_template_callback (klass, search_changed_cb);
  gtk_widget_class_bind_template_callback (klass, search_activate_cb);
}

static void
jf_list_page_class_init (JfListPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (JF_TYPE_LIST_STATUS);
  g_type_ensure (JF_TYPE_ROW_LIST);
  G_OBJECT_CLASS (klass)->dispose = jf_list_page_dispose;
  widget_class->map = map;
  widget_class->unmap = unmap;
  bind_template (widget_class);
}

static void
jf_list_page_init (JfListPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_search_bar_connect_entry (self->search_bar, self->search_entry);
}
