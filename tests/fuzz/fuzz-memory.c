/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "client-gui/model/jf-memory-file.h"
#include "client-gui/model/jf-memory.h"
#include "client-gui/model/jf-search.h"
#include "gateway/wire/jf-names.h"
#include "tests/fuzz/fuzz.h"

static void
check_text (const char *text)
{
  g_autofree char *clean = text != NULL ? jf_text_clean (text, strlen (text)) : NULL;

  g_assert_cmpstr (text, ==, clean);
  g_assert_cmpstr (text, !=, "");
}

static void
check_entry (const char *service, const JfMemoryEntry *entry)
{
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;

  g_assert_true (jf_service_split (service, &provider, &name, NULL));
  g_assert_nonnull (provider);
  g_assert_false (jf_memory_entry_is_empty (entry));
  g_assert_cmpint (entry->used, >=, 0);
  check_text (entry->listen);
  check_text (entry->title);
  check_text (entry->opener);
}

/* What is typed is read by the same people as titles. */
static void
check_search (const char *text, const char *key)
{
  g_autoptr (JfSearch) search = jf_search_new (text);
  g_autofree char *folded = jf_search_fold (key);

  g_assert_true (g_utf8_validate (folded, -1, NULL));
  if (search != NULL)
    g_assert_cmpint (jf_search_rank (search, folded), <=, JF_SEARCH_RANK_MAX);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  gboolean damaged = FALSE, again_damaged = FALSE;
  g_autoptr (GHashTable) entries = jf_memory_file_parse ((const char *) data, size, &damaged);
  g_autoptr (GHashTable) again = NULL;
  g_autofree char *written = NULL;
  g_autofree char *rewritten = NULL;
  GHashTableIter iter;
  gpointer key, value;
  size_t written_size, rewritten_size;

  g_assert_cmpuint (g_hash_table_size (entries), <=, JF_MEMORY_SERVICES_MAX);
  g_hash_table_iter_init (&iter, entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    check_entry (key, value);
  written = jf_memory_file_format (entries, &written_size);
  again = jf_memory_file_parse (written, written_size, &again_damaged);
  g_assert_false (again_damaged);
  rewritten = jf_memory_file_format (again, &rewritten_size);
  g_assert_cmpstr (written, ==, rewritten);
  check_search (text, written);
  check_search (text + size / 2, text);
  return 0;
}
