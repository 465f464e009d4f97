/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-row-diff.h"

#include "client-gui/model/jf-section-row.h"

/* Each place costs a view a pass over its rows: beyond this it is cheaper to say it once. */
#define PLACES_MAX 16

/* The part of both lists that differs. */
typedef struct
{
  GListModel *model;
  GPtrArray *rows;
  GPtrArray *fresh;
  unsigned start;
  unsigned n_rows;
  unsigned n_fresh;
} Diff;

static JfSectionRow *
row_at (GPtrArray *rows, unsigned index)
{
  return g_ptr_array_index (rows, index);
}

static void
trim (Diff *self)
{
  unsigned most = MIN (self->rows->len, self->fresh->len);
  unsigned end = 0;

  while (self->start < most &&
         row_at (self->rows, self->start) == row_at (self->fresh, self->start))
    self->start++;
  while (end < most - self->start && row_at (self->rows, self->rows->len - 1 - end) ==
                                         row_at (self->fresh, self->fresh->len - 1 - end))
    end++;
  self->n_rows = self->rows->len - self->start - end;
  self->n_fresh = self->fresh->len - self->start - end;
}

static void
note_places (Diff *self)
{
  for (unsigned i = 0; i < self->n_rows; i++)
    {
      JfSectionRow *row = row_at (self->rows, self->start + i);

      row->is_new = row->keeps = FALSE;
    }
  for (unsigned i = 0; i < self->n_fresh; i++)
    {
      JfSectionRow *row = row_at (self->fresh, self->start + i);

      row->place = i;
      row->is_new = TRUE;
      row->keeps = FALSE;
    }
}

/* The end of the longest run so far that this place may follow. */
static unsigned
find_end (Diff *self, const unsigned *ends, unsigned n, unsigned place)
{
  unsigned low = 0;

  while (low < n)
    {
      unsigned middle = (low + n) / 2;

      if (row_at (self->rows, self->start + ends[middle])->place < place)
        low = middle + 1;
      else
        n = middle;
    }
  return low;
}

/* Marks the longest increasing subsequence: most rows stay where they are. Rows that are in both
 * lists only count. */
static void
mark_kept (Diff *self)
{
  g_autofree unsigned *ends = g_new (unsigned, self->n_rows + 1);
  g_autofree int *before = g_new (int, self->n_rows + 1);
  unsigned n = 0;

  for (unsigned i = 0; i < self->n_rows; i++)
    {
      const JfSectionRow *row = row_at (self->rows, self->start + i);
      unsigned length;

      if (!row->is_new)
        continue;
      length = find_end (self, ends, n, row->place);
      before[i] = length > 0 ? (int) ends[length - 1] : -1;
      ends[length] = i;
      n = MAX (n, length + 1);
    }
  for (int i = n > 0 ? (int) ends[n - 1] : -1; i >= 0; i = before[i])
    row_at (self->rows, self->start + (unsigned) i)->keeps = TRUE;
}

/* Separate runs of rows that do not stay. */
static unsigned
count_runs (GPtrArray *rows, unsigned start, unsigned n)
{
  unsigned runs = 0;

  for (unsigned i = 0; i < n; i++)
    if (!row_at (rows, start + i)->keeps && (i == 0 || row_at (rows, start + i - 1)->keeps))
      runs++;
  return runs;
}

static void
insert (Diff *self, unsigned position, unsigned from, unsigned n)
{
  for (unsigned i = 0; i < n; i++)
    g_ptr_array_insert (self->rows, (int) (position + i),
                        g_object_ref (row_at (self->fresh, from + i)));
}

/* All at once; front and end are the same in both. */
static void
splice (Diff *self)
{
  g_ptr_array_set_size (self->rows, 0);
  insert (self, 0, 0, self->fresh->len);
  g_list_model_items_changed (self->model, self->start, self->n_rows, self->n_fresh);
}

static void
remove_runs (Diff *self)
{
  unsigned i = self->n_rows;

  while (i > 0)
    {
      unsigned end = i;

      while (i > 0 && !row_at (self->rows, self->start + i - 1)->keeps)
        i--;
      if (i < end)
        {
          g_ptr_array_remove_range (self->rows, self->start + i, end - i);
          g_list_model_items_changed (self->model, self->start + i, end - i, 0);
        }
      else
        i--;
    }
}

static void
insert_runs (Diff *self)
{
  unsigned i = 0;

  while (i < self->n_fresh)
    {
      unsigned begin = i;

      while (i < self->n_fresh && !row_at (self->fresh, self->start + i)->keeps)
        i++;
      if (i > begin)
        {
          insert (self, self->start + begin, self->start + begin, i - begin);
          g_list_model_items_changed (self->model, self->start + begin, 0, i - begin);
        }
      else
        i++;
    }
}

void
jf_row_diff_apply (GListModel *model, GPtrArray *rows, GPtrArray *fresh)
{
  Diff diff = { .model = model, .rows = rows, .fresh = fresh };
  unsigned removed, added;

  trim (&diff);
  if (diff.n_rows == 0 && diff.n_fresh == 0)
    return;
  note_places (&diff);
  mark_kept (&diff);
  removed = count_runs (rows, diff.start, diff.n_rows);
  added = count_runs (fresh, diff.start, diff.n_fresh);
  /* One each, and nothing stays between: that is one. */
  if (removed + added > PLACES_MAX ||
      (removed <= 1 && added <= 1 && diff.n_rows > 0 && diff.n_fresh > 0 &&
       !row_at (rows, diff.start)->keeps && !row_at (fresh, diff.start)->keeps))
    {
      splice (&diff);
      return;
    }
  remove_runs (&diff);
  insert_runs (&diff);
}
