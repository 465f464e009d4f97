/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-link.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

#define CODE   "AAECAwQFBgcICQoLDA0ODw"
#define PIN    "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"
#define INVITE "https://example.org:8443/invite#" CODE "." PIN

static void
test_invitations (void)
{
  static const char *const texts[] = {
    INVITE,
    "  " INVITE "\n",
    "jackfield://example.org:8443/invite#" CODE "." PIN,
    "Open <" INVITE ">.",
    "Open \"" INVITE "\", please",
    "Our page is https://example.org:8443/ and your link " INVITE ".",
    "https://example.org:8443/invite#" CODE
    ".\r\n  ungWv48Bz-pBQUDeXa4iI7ADYaOW\nF3qctBD_YfIAFa0\n",
    "https://example.org:8443/\ninvite#" CODE "." PIN "\n\nYours, the operator",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JfLink) link = jf_link_parse (texts[i], &error);

      g_assert_no_error (error);
      g_assert_nonnull (link->invitation);
      g_assert_null (link->service);
      g_assert_cmpstr (link->host, ==, "example.org");
      g_assert_cmpuint (link->port, ==, 8443);
      g_assert_cmpstr (link->invitation->code, ==, CODE);
    }
}

static void
test_services (void)
{
  static const struct
  {
    const char *text;
    const char *host;
    uint16_t port;
    const char *formatted;
  } cases[] = {
    { "https://example.org/join#clinic/web", "example.org", 443,
      "https://example.org/join#clinic/web" },
    { "JACKFIELD://example.org:7443/join#clinic/web", "example.org", 7443,
      "https://example.org:7443/join#clinic/web" },
    { "See https://[2001:db8::7]:7443/join#clinic/web, it is new", "2001:db8::7", 7443,
      "https://[2001:db8::7]:7443/join#clinic/web" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JfLink) link = jf_link_parse (cases[i].text, &error);
      g_autofree char *formatted = NULL;

      g_assert_no_error (error);
      g_assert_null (link->invitation);
      g_assert_cmpstr (link->host, ==, cases[i].host);
      g_assert_cmpuint (link->port, ==, cases[i].port);
      g_assert_cmpstr (link->service, ==, "clinic/web");
      formatted = jf_link_format_service ("https", link->host, link->port, link->service);
      g_assert_cmpstr (formatted, ==, cases[i].formatted);
    }
}

static void
test_bad (void)
{
  static const char *const texts[] = {
    NULL,
    "",
    "hello",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "http://example.org/join#clinic/web",
    "https://example.org/join",
    "https://example.org/join#",
    "https://example.org/join#web",
    "https://example.org/join#clinic/",
    "https://example.org/join#clinic/../etc",
    "https://example.org/join#CLINIC/web",
    "https://example.org/joined#clinic/web",
    "https://example.org/join?x#clinic/web",
    "https://user@example.org/join#clinic/web",
    "https:///join#clinic/web",
    "https://example.org:0/join#clinic/web",
    "https://example.org/invite#" CODE,
    "https://example.org/invite#" CODE ".\nshort",
    "\xff\xfe",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JfLink) link = jf_link_parse (texts[i], &error);

      g_assert_null (link);
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_null (strstr (error->message, CODE));
    }
}

static void
test_much_text (void)
{
  g_autofree char *much = g_strnfill (4 * JF_LINK_TEXT_MAX, 'x');
  g_autofree char *behind = g_strconcat (much, " " INVITE, NULL);
  g_autofree char *before = g_strconcat (INVITE " ", much, NULL);
  g_autoptr (JfLink) found = jf_link_parse (before, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (found);
  g_assert_null (jf_link_parse (behind, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client-gui/link/invitations", test_invitations);
  g_test_add_func ("/client-gui/link/services", test_services);
  g_test_add_func ("/client-gui/link/bad", test_bad);
  g_test_add_func ("/client-gui/link/much-text", test_much_text);
  return g_test_run ();
}
