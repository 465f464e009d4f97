/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* Labels of members, devices and groups, and names of services:
 * [a-z0-9] then [a-z0-9._-], at most JF_LABEL_MAX_BYTES in all. `what` ("member", "service", …)
 * opens the error message. Fails with JF_ERROR_INVALID. */
gboolean jf_label_check (const char *label, const char *what, GError **error);

/* One entry of an allow list: a member's label, "@" and a group's label, or "*". */
gboolean jf_allow_check (const char *entry, GError **error);

/* "PROVIDER/NAME", or "NAME" alone (then *provider is NULL). Free both with g_free(). */
gboolean jf_service_split (const char *service, char **provider, char **name, GError **error);

/* Text from a peer made fit for one line on a screen: valid UTF-8, no control and no bidi
 * formatting characters, at most max_bytes (cut at a character). Never fails; free with g_free(). */
char *jf_text_clean (const char *text, size_t max_bytes);

/* The stable loopback address of a service (host order, 127.x.y.z with x in 1..254 and z in
 * 1..254): SHA-256 over the manager's key id and "PROVIDER/NAME". `attempt` 0 first; higher ones
 * give other addresses for the rare case of a collision. */
uint32_t jf_service_address (const JfKeyId *manager, const char *service, unsigned attempt);

G_END_DECLS
