/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Rows of the admin socket as a table for people. */
typedef enum
{
  JF_CELL_TEXT,
  JF_CELL_NUMBER,
  JF_CELL_ID, /* a number, 0 for none */
  JF_CELL_YES_NO,
  JF_CELL_LIST,  /* strings, separated by commas */
  JF_CELL_KEY,   /* a key id in its short form */
  JF_CELL_TIME,  /* "3 min ago" */
  JF_CELL_CLOCK, /* date and time, local */
  JF_CELL_BYTES, /* "1.2 MB" */
} JfCell;

typedef struct
{
  const char *title; /* ends a list of columns when NULL */
  const char *member;
  JfCell cell;
} JfColumn;

typedef struct JfTable JfTable;

/* `columns` is static; `now` is what times are relative to. */
JfTable *jf_table_new (const JfColumn *columns, int64_t now);
void jf_table_free (JfTable *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfTable, jf_table_free)

void jf_table_add (JfTable *self, JsonObject *row);
unsigned jf_table_count (JfTable *self);
/* Titles and rows, aligned, each ended by a newline. Free with g_free(). */
char *jf_table_format (JfTable *self);

/* "3 min ago", "in 14 min", "now"; "-" for 0. Free with g_free(). */
char *jf_time_text (int64_t time, int64_t now);
/* "3 min", "2 h", "5 days"; free with g_free(). */
char *jf_duration_text (int64_t seconds);
/* "90", "90s", "15m", "2h", "7d" in seconds, 1 to max_s. Fails with JF_ERROR_INVALID. */
gboolean jf_duration_parse (const char *text, int64_t max_s, int64_t *seconds, GError **error);

G_END_DECLS
