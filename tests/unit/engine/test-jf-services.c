/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-services.h"

/* A list, and what its signals have said of it so far: names, comma after each. */
typedef struct
{
  JfServices *services;
  GPtrArray *mirror; /* of names */
  unsigned n_signals;
  unsigned n_changes; /* of items */
} Fixture;

static void
items_changed_cb (GListModel *model,
                  unsigned position,
                  unsigned removed,
                  unsigned added,
                  gpointer data)
{
  Fixture *fixture = data;

  fixture->n_signals++;
  if (removed > 0)
    g_ptr_array_remove_range (fixture->mirror, position, removed);
  for (unsigned i = 0; i < added; i++)
    {
      g_autoptr (JfService) service = g_list_model_get_item (model, position + i);

      g_ptr_array_insert (fixture->mirror, (int) (position + i),
                          g_strdup (jf_service_get_name (service)));
    }
  /* Whoever looks at the list now sees what was said so far. */
  g_assert_cmpuint (g_list_model_get_n_items (model), ==, fixture->mirror->len);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->services = jf_services_new ();
  fixture->mirror = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (fixture->services, "items-changed", G_CALLBACK (items_changed_cb), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->services);
  g_ptr_array_unref (fixture->mirror);
}

static JfServiceInfo *
info_new (const char *name, uint16_t port)
{
  JfServiceInfo *info = g_new0 (JfServiceInfo, 1);

  info->service = g_strdup_printf ("p/%s", name);
  info->kind = g_strdup ("tcp");
  info->title = g_strdup ("");
  info->port = port;
  return info;
}

static void
item_changed_cb (JfService *service, gpointer data)
{
  ((Fixture *) data)->n_changes++;
}

/* names: "a b c" */
static void
apply (Fixture *fixture, const char *names, const char *gone, gboolean whole, uint16_t port)
{
  g_autoptr (GPtrArray)
      infos = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_service_info_free);
  g_autoptr (GPtrArray) going = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) words = g_strsplit (names, " ", -1);
  g_auto (GStrv) gone_words = g_strsplit (gone, " ", -1);

  fixture->n_signals = 0;
  for (unsigned i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (infos, info_new (words[i], port));
  for (unsigned i = 0; gone_words[i] != NULL; i++)
    g_ptr_array_add (going, g_strdup_printf ("p/%s", gone_words[i]));
  jf_services_apply (fixture->services, infos, going, whole);
  g_assert_cmpuint (infos->len, ==, 0);
}

static void
check (Fixture *fixture, const char *expected, unsigned n_signals)
{
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (fixture->services));
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_cmpuint (fixture->n_signals, ==, n_signals);
  g_assert_cmpuint (fixture->mirror->len, ==, n);
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfService) service = g_list_model_get_item (G_LIST_MODEL (fixture->services), i);

      g_assert_cmpstr (jf_service_get_name (service), ==, g_ptr_array_index (fixture->mirror, i));
      g_assert_true (jf_services_lookup (fixture->services, jf_service_get_service (service)) ==
                     service);
      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", jf_service_get_name (service));
    }
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_sorted (Fixture *fixture, gconstpointer data)
{
  g_assert_true (g_list_model_get_item_type (G_LIST_MODEL (fixture->services)) == JF_TYPE_SERVICE);
  apply (fixture, "d b a c", "", TRUE, 1);
  check (fixture, "a b c d", 1);
  g_assert_null (g_list_model_get_item (G_LIST_MODEL (fixture->services), 4));
}

static void
test_minimal (Fixture *fixture, gconstpointer data)
{
  apply (fixture, "b d f h", "", TRUE, 1);
  apply (fixture, "b d f h", "", TRUE, 1);
  check (fixture, "b d f h", 0);
  /* two neighbours, and one elsewhere */
  apply (fixture, "e da z", "", FALSE, 1);
  check (fixture, "b d da e f h z", 2);
  apply (fixture, "", "d da e", FALSE, 1);
  check (fixture, "b f h z", 1);
  /* one in the place of another */
  apply (fixture, "g", "f", FALSE, 1);
  check (fixture, "b g h z", 1);
  apply (fixture, "a g z", "", TRUE, 1);
  check (fixture, "a g z", 2);
  apply (fixture, "", "", TRUE, 1);
  check (fixture, "", 1);
}

static void
test_changed (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfService) kept = NULL;

  apply (fixture, "a b", "", TRUE, 1);
  kept = g_object_ref (jf_services_lookup (fixture->services, "p/b"));
  g_signal_connect (kept, "changed", G_CALLBACK (item_changed_cb), fixture);
  apply (fixture, "b", "", FALSE, 1);
  g_assert_cmpuint (fixture->n_changes, ==, 0);
  apply (fixture, "b", "", FALSE, 2);
  g_assert_cmpuint (fixture->n_changes, ==, 1);
  g_assert_cmpuint (jf_service_get_port (kept), ==, 2);
  apply (fixture, "a b c", "", TRUE, 3);
  g_assert_cmpuint (fixture->n_changes, ==, 2);
  check (fixture, "a b c", 1);
  g_assert_true (jf_services_lookup (fixture->services, "p/b") == kept);
  g_assert_cmpstr (jf_service_get_provider (kept), ==, "p");
}

/* Any row of changes: the signals tell the whole truth. */
static void
test_random (Fixture *fixture, gconstpointer data)
{
  for (unsigned round = 0; round < 300; round++)
    {
      g_autoptr (GString) names = g_string_new (NULL);
      g_autoptr (GString) gone = g_string_new ("none");

      for (unsigned i = 0; i < 40; i++)
        {
          int what = g_test_rand_int_range (0, 4);

          if (what == 0)
            g_string_append_printf (names, " n%02u", i);
          else if (what == 1)
            g_string_append_printf (gone, " n%02u", i);
        }
      apply (fixture, names->str, gone->str, round % 7 == 0, (uint16_t) (round % 3 + 1));
      g_assert_cmpuint (fixture->mirror->len, ==,
                        g_list_model_get_n_items (G_LIST_MODEL (fixture->services)));
      for (unsigned i = 0; i < fixture->mirror->len; i++)
        {
          g_autoptr (JfService)
              service = g_list_model_get_item (G_LIST_MODEL (fixture->services), i);

          g_assert_cmpstr (jf_service_get_name (service), ==,
                           g_ptr_array_index (fixture->mirror, i));
        }
    }
}

#define ADD(name, func) g_test_add ("/services/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("sorted", test_sorted);
  ADD ("minimal", test_minimal);
  ADD ("changed", test_changed);
  ADD ("random", test_random);
  return g_test_run ();
}
