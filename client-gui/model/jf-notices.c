/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-notices.h"

#include <string.h>

typedef struct
{
  char *id;
  char *title;
  char *reason;
  JfCondition condition;
  gboolean was_connected;
  int64_t due_us;    /* the loss is told then; 0: none is awaited */
  int64_t told_us;   /* when its loss was told last */
  int64_t settle_us; /* that it needs the user is told then; 0: nothing is to be told */
  gboolean told[JF_NOTICE_N_KINDS];
} Subject;

/* What is told of one kind: some subjects one by one, or all in a summary, until none is left. */
typedef struct
{
  gboolean enabled;
  gboolean summed;
  gboolean sum_shown; /* its notification is there, perhaps */
  unsigned n_told;
  unsigned n_back;   /* of a summary of losses: came back */
  int64_t summed_us; /* when the summary was shown last */
  gboolean changed;  /* since then there are more */
} Kind;

struct _JfNotices
{
  JfNoticesOut out;
  gpointer data;
  GHashTable *subjects;
  Kind kinds[JF_NOTICE_N_KINDS];
  gboolean watched;
};

static const char *const kind_names[JF_NOTICE_N_KINDS] = { "dropped", "back", "attention" };

static void
subject_free (gpointer data)
{
  Subject *subject = data;

  g_free (subject->id);
  g_free (subject->title);
  g_free (subject->reason);
  g_free (subject);
}

static void
withdraw (JfNotices *self, JfNoticeKind kind, const char *id)
{
  g_autofree char *key = id != NULL ? g_strdup_printf ("%s:%s", kind_names[kind], id)
                                    : g_strdup (kind_names[kind]);

  self->out.withdraw (key, self->data);
}

static void
show_one (JfNotices *self, JfNoticeKind kind, const Subject *subject)
{
  g_autofree char *key = g_strdup_printf ("%s:%s", kind_names[kind], subject->id);
  JfNotice notice = { .key = key,
                      .kind = kind,
                      .n = 1,
                      .id = subject->id,
                      .title = subject->title,
                      .reason = kind == JF_NOTICE_BACK ? NULL : subject->reason };

  if (self->kinds[kind].enabled)
    self->out.show (&notice, self->data);
}

static void
withdraw_sum (JfNotices *self, JfNoticeKind kind)
{
  if (self->kinds[kind].sum_shown)
    withdraw (self, kind, NULL);
  self->kinds[kind].sum_shown = FALSE;
}

/* What all that is told of this kind have in common. */
static void
find_common (JfNotices *self, JfNoticeKind kind, JfNotice *notice, char **common)
{
  GHashTableIter iter;
  Subject *subject;
  gboolean first = TRUE;

  g_hash_table_iter_init (&iter, self->subjects);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &subject))
    {
      size_t length = strcspn (subject->id, "/");

      if (!subject->told[kind])
        continue;
      if (first)
        {
          *common = g_strndup (subject->id, length);
          notice->reason = subject->reason;
        }
      else if (*common != NULL &&
               (strlen (*common) != length || strncmp (*common, subject->id, length) != 0))
        g_clear_pointer (common, g_free);
      if (g_strcmp0 (notice->reason, subject->reason) != 0)
        notice->reason = NULL;
      first = FALSE;
    }
  notice->common = *common;
}

static void
show_sum (JfNotices *self, JfNoticeKind kind, unsigned n, int64_t now_us)
{
  g_autofree char *common = NULL;
  JfNotice notice = { .key = kind_names[kind], .kind = kind, .n = n };

  self->kinds[kind].summed_us = now_us;
  self->kinds[kind].changed = FALSE;
  if (kind != JF_NOTICE_BACK)
    find_common (self, kind, &notice, &common);
  if (!self->kinds[kind].enabled)
    return;
  self->kinds[kind].sum_shown = TRUE;
  self->out.show (&notice, self->data);
}

static void
withdraw_singles (JfNotices *self, JfNoticeKind kind)
{
  GHashTableIter iter;
  Subject *subject;

  g_hash_table_iter_init (&iter, self->subjects);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &subject))
    if (subject->told[kind])
      withdraw (self, kind, subject->id);
}

static void
withdraw_kind (JfNotices *self, JfNoticeKind kind)
{
  withdraw_sum (self, kind);
  if (!self->kinds[kind].summed)
    withdraw_singles (self, kind);
}

/* From here on one notification stands for all. */
static void
begin_sum (JfNotices *self, JfNoticeKind kind)
{
  Kind *state = &self->kinds[kind];

  if (state->summed)
    return;
  withdraw_singles (self, kind);
  state->summed = TRUE;
  state->n_back = 0;
  state->summed_us = 0;
}

static void
tell_sum (JfNotices *self, JfNoticeKind kind, int64_t now_us)
{
  Kind *state = &self->kinds[kind];

  if (state->summed_us == 0 || now_us - state->summed_us >= JF_NOTICES_REPEAT_US)
    show_sum (self, kind, state->n_told, now_us);
  else
    state->changed = TRUE;
}

static void
tell (JfNotices *self, JfNoticeKind kind, Subject *subject, int64_t now_us)
{
  Kind *state = &self->kinds[kind];

  if (!subject->told[kind])
    {
      if (state->n_told >= JF_NOTICES_SINGLE_MAX)
        begin_sum (self, kind);
      subject->told[kind] = TRUE;
      state->n_told++;
    }
  if (state->summed)
    tell_sum (self, kind, now_us);
  else
    show_one (self, kind, subject);
}

/* Returns whether a summary ends with it. */
static gboolean
untell (JfNotices *self, JfNoticeKind kind, Subject *subject)
{
  Kind *state = &self->kinds[kind];

  if (!subject->told[kind])
    return FALSE;
  subject->told[kind] = FALSE;
  state->n_told--;
  if (!state->summed)
    {
      withdraw (self, kind, subject->id);
      return FALSE;
    }
  if (state->n_told > 0)
    return FALSE;
  withdraw_sum (self, kind);
  state->summed = state->changed = FALSE;
  return TRUE;
}

/* Of several that were told in one: told in one when the last is back. */
static void
tell_back (JfNotices *self, Subject *subject, int64_t now_us)
{
  Kind *dropped = &self->kinds[JF_NOTICE_DROPPED];
  gboolean summed = dropped->summed;
  gboolean ended;

  if (summed)
    dropped->n_back++;
  ended = untell (self, JF_NOTICE_DROPPED, subject);
  if (self->watched)
    return;
  if (!summed)
    tell (self, JF_NOTICE_BACK, subject, now_us);
  else if (ended)
    show_sum (self, JF_NOTICE_BACK, dropped->n_back, now_us);
}

static void
connected (JfNotices *self, Subject *subject, int64_t now_us)
{
  subject->was_connected = TRUE;
  subject->due_us = subject->settle_us = 0;
  untell (self, JF_NOTICE_ATTENTION, subject);
  if (subject->told[JF_NOTICE_DROPPED])
    tell_back (self, subject, now_us);
}

static void
under_way (JfNotices *self, Subject *subject, int64_t now_us)
{
  subject->settle_us = 0;
  untell (self, JF_NOTICE_ATTENTION, subject);
  if (!subject->was_connected)
    return;
  subject->was_connected = FALSE;
  untell (self, JF_NOTICE_BACK, subject);
  subject->due_us = now_us + JF_NOTICES_GRACE_US;
  if (subject->told_us > 0)
    subject->due_us = MAX (subject->due_us, subject->told_us + JF_NOTICES_AGAIN_US);
}

static void
attention (JfNotices *self, Subject *subject, int64_t now_us)
{
  subject->due_us = 0;
  subject->was_connected = FALSE;
  untell (self, JF_NOTICE_BACK, subject);
  untell (self, JF_NOTICE_DROPPED, subject);
  subject->settle_us = now_us + JF_NOTICES_SETTLE_US;
}

static void
quiet (JfNotices *self, Subject *subject)
{
  subject->due_us = subject->settle_us = 0;
  for (int kind = 0; kind < JF_NOTICE_N_KINDS; kind++)
    untell (self, kind, subject);
}

static Subject *
find_subject (JfNotices *self, const char *id, JfCondition condition)
{
  Subject *subject = g_hash_table_lookup (self->subjects, id);

  if (subject != NULL || condition == JF_CONDITION_QUIET ||
      g_hash_table_size (self->subjects) >= JF_NOTICES_SUBJECT_MAX)
    return subject;
  subject = g_new0 (Subject, 1);
  subject->id = g_strdup (id);
  g_hash_table_insert (self->subjects, subject->id, subject);
  return subject;
}

static void
replace_text (char **at, const char *text)
{
  if (g_strcmp0 (*at, text) == 0)
    return;
  g_free (*at);
  *at = g_strdup (text);
}

void
jf_notices_set (JfNotices *self,
                const char *id,
                const char *title,
                const char *reason,
                JfCondition condition,
                int64_t now_us)
{
  Subject *subject = find_subject (self, id, condition);
  gboolean other_reason;

  if (subject == NULL)
    return;
  other_reason = g_strcmp0 (subject->reason, reason) != 0;
  replace_text (&subject->title, title);
  replace_text (&subject->reason, reason);
  if (subject->condition == condition && !(condition == JF_CONDITION_ATTENTION && other_reason))
    return;
  subject->condition = condition;
  switch (condition)
    {
    case JF_CONDITION_CONNECTED:
      connected (self, subject, now_us);
      break;
    case JF_CONDITION_UNDER_WAY:
      under_way (self, subject, now_us);
      break;
    case JF_CONDITION_ATTENTION:
      attention (self, subject, now_us);
      break;
    case JF_CONDITION_COVERED:
      quiet (self, subject);
      break;
    case JF_CONDITION_QUIET:
    default:
      quiet (self, subject);
      g_hash_table_remove (self->subjects, id);
      break;
    }
}

void
jf_notices_purge (JfNotices *self, gboolean (*gone) (const char *id, gpointer data), gpointer data)
{
  GHashTableIter iter;
  Subject *subject;

  g_hash_table_iter_init (&iter, self->subjects);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &subject))
    {
      if (!gone (subject->id, data))
        continue;
      quiet (self, subject);
      g_hash_table_iter_remove (&iter);
    }
}

void
jf_notices_set_enabled (JfNotices *self, JfNoticeKind kind, gboolean enabled)
{
  Kind *state = &self->kinds[kind];

  if (!state->enabled == !enabled)
    return;
  state->enabled = !!enabled;
  if (!enabled)
    withdraw_kind (self, kind);
}

void
jf_notices_set_watched (JfNotices *self, gboolean watched)
{
  GHashTableIter iter;
  Subject *subject;

  if (!self->watched == !watched)
    return;
  self->watched = !!watched;
  if (!watched)
    return;
  /* That all is well again is seen now. */
  withdraw_sum (self, JF_NOTICE_BACK);
  g_hash_table_iter_init (&iter, self->subjects);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &subject))
    untell (self, JF_NOTICE_BACK, subject);
}

int64_t
jf_notices_get_due (JfNotices *self)
{
  GHashTableIter iter;
  Subject *subject;
  int64_t due_us = -1;

  g_hash_table_iter_init (&iter, self->subjects);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &subject))
    {
      if (subject->due_us > 0 && (due_us < 0 || subject->due_us < due_us))
        due_us = subject->due_us;
      if (subject->settle_us > 0 && (due_us < 0 || subject->settle_us < due_us))
        due_us = subject->settle_us;
    }
  for (int kind = 0; kind < JF_NOTICE_N_KINDS; kind++)
    {
      int64_t again_us = self->kinds[kind].summed_us + JF_NOTICES_REPEAT_US;

      if (self->kinds[kind].summed && self->kinds[kind].changed &&
          (due_us < 0 || again_us < due_us))
        due_us = again_us;
    }
  return due_us;
}

/* Those that are due, and those that were lost about the same time: one event. */
static GPtrArray *
take_due (JfNotices *self, int64_t now_us)
{
  GPtrArray *due = g_ptr_array_new ();
  gboolean any = FALSE;
  GHashTableIter iter;
  Subject *subject;

  g_hash_table_iter_init (&iter, self->subjects);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &subject))
    if (subject->due_us > 0 && subject->due_us <= now_us + JF_NOTICES_STORM_US)
      {
        any = any || subject->due_us <= now_us;
        g_ptr_array_add (due, subject);
      }
  if (!any)
    g_ptr_array_set_size (due, 0);
  for (unsigned i = 0; i < due->len; i++)
    {
      ((Subject *) g_ptr_array_index (due, i))->due_us = 0;
      ((Subject *) g_ptr_array_index (due, i))->told_us = now_us;
    }
  return due;
}

static GPtrArray *
take_settled (JfNotices *self, int64_t now_us)
{
  GPtrArray *settled = g_ptr_array_new ();
  GHashTableIter iter;
  Subject *subject;

  g_hash_table_iter_init (&iter, self->subjects);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &subject))
    if (subject->settle_us > 0 && subject->settle_us <= now_us)
      {
        subject->settle_us = 0;
        g_ptr_array_add (settled, subject);
      }
  return settled;
}

/* Several at once: one by one, or in one. */
static void
tell_all (JfNotices *self, JfNoticeKind kind, GPtrArray *subjects, int64_t now_us)
{
  Kind *state = &self->kinds[kind];
  unsigned n_new = 0;

  for (unsigned i = 0; i < subjects->len; i++)
    n_new += ((Subject *) g_ptr_array_index (subjects, i))->told[kind] ? 0 : 1;
  if (state->n_told + n_new > JF_NOTICES_SINGLE_MAX)
    begin_sum (self, kind);
  if (!state->summed)
    {
      for (unsigned i = 0; i < subjects->len; i++)
        tell (self, kind, g_ptr_array_index (subjects, i), now_us);
      return;
    }
  for (unsigned i = 0; i < subjects->len; i++)
    ((Subject *) g_ptr_array_index (subjects, i))->told[kind] = TRUE;
  state->n_told += n_new;
  if (subjects->len > 0)
    tell_sum (self, kind, now_us);
}

void
jf_notices_tick (JfNotices *self, int64_t now_us)
{
  g_autoptr (GPtrArray) due = take_due (self, now_us);
  g_autoptr (GPtrArray) settled = take_settled (self, now_us);

  if (!self->watched)
    {
      tell_all (self, JF_NOTICE_DROPPED, due, now_us);
      tell_all (self, JF_NOTICE_ATTENTION, settled, now_us);
    }
  for (int kind = 0; kind < JF_NOTICE_N_KINDS; kind++)
    if (self->kinds[kind].summed && self->kinds[kind].changed &&
        now_us - self->kinds[kind].summed_us >= JF_NOTICES_REPEAT_US)
      show_sum (self, kind, self->kinds[kind].n_told, now_us);
}

JfNotices *
jf_notices_new (const JfNoticesOut *out, gpointer data)
{
  JfNotices *self = g_new0 (JfNotices, 1);

  self->out = *out;
  self->data = data;
  self->subjects = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, subject_free);
  for (int kind = 0; kind < JF_NOTICE_N_KINDS; kind++)
    self->kinds[kind].enabled = TRUE;
  return self;
}

void
jf_notices_free (JfNotices *self)
{
  g_hash_table_unref (self->subjects);
  g_free (self);
}
