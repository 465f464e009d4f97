/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define JF_STORE_ID_MAX 255 /* bytes; D-Bus names have no more either */

/* (transfer full) the URI at which a software centre shows the app with this AppStream id. NULL for
 * what is no id: letters, digits, ".", "_" and "-", the first and last a letter or digit. The id
 * comes from a provider, and must not become anything else than one part of a path. */
char *jf_store_uri_format (const char *app_id);

G_END_DECLS
