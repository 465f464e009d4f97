/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* "HOST:PORT" as it stands in links, targets and configurations. HOST is a name of ASCII
 * letters, digits, "-", "_" and ".", an IPv4 address, or an IPv6 address in brackets (with a
 * scope, as in [fe80::1%eth0], where it needs one). PORT is 1 to 65535.
 * `default_port` (host order) is taken when the text names none; 0 makes a port compulsory.
 * Fails with JF_ERROR_INVALID, translated; *host (without brackets) is freed with g_free(). */
gboolean jf_endpoint_parse (const char *text,
                            uint16_t default_port,
                            char **host,
                            uint16_t *port,
                            GError **error);
char *jf_endpoint_format (const char *host, uint16_t port);

/* What may stand for HOST, without brackets. */
gboolean jf_endpoint_host_is_valid (const char *host);

G_END_DECLS
