/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-config.h"

#include <string.h>

#include "gateway/link/jf-config-scan.h"
#include "gateway/wire/jf-error.h"
#include "tests/unit/link/link-test.h"

static const char *const manager_keys[] = { "listen", "state-dir", "workers", "audit", NULL };
static const char *const service_keys[] = { "title", "target", "allow", "open", "app", NULL };
static const JfConfigGroup known[] = {
  { "manager", manager_keys },
  { "service *", service_keys },
  { NULL, NULL },
};

static JfConfig *
load (const char *text)
{
  g_autoptr (GError) error = NULL;
  JfConfig *config = jf_config_new ("x.conf", text, strlen (text), known, &error);

  g_assert_no_error (error);
  return config;
}

static void
expect_message (const char *text, size_t size, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_config_new ("x.conf", text, size, known, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_good (void)
{
  g_autoptr (JfConfig) config = load ("# a comment\r\n"
                                      "\n"
                                      "[manager]\n"
                                      "listen = 0.0.0.0:443  \n"
                                      "workers=3\n"
                                      "audit=yes\n"
                                      "\n"
                                      "[service ward-camera]\n"
                                      "  title=Ward\\scamera; the \"big\" one\n"
                                      "allow=alice; @nurses ;;\n"
                                      "target=");
  g_auto (GStrv) groups = jf_config_get_groups (config);
  g_auto (GStrv) allow = jf_config_get_list (config, "service ward-camera", "allow");
  g_auto (GStrv) none = jf_config_get_list (config, "service ward-camera", "open");
  g_autofree char *listen = jf_config_get_string (config, "manager", "listen", "x");
  g_autofree char *title = jf_config_get_string (config, "service ward-camera", "title", NULL);
  g_autofree char *empty = jf_config_get_string (config, "service ward-camera", "target", "x");
  g_autofree char *fallback = jf_config_get_string (config, "manager", "state-dir", "/var");

  g_assert_cmpuint (g_strv_length (groups), ==, 2);
  g_assert_cmpstr (groups[1], ==, "service ward-camera");
  g_assert_cmpstr (listen, ==, "0.0.0.0:443");
  g_assert_cmpstr (title, ==, "Ward camera; the \"big\" one");
  g_assert_cmpstr (empty, ==, "");
  g_assert_cmpstr (fallback, ==, "/var");
  g_assert_null (jf_config_get_string (config, "nowhere", "listen", NULL));
  g_assert_cmpuint (g_strv_length (allow), ==, 2);
  g_assert_cmpstr (allow[0], ==, "alice");
  g_assert_cmpstr (allow[1], ==, "@nurses");
  g_assert_cmpuint (g_strv_length (none), ==, 0);
  g_assert_true (jf_config_has (config, "manager", "audit"));
  g_assert_false (jf_config_has (config, "manager", "state-dir"));
}

static void
test_empty (void)
{
  g_autoptr (JfConfig) config = load ("");
  g_auto (GStrv) groups = jf_config_get_groups (config);

  g_assert_cmpuint (g_strv_length (groups), ==, 0);
}

static void
test_values (void)
{
  g_autoptr (JfConfig) config = load ("[manager]\nworkers=300\naudit=perhaps\nlisten=1x\n");
  g_autoptr (GError) error = NULL;
  gboolean truth = FALSE;
  int64_t number = 0;

  g_assert_true (jf_config_get_int (config, "manager", "workers", 1, 300, 1, &number, &error));
  g_assert_cmpint (number, ==, 300);
  g_assert_true (jf_config_get_int (config, "manager", "state-dir", 1, 300, -5, &number, &error));
  g_assert_cmpint (number, ==, -5);
  g_assert_false (jf_config_get_int (config, "manager", "workers", 1, 64, 1, &number, &error));
  g_assert_cmpstr (error->message, ==,
                   "x.conf:2: [manager] workers: expected a number from 1 to 64, got \"300\"");
  g_clear_error (&error);
  g_assert_false (jf_config_get_int (config, "manager", "listen", 1, 64, 1, &number, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_clear_error (&error);
  g_assert_false (jf_config_get_bool (config, "manager", "audit", TRUE, &truth, &error));
  g_assert_cmpstr (error->message, ==,
                   "x.conf:3: [manager] audit: expected true or false, got \"perhaps\"");
  g_clear_error (&error);
  g_assert_true (jf_config_get_bool (config, "manager", "state-dir", TRUE, &truth, &error));
  g_assert_true (truth);
}

static void
test_prefix (void)
{
  g_autoptr (JfConfig) config = load ("[manager]\n\n[service web]\ntarget=x\n");
  g_autoptr (GError) error = NULL;

  g_set_error (&error, JF_ERROR, JF_ERROR_INVALID, "expected tcp:HOST:PORT");
  jf_config_prefix_error (config, "service web", "target", &error);
  g_assert_cmpstr (error->message, ==, "x.conf:4: [service web] target: expected tcp:HOST:PORT");
  g_clear_error (&error);
  g_set_error (&error, JF_ERROR, JF_ERROR_INVALID, "is missing");
  jf_config_prefix_error (config, "service web", "title", &error);
  g_assert_cmpstr (error->message, ==, "x.conf:3: [service web] title: is missing");
  g_clear_error (&error);
  g_set_error (&error, JF_ERROR, JF_ERROR_INVALID, "is missing");
  jf_config_prefix_error (config, "gateway", NULL, &error);
  g_assert_cmpstr (error->message, ==, "x.conf: [gateway]: is missing");
}

static void
test_errors (void)
{
  static const struct
  {
    const char *text;
    const char *message;
  } cases[] = {
    { "[service web]\ntargt=tcp:x:1\n",
      "x.conf:2: [service web] unknown key \"targt\"; did you mean \"target\"?" },
    { "[service web]\nzzz=1\n", "x.conf:2: [service web] unknown key \"zzz\"" },
    { "[servce web]\n", "x.conf:1: unknown group [servce web]; did you mean [service NAME]?" },
    { "[service]\n", "x.conf:1: unknown group [service]; did you mean [service NAME]?" },
    { "[service ]\n", "x.conf:1: unknown group [service ]; did you mean [service NAME]?" },
    { "[mangaer]\n", "x.conf:1: unknown group [mangaer]; did you mean [manager]?" },
    { "[completely else]\n", "x.conf:1: unknown group [completely else]" },
    { "\n\nlisten=1\n", "x.conf:3: \"listen\" stands before the first [GROUP]" },
    { "[manager]\nlisten\n", "x.conf:2: expected KEY=VALUE, [GROUP] or # comment, got \"listen\"" },
    { "[manager]\n=1\n", "x.conf:2: expected KEY=VALUE, [GROUP] or # comment, got \"=1\"" },
    { "[manager\n", "x.conf:1: expected [GROUP], got \"[manager\"" },
    { "[]\n", "x.conf:1: expected [GROUP], got \"[]\"" },
    { "[manager] x\n", "x.conf:1: expected [GROUP], got \"[manager] x\"" },
    { "[manager]\nlisten=1\n\n[manager]\n",
      "x.conf:4: group [manager] is there already, in line 1" },
    { "[manager]\nlisten=1\nlisten=2\n", "x.conf:3: [manager] listen is there already, in line 2" },
    { "[manager]\nlisten=a\\x\n",
      "x.conf:2: [manager] listen: a backslash has to be written as \\\\" },
    { "[manager]\nlisten=a\\\n",
      "x.conf:2: [manager] listen: a backslash has to be written as \\\\" },
    { "[manager]\nlisten=\xff\n", "x.conf:2: not UTF-8 text" },
    { "[manager]\nlisten=a\x1b[2J\n", "x.conf:2: a control character (code 27)" },
    { "[manager]\nlisten[de]=a\n",
      "x.conf:2: [manager] unknown key \"listen[de]\"; did you mean \"listen\"?" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_message (cases[i].text, strlen (cases[i].text), cases[i].message);
  expect_message ("[manager]\nlis\0ten=1\n", 20, "x.conf:2: not UTF-8 text");
}

/* Whatever passes our scan passes GKeyFile, too; nothing crashes either. */
static void
test_noise (void)
{
  static const char alphabet[] = "[]=#\\;\n\n ab[manager]\nlisten=[service x]\ntarget=\xc3\xa4\t";
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  char text[60];

  for (int round = 0; round < 20000; round++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JfConfig) config = NULL;
      size_t size = (size_t) g_rand_int_range (random, 0, sizeof text);

      for (size_t i = 0; i < size; i++)
        text[i] = alphabet[g_rand_int_range (random, 0, sizeof alphabet - 1)];
      config = jf_config_new ("x.conf", text, size, known, &error);
      if (!config)
        {
          g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
          g_assert_true (g_str_has_prefix (error->message, "x.conf:"));
          g_assert_true (g_ascii_isdigit (error->message[7]));
        }
    }
}

static void
test_files (void)
{
  char *directory = link_make_directory ();
  g_autofree char *path = g_build_filename (directory, "a.conf", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_config_load (path, known, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (jf_config_load (directory, known, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (path, "[manager]\nlisten=x\n", -1, NULL));
  jf_config_free (jf_config_load (path, known, &error));
  g_assert_no_error (error);
  link_remove_directory (directory);
}

static void
test_nearest (void)
{
  static const char *const words[] = { "target", "title", "allow", NULL };

  g_assert_cmpstr (jf_config_nearest ("Target", words), ==, "target");
  g_assert_cmpstr (jf_config_nearest ("tilte", words), ==, "title");
  g_assert_cmpstr (jf_config_nearest ("alow", words), ==, "allow");
  g_assert_null (jf_config_nearest ("port", words));
  g_assert_null (
      jf_config_nearest ("a-name-so-long-that-nobody-can-have-meant-a-short-one", words));
}

static void
test_other_line_ends (void)
{
  g_autoptr (JfConfig) config = load ("[manager]\r\nworkers=3\r\n\r\n[service b]\r\ntitle=x\r");
  g_autofree char *title = jf_config_get_string (config, "service b", "title", NULL);

  g_assert_cmpstr (title, ==, "x");
  expect_message ("[manager]\n\raudit=1\n", 20, "x.conf:2: a control character (code 13)");
}

/* What a file holds may be long and have line ends; what is said about it may not. */
static void
test_errors_are_one_line (void)
{
  g_autofree char *text = g_strnfill (3000, 'x');
  g_autofree char *file = g_strconcat ("[manager]\nworkers=\\n\\r", text, "\naudit=a\\nb\n", NULL);
  g_autofree char *junk = g_strconcat (text, "\n", NULL);
  g_autofree char *group = g_strconcat ("[service ", text, "]\nworkers=1\n", NULL);
  g_autoptr (JfConfig) config = load (file);
  g_autoptr (GError) error = NULL;
  gboolean flag;
  int64_t number;

  g_assert_false (jf_config_get_int (config, "manager", "workers", 1, 9, 1, &number, &error));
  g_assert_null (strpbrk (error->message, "\n\r"));
  g_assert_cmpuint (strlen (error->message), <, 200);
  g_clear_error (&error);
  g_assert_false (jf_config_get_bool (config, "manager", "audit", TRUE, &flag, &error));
  g_assert_cmpstr (error->message, ==,
                   "x.conf:3: [manager] audit: expected true or false, got \"a b\"");
  g_clear_error (&error);
  g_assert_null (jf_config_new ("x.conf", junk, strlen (junk), known, &error));
  g_assert_cmpuint (strlen (error->message), <, 500);
  g_clear_error (&error);
  g_assert_null (jf_config_new ("x.conf", group, strlen (group), known, &error));
  g_assert_cmpuint (strlen (error->message), <, 500);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/config/good", test_good);
  g_test_add_func ("/link/config/empty", test_empty);
  g_test_add_func ("/link/config/values", test_values);
  g_test_add_func ("/link/config/prefix", test_prefix);
  g_test_add_func ("/link/config/errors", test_errors);
  g_test_add_func ("/link/config/other-line-ends", test_other_line_ends);
  g_test_add_func ("/link/config/errors-are-one-line", test_errors_are_one_line);
  g_test_add_func ("/link/config/noise", test_noise);
  g_test_add_func ("/link/config/files", test_files);
  g_test_add_func ("/link/config/nearest", test_nearest);
  return g_test_run ();
}
