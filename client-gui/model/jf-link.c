/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-link.h"

#include <glib/gi18n-lib.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "gateway/wire/jf-endpoint.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-names.h"

#define DEFAULT_PORT 443
#define JOIN         "/join"

static const char *const schemes[] = { "https://", "jackfield://" };

static size_t
scheme_length (const char *text)
{
  for (size_t i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strncasecmp (text, schemes[i], strlen (schemes[i])) == 0)
      return strlen (schemes[i]);
  return 0;
}

/* Where the path of the link begins; NULL where it has no scheme of ours. */
static const char *
find_path (const char *link)
{
  size_t scheme = scheme_length (link);

  return scheme > 0 ? link + scheme + strcspn (link + scheme, "/?#") : NULL;
}

static gboolean
is_join (const char *link)
{
  const char *path = find_path (link);

  return path != NULL && g_str_has_prefix (path, JOIN) && strchr ("#", path[strlen (JOIN)]) != NULL;
}

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, _ ("not a link to a service: %s"), reason);
  return FALSE;
}

static gboolean
parse_service (JfLink *self, const char *link, GError **error)
{
  const char *path = find_path (link);
  const char *host = link + scheme_length (link);
  g_autofree char *authority = g_strndup (host, (size_t) (path - host));
  g_autofree char *provider = NULL;
  g_autofree char *name = NULL;
  g_autoptr (GError) reason = NULL;

  if (!jf_endpoint_parse (authority, DEFAULT_PORT, &self->host, &self->port, &reason))
    return refuse (error, reason->message);
  path += strlen (JOIN);
  if (*path == '\0')
    return refuse (error, _ ("the service after # is missing; copy the whole link"));
  if (!jf_service_split (path + 1, &provider, &name, &reason))
    return refuse (error, reason->message);
  if (provider == NULL)
    return refuse (error, _ ("expected PROVIDER/NAME after #"));
  self->service = g_strdup (path + 1);
  return TRUE;
}

static gboolean
parse_invitation (JfLink *self, const char *link, GError **error)
{
  self->invitation = jf_invitation_parse (link, error);
  if (self->invitation == NULL)
    return FALSE;
  self->host = g_strdup (self->invitation->host);
  self->port = self->invitation->port;
  return TRUE;
}

static JfLink *
parse (const char *link, GError **error)
{
  g_autoptr (JfLink) self = g_new0 (JfLink, 1);
  gboolean good = is_join (link) ? parse_service (self, link, error)
                                 : parse_invitation (self, link, error);

  return good ? g_steal_pointer (&self) : NULL;
}

/* The first place in the text where a link of ours begins; of other links the first. */
static const char *
find_link (const char *text)
{
  const char *first = NULL;

  for (const char *at = text; *at != '\0'; at++)
    {
      const char *path = scheme_length (at) > 0 ? find_path (at) : NULL;

      if (path != NULL && (g_str_has_prefix (path, "/invite") || g_str_has_prefix (path, JOIN)))
        return at;
      if (path != NULL && first == NULL)
        first = at;
    }
  return first;
}

/* What a link cannot hold ends it: white space, quotes, brackets of a mail. */
static char *
cut_link (const char *start)
{
  char *link = g_strndup (start, strcspn (start, " \t\r\n\v\f\"'<>`|\\^{}"));
  size_t length = strlen (link);

  /* the stop of the sentence round it */
  while (length > 0 && strchr (".,;:!?)", link[length - 1]) != NULL)
    link[--length] = '\0';
  return link;
}

/* The same when lines were broken inside it: everything up to the next empty line, without white
 * space. */
static char *
join_lines (const char *start)
{
  GString *out = g_string_new (NULL);

  for (const char *at = start; *at != '\0'; at++)
    {
      if (at[0] == '\n' && (at[1] == '\n' || (at[1] == '\r' && at[2] == '\n')))
        break;
      if (!g_ascii_isspace (*at))
        g_string_append_c (out, *at);
    }
  return g_string_free (out, FALSE);
}

static void
free_secret (char *text)
{
  if (text != NULL)
    gnutls_memset (text, 0, strlen (text));
  g_free (text);
}

static JfLink *
parse_broken (const char *start)
{
  char *joined = join_lines (start);
  char *link = cut_link (joined);
  JfLink *self = parse (link, NULL);

  free_secret (joined);
  free_secret (link);
  return self;
}

JfLink *
jf_link_parse (const char *text, GError **error)
{
  g_autoptr (GError) reason = NULL;
  char *bounded = g_strndup (text != NULL ? text : "", JF_LINK_TEXT_MAX);
  const char *start = find_link (bounded);
  char *link = start != NULL ? cut_link (start) : g_strdup ("");
  JfLink *self = parse (link, &reason);

  if (self == NULL && start != NULL)
    self = parse_broken (start);
  if (self == NULL)
    g_propagate_error (error, g_steal_pointer (&reason));
  free_secret (link);
  free_secret (bounded);
  return self;
}

char *
jf_link_format_service (const char *scheme, const char *host, uint16_t port, const char *service)
{
  g_autofree char *endpoint = jf_endpoint_format (host, port);

  if (port == DEFAULT_PORT)
    *strrchr (endpoint, ':') = '\0';
  return g_strdup_printf ("%s://%s" JOIN "#%s", scheme, endpoint, service);
}

void
jf_link_free (JfLink *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->invitation, jf_invitation_free);
  g_free (self->host);
  g_free (self->service);
  g_free (self);
}
