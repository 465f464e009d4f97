/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-endpoint.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

static void
test_good (void)
{
  static const struct
  {
    const char *text;
    uint16_t default_port;
    const char *host;
    uint16_t port;
  } cases[] = {
    { "example.org:443", 0, "example.org", 443 },
    { "example.org.:443", 0, "example.org.", 443 },
    { "example.org", 443, "example.org", 443 },
    { "a_b-c:1", 0, "a_b-c", 1 },
    { "10.0.0.5:65535", 0, "10.0.0.5", 65535 },
    { "[::1]:80", 0, "::1", 80 },
    { "[2001:db8::7]", 443, "2001:db8::7", 443 },
    { "[fe80::1%eth0]:80", 0, "fe80::1%eth0", 80 },
    { "[::ffff:10.0.0.5]:80", 0, "::ffff:10.0.0.5", 80 },
    { "5g.example:80", 0, "5g.example", 80 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *host = NULL, *text = NULL;
      g_autoptr (GError) error = NULL;
      uint16_t port = 0;

      jf_endpoint_parse (cases[i].text, cases[i].default_port, &host, &port, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (host, ==, cases[i].host);
      g_assert_cmpuint (port, ==, cases[i].port);
      text = jf_endpoint_format (host, port);
      g_assert_true (g_str_has_prefix (text, cases[i].text));
    }
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    "",
    ":80",
    "example.org",
    "example.org:",
    "example.org:0",
    "example.org:080",
    "example.org:65536",
    "example.org:99999999999999999999",
    "example.org:-1",
    "example.org:+1",
    "example.org: 1",
    "example.org:1 ",
    "example.org:http",
    "exa mple.org:80",
    "user@example.org:80",
    "ex%61mple.org:80",
    "\xc3\xa4.example:80",
    ".example.org:80",
    "example..org:80",
    "-o:80",
    "10.1:80",
    "256.0.0.1:80",
    "10.0.0.5.6:80",
    "1.2.3.4.:80",
    "::1:80",
    "[::1:80",
    "[::1]80",
    "[::1]:",
    "[]:80",
    "[10.0.0.5]:80",
    "[example.org]:80",
    "[::g]:80",
    "[fe80::1%]:80",
    "[fe80::1%a b]:80",
    "[fe80::1%0123456789abcdef]:80",
    "[fe80::1%eth0%eth1]:80",
  };
  g_autofree char *long_label = g_strnfill (64, 'a');
  g_autofree char *long_name = g_strnfill (300, 'a');

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *host = NULL;
      g_autoptr (GError) error = NULL;
      uint16_t port = 0;

      g_test_message ("case %zu", i);
      g_assert_false (jf_endpoint_parse (bad[i], 0, &host, &port, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_null (host);
    }
  g_assert_false (jf_endpoint_host_is_valid (long_label));
  long_label[63] = '\0';
  g_assert_true (jf_endpoint_host_is_valid (long_label));
  for (size_t i = 50; i < 300; i += 50)
    long_name[i] = '.';
  g_assert_false (jf_endpoint_host_is_valid (long_name));
  long_name[253] = '\0';
  g_assert_true (jf_endpoint_host_is_valid (long_name));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/endpoint/good", test_good);
  g_test_add_func ("/wire/endpoint/bad", test_bad);
  return g_test_run ();
}
