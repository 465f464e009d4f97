/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-target.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/un.h>

#include "gateway/wire/jf-endpoint.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-names.h"

#define QUOTED_MAX_BYTES 80

static void
set_error (GError **error, const char *text, const char *reason)
{
  g_autofree char *quoted = jf_text_clean (text, QUOTED_MAX_BYTES);

  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               _("expected tcp:HOST:PORT or unix:PATH, got “%s”: %s"), quoted, reason);
}

static gboolean
check_path (const char *text, const char *path, GError **error)
{
  if (path[0] != '/')
    {
      set_error (error, text, _("the path must be absolute"));
      return FALSE;
    }
  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    {
      set_error (error, text, _("the path is too long for a UNIX socket"));
      return FALSE;
    }
  for (const char *c = path; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      {
        set_error (error, text, _("the path holds a control character"));
        return FALSE;
      }
  return TRUE;
}

static JfTarget *
parse_tcp (const char *text, const char *endpoint, GError **error)
{
  g_autoptr (GError) reason = NULL;
  JfTarget target = { .kind = JF_TARGET_TCP };

  if (!jf_endpoint_parse (endpoint, 0, &target.host, &target.port, &reason))
    {
      set_error (error, text, reason->message);
      return NULL;
    }
  return g_memdup2 (&target, sizeof target);
}

static JfTarget *
parse_unix (const char *text, const char *path, GError **error)
{
  JfTarget target = { .kind = JF_TARGET_UNIX };

  if (!check_path (text, path, error))
    return NULL;
  target.path = g_strdup (path);
  return g_memdup2 (&target, sizeof target);
}

JfTarget *
jf_target_parse (const char *text, GError **error)
{
  if (text != NULL && g_str_has_prefix (text, "tcp:"))
    return parse_tcp (text, text + strlen ("tcp:"), error);
  if (text != NULL && g_str_has_prefix (text, "unix:"))
    return parse_unix (text, text + strlen ("unix:"), error);
  set_error (error, text, _("unknown kind of target"));
  return NULL;
}

char *
jf_target_format (const JfTarget *target)
{
  g_autofree char *endpoint = NULL;

  if (target->kind == JF_TARGET_UNIX)
    return g_strconcat ("unix:", target->path, NULL);
  endpoint = jf_endpoint_format (target->host, target->port);
  return g_strconcat ("tcp:", endpoint, NULL);
}

JfTarget *
jf_target_copy (const JfTarget *target)
{
  JfTarget *copy = g_memdup2 (target, sizeof *target);

  copy->host = g_strdup (target->host);
  copy->path = g_strdup (target->path);
  return copy;
}

void
jf_target_free (JfTarget *target)
{
  if (target == NULL)
    return;
  g_free (target->host);
  g_free (target->path);
  g_free (target);
}
