/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/engine/jf-pseudo.h"

G_BEGIN_DECLS

/* The URI that "Open" starts, from the provider's template ({address} {host} {port}) and the
 * local address. JF_ERROR_INVALID, with a reason for the user: no scheme, unknown braces,
 * control characters, another authority than the local address (a template must lead to the
 * service), or a scheme that can act on this computer (javascript, data, file, about, blob,
 * vbscript, ms-*, jackfield, mailto, app-specific install schemes and the like: only a scheme
 * with an authority that contains {address} or {host} passes). JF_ERROR_NOT_AVAILABLE for a UNIX
 * socket. */
char *jf_open_uri_expand (const char *template, const JfPseudo *pseudo, GError **error);
char *jf_open_uri_scheme (const char *template); /* (transfer full) lower case; NULL none */
/* Without a template: a guess by the well-known port (80 and 8080 http, 443 https, 22 ssh, 5900
 * vnc, 3389 rdp, 554 rtsp, 21 ftp); NULL none. */
const char *jf_open_uri_template_for_port (uint16_t port);

G_END_DECLS
