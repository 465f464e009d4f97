/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-proxy.h"

#include <string.h>

#include "gateway/link/jf-way.h"
#include "gateway/wire/jf-error.h"

static void
test_good (void)
{
  static const char *const good[] = {
    "auto",
    "none",
    "http://proxy:3128",
    "http://proxy.example:3128/",
    "HTTP://10.0.0.1:80",
    "http://[fd00::1]:3128",
    "http://jane:s3cret@proxy:3128",
    "http://jane:p%40ss@proxy:3128",
    "socks5://127.0.0.1:1080",
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (jf_proxy_check (good[i], &error));
      g_assert_no_error (error);
    }
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    "",
    "Auto",
    "direct://",
    "proxy:3128",
    "http://",
    "http://:3128",
    "http://proxy",
    "http://proxy:0",
    "http://proxy:70000",
    "http://proxy:3128/path",
    "http://proxy:3128?query",
    "http://proxy:3128#s3cret",
    "https://jane:s3cret@proxy:3128",
    "ftp://s3cret:21",
    "http://jane:s3cret@proxy:31 28",
    "\n",
  };
  g_autofree char *host = g_strnfill (2000, 'a');
  g_autofree char *longest = g_strdup_printf ("http://%s:1", host);

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (jf_proxy_check (bad[i], &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_null (strstr (error->message, "s3cret"));
    }
  g_assert_false (jf_proxy_check (longest, NULL));
}

static void
test_describe (void)
{
  static const struct
  {
    const char *url;
    const char *shown;
  } rows[] = {
    { "http://jane:s3cret@proxy:3128", "proxy:3128" },
    { "http://[fd00::1]:3128", "[fd00::1]:3128" },
    { "http://proxy", "proxy:80" },
    { "socks5://proxy", "proxy:1080" },
    { "no url", "" },
    { "direct://", "" },
  };
  g_autofree char *host = g_strnfill (1000, 'a');
  g_autofree char *longest = g_strdup_printf ("http://%s:1", host);
  char shown[JF_WAY_PROXY_SIZE];

  for (unsigned i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      jf_proxy_describe (rows[i].url, shown, sizeof shown);
      g_assert_cmpstr (shown, ==, rows[i].shown);
    }
  jf_proxy_describe (longest, shown, sizeof shown);
  g_assert_cmpuint (strlen (shown), ==, sizeof shown - 1);
}

static void
test_resolver (void)
{
  g_autoptr (GProxyResolver) none = jf_proxy_get_resolver ("none");
  g_autoptr (GProxyResolver) automatic = jf_proxy_get_resolver ("auto");
  g_autoptr (GProxyResolver) named = jf_proxy_get_resolver ("http://jane:s3cret@proxy:3128");
  g_auto (GStrv) proxies = g_proxy_resolver_lookup (named, "https://127.0.0.1:443", NULL, NULL);

  g_assert_null (none);
  g_assert_true (automatic == g_proxy_resolver_get_default ());
  g_assert_cmpuint (g_strv_length (proxies), ==, 1);
  g_assert_cmpstr (proxies[0], ==, "http://jane:s3cret@proxy:3128");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/link/proxy/good", test_good);
  g_test_add_func ("/link/proxy/bad", test_bad);
  g_test_add_func ("/link/proxy/describe", test_describe);
  g_test_add_func ("/link/proxy/resolver", test_resolver);
  return g_test_run ();
}
