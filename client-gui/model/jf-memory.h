/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What the app remembers of one account's services: favourites, when each was used last, which
 * are joined, and the address that the user chose. A key file in the account's state directory,
 * written soon after a change (coalesced to one write a second, aside, renamed) in a thread of
 * its own. A file that cannot be understood is kept aside as PATH.damaged; what is good in it goes on
 * counting. One that cannot even be read or put aside is left alone: then nothing is written.
 * Made in any thread (it reads the file); belongs to the main context from then on. */
#define JF_TYPE_MEMORY (jf_memory_get_type ())
G_DECLARE_FINAL_TYPE (JfMemory, jf_memory, JF, MEMORY, GObject)

/* Services beyond this are not remembered: the one that was used longest ago goes, favourites
 * and joined ones last. */
#define JF_MEMORY_SERVICES_MAX 4096

/* Signal "failed" (GError *): it could not be written; said once until a write succeeds. */
/* path NULL: in memory only. */
JfMemory *jf_memory_new (const char *path);
/* NULL, or what was wrong with the file and where it was kept, for the user. */
const char *jf_memory_get_damage (JfMemory *self);

gboolean jf_memory_get_favourite (JfMemory *self, const char *service);
void jf_memory_set_favourite (JfMemory *self, const char *service, gboolean favourite);
int64_t jf_memory_get_used (JfMemory *self, const char *service); /* unix seconds; 0 never */
void jf_memory_set_used (JfMemory *self, const char *service, int64_t when);
gboolean jf_memory_get_joined (JfMemory *self, const char *service);
void jf_memory_set_joined (JfMemory *self, const char *service, gboolean joined);
/* (transfer full) a text for jf_pseudo_spec_parse(); NULL: the stable address */
char *jf_memory_get_listen (JfMemory *self, const char *service);
void jf_memory_set_listen (JfMemory *self, const char *service, const char *listen);
/* The title at the last sight, so that a remembered service has a name while the manager is
 * away. Kept for services only of which something else is remembered. */
char *jf_memory_get_title (JfMemory *self, const char *service); /* (transfer full); NULL */
void jf_memory_set_title (JfMemory *self, const char *service, const char *title);
/* The desktop application that opens this service; NULL: ask or the default */
char *jf_memory_get_opener (JfMemory *self, const char *service); /* (transfer full) */
void jf_memory_set_opener (JfMemory *self, const char *service, const char *desktop_id);

/* (transfer full) every service that is a favourite or joined, and the twenty that were used last */
char **jf_memory_list (JfMemory *self);
/* Writes at once and waits: the app ends. */
gboolean jf_memory_flush (JfMemory *self, GError **error);

G_END_DECLS
