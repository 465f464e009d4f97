/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-counter.h"

#define THREADS 4
#define ROUNDS  10000

static gpointer
count_main (gpointer data)
{
  for (int i = 0; i < ROUNDS; i++)
    jf_count (JF_COUNT_ACCEPTED);
  return NULL;
}

static void
test_threads (void)
{
  uint64_t before = jf_count_get (JF_COUNT_ACCEPTED);
  GThread *threads[THREADS];

  for (int i = 0; i < THREADS; i++)
    threads[i] = g_thread_new ("count", count_main, NULL);
  for (int i = 0; i < THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (jf_count_get (JF_COUNT_ACCEPTED) - before, ==, THREADS * ROUNDS);
}

static void
test_names (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (unsigned i = 0; i < JF_N_COUNTS; i++)
    {
      const char *name = jf_count_name ((JfCount) i);

      g_assert_nonnull (name);
      g_assert_true (g_hash_table_add (seen, (gpointer) name));
      for (const char *p = name; *p; p++)
        g_assert_true (g_ascii_islower (*p) || *p == '-');
    }
  g_assert_cmpstr (jf_count_name (JF_COUNT_TICKET_UNKNOWN), ==, "ticket-unknown");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/counter/threads", test_threads);
  g_test_add_func ("/link/counter/names", test_names);
  return g_test_run ();
}
