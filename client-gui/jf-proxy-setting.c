/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-proxy-setting.h"

#include <glib/gi18n.h>

#include "gateway/link/jf-proxy.h"
#include "gateway/wire/jf-endpoint.h"
#include "gateway/wire/jf-error.h"

static gboolean
invalid (GError **error, const char *text)
{
  g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID, text);
  return FALSE;
}

gboolean
jf_proxy_check_url (const char *text, GError **error)
{
  static const char *const schemes[] = { "http", "socks5", NULL };
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  const char *path = uri != NULL ? g_uri_get_path (uri) : "";

  if (uri == NULL || !g_strv_contains (schemes, g_uri_get_scheme (uri)))
    return invalid (error, _ ("A proxy’s address begins with http:// or socks5://, as in "
                              "http://proxy.example:3128."));
  if (host == NULL || *host == '\0')
    return invalid (error,
                    _ ("The name of the proxy is missing, as in http://proxy.example:3128."));
  if (!jf_endpoint_host_is_valid (host))
    return invalid (error, _ ("This is no name of a proxy. A usual address is "
                              "http://proxy.example:3128."));
  if (g_uri_get_port (uri) <= 0)
    return invalid (error,
                    _ ("The port of the proxy is missing, as in http://proxy.example:3128."));
  if ((*path != '\0' && !g_str_equal (path, "/")) || g_uri_get_query (uri) != NULL ||
      g_uri_get_fragment (uri) != NULL)
    return invalid (error, _ ("A proxy’s address ends with its port, as in "
                              "http://proxy.example:3128."));
  /* the engine has the last word */
  if (!jf_proxy_check (text, NULL))
    return invalid (error, _ ("This address of a proxy cannot be used."));
  return TRUE;
}

char *
jf_proxy_get (GSettings *settings)
{
  g_autofree char *mode = g_settings_get_string (settings, "proxy-mode");
  g_autofree char *url = g_settings_get_string (settings, "proxy-url");

  if (!g_str_equal (mode, "manual"))
    return g_steal_pointer (&mode);
  return jf_proxy_check_url (url, NULL) ? g_steal_pointer (&url) : g_strdup ("auto");
}

static void
changed_cb (JfAccounts *accounts, const char *key, GSettings *settings)
{
  g_autofree char *proxy = jf_proxy_get (settings);

  jf_accounts_set_proxy (accounts, proxy);
}

void
jf_proxy_follow (GSettings *settings, JfAccounts *accounts)
{
  g_signal_connect_object (settings, "changed::proxy-mode", G_CALLBACK (changed_cb), accounts,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::proxy-url", G_CALLBACK (changed_cb), accounts,
                           G_CONNECT_SWAPPED);
  changed_cb (accounts, NULL, settings);
}
