/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A configuration file (GKeyFile syntax) whose errors name file and line:
 * "/etc/x.conf:12: [service web] target: expected tcp:HOST:PORT or unix:PATH, got \"x\"".
 * Unknown groups and keys are errors too, with the nearest known name when there is one. */
typedef struct JfConfig JfConfig;

typedef struct
{
  const char *group; /* "manager", or "service *" for groups with a name after a blank */
  const char *const *keys;
} JfConfigGroup;

/* `known` ends with a NULL group and is static. Fails with JF_ERROR_INVALID or JF_ERROR_STORAGE. */
JfConfig *jf_config_load (const char *path, const JfConfigGroup *known, GError **error);
/* The same from memory; `path` is for messages only. */
JfConfig *jf_config_new (const char *path,
                         const char *data,
                         size_t size,
                         const JfConfigGroup *known,
                         GError **error);
void jf_config_free (JfConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfConfig, jf_config_free)

/* Groups in the order of the file. NULL-terminated, free with g_strfreev(). */
char **jf_config_get_groups (JfConfig *self);
gboolean jf_config_has (JfConfig *self, const char *group, const char *key);
/* Absent gives the fallback (copied; may be NULL). Free with g_free(). */
char *jf_config_get_string (JfConfig *self,
                            const char *group,
                            const char *key,
                            const char *fallback);
/* Semicolon-separated; absent gives an empty list. Free with g_strfreev(). */
char **jf_config_get_list (JfConfig *self, const char *group, const char *key);
gboolean jf_config_get_bool (JfConfig *self,
                             const char *group,
                             const char *key,
                             gboolean fallback,
                             gboolean *out,
                             GError **error);
gboolean jf_config_get_int (JfConfig *self,
                            const char *group,
                            const char *key,
                            int64_t min,
                            int64_t max,
                            int64_t fallback,
                            int64_t *out,
                            GError **error);
/* Puts "FILE:LINE: [group] key: " before the message of an error that the caller found. */
void jf_config_prefix_error (JfConfig *self, const char *group, const char *key, GError **error);

G_END_DECLS
