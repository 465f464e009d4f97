/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-notices.h"

#include <string.h>

#define S G_USEC_PER_SEC

typedef struct
{
  JfNotices *notices;
  GString *log; /* "+KEY n TITLE reason COMMON" and "-KEY", joined by "; " */
} Fixture;

static void
show_cb (const JfNotice *notice, gpointer data)
{
  Fixture *f = data;

  g_string_append_printf (f->log, "+%s %u", notice->key, notice->n);
  if (notice->title != NULL)
    g_string_append_printf (f->log, " %s", notice->title);
  if (notice->reason != NULL)
    g_string_append_printf (f->log, " (%s)", notice->reason);
  if (notice->common != NULL)
    g_string_append_printf (f->log, " of %s", notice->common);
  g_string_append (f->log, "; ");
}

static void
withdraw_cb (const char *key, gpointer data)
{
  Fixture *f = data;

  g_string_append_printf (f->log, "-%s; ", key);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  const JfNoticesOut out = { show_cb, withdraw_cb };

  f->log = g_string_new (NULL);
  f->notices = jf_notices_new (&out, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  jf_notices_free (f->notices);
  g_string_free (f->log, TRUE);
}

static void
put (Fixture *f, const char *id, JfCondition condition, int64_t now_us)
{
  jf_notices_set (f->notices, id, "Title", condition == JF_CONDITION_CONNECTED ? NULL : "why",
                  condition, now_us);
}

static void
put_many (Fixture *f, unsigned n, JfCondition condition, int64_t now_us)
{
  for (unsigned i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("m/p/s%u", i);

      put (f, id, condition, now_us + i);
    }
}

static void
assert_log (Fixture *f, const char *wanted)
{
  g_assert_cmpstr (f->log->str, ==, wanted);
  g_string_truncate (f->log, 0);
}

static void
test_loss_and_return (Fixture *f, gconstpointer data)
{
  put (f, "m/p/a", JF_CONDITION_UNDER_WAY, 1 * S);
  g_assert_cmpint (jf_notices_get_due (f->notices), ==, -1);
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 2 * S);
  put (f, "m/p/a", JF_CONDITION_UNDER_WAY, 3 * S);
  g_assert_cmpint (jf_notices_get_due (f->notices), ==, 3 * S + JF_NOTICES_GRACE_US);
  jf_notices_tick (f->notices, 7 * S);
  assert_log (f, "");
  jf_notices_tick (f->notices, 8 * S);
  assert_log (f, "+dropped:m/p/a 1 Title (why); ");
  g_assert_cmpint (jf_notices_get_due (f->notices), ==, -1);
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 20 * S);
  assert_log (f, "-dropped:m/p/a; +back:m/p/a 1 Title; ");
  jf_notices_set_watched (f->notices, TRUE);
  assert_log (f, "-back:m/p/a; ");
}

static void
test_short_loss_is_not_told (Fixture *f, gconstpointer data)
{
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 1 * S);
  put (f, "m/p/a", JF_CONDITION_UNDER_WAY, 2 * S);
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 6 * S);
  g_assert_cmpint (jf_notices_get_due (f->notices), ==, -1);
  jf_notices_tick (f->notices, 60 * S);
  assert_log (f, "");
}

static void
test_what_is_seen_is_not_told (Fixture *f, gconstpointer data)
{
  jf_notices_set_watched (f->notices, TRUE);
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 1 * S);
  put (f, "m/p/a", JF_CONDITION_UNDER_WAY, 2 * S);
  jf_notices_tick (f->notices, 8 * S);
  jf_notices_set_watched (f->notices, FALSE);
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 9 * S);
  put (f, "m/p/b", JF_CONDITION_ATTENTION, 9 * S);
  jf_notices_tick (f->notices, 10 * S);
  assert_log (f, "+attention:m/p/b 1 Title (why); ");
}

static void
test_one_that_comes_and_goes (Fixture *f, gconstpointer data)
{
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 1 * S);
  put (f, "m/p/a", JF_CONDITION_UNDER_WAY, 2 * S);
  jf_notices_tick (f->notices, 7 * S);
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 8 * S);
  assert_log (f, "+dropped:m/p/a 1 Title (why); -dropped:m/p/a; +back:m/p/a 1 Title; ");
  put (f, "m/p/a", JF_CONDITION_UNDER_WAY, 9 * S);
  assert_log (f, "-back:m/p/a; ");
  g_assert_cmpint (jf_notices_get_due (f->notices), ==, 7 * S + JF_NOTICES_AGAIN_US);
}

static void
test_attention_and_its_end (Fixture *f, gconstpointer data)
{
  put (f, "m/p/a", JF_CONDITION_CONNECTED, 1 * S);
  put (f, "m/p/a", JF_CONDITION_UNDER_WAY, 2 * S);
  jf_notices_tick (f->notices, 7 * S);
  put (f, "m/p/a", JF_CONDITION_ATTENTION, 8 * S);
  assert_log (f, "+dropped:m/p/a 1 Title (why); -dropped:m/p/a; ");
  g_assert_cmpint (jf_notices_get_due (f->notices), ==, 8 * S + JF_NOTICES_SETTLE_US);
  jf_notices_tick (f->notices, 9 * S);
  assert_log (f, "+attention:m/p/a 1 Title (why); ");
  put (f, "m/p/a", JF_CONDITION_ATTENTION, 9 * S);
  jf_notices_tick (f->notices, 10 * S);
  assert_log (f, "");
  jf_notices_set (f->notices, "m/p/a", "Title", "other", JF_CONDITION_ATTENTION, 10 * S);
  jf_notices_tick (f->notices, 11 * S);
  assert_log (f, "+attention:m/p/a 1 Title (other); ");
  put (f, "m/p/a", JF_CONDITION_QUIET, 11 * S);
  assert_log (f, "-attention:m/p/a; ");
}

/* Services fail a moment before it is known that their manager refuses this device. */
static void
test_attention_settles (Fixture *f, gconstpointer data)
{
  put_many (f, 9, JF_CONDITION_ATTENTION, 1 * S);
  put (f, "m", JF_CONDITION_ATTENTION, 1 * S + 20);
  put_many (f, 9, JF_CONDITION_COVERED, 1 * S + 30);
  jf_notices_tick (f->notices, 3 * S);
  assert_log (f, "+attention:m 1 Title (why); ");
}

static void
test_storm_is_one_notice (Fixture *f, gconstpointer data)
{
  put_many (f, 50, JF_CONDITION_CONNECTED, 1 * S);
  put_many (f, 50, JF_CONDITION_UNDER_WAY, 2 * S);
  jf_notices_tick (f->notices, jf_notices_get_due (f->notices));
  assert_log (f, "+dropped 50 (why) of m; ");
  put_many (f, 49, JF_CONDITION_CONNECTED, 20 * S);
  assert_log (f, "");
  put (f, "m/p/s49", JF_CONDITION_CONNECTED, 21 * S);
  assert_log (f, "-dropped; +back 50; ");
  jf_notices_set_watched (f->notices, TRUE);
  assert_log (f, "-back; ");
}

static void
test_fourth_makes_a_summary (Fixture *f, gconstpointer data)
{
  static const char *const ids[] = { "m/p/a", "m/p/b", "m/p/c", "n/p/d", "n/p/e" };

  for (unsigned i = 0; i < 3; i++)
    put (f, ids[i], JF_CONDITION_ATTENTION, 0);
  jf_notices_tick (f->notices, 1 * S);
  g_string_truncate (f->log, 0);
  put (f, ids[3], JF_CONDITION_ATTENTION, 1 * S);
  jf_notices_tick (f->notices, 2 * S);
  g_assert_nonnull (strstr (f->log->str, "-attention:m/p/b; "));
  g_assert_true (g_str_has_suffix (f->log->str, "; +attention 4 (why); "));
  g_string_truncate (f->log, 0);
  put (f, ids[4], JF_CONDITION_ATTENTION, 2 * S);
  jf_notices_tick (f->notices, 3 * S);
  assert_log (f, "");
  g_assert_cmpint (jf_notices_get_due (f->notices), ==, 2 * S + JF_NOTICES_REPEAT_US);
  jf_notices_tick (f->notices, 2 * S + JF_NOTICES_REPEAT_US);
  assert_log (f, "+attention 5 (why); ");
  for (unsigned i = 0; i < 5; i++)
    put (f, ids[i], JF_CONDITION_COVERED, 60 * S);
  assert_log (f, "-attention; ");
}

static void
test_kinds_can_be_off (Fixture *f, gconstpointer data)
{
  put (f, "m/p/a", JF_CONDITION_ATTENTION, 0);
  jf_notices_tick (f->notices, 1 * S);
  g_string_truncate (f->log, 0);
  jf_notices_set_enabled (f->notices, JF_NOTICE_ATTENTION, FALSE);
  assert_log (f, "-attention:m/p/a; ");
  jf_notices_set_enabled (f->notices, JF_NOTICE_DROPPED, FALSE);
  put (f, "m/p/b", JF_CONDITION_CONNECTED, 1 * S);
  put (f, "m/p/b", JF_CONDITION_UNDER_WAY, 2 * S);
  jf_notices_tick (f->notices, 7 * S);
  put (f, "m/p/b", JF_CONDITION_CONNECTED, 8 * S);
  assert_log (f, "-dropped:m/p/b; +back:m/p/b 1 Title; ");
}

static gboolean
is_of_m (const char *id, gpointer data)
{
  return g_str_has_prefix (id, "m/");
}

static void
test_purge (Fixture *f, gconstpointer data)
{
  put (f, "m/p/a", JF_CONDITION_ATTENTION, 1 * S);
  put (f, "n/p/a", JF_CONDITION_ATTENTION, 1 * S);
  jf_notices_tick (f->notices, 2 * S);
  g_string_truncate (f->log, 0);
  jf_notices_purge (f->notices, is_of_m, NULL);
  assert_log (f, "-attention:m/p/a; ");
}

static void
test_subjects_are_bounded (Fixture *f, gconstpointer data)
{
  put_many (f, JF_NOTICES_SUBJECT_MAX + 10, JF_CONDITION_CONNECTED, 1 * S);
  put_many (f, JF_NOTICES_SUBJECT_MAX + 10, JF_CONDITION_UNDER_WAY, 2 * S);
  jf_notices_tick (f->notices, 20 * S);
  assert_log (f, "+dropped 8192 (why) of m; ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/notices/loss-and-return", test_loss_and_return);
  ADD ("/notices/short-loss", test_short_loss_is_not_told);
  ADD ("/notices/seen", test_what_is_seen_is_not_told);
  ADD ("/notices/comes-and-goes", test_one_that_comes_and_goes);
  ADD ("/notices/attention", test_attention_and_its_end);
  ADD ("/notices/settles", test_attention_settles);
  ADD ("/notices/storm", test_storm_is_one_notice);
  ADD ("/notices/fourth", test_fourth_makes_a_summary);
  ADD ("/notices/off", test_kinds_can_be_off);
  ADD ("/notices/purge", test_purge);
  ADD ("/notices/bounded", test_subjects_are_bounded);
  return g_test_run ();
}
