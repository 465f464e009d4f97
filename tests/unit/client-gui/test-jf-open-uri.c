/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-open-uri.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

static JfPseudo
pseudo_at (const char *host, uint16_t port)
{
  return (JfPseudo){ .fd = -1, .host = (char *) host, .port = port };
}

static void
test_expands (void)
{
  static const struct
  {
    const char *template;
    const char *host;
    const char *uri;
  } good[] = {
    { "http://{address}/", "127.1.2.3", "http://127.1.2.3:8080/" },
    { "HTTP://{host}:{port}/a?b=c%20d#e", "127.1.2.3", "HTTP://127.1.2.3:8080/a?b=c%20d#e" },
    { "rtsp://{address}/live", "::1", "rtsp://[::1]:8080/live" },
    { "ssh://{address}", "127.1.2.3", "ssh://127.1.2.3:8080" },
    { "ssh://alice@{address}", "127.1.2.3", "ssh://alice@127.1.2.3:8080" },
    { "smb://{host}/share", "127.1.2.3", "smb://127.1.2.3/share" },
    { "http://{address}/?from={address}&port={port}", "127.1.2.3",
      "http://127.1.2.3:8080/?from=127.1.2.3:8080&port=8080" },
    { "vnc://{address}", "0.0.0.0", "vnc://127.0.0.1:8080" },
    { "vnc://{address}", "::", "vnc://[::1]:8080" },
  };

  for (unsigned i = 0; i < G_N_ELEMENTS (good); i++)
    {
      const JfPseudo pseudo = pseudo_at (good[i].host, 8080);
      g_autoptr (GError) error = NULL;
      g_autofree char *uri = jf_open_uri_expand (good[i].template, &pseudo, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (uri, ==, good[i].uri);
    }
}

static const char *const bad[] = {
  "",
  "http",
  "{address}",
  "//{address}/",
  "://{address}",
  /* schemes that act on this computer */
  "javascript:alert(1)",
  "javascript://{address}/%0aalert(1)",
  "http://{address}/%ff%aa", /* not UTF-8 */
  "JavaScript://{address}/",
  "file:///etc/passwd",
  "file://{address}/etc/passwd",
  "data:text/html,x",
  "data://{address}",
  "vbscript://{address}",
  "ms-word://{address}",
  "jackfield://{address}/x",
  "mailto://{address}",
  "mailto:a@{address}",
  "about://{address}",
  "flatpak+https://{address}",
  "apt://{address}",
  "vscode://{address}",
  "view-source://{address}/",
  "tel:{address}",
  /* other places than the local address */
  "http://evil.example/",
  "http://evil.example/{address}",
  "http://evil.example?{host}",
  "http://{address}@evil.example/",
  "http://{host}.evil.example/",
  "http://{host}evil:80/",
  "http://evil{host}/",
  "http://{address}:80/",
  "http://{host}:22/",
  "http://{host}:{port}0/",
  "http://{port}/",
  "http:/{address}",
  "http:{address}",
  "http:///{address}",
  "http://evil.example#@{address}",
  "http://{address}\\@evil.example/",
  "http://evil.example\\@{address}/",
  "http://[{host}]/",
  "http:// {address}/",
  /* options in place of a user */
  "ssh://-oProxyCommand=x@{address}",
  "ssh://%2doProxyCommand@{address}",
  "ssh://@{address}",
  "ssh://a@b@{address}",
  "ssh://a b@{address}",
  /* what is no link */
  "http://{address}/{path}",
  "http://{address}/{",
  "http://{address}/}",
  "http://{ADDRESS}/",
  "http://{address}/\n",
  "http://{address}/\x1b",
  "http://{address}/%0d%0aX",
  "http://{address}/%",
  "http://{address}/%g0",
  "http://{address}/\xe2\x80\xae",
  "http://{address}/ä",
  "http://{address}/\"",
  "ht tp://{address}/",
  "-http://{address}/",
  "9p://{address}/",
};

static void
test_refuses (void)
{
  const JfPseudo pseudo = pseudo_at ("127.1.2.3", 8080);

  for (unsigned i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *uri = jf_open_uri_expand (bad[i], &pseudo, &error);

      if (uri != NULL)
        g_error ("\"%s\" became %s", bad[i], uri);
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      g_assert_true (g_str_has_suffix (error->message, "."));
    }
}

static void
test_too_long (void)
{
  g_autofree char *tail = g_strnfill (5000, 'a');
  g_autofree char *template = g_strconcat ("http://{address}/", tail, NULL);
  const JfPseudo pseudo = pseudo_at ("127.1.2.3", 8080);
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_open_uri_expand (template, &pseudo, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
  g_assert_cmpuint (strlen (error->message), <, 300);
}

static void
test_unix_socket (void)
{
  const JfPseudo pseudo = pseudo_at ("/run/user/1000/a.sock", 0);
  g_autoptr (GError) error = NULL;

  g_assert_null (jf_open_uri_expand ("http://{address}/", &pseudo, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
}

static void
test_scheme (void)
{
  g_autofree char *plain = jf_open_uri_scheme ("RTSP+x://{address}");

  g_assert_cmpstr (plain, ==, "rtsp+x");
  g_assert_null (jf_open_uri_scheme (NULL));
  g_assert_null (jf_open_uri_scheme (""));
  g_assert_null (jf_open_uri_scheme ("no scheme"));
  g_assert_null (jf_open_uri_scheme ("1a:b"));
  g_assert_null (jf_open_uri_scheme (":b"));
}

/* What we guess ourselves must pass, too. */
static void
test_guesses (void)
{
  const JfPseudo pseudo = pseudo_at ("127.1.2.3", 8080);
  unsigned n = 0;

  for (unsigned port = 0; port <= UINT16_MAX; port++)
    {
      const char *template = jf_open_uri_template_for_port ((uint16_t) port);
      g_autofree char *uri = NULL;

      if (template == NULL)
        continue;
      uri = jf_open_uri_expand (template, &pseudo, NULL);
      g_assert_nonnull (uri);
      n++;
    }
  g_assert_cmpuint (n, ==, 8);
  g_assert_cmpstr (jf_open_uri_template_for_port (554), ==, "rtsp://{address}/");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/open-uri/expands", test_expands);
  g_test_add_func ("/open-uri/refuses", test_refuses);
  g_test_add_func ("/open-uri/too-long", test_too_long);
  g_test_add_func ("/open-uri/unix", test_unix_socket);
  g_test_add_func ("/open-uri/scheme", test_scheme);
  g_test_add_func ("/open-uri/guesses", test_guesses);
  return g_test_run ();
}
