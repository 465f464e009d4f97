/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-sections.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "client-gui/model/jf-row-diff.h"
#include "client-gui/model/jf-search.h"
#include "client-gui/model/jf-section-row.h"

#define RECENT_MAX     5
#define STORM_PAUSE_US (50 * G_TIME_SPAN_MILLISECOND)

struct _JfSections
{
  GObject parent_instance;

  JfCatalog *catalog;
  GPtrArray *rows;        /* of JfSectionRow, as shown */
  GHashTable *item_rows;  /* JfItem -> JfSectionRow: of all items */
  GHashTable *headings;   /* what it is for -> JfSectionRow */
  GPtrArray *by_title;    /* of JfSectionRow, sorted; borrowed from item_rows */
  GPtrArray *by_provider; /* likewise */
  gboolean order_changed; /* the two are to be made anew */
  JfSearch *search;       /* NULL: everything */
  unsigned n_services;
  unsigned timer; /* source id */
  int64_t applied_us;
};

static GType
get_item_type (GListModel *model)
{
  return JF_TYPE_SECTION_ROW;
}

static unsigned
get_n_items (GListModel *model)
{
  return JF_SECTIONS (model)->rows->len;
}

static gpointer
get_item (GListModel *model, unsigned position)
{
  JfSections *self = JF_SECTIONS (model);

  if (position >= self->rows->len)
    return NULL;
  return g_object_ref (g_ptr_array_index (self->rows, position));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (JfSections,
                               jf_sections,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static JfItem *
item_at (GPtrArray *rows, unsigned index)
{
  return ((JfSectionRow *) g_ptr_array_index (rows, index))->item;
}

static int
compare_titles (gconstpointer a, gconstpointer b)
{
  JfItem *one = (*(JfSectionRow *const *) a)->item;
  JfItem *other = (*(JfSectionRow *const *) b)->item;
  int order = strcmp (jf_item_get_collate_key (one), jf_item_get_collate_key (other));

  return order != 0 ? order : strcmp (jf_item_get_id (one), jf_item_get_id (other));
}

/* Providers of the same name at two managers are two. */
static int
compare_providers (gconstpointer a, gconstpointer b)
{
  JfItem *one = (*(JfSectionRow *const *) a)->item;
  JfItem *other = (*(JfSectionRow *const *) b)->item;
  int order = strcmp (jf_item_get_provider (one), jf_item_get_provider (other));

  /* An item's id begins with its manager's, which all have the same length. */
  if (order == 0 && jf_item_get_account (one) != jf_item_get_account (other))
    order = strcmp (jf_item_get_id (one), jf_item_get_id (other));
  return order != 0 ? order : compare_titles (a, b);
}

/* Rows of items that stay are kept. */
static void
reload (JfSections *self)
{
  g_autoptr (GHashTable) old = self->item_rows;
  GListModel *catalog = G_LIST_MODEL (self->catalog);
  unsigned n = g_list_model_get_n_items (catalog);

  self->item_rows = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  g_ptr_array_set_size (self->by_title, 0);
  g_ptr_array_set_size (self->by_provider, 0);
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfItem) item = g_list_model_get_item (catalog, i);
      JfSectionRow *row = g_hash_table_lookup (old, item);

      row = row != NULL ? g_object_ref (row) : jf_section_row_new_item (item);
      g_hash_table_insert (self->item_rows, item, row);
      g_ptr_array_add (self->by_title, row);
      g_ptr_array_add (self->by_provider, row);
    }
  g_ptr_array_sort (self->by_title, compare_titles);
  g_ptr_array_sort (self->by_provider, compare_providers);
  self->order_changed = FALSE;
}

/* (transfer none) the same object each time, as long as it says the same */
static JfSectionRow *
heading (JfSections *self, const char *what, const char *text)
{
  JfSectionRow *row = g_hash_table_lookup (self->headings, what);

  if (row != NULL && strcmp (row->heading, text) == 0)
    return row;
  row = jf_section_row_new_heading (text);
  g_hash_table_replace (self->headings, g_strdup (what), row);
  return row;
}

static void
add (GPtrArray *fresh, JfSectionRow *row)
{
  g_ptr_array_add (fresh, g_object_ref (row));
}

/* A section with its heading; nothing when it is empty. */
static void
add_section (JfSections *self,
             GPtrArray *fresh,
             const char *what,
             const char *text,
             GPtrArray *section)
{
  if (section->len == 0)
    return;
  add (fresh, heading (self, what, text));
  for (unsigned i = 0; i < section->len; i++)
    add (fresh, g_ptr_array_index (section, i));
}

static gboolean
is_at_hand (JfItem *item)
{
  return jf_item_is_wanted (item) || jf_item_get_favourite (item);
}

/* The last used first, and the rest of the rows as they come. */
static void
note_recent (GPtrArray *recent, JfSectionRow *row)
{
  int64_t used = jf_item_get_used (row->item);
  unsigned place = recent->len;

  if (used == 0)
    return;
  while (place > 0 && jf_item_get_used (item_at (recent, place - 1)) < used)
    place--;
  if (place >= RECENT_MAX)
    return;
  g_ptr_array_insert (recent, (int) place, row);
  if (recent->len > RECENT_MAX)
    g_ptr_array_set_size (recent, RECENT_MAX);
}

/* (transfer full) */
static char *
provider_heading (JfItem *item, gboolean with_manager)
{
  JfAccount *account = jf_item_get_account (item);

  if (!with_manager || account == NULL)
    return g_strdup (jf_item_get_provider (item));
  /* TRANSLATORS: a provider's name, and in which manager's network */
  return g_strdup_printf (C_ ("list", "%s at %s"), jf_item_get_provider (item),
                          jf_account_get_title (account));
}

static gboolean
same_provider (JfItem *a, JfItem *b)
{
  return jf_item_get_account (a) == jf_item_get_account (b) &&
         strcmp (jf_item_get_provider (a), jf_item_get_provider (b)) == 0;
}

static void
add_providers (JfSections *self, GPtrArray *fresh, GPtrArray *recent)
{
  JfItem *last = NULL;
  gboolean several = FALSE;

  for (unsigned i = 1; i < self->by_title->len && !several; i++)
    several = jf_item_get_account (item_at (self->by_title, i)) !=
              jf_item_get_account (item_at (self->by_title, 0));
  for (unsigned i = 0; i < self->by_provider->len; i++)
    {
      JfSectionRow *row = g_ptr_array_index (self->by_provider, i);

      if (is_at_hand (row->item) || g_ptr_array_find (recent, row, NULL))
        continue;
      if (last == NULL || !same_provider (last, row->item))
        {
          g_autofree char *text = provider_heading (row->item, several);
          const char *id = jf_item_get_id (row->item);
          g_autofree char *what = g_strndup (id, (size_t) (strrchr (id, '/') - id));

          add (fresh, heading (self, what, text));
        }
      add (fresh, row);
      last = row->item;
    }
}

static void
collect_sections (JfSections *self, GPtrArray *fresh)
{
  g_autoptr (GPtrArray) connected = g_ptr_array_new ();
  g_autoptr (GPtrArray) favourites = g_ptr_array_new ();
  g_autoptr (GPtrArray) recent = g_ptr_array_new ();

  for (unsigned i = 0; i < self->by_title->len; i++)
    {
      JfSectionRow *row = g_ptr_array_index (self->by_title, i);

      if (jf_item_is_wanted (row->item))
        g_ptr_array_add (connected, row);
      else if (jf_item_get_favourite (row->item))
        g_ptr_array_add (favourites, row);
      else
        note_recent (recent, row);
    }
  add_section (self, fresh, "connected", C_ ("list", "Connected"), connected);
  add_section (self, fresh, "favourites", C_ ("list", "Favourites"), favourites);
  add_section (self, fresh, "recent", C_ ("list", "Recently used"), recent);
  add_providers (self, fresh, recent);
}

/* The order of titles stays within a rank. */
static void
collect_matches (JfSections *self, GPtrArray *fresh)
{
  GPtrArray *ranks[JF_SEARCH_RANK_MAX + 1] = { NULL };

  for (unsigned i = 0; i < self->by_title->len; i++)
    {
      JfSectionRow *row = g_ptr_array_index (self->by_title, i);
      int rank = jf_search_rank (self->search, jf_item_get_search_key (row->item));

      if (rank < 0)
        continue;
      if (ranks[rank] == NULL)
        ranks[rank] = g_ptr_array_new ();
      g_ptr_array_add (ranks[rank], row);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (ranks); i++)
    {
      for (unsigned j = 0; ranks[i] != NULL && j < ranks[i]->len; j++)
        add (fresh, g_ptr_array_index (ranks[i], j));
      g_clear_pointer (&ranks[i], g_ptr_array_unref);
    }
}

/* Round corners, and how many there are. */
static void
place_rows (JfSections *self, GPtrArray *fresh)
{
  gboolean after_heading = TRUE;

  self->n_services = 0;
  for (unsigned i = 0; i < fresh->len; i++)
    {
      JfSectionRow *row = g_ptr_array_index (fresh, i);
      gboolean before_heading = i + 1 == fresh->len || item_at (fresh, i + 1) == NULL;

      if (row->item != NULL)
        {
          jf_section_row_place (row, after_heading, before_heading);
          self->n_services++;
        }
      after_heading = row->item == NULL;
    }
}

static void
apply (JfSections *self)
{
  g_autoptr (GPtrArray) fresh = g_ptr_array_new_with_free_func (g_object_unref);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->order_changed)
    reload (self);
  if (self->search != NULL)
    collect_matches (self, fresh);
  else
    collect_sections (self, fresh);
  place_rows (self, fresh);
  jf_row_diff_apply (G_LIST_MODEL (self), self->rows, fresh);
  self->applied_us = g_get_monotonic_time ();
}

static gboolean
apply_cb (gpointer data)
{
  JfSections *self = data;

  self->timer = 0;
  apply (self);
  return G_SOURCE_REMOVE;
}

static void
apply_soon (JfSections *self)
{
  int64_t wait_us = self->applied_us + STORM_PAUSE_US - g_get_monotonic_time ();

  if (self->timer == 0)
    self->timer = g_timeout_add (wait_us > 0 ? (unsigned) (wait_us / 1000) + 1 : 0, apply_cb, self);
}

static void
catalog_changed_cb (GListModel *catalog,
                    unsigned position,
                    unsigned removed,
                    unsigned added,
                    gpointer data)
{
  JfSections *self = data;

  self->order_changed = TRUE;
  apply_soon (self);
}

static void
item_changed_cb (JfCatalog *catalog, JfItem *item, const char *property, gpointer data)
{
  JfSections *self = data;

  /* A row says its state itself. */
  if (strcmp (property, "state") == 0)
    return;
  if (strcmp (property, "title") == 0)
    self->order_changed = TRUE;
  apply_soon (self);
}

void
jf_sections_set_search (JfSections *self, const char *text)
{
  g_autoptr (JfSearch) search = jf_search_new (text);

  g_return_if_fail (JF_IS_SECTIONS (self));

  if (jf_search_equal (search, self->search))
    return;
  g_clear_pointer (&self->search, jf_search_free);
  self->search = g_steal_pointer (&search);
  apply (self);
}

unsigned
jf_sections_get_n_services (JfSections *self)
{
  return self->n_services;
}

static void
jf_sections_finalize (GObject *object)
{
  JfSections *self = JF_SECTIONS (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->catalog != NULL)
    g_signal_handlers_disconnect_by_data (self->catalog, self);
  g_clear_object (&self->catalog);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->by_title);
  g_ptr_array_unref (self->by_provider);
  g_hash_table_unref (self->item_rows);
  g_hash_table_unref (self->headings);
  jf_search_free (self->search);

  G_OBJECT_CLASS (jf_sections_parent_class)->finalize (object);
}

static void
jf_sections_class_init (JfSectionsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_sections_finalize;
}

static void
jf_sections_init (JfSections *self)
{
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
  self->by_title = g_ptr_array_new ();
  self->by_provider = g_ptr_array_new ();
  self->item_rows = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  self->headings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->order_changed = TRUE;
}

JfSections *
jf_sections_new (JfCatalog *catalog)
{
  JfSections *self = g_object_new (JF_TYPE_SECTIONS, NULL);

  self->catalog = g_object_ref (catalog);
  g_signal_connect (catalog, "items-changed", G_CALLBACK (catalog_changed_cb), self);
  g_signal_connect (catalog, "item-changed", G_CALLBACK (item_changed_cb), self);
  apply (self);
  return self;
}
