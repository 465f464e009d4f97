/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/jf-services-file.h"
#include "gateway/wire/jf-error.h"

#define KEY "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void
test_good (void)
{
  static const char text[] = "[gateway]\n"
                             "vouch=" KEY ";" KEY "\n"
                             "[service ward-camera]\n"
                             "title=Ward camera\n"
                             "target=tcp:[fd00::5]:554\n"
                             "allow=alice;@nurses\n"
                             "open=rtsp://{address}/live\n"
                             "app=org.videolan.VLC\n"
                             "[service db]\n"
                             "target=unix:/run/db.sock\n"
                             "port=5432\n"
                             "[join lab/web]\n"
                             "listen=127.0.0.1:8080\n"
                             "[join printer]\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (JfServicesFile) file = jf_services_file_new ("x.conf", text, strlen (text), &error);
  const JfOffer *offer;
  const JfServicesFileJoin *join;

  g_assert_no_error (error);
  g_assert_cmpuint (file->vouch->len, ==, 2);
  g_assert_cmpuint (file->offers->len, ==, 2);
  offer = g_ptr_array_index (file->offers, 0);
  g_assert_cmpstr (offer->name, ==, "ward-camera");
  g_assert_cmpstr (offer->title, ==, "Ward camera");
  g_assert_cmpuint (offer->port, ==, 554);
  g_assert_cmpstr (offer->allow[1], ==, "@nurses");
  g_assert_cmpstr (offer->app, ==, "org.videolan.VLC");
  offer = g_ptr_array_index (file->offers, 1);
  g_assert_cmpstr (offer->title, ==, "db");
  g_assert_cmpuint (offer->port, ==, 5432);
  g_assert_null (offer->allow[0]);
  g_assert_cmpuint (file->joins->len, ==, 2);
  join = g_ptr_array_index (file->joins, 0);
  g_assert_cmpstr (join->service, ==, "lab/web");
  g_assert_cmpstr (join->listen, ==, "127.0.0.1:8080");
  join = g_ptr_array_index (file->joins, 1);
  g_assert_null (join->listen);
}

/* Each error names the file and, where there is one, the line. */
static void
test_bad (void)
{
  static const struct
  {
    const char *text;
    const char *place;
  } cases[] = {
    { "[service web]\ntitle=x\n", "x.conf:1:" },
    { "[service web]\ntitle=x\ntarget=http:h:1\n", "x.conf:3:" },
    { "[service web]\ntarget=unix:/x\n", "x.conf:1:" },
    { "[service web]\ntarget=tcp:h:1\nport=0\n", "x.conf:3:" },
    { "[service web]\ntarget=tcp:h:1\nport=x\n", "x.conf:3:" },
    { "[service web]\ntarget=tcp:h:1\nallow=Bob!\n", "x.conf:3:" },
    { "[service Web!]\ntarget=tcp:h:1\n", "x.conf:1:" },
    { "[service web]\ntarget=tcp:h:1\nclient-software=x\n", "x.conf:3:" },
    { "[services]\n", "x.conf:1:" },
    { "[gateway]\nvouch=short\n", "x.conf:2:" },
    { "[join a/b/c]\n", "x.conf:1:" },
    { "[join a/b]\nlisten=nowhere\n", "x.conf:2:" },
    { "[join a/b]\nlisten=stdio\n", "x.conf:2:" },
    { "garbage\n", "x.conf:1:" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (
          jf_services_file_new ("x.conf", cases[i].text, strlen (cases[i].text), &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, cases[i].place));
    }
}

static void
expect_limit (GString *text, const char *place)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_services_file_new ("x.conf", text->str, text->len, &error));
  g_test_message ("%s", error->message);
  g_assert_true (g_error_matches (error, JF_ERROR, JF_ERROR_LIMIT) ||
                 g_error_matches (error, JF_ERROR, JF_ERROR_INVALID));
  g_assert_true (g_str_has_prefix (error->message, place));
  g_string_truncate (text, 0);
}

/* The error names the line where it becomes too much. */
static void
test_too_much (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *open = g_strnfill (1000, '"');

  for (unsigned i = 0; i < 4097; i++)
    g_string_append_printf (text, "[service s%u]\ntarget=tcp:h:1\n", i);
  expect_limit (text, "x.conf:8193: [service s4096]");
  for (unsigned i = 0; i < 4096; i++)
    g_string_append_printf (text, "[service s%u]\ntarget=tcp:h:1\nopen=%s\n", i, open);
  expect_limit (text, "x.conf:12031: [service s4010]");
  for (unsigned i = 0; i < 1025; i++)
    g_string_append_printf (text, "[join a/s%u]\n", i);
  expect_limit (text, "x.conf:1025: [join a/s1024]");
  g_string_append (text, "[gateway]\nvouch=");
  for (unsigned i = 0; i < 65; i++)
    g_string_append (text, KEY ";");
  expect_limit (text, "x.conf:2: [gateway] vouch: 65 keys");
}

static void
test_missing (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_services_file_load ("/nonexistent/services.conf", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, "/nonexistent/services.conf"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/services-file/good", test_good);
  g_test_add_func ("/services-file/bad", test_bad);
  g_test_add_func ("/services-file/too-much", test_too_much);
  g_test_add_func ("/services-file/missing", test_missing);
  return g_test_run ();
}
