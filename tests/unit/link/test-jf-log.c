/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-log.h"

#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

/* Each case runs in a process of its own, whose standard error the parent reads. */
static char *
run (const char *subprocess)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GError) error = NULL;
  const char *argv[] = { program, "-p", subprocess, "--GTestSubprocess", NULL };
  char *err = NULL;
  int status = -1;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                               NULL, &err, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return err;
}

static void
write_sample (void)
{
  jf_log (JF_LOG_INFO, "joined", "service", JF_S ("clinic/web"), "tunnel", JF_I (-17), NULL);
  jf_log (JF_LOG_DEBUG, "never", NULL);
  jf_log (JF_LOG_WARNING, "odd", "a", JF_S ("two words"), "b", JF_S ("\"\\\n\x1b"), "c",
          JF_S (NULL), "d", JF_S ("\xff\xe2\x80\xae\xf0\x9f\x98\x80"), "e",
          JF_S ("\xf3\xa0\x80\x81"), NULL);
}

static void
text_subprocess (void)
{
  jf_log_setup (JF_LOG_TEXT, JF_LOG_INFO);
  write_sample ();
}

static void
test_text (void)
{
  g_autofree char *err = run ("/link/log/subprocess/text");
  g_auto (GStrv) lines = g_strsplit (err, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_true (
      g_regex_match_simple ("^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z info joined "
                            "service=clinic/web tunnel=-17$",
                            lines[0], 0, 0));
  g_assert_cmpstr (strchr (lines[1], ' '), ==,
                   " warning odd a=\"two words\" b=\"\\\"\\\\\\u000a\\u001b\" c=\"\" "
                   "d=\"\\ufffd\\u202e\xf0\x9f\x98\x80\" e=\"\\udb40\\udc01\"");
}

static void
json_subprocess (void)
{
  jf_log_setup (JF_LOG_JSON, JF_LOG_INFO);
  write_sample ();
}

static void
test_json (void)
{
  g_autofree char *err = run ("/link/log/subprocess/json");
  g_auto (GStrv) lines = g_strsplit (err, "\n", -1);
  g_autoptr (JsonNode) first = json_from_string (lines[0], NULL);
  g_autoptr (JsonNode) second = json_from_string (lines[1], NULL);
  JsonObject *object;

  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_nonnull (first);
  g_assert_nonnull (second);
  object = json_node_get_object (first);
  g_assert_cmpstr (json_object_get_string_member (object, "level"), ==, "info");
  g_assert_cmpstr (json_object_get_string_member (object, "event"), ==, "joined");
  g_assert_cmpstr (json_object_get_string_member (object, "service"), ==, "clinic/web");
  g_assert_cmpint (json_object_get_int_member (object, "tunnel"), ==, -17);
  object = json_node_get_object (second);
  g_assert_cmpstr (json_object_get_string_member (object, "b"), ==, "\"\\\n\x1b");
  g_assert_cmpstr (json_object_get_string_member (object, "c"), ==, "");
  g_assert_cmpstr (json_object_get_string_member (object, "e"), ==, "\xf3\xa0\x80\x81");
}

static void
glib_subprocess (void)
{
  jf_log_setup (JF_LOG_TEXT, JF_LOG_WARNING);
  jf_log_take_glib ();
  jf_log_take_glib ();
  g_log_set_always_fatal (G_LOG_FATAL_MASK);
  g_warning ("two\nlines");
  g_info ("not asked for");
}

static void
test_glib (void)
{
  g_autofree char *err = run ("/link/log/subprocess/glib");
  g_auto (GStrv) lines = g_strsplit (err, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 2);
  g_assert_cmpstr (strchr (lines[0], ' '), ==,
                   " warning library domain=jackfield message=\"two\\u000alines\"");
}

static gpointer
write_main (gpointer data)
{
  for (int i = 0; i < 200; i++)
    jf_log (JF_LOG_INFO, "line", "text", JF_S (data), NULL);
  return NULL;
}

static void
threads_subprocess (void)
{
  g_autofree char *text = g_strnfill (500, 'x');
  GThread *threads[4];

  jf_log_setup (JF_LOG_JSON, JF_LOG_INFO);
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("writer", write_main, text);
  for (int i = 0; i < 4; i++)
    g_thread_join (threads[i]);
}

static void
test_whole_lines (void)
{
  g_autofree char *err = run ("/link/log/subprocess/threads");
  g_auto (GStrv) lines = g_strsplit (err, "\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 801);
  for (unsigned i = 0; i < 800; i++)
    {
      g_autoptr (JsonNode) node = json_from_string (lines[i], NULL);

      g_assert_nonnull (node);
    }
}

/* Standard error that nobody reads any more must not end the program. */
static void
closed_subprocess (void)
{
  close (STDERR_FILENO);
  jf_log (JF_LOG_ERROR, "lost", NULL);
}

static void
test_closed (void)
{
  g_autofree char *err = run ("/link/log/subprocess/closed");

  g_assert_cmpstr (err, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/log/text", test_text);
  g_test_add_func ("/link/log/subprocess/text", text_subprocess);
  g_test_add_func ("/link/log/json", test_json);
  g_test_add_func ("/link/log/subprocess/json", json_subprocess);
  g_test_add_func ("/link/log/glib", test_glib);
  g_test_add_func ("/link/log/subprocess/glib", glib_subprocess);
  g_test_add_func ("/link/log/whole-lines", test_whole_lines);
  g_test_add_func ("/link/log/subprocess/threads", threads_subprocess);
  g_test_add_func ("/link/log/closed", test_closed);
  g_test_add_func ("/link/log/subprocess/closed", closed_subprocess);
  return g_test_run ();
}
