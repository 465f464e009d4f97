/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/manager-table.h"

#include <string.h>

#include "gateway/wire/jf-key-id.h"
#include "gateway/wire/jf-names.h"
#include "manager/admin-client.h"

/* Longer cells are cut; --json has the whole. */
#define CELL_MAX_BYTES 120

struct JfTable
{
  const JfColumn *columns;
  unsigned n_columns;
  int64_t now;
  GPtrArray *cells; /* char *, row after row */
};

JfTable *
jf_table_new (const JfColumn *columns, int64_t now)
{
  JfTable *self = g_new0 (JfTable, 1);

  self->columns = columns;
  while (columns[self->n_columns].title)
    self->n_columns++;
  self->now = now;
  self->cells = g_ptr_array_new_with_free_func (g_free);
  for (unsigned i = 0; i < self->n_columns; i++)
    g_ptr_array_add (self->cells, g_utf8_strup (columns[i].title, -1));
  return self;
}

void
jf_table_free (JfTable *self)
{
  if (!self)
    return;
  g_ptr_array_unref (self->cells);
  g_free (self);
}

unsigned
jf_table_count (JfTable *self)
{
  return self->cells->len / self->n_columns - 1;
}

static int64_t
row_number (JsonObject *row, const char *member)
{
  JsonNode *node = json_object_get_member (row, member);

  return node && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 0;
}

static gboolean
row_yes (JsonObject *row, const char *member)
{
  JsonNode *node = json_object_get_member (row, member);

  if (!node || !JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  return json_node_get_value_type (node) == G_TYPE_BOOLEAN ? json_node_get_boolean (node)
                                                           : json_node_get_int (node) > 0;
}

static char *
row_list (JsonObject *row, const char *member)
{
  JsonNode *node = json_object_get_member (row, member);
  GString *text = g_string_new (NULL);
  JsonArray *array;

  if (!node || !JSON_NODE_HOLDS_ARRAY (node))
    return g_string_free (text, FALSE);
  array = json_node_get_array (node);
  for (unsigned i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (json_node_get_value_type (element) == G_TYPE_STRING)
        g_string_append_printf (text, "%s%s", i ? "," : "", json_node_get_string (element));
    }
  return g_string_free (text, FALSE);
}

static char *
row_key (JsonObject *row, const char *member)
{
  const char *text = jf_admin_row_text (row, member);
  char brief[JF_KEY_ID_SHORT_SIZE];
  JfKeyId key_id;

  if (!jf_key_id_parse (text, &key_id, NULL))
    return g_strdup (text);
  jf_key_id_format_short (&key_id, brief);
  return g_strdup (brief);
}

static char *
clock_text (int64_t time)
{
  g_autoptr (GDateTime) moment = g_date_time_new_from_unix_local (time);

  return moment ? g_date_time_format (moment, "%Y-%m-%d %H:%M:%S") : g_strdup ("");
}

static char *
cell_text (const JfTable *self, const JfColumn *column, JsonObject *row)
{
  const char *member = column->member;

  switch (column->cell)
    {
    case JF_CELL_ID:
      if (row_number (row, member) == 0)
        break;
      G_GNUC_FALLTHROUGH;
    case JF_CELL_NUMBER:
      return g_strdup_printf ("%" G_GINT64_FORMAT, row_number (row, member));
    case JF_CELL_YES_NO:
      return g_strdup (row_yes (row, member) ? "yes" : "no");
    case JF_CELL_LIST:
      return row_list (row, member);
    case JF_CELL_KEY:
      return row_key (row, member);
    case JF_CELL_TIME:
      return jf_time_text (row_number (row, member), self->now);
    case JF_CELL_CLOCK:
      return clock_text (row_number (row, member));
    case JF_CELL_BYTES:
      return g_format_size ((uint64_t) MAX (row_number (row, member), 0));
    case JF_CELL_TEXT:
      break;
    }
  return g_strdup (jf_admin_row_text (row, member));
}

void
jf_table_add (JfTable *self, JsonObject *row)
{
  for (unsigned i = 0; i < self->n_columns; i++)
    {
      g_autofree char *text = cell_text (self, &self->columns[i], row);
      char *clean = jf_text_clean (text, CELL_MAX_BYTES);

      if (clean[0] == '\0')
        {
          g_free (clean);
          clean = g_strdup ("-");
        }
      g_ptr_array_add (self->cells, clean);
    }
}

/* Columns of a terminal that a text takes. */
static unsigned
text_width (const char *text)
{
  unsigned width = 0;

  for (; *text; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

static gboolean
is_right_aligned (JfCell cell)
{
  return cell == JF_CELL_NUMBER || cell == JF_CELL_ID || cell == JF_CELL_BYTES;
}

static void
append_cell (const JfTable *self, GString *out, unsigned column, const char *text, unsigned width)
{
  int pad = (int) (width - text_width (text));
  gboolean last = column + 1 == self->n_columns;

  if (is_right_aligned (self->columns[column].cell))
    g_string_append_printf (out, "%*s%s", pad, "", text);
  else
    g_string_append_printf (out, "%s%*s", text, last ? 0 : pad, "");
  g_string_append (out, last ? "\n" : "  ");
}

char *
jf_table_format (JfTable *self)
{
  g_autofree unsigned *widths = g_new0 (unsigned, self->n_columns);
  GString *out = g_string_new (NULL);

  for (unsigned i = 0; i < self->cells->len; i++)
    {
      unsigned *width = &widths[i % self->n_columns];

      *width = MAX (*width, text_width (self->cells->pdata[i]));
    }
  for (unsigned i = 0; i < self->cells->len; i++)
    append_cell (self, out, i % self->n_columns, self->cells->pdata[i],
                 widths[i % self->n_columns]);
  return g_string_free (out, FALSE);
}
