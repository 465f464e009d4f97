/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-config.h"

G_BEGIN_DECLS

/* Where things are in the text of a configuration file; GKeyFile knows no lines. Finds what is
 * wrong with a line by itself, so that GKeyFile only ever sees good ones. */
typedef struct
{
  GHashTable *lines; /* "group" or "group\nkey" -> line number */
} JfConfigScan;

/* The message of an error begins with "PATH:LINE: ". */
gboolean jf_config_scan_init (JfConfigScan *self,
                              const char *path,
                              const char *data,
                              size_t size,
                              const JfConfigGroup *known,
                              GError **error);
void jf_config_scan_clear (JfConfigScan *self);
/* The line of the key, or of its group when the key is not there; 0 for neither. */
unsigned jf_config_scan_get_line (const JfConfigScan *self, const char *group, const char *key);

/* The entry of `known` that is least unlike `name`, or NULL when none is alike. */
const char *jf_config_nearest (const char *name, const char *const *known);

G_END_DECLS
