/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "client-gui/model/jf-open-uri.h"
#include "tests/fuzz/fuzz.h"

#define PLACE "127.1.2.3"

/* As another parser reads it: it must lead to the local address, and nowhere else. */
static void
check_uri (const char *uri, const char *scheme)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (g_uri_get_scheme (parsed), ==, scheme);
  g_assert_cmpstr (g_uri_get_host (parsed), ==, PLACE);
  g_assert_true (g_uri_get_port (parsed) == -1 || g_uri_get_port (parsed) == 8080);
  g_assert_true (g_uri_get_userinfo (parsed) == NULL ||
                 g_ascii_isalnum (*g_uri_get_userinfo (parsed)));
  for (const char *c = uri; *c != '\0'; c++)
    g_assert_true (g_ascii_isgraph (*c) && strchr ("\\{}<>\"", *c) == NULL);
  g_assert_cmpstr (scheme, !=, "javascript");
  g_assert_cmpstr (scheme, !=, "file");
  g_assert_cmpstr (scheme, !=, "data");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  const JfPseudo pseudo = { .fd = -1, .host = (char *) PLACE, .port = 8080 };
  const JfPseudo unix_socket = { .fd = -1, .host = (char *) "/run/x" };
  g_autofree char *template = g_strndup ((const char *) data, size);
  g_autofree char *scheme = jf_open_uri_scheme (template);
  GError *error = NULL;
  g_autofree char *uri = jf_open_uri_expand (template, &pseudo, &error);
  g_autofree char *none = NULL;

  if (uri != NULL)
    {
      g_assert_no_error (error);
      g_assert_nonnull (scheme);
      check_uri (uri, scheme);
    }
  else
    fuzz_check_error (g_steal_pointer (&error));
  none = jf_open_uri_expand (template, &unix_socket, &error);
  g_assert_null (none);
  fuzz_check_error (error);
  return 0;
}
