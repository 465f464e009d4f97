/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* The file of a JfMemory: what is remembered of each service, as a key file with one group for
 * each. Pure but for jf_memory_file_load(). */
typedef struct
{
  gboolean favourite;
  gboolean joined;
  int64_t used; /* unix seconds; 0 never */
  char *listen; /* NULL none, as the next ones */
  char *title;
  char *opener;
} JfMemoryEntry;

JfMemoryEntry *jf_memory_entry_new (void);
void jf_memory_entry_free (JfMemoryEntry *entry);
gboolean jf_memory_entry_is_empty (const JfMemoryEntry *entry); /* title apart */

/* (transfer full) service -> JfMemoryEntry. *damaged: something in it was left out, because it
 * could not be understood. Any bytes. */
GHashTable *jf_memory_file_parse (const char *data, size_t size, gboolean *damaged);
char *jf_memory_file_format (GHashTable *entries, size_t *size); /* (transfer full) */

/* No file: an empty table. *damage: NULL or (transfer full) a sentence for the user. *frozen: the file
 * is to be left alone. Blocks: not in the main context. */
GHashTable *jf_memory_file_load (const char *path, char **damage, gboolean *frozen);

G_END_DECLS
