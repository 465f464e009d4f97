/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Is this exactly one JSON object (RFC 8259) that json-glib can be trusted with? json-glib
 * recurses without bound, and reads comments, single quotes and assignments besides JSON; so
 * everything from a peer passes here first. Stricter than the RFC in two points: no NUL character
 * in a string (\u0000), no integer of more than 18 digits (json-glib would wrap it).
 * Objects and arrays may be nested max_depth deep, the outermost one counted.
 * NULL when all is well, else what is wrong (a static string). */
const char *jf_json_scan (const char *text, size_t size, unsigned max_depth);

G_END_DECLS
