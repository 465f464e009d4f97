/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* Which keys the gateways of a provider have: pinned on first use, like SSH's known hosts. A text
 * file that people may edit:
 *
 *   [MANAGER'S KEY ID]
 *   PROVIDER KEYID DATE comment
 *
 * A provider may have several keys. The file is read anew at every look, so that an edit counts at
 * once, and replaced whole. Belongs to one thread. */
typedef struct JfKnownGateways JfKnownGateways;

/* More keys of one provider than this are not kept. */
#define JF_KNOWN_GATEWAYS_MAX_PER_PROVIDER 256

/* `manager`: pins hold under this manager only. */
JfKnownGateways *jf_known_gateways_new (const char *path, const JfKeyId *manager);
void jf_known_gateways_free (JfKnownGateways *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfKnownGateways, jf_known_gateways_free)

typedef enum
{
  JF_PIN_REFUSED, /* `error` is set */
  JF_PIN_NEW,     /* the first gateway of this provider: to be added once it has proved its key */
  JF_PIN_KNOWN,
} JfPin;

/* JF_ERROR_WRONG_KEY names the provider, both keys, the line, and what to do. JF_ERROR_STORAGE
 * when the file is there but cannot be read: nobody is trusted then. A damaged file is kept aside
 * as PATH.damaged; its good lines go on counting, and it is logged. */
JfPin jf_known_gateways_check (JfKnownGateways *self,
                               const char *provider,
                               const JfKeyId *key_id,
                               GError **error);

/* Adds a key beside those there are; nothing happens when it is there already. JF_ERROR_STORAGE,
 * JF_ERROR_LIMIT. */
gboolean jf_known_gateways_add (JfKnownGateways *self,
                                const char *provider,
                                const JfKeyId *key_id,
                                const char *comment,
                                GError **error);

/* One pin, as its line says. */
typedef struct
{
  JfKeyId key_id;
  char *date;    /* of the first use: "2026-01-31", or "" */
  int64_t since; /* the same in seconds since 1970 (its midnight, UTC); 0 unknown */
  char *comment; /* fit for a screen */
} JfKnownGateway;

void jf_known_gateway_free (JfKnownGateway *gateway);

/* (transfer full) of JfKnownGateway, in the file's order; empty: the next gateway is trusted on
 * first use. JF_ERROR_STORAGE. */
GPtrArray *jf_known_gateways_list (JfKnownGateways *self, const char *provider, GError **error);

/* Trusts this key from now on, in place of all that are pinned for the provider. Their lines stay as
 * comments, JF_KNOWN_GATEWAYS_MAX_PER_PROVIDER of them in the file. JF_ERROR_STORAGE. */
gboolean jf_known_gateways_replace (JfKnownGateways *self,
                                    const char *provider,
                                    const JfKeyId *key_id,
                                    const char *comment,
                                    GError **error);

G_END_DECLS
