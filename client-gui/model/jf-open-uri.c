/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-open-uri.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

/* A template comes from a stranger, and what it becomes is handed to whatever program of this
 * computer has registered the scheme. So it must have the plainest form there is, lead to the local
 * address and nowhere else, and have a scheme that is not known for more than connecting. */

/* Part of a template: from start, length bytes. */
typedef struct
{
  const char *start;
  size_t length;
} Span;

typedef struct
{
  char *scheme;
  Span user; /* without "@"; length 0 none */
  Span host; /* {address}, {host} or {host}:{port} */
} Parts;

static gboolean
refuse (GError **error, const char *template, const char *why)
{
  g_autofree char *shown = jf_text_clean (template, JF_LABEL_MAX_BYTES);

  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               /* TRANSLATORS: a link that was refused, then the reason as a whole sentence */
               _ ("The provider's link “%s” is not opened. %s"), shown, why);
  return FALSE;
}

char *
jf_open_uri_scheme (const char *template)
{
  size_t length = template != NULL ? strcspn (template, ":") : 0;

  if (length == 0 || template[length] != ':' || !g_ascii_isalpha (template[0]))
    return NULL;
  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isalnum (template[i]) && strchr ("+-.", template[i]) == NULL)
      return NULL;
  return g_ascii_strdown (template, (gssize) length);
}

/* Schemes that do more than to connect to their authority: run, install, read local files, write
 * messages, or come back to this app. */
static gboolean
scheme_may_act (const char *scheme)
{
  static const char *const names[] = {
    "about",       "admin",
    "android-app", "appstream",
    "apt",         "archive",
    "blob",        "burn",
    "callto",      "cid",
    "computer",    "cursor",
    "data",        "dict",
    "discord",     "facetime",
    "file",        "filesystem",
    "flatpak",     "ghelp",
    "gopher",      "hcp",
    "help",        "idea",
    "info",        "intent",
    "jackfield",   "jar",
    "javascript",  "jetbrains",
    "livescript",  "magnet",
    "mailto",      "man",
    "market",      "mhtml",
    "mid",         "mk",
    "mocha",       "network",
    "obsidian",    "otpauth",
    "recent",      "res",
    "resource",    "search-ms",
    "shell",       "shortcuts",
    "skype",       "slack",
    "sms",         "smsto",
    "snap",        "steam",
    "tel",         "thunderlink",
    "trash",       "urn",
    "vbscript",    "view-source",
    "vscode",      "vscode-insiders",
    "vscodium",    "windsurf",
    "wyciwyg",     "x-apple",
    "zoommtg",     "zoomus",
    NULL,
  };
  static const char *const prefixes[] = {
    "ms-",  "apt+", "chrome", "com.",  "edge", "flatpak+",
    "itms", "moz-", "org.",   "snap+", "web+", "x-",
  };

  if (g_strv_contains (names, scheme))
    return TRUE;
  for (unsigned i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (scheme, prefixes[i]))
      return TRUE;
  return FALSE;
}

/* 0: no placeholder begins here; else its length */
static size_t
placeholder_length (const char *text)
{
  static const char *const names[] = { "{address}", "{host}", "{port}" };

  for (unsigned i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_has_prefix (text, names[i]))
      return strlen (names[i]);
  return 0;
}

/* Two digits, of what is no control character. */
static gboolean
percent_is_good (const char *c)
{
  int value;

  if (!g_ascii_isxdigit (c[1]) || !g_ascii_isxdigit (c[2]))
    return FALSE;
  value = g_ascii_xdigit_value (c[1]) * 16 + g_ascii_xdigit_value (c[2]);
  return value >= 0x20 && value != 0x7f;
}

/* Printable ASCII of RFC 3986 and our placeholders, nothing that programs read differently. */
static gboolean
check_characters (const char *template, GError **error)
{
  if (strlen (template) > JF_TEXT_MAX_BYTES)
    return refuse (error, template, _ ("It is too long."));
  for (const char *c = template; *c != '\0';)
    {
      size_t length = placeholder_length (c);

      if (length > 0)
        {
          c += length;
          continue;
        }
      if (*c == '{' || *c == '}')
        return refuse (error, template,
                       _ ("Only {address}, {host} and {port} may stand in braces."));
      if (*c == '%' && !percent_is_good (c))
        return refuse (error, template, _ ("It contains characters that no link may contain."));
      if (!g_ascii_isgraph (*c) || strchr ("\"<>\\^`|", *c) != NULL)
        return refuse (error, template, _ ("It contains characters that no link may contain."));
      c++;
    }
  return TRUE;
}

/* A user name that no program takes for an option or a command. */
static gboolean
user_is_plain (Span user)
{
  for (size_t i = 0; i < user.length; i++)
    {
      char c = user.start[i];

      if (!g_ascii_isalnum (c) && (i == 0 || strchr ("._~-:%", c) == NULL))
        return FALSE;
    }
  return user.length > 0;
}

static gboolean
span_is (Span span, const char *text)
{
  return span.length == strlen (text) && memcmp (span.start, text, span.length) == 0;
}

static gboolean
check_authority (const char *template, Span authority, Parts *parts, GError **error)
{
  const char *at = memrchr (authority.start, '@', authority.length);

  parts->host = authority;
  if (at != NULL)
    {
      parts->user = (Span){ authority.start, (size_t) (at - authority.start) };
      parts->host = (Span){ at + 1, authority.length - parts->user.length - 1 };
      if (!user_is_plain (parts->user))
        return refuse (error, template, _ ("The user name in it is not a plain one."));
    }
  if (span_is (parts->host, "{address}") || span_is (parts->host, "{host}") ||
      span_is (parts->host, "{host}:{port}"))
    return TRUE;
  return refuse (error, template,
                 _ ("It would not lead to the local address of this service, but somewhere else."));
}

static gboolean
take_apart (const char *template, Parts *parts, GError **error)
{
  const char *rest;
  Span authority;

  if (!check_characters (template, error))
    return FALSE;
  parts->scheme = jf_open_uri_scheme (template);
  if (parts->scheme == NULL)
    return refuse (error, template, _ ("It does not say with which kind of program to open it."));
  if (scheme_may_act (parts->scheme))
    return refuse (error, template,
                   _ ("Links of this kind can do more on this computer than to connect."));
  rest = template + strlen (parts->scheme) + 1;
  if (!g_str_has_prefix (rest, "//"))
    return refuse (error, template, _ ("It names no address to connect to."));
  authority = (Span){ rest + 2, strcspn (rest + 2, "/?#") };
  return check_authority (template, authority, parts, error);
}

/* Where programs of this computer connect: an address that stands for all is no destination. */
static char *
format_host (const JfPseudo *pseudo)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (pseudo->host);

  if (address == NULL)
    return g_strdup (pseudo->host);
  if (g_inet_address_get_is_any (address))
    return g_strdup (strchr (pseudo->host, ':') != NULL ? "[::1]" : "127.0.0.1");
  if (strchr (pseudo->host, ':') != NULL)
    return g_strdup_printf ("[%s]", pseudo->host);
  return g_strdup (pseudo->host);
}

static char *
fill_in (const char *template, const JfPseudo *pseudo)
{
  g_autofree char *host = format_host (pseudo);
  GString *out = g_string_new (NULL);

  for (const char *c = template; *c != '\0';)
    {
      size_t length = placeholder_length (c);

      if (length == 0)
        g_string_append_c (out, *c);
      else if (c[1] == 'p')
        g_string_append_printf (out, "%u", pseudo->port);
      else if (c[1] == 'h')
        g_string_append (out, host);
      else
        g_string_append_printf (out, "%s:%u", host, pseudo->port);
      c += MAX (length, 1);
    }
  return g_string_free (out, FALSE);
}

char *
jf_open_uri_expand (const char *template, const JfPseudo *pseudo, GError **error)
{
  g_autofree char *uri = NULL;
  Parts parts = { 0 };
  gboolean good = take_apart (template, &parts, error);

  g_free (parts.scheme);
  if (!good)
    return NULL;
  if (pseudo->port == 0)
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE,
                           _ ("This service is connected at a UNIX socket, which links cannot lead "
                              "to. Choose a port as its local address to open it."));
      return NULL;
    }
  uri = fill_in (template, pseudo);
  /* Escapes of something else than UTF-8, say: programs would disagree about them. */
  if (!g_uri_is_valid (uri, G_URI_FLAGS_NONE, NULL))
    {
      refuse (error, template, _ ("It is not a well-formed link."));
      return NULL;
    }
  return g_steal_pointer (&uri);
}

const char *
jf_open_uri_template_for_port (uint16_t port)
{
  switch (port)
    {
    case 80:
    case 8080:
      return "http://{address}/";
    case 443:
      return "https://{address}/";
    case 22:
      return "ssh://{address}";
    case 21:
      return "ftp://{address}/";
    case 554:
      return "rtsp://{address}/";
    case 3389:
      return "rdp://{address}";
    case 5900:
      return "vnc://{address}";
    default:
      return NULL;
    }
}
