/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-store-uri.h"

#include <string.h>

static void
test_ids (void)
{
  g_autofree char *uri = jf_store_uri_format ("org.videolan.VLC");
  g_autofree char *other = jf_store_uri_format ("im.pidgin_2.Pidgin-3");

  g_assert_cmpstr (uri, ==, "appstream://org.videolan.VLC");
  g_assert_cmpstr (other, ==, "appstream://im.pidgin_2.Pidgin-3");
}

static void
test_what_is_none (void)
{
  static const char *const ids[] = {
    "",    ".",    "..", "../x", "a/b",       "a b", "a%2fb",       "a?b",
    "a#b", "a\nb", "-a", "a.",   "ä.example", "a:b", "a@b.example", "org.\xff.A",
  };
  char longest[JF_STORE_ID_MAX + 2];

  g_assert_null (jf_store_uri_format (NULL));
  for (size_t i = 0; i < G_N_ELEMENTS (ids); i++)
    g_assert_null (jf_store_uri_format (ids[i]));
  memset (longest, 'a', sizeof longest);
  longest[sizeof longest - 1] = '\0';
  g_assert_null (jf_store_uri_format (longest));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store-uri/ids", test_ids);
  g_test_add_func ("/store-uri/none", test_what_is_none);
  return g_test_run ();
}
