/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-invitation.h"

#include <string.h>

#include "gateway/wire/jf-error.h"

#define CODE "AAECAwQFBgcICQoLDA0ODw"
#define PIN  "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"

static void
test_good (void)
{
  static const struct
  {
    const char *link;
    const char *host;
    uint16_t port;
    const char *formatted; /* NULL: the same */
  } cases[] = {
    { "https://example.org/invite#" CODE "." PIN, "example.org", 443, NULL },
    { "https://example.org:8443/invite#" CODE "." PIN, "example.org", 8443, NULL },
    { "https://[2001:db8::7]:8443/invite#" CODE "." PIN, "2001:db8::7", 8443, NULL },
    { "https://[2001:db8::7]/invite#" CODE "." PIN, "2001:db8::7", 443, NULL },
    { "HTTPS://127.0.0.1:443/invite#" CODE "." PIN, "127.0.0.1", 443,
      "https://127.0.0.1/invite#" CODE "." PIN },
    { "jackfield://example.org:1/invite#" CODE "." PIN, "example.org", 1,
      "https://example.org:1/invite#" CODE "." PIN },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JfInvitation) invitation = jf_invitation_parse (cases[i].link, &error);
      g_autofree char *link = NULL;
      char pin[JF_KEY_ID_TEXT_SIZE];

      g_assert_no_error (error);
      g_assert_cmpstr (invitation->host, ==, cases[i].host);
      g_assert_cmpuint (invitation->port, ==, cases[i].port);
      g_assert_cmpstr (invitation->code, ==, CODE);
      jf_key_id_format (&invitation->manager, pin);
      g_assert_cmpstr (pin, ==, PIN);
      link = jf_invitation_format (invitation, "https");
      g_assert_cmpstr (link, ==, cases[i].formatted != NULL ? cases[i].formatted : cases[i].link);
    }
}

static void
test_bad (void)
{
  static const char *const bad[] = {
    NULL,
    "",
    "hello",
    "http://example.org/invite#" CODE "." PIN,
    "example.org/invite#" CODE "." PIN,
    "https:///invite#" CODE "." PIN,
    "https://user@example.org/invite#" CODE "." PIN,
    "https://example.org:0/invite#" CODE "." PIN,
    "https://example.org:https/invite#" CODE "." PIN,
    "https://::1/invite#" CODE "." PIN,
    "https://example.org#" CODE "." PIN,
    "https://example.org/#" CODE "." PIN,
    "https://example.org/invited#" CODE "." PIN,
    "https://example.org/invite/#" CODE "." PIN,
    "https://example.org/invite?a=b#" CODE "." PIN,
    "https://example.org/invite",
    "https://example.org/invite#",
    "https://example.org/invite#" CODE,
    "https://example.org/invite#" CODE ".",
    "https://example.org/invite#." PIN,
    "https://example.org/invite#" CODE PIN,
    "https://example.org/invite#A" CODE "." PIN,
    "https://example.org/invite#" CODE "." PIN " ",
    "https://example.org/invite#" CODE "." PIN "." PIN,
    "https://example.org/invite#AAECAwQFBgcICQoLDA0OD+." PIN,
    "https://example.org/invite#AAECAwQFBgcICQoLDA0ODx." PIN,
    "\xff",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("case %zu", i);
      g_assert_null (jf_invitation_parse (bad[i], &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_null (strstr (error->message, "AAECAwQ"));
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

/* The message says which part is wrong. */
static void
test_messages (void)
{
  static const struct
  {
    const char *link;
    const char *says;
  } cases[] = {
    { "ftp://example.org", "https://" },
    { "https:///invite#x", "host" },
    { "https://example.org:x/invite#x", "port" },
    { "https://example.org/login#x", "/invite" },
    { "https://example.org/invite#x", "code" },
    { "https://example.org/invite#" CODE ".x", "key" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (jf_invitation_parse (cases[i].link, &error));
      g_assert_nonnull (strstr (error->message, cases[i].says));
    }
}

static void
test_codes (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *hash = jf_invitation_code_hash ("abc");

  g_assert_cmpstr (hash, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (int i = 0; i < 1000; i++)
    {
      char code[JF_INVITATION_CODE_SIZE];
      g_autofree char *link = NULL;
      g_autoptr (JfInvitation) invitation = NULL;

      jf_invitation_code_new (code);
      g_assert_cmpuint (strlen (code), ==, 22);
      g_assert_true (g_hash_table_add (seen, g_strdup (code)));
      link = g_strconcat ("https://h/invite#", code, "." PIN, NULL);
      invitation = jf_invitation_parse (link, NULL);
      g_assert_nonnull (invitation);
      g_assert_cmpstr (invitation->code, ==, code);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/invitation/good", test_good);
  g_test_add_func ("/wire/invitation/bad", test_bad);
  g_test_add_func ("/wire/invitation/messages", test_messages);
  g_test_add_func ("/wire/invitation/codes", test_codes);
  return g_test_run ();
}
