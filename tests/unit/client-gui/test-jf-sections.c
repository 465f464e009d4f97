/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-sections.h"

#include <string.h>

#include "tests/unit/client-gui/model-world.h"

/* What a view knows of the list by signals alone: if it is ever told wrong, they differ. */
typedef struct
{
  ModelWorld *world;
  GPtrArray *mirror; /* of JfSectionRow */
  unsigned n_signals;
  unsigned n_rows_said;
} Fixture;

static void
rows_changed_cb (GListModel *model,
                 unsigned position,
                 unsigned removed,
                 unsigned added,
                 gpointer data)
{
  Fixture *fixture = data;

  fixture->n_signals++;
  fixture->n_rows_said += removed + added;
  g_assert_cmpuint (position + removed, <=, fixture->mirror->len);
  if (removed > 0)
    g_ptr_array_remove_range (fixture->mirror, position, removed);
  for (unsigned i = 0; i < added; i++)
    g_ptr_array_insert (fixture->mirror, (int) (position + i),
                        g_list_model_get_item (model, position + i));
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, fixture->mirror->len);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->world = model_world_new ();
  fixture->mirror = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (fixture->world->sections, "items-changed", G_CALLBACK (rows_changed_cb),
                    fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  model_world_free (fixture->world);
  g_ptr_array_unref (fixture->mirror);
}

/* (transfer full) the list as text: headings, and titles in their boxes */
static char *
picture (Fixture *fixture)
{
  GString *out = g_string_new (NULL);

  for (unsigned i = 0; i < fixture->mirror->len; i++)
    {
      g_autoptr (JfSectionRow)
          row = g_list_model_get_item (G_LIST_MODEL (fixture->world->sections), i);
      JfItem *item = jf_section_row_get_item (row);

      g_assert_true (row == g_ptr_array_index (fixture->mirror, i));
      if (item == NULL)
        g_string_append_printf (out, "%s:", jf_section_row_get_heading (row));
      else
        g_string_append_printf (out, "%s%s%s", jf_section_row_get_first (row) ? "[" : " ",
                                jf_item_get_title (item), jf_section_row_get_last (row) ? "]" : "");
    }
  return g_string_free (out, FALSE);
}

static void
assert_picture (Fixture *fixture, const char *expected)
{
  g_autofree char *text = NULL;

  model_world_turn (120);
  text = picture (fixture);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_sections (Fixture *fixture, gconstpointer data)
{
  model_world_list (fixture->world, 5, 2);
  model_world_wait_items (fixture->world, 5);
  assert_picture (fixture, "p0:[Service 0 Service 2 Service 4]p1:[Service 1 Service 3]");
  jf_item_set_favourite (model_world_item (fixture->world, "p1/s3"), TRUE);
  assert_picture (fixture,
                  "Favourites:[Service 3]p0:[Service 0 Service 2 Service 4]p1:[Service 1]");
  jf_item_connect (model_world_item (fixture->world, "p0/s2"));
  jf_item_connect (model_world_item (fixture->world, "p1/s3"));
  assert_picture (fixture, "Connected:[Service 2 Service 3]p0:[Service 0 Service 4]p1:[Service 1]");
  jf_item_disconnect (model_world_item (fixture->world, "p0/s2"));
  jf_item_disconnect (model_world_item (fixture->world, "p1/s3"));
  assert_picture (fixture, "Favourites:[Service 3]Recently used:[Service 2]"
                           "p0:[Service 0 Service 4]p1:[Service 1]");
  g_assert_cmpuint (jf_sections_get_n_services (fixture->world->sections), ==, 5);
}

static void
test_search (Fixture *fixture, gconstpointer data)
{
  g_autofree char *entry = model_world_entry ("p9/in-service", "The Service", TRUE);

  model_world_list (fixture->world, 12, 3);
  model_world_change (fixture->world, entry, "");
  model_world_wait_items (fixture->world, 13);
  jf_sections_set_search (fixture->world->sections, "1 serv");
  assert_picture (fixture, "[Service 1 Service 10 Service 11 Service 4 Service 7]");
  jf_sections_set_search (fixture->world->sections, "  ERVICE 11 ");
  assert_picture (fixture, "[Service 11]");
  jf_sections_set_search (fixture->world->sections, "p9");
  assert_picture (fixture, "[The Service]");
  jf_sections_set_search (fixture->world->sections, "nothing like it");
  assert_picture (fixture, "");
  g_assert_cmpuint (jf_sections_get_n_services (fixture->world->sections), ==, 0);
  jf_sections_set_search (fixture->world->sections, NULL);
  g_assert_cmpuint (jf_sections_get_n_services (fixture->world->sections), ==, 13);
  /* The best first: the front of the title, before the front of a word. */
  jf_sections_set_search (fixture->world->sections, "service");
  g_assert_cmpuint (jf_sections_get_n_services (fixture->world->sections), ==, 13);
  g_assert_cmpstr (
      jf_item_get_title (jf_section_row_get_item (g_ptr_array_index (fixture->mirror, 12))), ==,
      "The Service");
}

/* One that moves is said as one that moves: the rest keeps its rows and its place. */
static void
test_little_is_said (Fixture *fixture, gconstpointer data)
{
  model_world_list (fixture->world, 1000, 4);
  model_world_wait_items (fixture->world, 1000);
  fixture->n_rows_said = 0;
  jf_item_set_favourite (model_world_item (fixture->world, "p3/s999"), TRUE);
  model_world_turn (120);
  g_assert_cmpuint (fixture->n_rows_said, ==, 3);
  jf_item_set_favourite (model_world_item (fixture->world, "p3/s999"), FALSE);
  model_world_turn (120);
  g_assert_cmpuint (fixture->n_rows_said, ==, 6);
}

static void
test_rows_stay (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfSectionRow) row = NULL;
  g_autoptr (JfSectionRow) again = NULL;
  g_autofree char *entry = model_world_entry ("p0/s0", "Service 0", FALSE);

  model_world_list (fixture->world, 10, 1);
  model_world_wait_items (fixture->world, 10);
  row = g_list_model_get_item (G_LIST_MODEL (fixture->world->sections), 1);
  fixture->n_signals = 0;
  model_world_change (fixture->world, entry, "");
  while (jf_item_get_online (jf_section_row_get_item (row)))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (jf_item_get_state (jf_section_row_get_item (row)), ==, JF_ITEM_OFFLINE);
  model_world_turn (120);
  g_assert_cmpuint (fixture->n_signals, ==, 0);
  jf_sections_set_search (fixture->world->sections, "9");
  jf_sections_set_search (fixture->world->sections, "");
  again = g_list_model_get_item (G_LIST_MODEL (fixture->world->sections), 1);
  g_assert_true (row == again);
}

static void
send_storm (Fixture *fixture, unsigned turn)
{
  g_autoptr (GString) services = g_string_new (NULL);
  g_autoptr (GString) gone = g_string_new (NULL);

  for (unsigned i = 0; i < 200; i++)
    {
      unsigned number = (i * 25 + turn) % 5000;
      g_autofree char *service = g_strdup_printf ("p%u/s%u", number % 40, number);
      g_autofree char *title = g_strdup_printf ("Title %u of %u", turn, number);
      g_autofree char *entry = model_world_entry (service, title, turn % 2 == 0);

      g_string_append_printf (services, "%s%s", i > 0 ? "," : "", entry);
    }
  if (turn % 10 < 9)
    {
      g_autofree char *service = g_strdup_printf ("p%u/s%u", (4900 + turn) % 40, 4900 + turn);

      /* It goes and does not come back. */
      if (strstr (services->str, service) == NULL)
        g_string_append_printf (gone, "\"%s\"", service);
    }
  model_world_change (fixture->world, services->str, gone->str);
}

/* Thousands of changes, with somebody typing: at every signal the model is what it says. */
static void
test_storm (Fixture *fixture, gconstpointer data)
{
  static const char *const words[] = { "t", "ti", "title 1", "4", "p3 title", "", "s12", NULL };

  model_world_list (fixture->world, 5000, 40);
  model_world_wait_items (fixture->world, 5000);
  fixture->n_signals = 0;
  for (unsigned turn = 0; turn < 40; turn++)
    {
      send_storm (fixture, turn);
      g_main_context_iteration (NULL, FALSE);
      jf_sections_set_search (fixture->world->sections, words[turn % G_N_ELEMENTS (words)]);
    }
  jf_sections_set_search (fixture->world->sections, NULL);
  model_world_turn (1000);
  g_assert_cmpuint (jf_sections_get_n_services (fixture->world->sections), ==,
                    g_list_model_get_n_items (G_LIST_MODEL (fixture->world->catalog)));
  g_free (picture (fixture));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, func) g_test_add ("/sections/" name, Fixture, NULL, set_up, func, tear_down)
  CASE ("sections", test_sections);
  CASE ("search", test_search);
  CASE ("little-is-said", test_little_is_said);
  CASE ("rows-stay", test_rows_stay);
  CASE ("storm", test_storm);
#undef CASE
  return g_test_run ();
}
