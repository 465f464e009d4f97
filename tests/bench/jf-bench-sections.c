/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/client-gui/model-world.h"

/* How long the app's list takes for each key that is typed, and for a change that moves a row:
 *
 *   jf-bench-sections [SERVICES...]       milliseconds; 1000 and 5000 without arguments
 *
 * No view is bound: this is the model's part. */

#define ROUNDS 20

static int
compare_doubles (const void *a, const void *b)
{
  double one = *(const double *) a, other = *(const double *) b;

  return one < other ? -1 : one > other;
}

static void
print_times (const char *what, GArray *times)
{
  double sum = 0;

  qsort (times->data, times->len, sizeof (double), compare_doubles);
  for (unsigned i = 0; i < times->len; i++)
    sum += g_array_index (times, double, i);
  printf ("  %-22s mean %6.3f  median %6.3f  p99 %6.3f  most %6.3f ms  (%u)\n", what,
          sum / times->len, g_array_index (times, double, times->len / 2),
          g_array_index (times, double, times->len * 99 / 100),
          g_array_index (times, double, times->len - 1), times->len);
}

static void
search (ModelWorld *world, const char *text, GArray *times)
{
  int64_t began_us = g_get_monotonic_time ();
  double took_ms;

  jf_sections_set_search (world->sections, text);
  took_ms = (double) (g_get_monotonic_time () - began_us) / 1000;
  g_array_append_val (times, took_ms);
}

/* As a person types, and takes it back. */
static void
type (ModelWorld *world, const char *text, GArray *times)
{
  for (size_t n = 1; n <= strlen (text); n++)
    {
      g_autofree char *typed = g_strndup (text, n);

      search (world, typed, times);
    }
  for (size_t n = strlen (text); n-- > 0;)
    {
      g_autofree char *left = g_strndup (text, n);

      search (world, left, times);
    }
}

static void
measure (unsigned n)
{
  ModelWorld *world = model_world_new ();
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) fresh = g_array_new (FALSE, FALSE, sizeof (double));
  int64_t began_us = g_get_monotonic_time ();

  model_world_list (world, n, 50);
  model_world_wait_items (world, n);
  printf ("%u services\n  %-22s %.1f ms (with its way through the engine)\n", n, "the whole list",
          (double) (g_get_monotonic_time () - began_us) / 1000);
  for (int i = 0; i < ROUNDS; i++)
    {
      type (world, "service 42", keys);
      type (world, "42 p7", keys);
      type (world, "nothing", keys);
    }
  /* With every title changed in between, so that the order is worked out anew. */
  for (int i = 0; i < ROUNDS; i++)
    {
      g_autofree char *title = g_strdup_printf ("Another %d", i);
      g_autofree char *entry = model_world_entry ("p0/s0", title, TRUE);

      model_world_change (world, entry, "");
      while (g_strcmp0 (jf_item_get_title (model_world_item (world, "p0/s0")), title) != 0)
        g_main_context_iteration (NULL, TRUE);
      search (world, i % 2 == 0 ? "s" : "se", fresh);
    }
  print_times ("a key", keys);
  print_times ("a key, order anew", fresh);
  jf_sections_set_search (world->sections, NULL);
  model_world_free (world);
}

int
main (int argc, char **argv)
{
  for (int i = 1; i < argc; i++)
    measure ((unsigned) atoi (argv[i]));
  if (argc < 2)
    {
      measure (1000);
      measure (5000);
    }
  return 0;
}
