/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* The key by which this computer knows the provider of a service, fit to be shown. */
typedef struct
{
  char *text;     /* the short form that people compare; with several keys one a line */
  char *known_as; /* "Provider’s key, known since 3 March 2026" */
} JfProviderKey;

/* (transfer full) NULL: none is known yet (nothing was ever reached there), or the file cannot be
 * read. Reads a small file: at a change, not each second. */
JfProviderKey *jf_provider_key_new (JfItem *item);
void jf_provider_key_free (JfProviderKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfProviderKey, jf_provider_key_free)

/* (transfer full) "Provider’s key, known since 3 March 2026"; 0: unknown */
char *jf_provider_key_describe (int64_t since);

G_END_DECLS
