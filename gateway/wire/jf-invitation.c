/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-invitation.h"

#include <glib/gi18n-lib.h>
#include <gnutls/crypto.h>
#include <string.h>

#include "gateway/wire/jf-base64url.h"
#include "gateway/wire/jf-endpoint.h"
#include "gateway/wire/jf-error.h"

#define DEFAULT_PORT 443
#define PATH         "/invite"

G_STATIC_ASSERT (JF_INVITATION_CODE_SIZE == JF_BASE64URL_LENGTH (JF_INVITATION_CODE_BYTES) + 1);

static gboolean
refuse (GError **error, const char *reason)
{
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, _("not an invitation link: %s"), reason);
  return FALSE;
}

static const char *
skip_scheme (const char *link)
{
  static const char *const schemes[] = { "https://", "jackfield://" };

  for (size_t i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_ascii_strncasecmp (link, schemes[i], strlen (schemes[i])) == 0)
      return link + strlen (schemes[i]);
  return NULL;
}

static gboolean
parse_authority (JfInvitation *self, const char *text, size_t length, GError **error)
{
  g_autofree char *authority = g_strndup (text, length);
  g_autoptr (GError) reason = NULL;

  if (length == 0)
    return refuse (error, _("it names no host"));
  if (!jf_endpoint_parse (authority, DEFAULT_PORT, &self->host, &self->port, &reason))
    return refuse (error, reason->message);
  return TRUE;
}

/* CODE.KEYPIN. The messages never repeat any of it: links end up in logs and bug reports. */
static gboolean
parse_fragment (JfInvitation *self, const char *text, GError **error)
{
  uint8_t code[JF_INVITATION_CODE_BYTES];
  const char *dot = strchr (text, '.');

  if (dot == NULL || !jf_base64url_decode (text, (size_t) (dot - text), code, sizeof code))
    return refuse (error, _("its code is incomplete or mistyped; copy the whole link"));
  if (!jf_key_id_parse (dot + 1, &self->manager, NULL))
    return refuse (error,
                   _("the key after its code is incomplete or mistyped; copy the whole link"));
  jf_base64url_encode (code, sizeof code, self->code);
  return TRUE;
}

static gboolean
parse_link (JfInvitation *self, const char *link, GError **error)
{
  const char *authority = link != NULL ? skip_scheme (link) : NULL;
  const char *path;
  size_t length;

  if (authority == NULL)
    return refuse (error, _("it begins neither with https:// nor with jackfield://"));
  length = strcspn (authority, "/?#");
  path = authority + length;
  if (!parse_authority (self, authority, length, error))
    return FALSE;
  if (!g_str_has_prefix (path, PATH) || (path[strlen (PATH)] != '#' && path[strlen (PATH)] != '\0'))
    return refuse (error, _("expected /invite after the host"));
  if (path[strlen (PATH)] == '\0')
    return refuse (error, _("the code after # is missing; copy the whole link"));
  return parse_fragment (self, path + strlen (PATH "#"), error);
}

JfInvitation *
jf_invitation_parse (const char *link, GError **error)
{
  g_autoptr (JfInvitation) self = g_new0 (JfInvitation, 1);

  if (!parse_link (self, link, error))
    return NULL;
  return g_steal_pointer (&self);
}

char *
jf_invitation_format (const JfInvitation *invitation, const char *scheme)
{
  g_autofree char *endpoint = jf_endpoint_format (invitation->host, invitation->port);
  char key_id[JF_KEY_ID_TEXT_SIZE];

  jf_key_id_format (&invitation->manager, key_id);
  if (invitation->port == DEFAULT_PORT)
    *strrchr (endpoint, ':') = '\0';
  return g_strdup_printf ("%s://%s" PATH "#%s.%s", scheme, endpoint, invitation->code, key_id);
}

void
jf_invitation_free (JfInvitation *invitation)
{
  if (invitation == NULL)
    return;
  g_free (invitation->host);
  gnutls_memset (invitation->code, 0, sizeof invitation->code);
  g_free (invitation);
}

void
jf_invitation_code_new (char out[JF_INVITATION_CODE_SIZE])
{
  uint8_t code[JF_INVITATION_CODE_BYTES];
  int status = gnutls_rnd (GNUTLS_RND_KEY, code, sizeof code);

  if (status < 0)
    g_error ("no random numbers from GnuTLS: %s", gnutls_strerror (status));
  jf_base64url_encode (code, sizeof code, out);
  gnutls_memset (code, 0, sizeof code);
}

char *
jf_invitation_code_hash (const char *code)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, code, -1);
}
