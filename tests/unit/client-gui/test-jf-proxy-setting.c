/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-proxy-setting.h"

#include "gateway/wire/jf-error.h"

static void
test_good (void)
{
  static const char *const good[] = { "http://proxy.example:3128", "http://proxy.example:3128/",
                                      "http://[2001:db8::1]:8080", "socks5://10.0.0.1:1080",
                                      "http://me:secret@proxy:3128" };

  for (size_t i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (jf_proxy_check_url (good[i], &error));
      g_assert_no_error (error);
    }
}

static void
test_bad (void)
{
  static const char *const bad[] = { "",
                                     "auto",
                                     "none",
                                     "proxy.example:3128",
                                     "ftp://proxy.example",
                                     "https://proxy.example",
                                     "http://",
                                     "http:///path",
                                     "http://proxy.example",
                                     "http://proxy:0",
                                     "http://proxy:99999",
                                     "http://proxy/path",
                                     "http://proxy?query",
                                     "http://proxy#fragment",
                                     "http://pro xy:3128",
                                     "http://secret@" };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (jf_proxy_check_url (bad[i], &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      /* what was typed may hold a password */
      g_assert_null (g_strstr_len (error->message, -1, "secret"));
    }
}

static void
test_too_long (void)
{
  g_autofree char *host = g_strnfill (5000, 'a');
  g_autofree char *url = g_strconcat ("http://", host, ":3128", NULL);

  g_assert_false (jf_proxy_check_url (url, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gui/proxy-setting/good", test_good);
  g_test_add_func ("/gui/proxy-setting/bad", test_bad);
  g_test_add_func ("/gui/proxy-setting/too-long", test_too_long);
  return g_test_run ();
}
