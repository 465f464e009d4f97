/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/serve-settings.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"

typedef struct
{
  char *dir;
  JfServeOptions options;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("jf-settings-XXXXXX", NULL);
  f->options = (JfServeOptions){ .ready_fd = -1 };
}

static void
teardown (Fixture *f, gconstpointer data)
{
  if (f->options.config_path)
    g_remove (f->options.config_path);
  jf_serve_options_clear (&f->options);
  g_rmdir (f->dir);
  g_free (f->dir);
}

static void
write_config (Fixture *f, const char *text)
{
  if (!f->options.config_path)
    f->options.config_path = g_build_filename (f->dir, "manager.conf", NULL);
  g_assert_true (g_file_set_contents (f->options.config_path, text, -1, NULL));
}

static JfServeSettings *
read_good (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  JfServeSettings *settings = jf_serve_settings_new (&f->options, &error);

  g_assert_no_error (error);
  return settings;
}

static void
test_defaults (Fixture *f, gconstpointer data)
{
  g_autoptr (JfServeSettings) settings = read_good (f);

  g_assert_cmpstr (settings->listen[0], ==, ":443");
  g_assert_null (settings->listen[1]);
  g_assert_null (settings->public_address);
  g_assert_null (settings->certificate);
  g_assert_cmpuint (settings->workers, >=, 1);
  g_assert_cmpint (settings->log_format, ==, JF_LOG_TEXT);
  g_assert_cmpint (settings->log_level, ==, JF_LOG_INFO);
  g_assert_false (settings->keep_addresses);
  g_assert_cmpuint (settings->audit_days, ==, 0);
}

static void
test_file (Fixture *f, gconstpointer data)
{
  g_autofree char *certificate = g_build_filename (f->dir, "tls", "cert.pem", NULL);
  g_autoptr (JfServeSettings) settings = NULL;

  write_config (f, "[manager]\nlisten=:8443;[::1]:0;127.0.0.1:9\npublic=m.example:8443\n"
                   "certificate=tls/cert.pem\nkey=/etc/key.pem\nworkers=3\nlog-format=json\n"
                   "log-level=debug\naudit-addresses=true\naudit-days=90\n");
  settings = read_good (f);
  g_assert_cmpuint (g_strv_length (settings->listen), ==, 3);
  g_assert_cmpstr (settings->public_address, ==, "m.example:8443");
  g_assert_cmpstr (settings->certificate, ==, certificate); /* beside the file */
  g_assert_cmpstr (settings->key, ==, "/etc/key.pem");
  g_assert_cmpuint (settings->workers, ==, 3);
  g_assert_cmpint (settings->log_format, ==, JF_LOG_JSON);
  g_assert_cmpint (settings->log_level, ==, JF_LOG_DEBUG);
  g_assert_true (settings->keep_addresses);
  g_assert_cmpuint (settings->audit_days, ==, 90);
}

static void
test_options_win (Fixture *f, gconstpointer data)
{
  const char *listen[] = { "127.0.0.1:1", NULL };
  g_autoptr (JfServeSettings) settings = NULL;

  write_config (f, "[manager]\nlisten=:8443\npublic=a:1\nlog-level=debug\n");
  f->options.listen = g_strdupv ((char **) listen);
  f->options.public_address = g_strdup ("b");
  f->options.log_level = g_strdup ("error");
  settings = read_good (f);
  g_assert_cmpstr (settings->listen[0], ==, "127.0.0.1:1");
  g_assert_cmpstr (settings->public_address, ==, "b");
  g_assert_cmpint (settings->log_level, ==, JF_LOG_ERROR);
}

/* Each names the file and the line. */
static void
test_bad_files (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *text;
    const char *line;
  } cases[] = {
    { "[manager]\nlisten=here\n", ":2:" },
    { "[manager]\nlisten=127.0.0.1:0;[1.2.3.4:1\n", ":2:" },
    { "[manager]\nlisten=:65536\n", ":2:" },
    { "[manager]\nlisten=::1:443\n", ":2:" },
    { "[manager]\nlisten=example.org:443\n", ":2:" },
    { "[manager]\nlisten=\n", ":2:" },
    { "[manager]\n# x\npublic=http://x/\n", ":3:" },
    { "[manager]\npublic=x:0\n", ":2:" },
    { "[manager]\npublic=x:99999\n", ":2:" },
    { "[manager]\ncertificate=x\n", ":2:" },
    { "[manager]\n\nkey=x\n", ":3:" },
    { "[manager]\nworkers=0\n", ":2:" },
    { "[manager]\nworkers=1000\n", ":2:" },
    { "[manager]\nlog-format=xml\n", ":2:" },
    { "[manager]\nlog-level=\n", ":2:" },
    { "[manager]\naudit-addresses=maybe\n", ":2:" },
    { "[manager]\naudit-days=-1\n", ":2:" },
    { "[manager]\naudit-days=99999\n", ":2:" },
    { "[manager]\naudit-days=1d\n", ":2:" },
    { "[manager]\nlisten=:1\nlitsen=:2\n", ":3:" },
    { "[manger]\n", ":1:" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JfServeSettings) settings = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *where = NULL;

      write_config (f, cases[i].text);
      where = g_strconcat (f->options.config_path, cases[i].line, NULL);
      settings = jf_serve_settings_new (&f->options, &error);
      g_assert_null (settings);
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, where));
    }
}

static void
test_no_file (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->options.config_path = g_build_filename (f->dir, "none.conf", NULL);
  g_assert_null (jf_serve_settings_new (&f->options, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, f->options.config_path));
}

static void
test_public_address (void)
{
  static const struct
  {
    const char *listen;
    const char *public_address;
  } cases[] = {
    { "127.0.0.1:8443", "127.0.0.1:8443" },
    { "[::1]:8443", "[::1]:8443" },
    { ":443", "here:443" },
    { "[::]:443", "here:443" },
    { "0.0.0.0:443", "here:443" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *made = jf_serve_public_address (cases[i].listen, "here");

      g_assert_cmpstr (made, ==, cases[i].public_address);
    }
}

static const JfVerb serve = { "serve", "", "run the manager", 0, jf_verb_serve };

static JfExit
parse (Fixture *f, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  JfExit exit = JF_EXIT_DONE;

  jf_serve_options_clear (&f->options);
  if (jf_serve_options_parse (&serve, (int) g_strv_length (words), words, &f->options, &exit))
    return JF_EXIT_DONE;
  g_assert_cmpint (exit, ==, JF_EXIT_USAGE);
  return exit;
}

static void
test_options (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    "--ready-fd",       "--ready-fd x",           "--ready-fd 0", "--ready-fd 2",
    "--ready-fd -1",    "--ready-fd 987",         "--listen x",   "--log-level loud",
    "--log-format xml", "--state-dir=",           "--config=",    "--public=",
    "--nonsense",       "--public x --extra",     "argument",     "-- --listen",
    "--workers=3",      "--ready-fd 99999999999",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_cmpint (parse (f, bad[i]), ==, JF_EXIT_USAGE);
  g_assert_cmpint (parse (f, "--listen :1 --listen [::1]:0 --public a:2 --state-dir /x"), ==, 0);
  g_assert_cmpuint (g_strv_length (f->options.listen), ==, 2);
  g_assert_cmpstr (f->options.state_dir, ==, "/x");
  g_assert_cmpint (f->options.ready_fd, ==, -1);
}

static void
test_ready_fd (Fixture *f, gconstpointer data)
{
  g_autofree char *read_end = NULL;
  g_autofree char *write_end = NULL;
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  read_end = g_strdup_printf ("--ready-fd %d", fds[0]);
  write_end = g_strdup_printf ("--ready-fd=%d", fds[1]);
  g_assert_cmpint (parse (f, read_end), ==, JF_EXIT_USAGE);
  g_assert_cmpint (fcntl (fds[0], F_GETFD), ==, 0); /* untouched */
  g_assert_cmpint (parse (f, write_end), ==, JF_EXIT_DONE);
  g_assert_cmpint (f->options.ready_fd, ==, fds[1]);
  g_assert_cmpint (fcntl (fds[1], F_GETFD), ==, FD_CLOEXEC);
  close (fds[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/manager/settings/defaults", Fixture, NULL, setup, test_defaults, teardown);
  g_test_add ("/manager/settings/file", Fixture, NULL, setup, test_file, teardown);
  g_test_add ("/manager/settings/options-win", Fixture, NULL, setup, test_options_win, teardown);
  g_test_add ("/manager/settings/bad-files", Fixture, NULL, setup, test_bad_files, teardown);
  g_test_add ("/manager/settings/no-file", Fixture, NULL, setup, test_no_file, teardown);
  g_test_add ("/manager/settings/options", Fixture, NULL, setup, test_options, teardown);
  g_test_add ("/manager/settings/ready-fd", Fixture, NULL, setup, test_ready_fd, teardown);
  g_test_add_func ("/manager/settings/public-address", test_public_address);
  return g_test_run ();
}
