/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-address-choice.h"

#include <gio/gio.h>

#include "gateway/wire/jf-error.h"

static void
assert_read (const char *listen,
             JfAddressKind kind,
             const char *host,
             const char *port,
             const char *path)
{
  g_autoptr (JfAddressChoice) choice = jf_address_choice_new (listen);

  g_assert_cmpint (choice->kind, ==, kind);
  g_assert_cmpstr (choice->host, ==, host);
  g_assert_cmpstr (choice->port, ==, port);
  g_assert_cmpstr (choice->path, ==, path);
}

static void
test_read (void)
{
  assert_read (NULL, JF_ADDRESS_STABLE, NULL, NULL, NULL);
  assert_read ("", JF_ADDRESS_STABLE, NULL, NULL, NULL);
  assert_read ("127.0.0.1:8080", JF_ADDRESS_PORT, "127.0.0.1", "8080", NULL);
  assert_read ("[::1]:8080", JF_ADDRESS_PORT, "::1", "8080", NULL);
  assert_read ("192.168.1.20:8080", JF_ADDRESS_NETWORK, "192.168.1.20", "8080", NULL);
  assert_read ("0.0.0.0:8080", JF_ADDRESS_NETWORK, "0.0.0.0", "8080", NULL);
  assert_read ("unix:/tmp/a", JF_ADDRESS_PATH, NULL, NULL, "/tmp/a");
}

static void
test_read_nonsense (void)
{
  assert_read ("nonsense", JF_ADDRESS_STABLE, NULL, NULL, NULL);
  assert_read ("stdio", JF_ADDRESS_STABLE, NULL, NULL, NULL);
  assert_read ("1.2.3.4:99999", JF_ADDRESS_STABLE, NULL, NULL, NULL);
}

/* listen NULL: it is refused */
static void
assert_format (JfAddressKind kind,
               const char *host,
               const char *port,
               const char *path,
               const char *listen)
{
  JfAddressChoice choice = { .kind = kind,
                             .host = (char *) host,
                             .port = (char *) port,
                             .path = (char *) path };
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (jf_address_choice_format (&choice, &text, &error))
    g_assert_no_error (error);
  else
    {
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_cmpstr (error->message, !=, "");
    }
  g_assert_cmpstr (text, ==, listen);
}

static void
test_stable (void)
{
  g_autoptr (JfAddressChoice) choice = jf_address_choice_new (NULL);
  g_autofree char *listen = NULL;

  g_assert_true (jf_address_choice_format (choice, &listen, NULL));
  g_assert_null (listen);
}

static void
test_port (void)
{
  assert_format (JF_ADDRESS_PORT, NULL, "8080", NULL, "127.0.0.1:8080");
  assert_format (JF_ADDRESS_PORT, NULL, " 65535 ", NULL, "127.0.0.1:65535");
  assert_format (JF_ADDRESS_PORT, NULL, NULL, NULL, NULL);
  assert_format (JF_ADDRESS_PORT, NULL, "", NULL, NULL);
  assert_format (JF_ADDRESS_PORT, NULL, "0", NULL, NULL);
  assert_format (JF_ADDRESS_PORT, NULL, "80", NULL, NULL);
  assert_format (JF_ADDRESS_PORT, NULL, "65536", NULL, NULL);
  assert_format (JF_ADDRESS_PORT, NULL, "-1", NULL, NULL);
  assert_format (JF_ADDRESS_PORT, NULL, "8080x", NULL, NULL);
  assert_format (JF_ADDRESS_PORT, NULL, "8 080", NULL, NULL);
}

static void
test_network (void)
{
  assert_format (JF_ADDRESS_NETWORK, "192.168.1.20", "8080", NULL, "192.168.1.20:8080");
  assert_format (JF_ADDRESS_NETWORK, " 0.0.0.0 ", "8080", NULL, "0.0.0.0:8080");
  assert_format (JF_ADDRESS_NETWORK, "fd00::1", "8080", NULL, "[fd00::1]:8080");
  assert_format (JF_ADDRESS_NETWORK, NULL, "8080", NULL, NULL);
  assert_format (JF_ADDRESS_NETWORK, "example.com", "8080", NULL, NULL);
  assert_format (JF_ADDRESS_NETWORK, "127.0.0.1", "8080", NULL, NULL);
  assert_format (JF_ADDRESS_NETWORK, "::1", "8080", NULL, NULL);
  assert_format (JF_ADDRESS_NETWORK, "192.168.1.20", "", NULL, NULL);
}

static void
test_path (void)
{
  g_autofree char *home = g_strdup_printf ("unix:%s/wiki.sock", g_get_home_dir ());

  assert_format (JF_ADDRESS_PATH, NULL, NULL, "/tmp/wiki.sock", "unix:/tmp/wiki.sock");
  assert_format (JF_ADDRESS_PATH, NULL, NULL, "~/wiki.sock", home);
  assert_format (JF_ADDRESS_PATH, NULL, NULL, "", NULL);
  assert_format (JF_ADDRESS_PATH, NULL, NULL, NULL, NULL);
  assert_format (JF_ADDRESS_PATH, NULL, NULL, "wiki.sock", NULL);
  assert_format (JF_ADDRESS_PATH, NULL, NULL, "/tmp/", NULL);
}

/* As in a sandbox: only one folder is seen from outside. */
static void
test_path_in_folder (void)
{
  static const char *const refused[] = { "/tmp/wiki.sock",      "~/wiki.sock",  "/run/shared/../a",
                                         "/run/shared/deep/er", "/run/shared/", "/run/sharedx/a" };
  JfAddressChoice choice = { .kind = JF_ADDRESS_PATH,
                             .path = (char *) "/run/shared/wiki.sock",
                             .folder = (char *) "/run/shared" };
  g_autofree char *listen = NULL;

  g_assert_true (jf_address_choice_format (&choice, &listen, NULL));
  g_assert_cmpstr (listen, ==, "unix:/run/shared/wiki.sock");
  for (size_t i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_clear_pointer (&listen, g_free);
      choice.path = (char *) refused[i];
      g_assert_false (jf_address_choice_format (&choice, &listen, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
      g_assert_null (listen);
    }
}

static void
test_path_too_long (void)
{
  g_autofree char *name = g_strnfill (200, 'a');
  g_autofree char *path = g_strconcat ("/tmp/", name, NULL);

  assert_format (JF_ADDRESS_PATH, NULL, NULL, path, NULL);
}

static void
test_guess (void)
{
  g_autofree char *host = jf_address_choice_guess_host ();
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  g_assert_nonnull (address);
  g_assert_false (g_inet_address_get_is_loopback (address));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gui/address-choice/read", test_read);
  g_test_add_func ("/gui/address-choice/read-nonsense", test_read_nonsense);
  g_test_add_func ("/gui/address-choice/stable", test_stable);
  g_test_add_func ("/gui/address-choice/port", test_port);
  g_test_add_func ("/gui/address-choice/network", test_network);
  g_test_add_func ("/gui/address-choice/path", test_path);
  g_test_add_func ("/gui/address-choice/path-in-folder", test_path_in_folder);
  g_test_add_func ("/gui/address-choice/path-too-long", test_path_too_long);
  g_test_add_func ("/gui/address-choice/guess", test_guess);
  return g_test_run ();
}
