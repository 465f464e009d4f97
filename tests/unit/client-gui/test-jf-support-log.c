/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-support-log.h"

#include <string.h>

#include "gateway/wire/jf-invitation.h"

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static unsigned
count_lines (const char *text, const char *what)
{
  unsigned n = 0;

  for (const char *at = strstr (text, what); at != NULL; at = strstr (at + 1, what))
    n++;
  return n;
}

static void
test_lines_of_a_service (void)
{
  g_autoptr (JfSupportLog) log = jf_support_log_new ();
  g_autofree char *all = NULL;
  g_autofree char *one = NULL;

  jf_support_log_add (log, NULL, "manager %s", "online");
  jf_support_log_add (log, "clinic/cam", "connected");
  jf_support_log_add (log, "clinic/web", "failed");
  all = jf_support_log_format (log, NULL);
  one = jf_support_log_format (log, "clinic/cam");
  g_assert_nonnull (strstr (all, "Jackfield " JF_VERSION));
  g_assert_nonnull (strstr (all, "manager online"));
  g_assert_nonnull (strstr (all, "clinic/cam: connected"));
  g_assert_nonnull (strstr (all, "clinic/web: failed"));
  g_assert_nonnull (strstr (one, "manager online"));
  g_assert_nonnull (strstr (one, "clinic/cam: connected"));
  g_assert_null (strstr (one, "clinic/web"));
}

static void
test_only_the_last (void)
{
  g_autoptr (JfSupportLog) log = jf_support_log_new ();
  g_autofree char *text = NULL;

  for (int i = 0; i < 3 * JF_SUPPORT_LOG_LINES; i++)
    jf_support_log_add (log, "clinic/cam", "line-%d.", i);
  text = jf_support_log_format (log, NULL);
  g_assert_cmpuint (count_lines (text, "line-"), ==, JF_SUPPORT_LOG_LINES);
  g_assert_null (strstr (text, "line-999."));
  g_assert_nonnull (strstr (text, "line-1000."));
}

/* Wherever a secret stands, also across the cut. */
static void
test_no_secrets (void)
{
  g_autoptr (JfSupportLog) log = jf_support_log_new ();
  g_autofree char *filler = g_strnfill (JF_SUPPORT_LOG_LINE_MAX - 10, 'x');
  char code[JF_INVITATION_CODE_SIZE];
  g_autofree char *text = NULL;
  g_autofree char *head = NULL;

  jf_invitation_code_new (code);
  head = g_strndup (code, 9);
  jf_support_log_add (log, NULL, "got https://manager.example/invite#%s.%s, trying", code, KEY);
  jf_support_log_add (log, NULL, "got jackfield://manager.example:7443/invite#%s.%s", code, KEY);
  jf_support_log_add (log, NULL, "the code %s.%s again", code, KEY);
  jf_support_log_add (log, NULL, "cut off %s.%.5s", code, KEY);
  jf_support_log_add (log, NULL, "%s %s.%s", filler, code, KEY);
  jf_support_log_add (log, NULL, "-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----");
  text = jf_support_log_format (log, NULL);
  g_assert_null (strstr (text, head));
  g_assert_null (strstr (text, "MC4CAQ"));
  g_assert_nonnull (strstr (text, "https://manager.example/invite"));
}

static void
test_one_line_each (void)
{
  g_autoptr (JfSupportLog) log = jf_support_log_new ();
  g_autofree char *longest = g_strnfill (100000, 'y');
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  jf_support_log_add (log, NULL, "two\nlines\x1b[1m\xff");
  jf_support_log_add (log, NULL, "%s", longest);
  text = jf_support_log_format (log, NULL);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_null (strchr (text, '\x1b'));
  g_assert_nonnull (strstr (text, "two lines"));
  lines = g_strsplit (text, "\n", -1);
  for (unsigned i = 0; lines[i] != NULL; i++)
    g_assert_cmpuint (strlen (lines[i]), <=, JF_SUPPORT_LOG_LINE_MAX + 40);
}

static void
count_cb (JfSupportLog *log, gpointer data)
{
  ++*(unsigned *) data;
}

static void
test_says_so (void)
{
  g_autoptr (JfSupportLog) log = jf_support_log_new ();
  unsigned n_changed = 0;

  g_signal_connect (log, "changed", G_CALLBACK (count_cb), &n_changed);
  jf_support_log_add (log, NULL, "a");
  g_assert_cmpuint (n_changed, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/support-log/service", test_lines_of_a_service);
  g_test_add_func ("/support-log/last", test_only_the_last);
  g_test_add_func ("/support-log/secrets", test_no_secrets);
  g_test_add_func ("/support-log/lines", test_one_line_each);
  g_test_add_func ("/support-log/changed", test_says_so);
  return g_test_run ();
}
