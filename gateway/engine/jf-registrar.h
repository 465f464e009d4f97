/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/engine/jf-session.h"

G_BEGIN_DECLS

/* S1: tells the manager what this device offers, after each welcome and when it changes; one
 * registration at a time, and again later when the manager could not store it. Belongs to the
 * engine's context. */
typedef struct JfRegistrar JfRegistrar;

/* The bytes of all entries of one registration (jf_offer_get_json_size()): the manager takes 8 MiB
 * of messages, envelopes included. */
#define JF_REGISTRAR_MAX_BYTES ((8 * 1024 * 1024) - (64 * 1024))

/* `failure` NULL: the manager has taken the offers; otherwise its error. With one that may pass
 * (jf_registrar_is_retrying()), it is asked again. */
typedef void (*JfRegistrarDone) (JfRegistrar *self, const GError *failure, gpointer owner);

JfRegistrar *jf_registrar_new (JfSession *session, JfRegistrarDone done, gpointer owner);
void jf_registrar_free (JfRegistrar *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfRegistrar, jf_registrar_free)

/* Takes a reference to the array (of JfOffer) and registers it soon: several changes of one moment
 * become one registration. An empty set is registered, too, when the member is a provider. */
void jf_registrar_set_offers (JfRegistrar *self, GPtrArray *offers);
/* The session was welcomed. */
void jf_registrar_start (JfRegistrar *self);

gboolean jf_registrar_is_registered (JfRegistrar *self);
/* There is a session, and what the manager knows is not what was set last. */
gboolean jf_registrar_is_busy (JfRegistrar *self);
gboolean jf_registrar_is_retrying (JfRegistrar *self);

G_END_DECLS
