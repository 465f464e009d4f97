/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-proxy.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/wire/jf-error.h"

#define URL_MAX_BYTES 1024
#define URL_FLAGS     (G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY)

static gboolean
refuse (GError **error)
{
  g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                       _ ("expected auto, none, http://[USER:PASSWORD@]HOST:PORT or "
                          "socks5://[USER:PASSWORD@]HOST:PORT"));
  return FALSE;
}

/* A proxy that itself wants TLS cannot be used: the descriptor behind it would not be bare. */
static gboolean
is_usable_scheme (const char *scheme)
{
  return g_ascii_strcasecmp (scheme, "http") == 0 || g_ascii_strcasecmp (scheme, "socks5") == 0;
}

gboolean
jf_proxy_check (const char *setting, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  const char *path;

  if (strcmp (setting, JF_PROXY_AUTO) == 0 || strcmp (setting, JF_PROXY_NONE) == 0)
    return TRUE;
  if (strlen (setting) > URL_MAX_BYTES)
    return refuse (error);
  uri = g_uri_parse (setting, URL_FLAGS, NULL);
  if (uri == NULL || !is_usable_scheme (g_uri_get_scheme (uri)) || g_uri_get_host (uri) == NULL ||
      *g_uri_get_host (uri) == '\0' || g_uri_get_port (uri) <= 0 || g_uri_get_query (uri) != NULL ||
      g_uri_get_fragment (uri) != NULL)
    return refuse (error);
  path = g_uri_get_path (uri);
  return *path == '\0' || strcmp (path, "/") == 0 || refuse (error);
}

GProxyResolver *
jf_proxy_get_resolver (const char *setting)
{
  if (strcmp (setting, JF_PROXY_NONE) == 0)
    return NULL;
  if (strcmp (setting, JF_PROXY_AUTO) == 0)
    return g_object_ref (g_proxy_resolver_get_default ());
  return g_simple_proxy_resolver_new (setting, NULL);
}

static int
default_port (const char *scheme)
{
  if (g_ascii_strcasecmp (scheme, "http") == 0)
    return 80;
  return g_ascii_strcasecmp (scheme, "https") == 0 ? 443 : 1080;
}

void
jf_proxy_describe (const char *url, char *out, size_t size)
{
  g_autoptr (GUri) uri = g_uri_parse (url, URL_FLAGS, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;
  int port;

  *out = '\0';
  if (host == NULL || *host == '\0')
    return;
  port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : default_port (g_uri_get_scheme (uri));
  g_snprintf (out, size, strchr (host, ':') != NULL ? "[%s]:%d" : "%s:%d", host, port);
}
