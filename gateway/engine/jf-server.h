/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "gateway/engine/jf-offer.h"
#include "gateway/engine/jf-session.h"
#include "gateway/engine/jf-tunnel.h"

G_BEGIN_DECLS

/* The provider's side of a device: registers its offers (S1) after each welcome and when they
 * change, and sets up the client-side pseudo sockets (S3b). Belongs to the engine's context. */
typedef struct JfServer JfServer;

/* More tunnels than this at once are answered with "limit". */
#define JF_SERVER_TUNNELS_MAX 16384

typedef struct
{
  /* The manager has answered a registration: `failure` NULL, or its error, with which no offer
   * of this device stands. One that may pass is tried again: jf_server_is_retrying(). */
  void (*registered) (JfServer *self, const GError *failure, gpointer owner);
  /* Tunnels, streams or reachability of an offer have changed. */
  void (*changed) (JfServer *self, gpointer owner);
} JfServerEvents;

/* `pick_loop` says in which loop the next tunnel lives. */
JfServer *jf_server_new (JfSession *session,
                         JfLoop *(*pick_loop) (gpointer owner),
                         const JfServerEvents *events,
                         gpointer owner);
void jf_server_free (JfServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfServer, jf_server_free)

/* Key ids of the provider's other gateways (copied); for tunnels from now on. */
void jf_server_set_vouch (JfServer *self, const JfKeyId *key_ids, unsigned n);

/* Replaces the whole set (array of JfOffer). Withdrawn ones and those with another target lose
 * their tunnels. JF_ERROR_INVALID for a name that comes twice, JF_ERROR_LIMIT. */
gboolean jf_server_set_offers (JfServer *self, GPtrArray *offers, GError **error);
gboolean jf_server_add_offer (JfServer *self, JfOffer *offer, GError **error);
void jf_server_remove_offer (JfServer *self, const char *name);
GPtrArray *jf_server_get_offers (JfServer *self); /* (transfer none) of JfOffer */
gboolean jf_server_offers (JfServer *self, const char *name);
gboolean jf_server_is_registered (JfServer *self);
/* There is a session, and the manager does not know the present offers yet. */
gboolean jf_server_is_busy (JfServer *self);
gboolean jf_server_is_retrying (JfServer *self);

/* The session was welcomed: registers; tunnels from before do not exist at the manager any more. */
void jf_server_start (JfServer *self);
/* setup (side server), tickets, remove. *handled FALSE: about none of our tunnels. FALSE with an error when
 * the manager broke the protocol. */
gboolean jf_server_handle (JfServer *self, JsonObject *message, gboolean *handled, GError **error);

typedef struct
{
  unsigned tunnels;
  unsigned streams;
  JfRefusal last_refusal; /* NONE: the last attempt reached the target, or there was none */
} JfOfferStats;
void jf_server_get_stats (JfServer *self, const char *name, JfOfferStats *out);

G_END_DECLS
