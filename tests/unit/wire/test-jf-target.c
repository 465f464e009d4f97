/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-target.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

static void
test_tcp (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfTarget) target = jf_target_parse ("tcp:[2001:db8::7]:554", &error);
  g_autoptr (JfTarget) copy = NULL;
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (target->kind, ==, JF_TARGET_TCP);
  g_assert_cmpstr (target->host, ==, "2001:db8::7");
  g_assert_cmpuint (target->port, ==, 554);
  g_assert_null (target->path);
  copy = jf_target_copy (target);
  g_assert_true (copy->host != target->host);
  text = jf_target_format (copy);
  g_assert_cmpstr (text, ==, "tcp:[2001:db8::7]:554");
}

static void
test_unix (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfTarget) target = jf_target_parse ("unix:/run/a b/ö.sock", &error);
  g_autoptr (JfTarget) copy = NULL;
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  g_assert_cmpint (target->kind, ==, JF_TARGET_UNIX);
  g_assert_cmpstr (target->path, ==, "/run/a b/ö.sock");
  g_assert_null (target->host);
  copy = jf_target_copy (target);
  text = jf_target_format (copy);
  g_assert_cmpstr (text, ==, "unix:/run/a b/ö.sock");
}

static void
test_longest_path (void)
{
  g_autofree char *path = g_strnfill (108, 'x');
  g_autofree char *text = NULL;
  g_autoptr (JfTarget) target = NULL;
  g_autoptr (GError) error = NULL;

  path[0] = '/';
  text = g_strconcat ("unix:", path, NULL);
  g_assert_null (jf_target_parse (text, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  text[strlen (text) - 1] = '\0';
  target = jf_target_parse (text, NULL);
  g_assert_nonnull (target);
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    NULL,
    "",
    "tcp",
    "tcp:",
    "tcp:localhost",
    "tcp:localhost:0",
    "tcp::80",
    "TCP:localhost:80",
    " tcp:localhost:80",
    "tcp:localhost:80 ",
    "tcp://localhost:80",
    "udp:localhost:80",
    "localhost:80",
    "unix:",
    "unix:relative",
    "unix:/new\nline",
    "unix:@abstract",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (jf_target_parse (bad[i], &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_nonnull (strstr (error->message, "tcp:HOST:PORT"));
      g_assert_null (strchr (error->message, '\n'));
      g_assert_null (jf_target_parse (bad[i], NULL));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/target/tcp", test_tcp);
  g_test_add_func ("/wire/target/unix", test_unix);
  g_test_add_func ("/wire/target/longest-path", test_longest_path);
  g_test_add_func ("/wire/target/bad", test_bad);
  return g_test_run ();
}
