/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-endpoint.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/wire/jf-error.h"

#define NAME_MAX_BYTES  253 /* RFC 1035 */
#define LABEL_MAX_BYTES 63
#define SCOPE_MAX_BYTES 15 /* an interface's name */

static gboolean
is_name_character (char c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '_';
}

static gboolean
scope_is_valid (const char *scope)
{
  size_t length = strlen (scope);

  if (length == 0 || length > SCOPE_MAX_BYTES)
    return FALSE;
  for (; *scope != '\0'; scope++)
    if (!is_name_character (*scope) && *scope != '.')
      return FALSE;
  return TRUE;
}

static gboolean
ipv6_is_valid (const char *host)
{
  const char *percent = strchr (host, '%');
  g_autofree char *address = percent != NULL ? g_strndup (host, percent - host) : g_strdup (host);

  return g_hostname_is_ip_address (address) && (percent == NULL || scope_is_valid (percent + 1));
}

static gboolean
label_is_valid (const char *label, size_t length)
{
  if (length == 0 || length > LABEL_MAX_BYTES || label[0] == '-')
    return FALSE;
  for (size_t i = 0; i < length; i++)
    if (!is_name_character (label[i]))
      return FALSE;
  return TRUE;
}

gboolean
jf_endpoint_host_is_valid (const char *host)
{
  const char *label = host;
  size_t length;

  if (strchr (host, ':') != NULL)
    return ipv6_is_valid (host);
  if (strlen (host) > NAME_MAX_BYTES)
    return FALSE;
  for (;;)
    {
      length = strcspn (label, ".");
      if (!label_is_valid (label, length))
        return FALSE;
      if (label[length] == '\0' || label[length + 1] == '\0')
        break;
      label += length + 1;
    }
  /* A name that ends in a number is an address, or one of its odd spellings ("10.1"), which
   * resolvers read in ways that surprise. */
  if (strspn (label, "0123456789") == length)
    return g_hostname_is_ip_address (host);
  return TRUE;
}

static gboolean
parse_port (const char *text, uint16_t *out)
{
  unsigned value = 0;
  size_t length = strspn (text, "0123456789");

  if (length == 0 || length > 5 || text[length] != '\0' || text[0] == '0')
    return FALSE;
  for (; *text != '\0'; text++)
    value = value * 10 + (unsigned) (*text - '0');
  if (value > UINT16_MAX)
    return FALSE;
  *out = (uint16_t) value;
  return TRUE;
}

/* Cuts the text in two: *port is what follows the colon, or NULL. FALSE when brackets are wrong. */
static gboolean
split (const char *text, char **host, const char **port)
{
  const char *end;

  if (text[0] == '[')
    {
      text++;
      end = strchr (text, ']');
      if (end == NULL || (end[1] != ':' && end[1] != '\0'))
        return FALSE;
      *port = end[1] == ':' ? end + 2 : NULL;
      /* Brackets are for IPv6 alone. */
      if (memchr (text, ':', (size_t) (end - text)) == NULL)
        return FALSE;
    }
  else
    {
      end = text + strcspn (text, ":");
      *port = end[0] == ':' ? end + 1 : NULL;
    }
  *host = g_strndup (text, (size_t) (end - text));
  return TRUE;
}

gboolean
jf_endpoint_parse (const char *text,
                   uint16_t default_port,
                   char **host,
                   uint16_t *port,
                   GError **error)
{
  g_autofree char *name = NULL;
  const char *port_text = NULL;
  uint16_t number = default_port;

  if (!split (text, &name, &port_text) || !jf_endpoint_host_is_valid (name))
    {
      g_set_error_literal (
          error, JF_ERROR, JF_ERROR_INVALID,
          _("the host is neither a name nor an address (IPv6 addresses stand in brackets)"));
      return FALSE;
    }
  if (port_text == NULL && default_port == 0)
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                           _("the port is missing: expected HOST:PORT"));
      return FALSE;
    }
  if (port_text != NULL && !parse_port (port_text, &number))
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                           _("the port is not a number from 1 to 65535"));
      return FALSE;
    }
  *host = g_steal_pointer (&name);
  *port = number;
  return TRUE;
}

char *
jf_endpoint_format (const char *host, uint16_t port)
{
  return g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:%u" : "%s:%u", host, port);
}
