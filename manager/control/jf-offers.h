/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/wire/jf-key-id.h"
#include "manager/control/jf-member-conn.h"
#include "manager/registry/jf-registry.h"

G_BEGIN_DECLS

/* Which device offers which service (S1), and which of them are here now. In memory only: what a
 * service is, the registry knows. Main thread.
 *
 * A device that goes offline is remembered, so that its services stay while others of the same
 * member come and go. After a restart nobody has said yet what he offers: services that the
 * registry knew already are "unclaimed" until a device names them, or until every device of
 * the member has spoken and none did. */
typedef struct JfOffers JfOffers;

/* `changed`: a service may be online or offline now, and was not before. */
JfOffers *jf_offers_new (JfRegistry *registry,
                         void (*changed) (const char *service, gpointer data),
                         gpointer data);
void jf_offers_free (JfOffers *self);

/* Replaces what `device` offers. `names`: array of strings. `conn` NULL: it is offline. */
void jf_offers_set (JfOffers *self,
                    const JfKeyId *device,
                    const char *member,
                    GPtrArray *names,
                    JfMemberConn *conn);
/* Its services are offline now. */
void jf_offers_offline (JfOffers *self, const JfKeyId *device);
void jf_offers_forget (JfOffers *self, const JfKeyId *device);
void jf_offers_forget_member (JfOffers *self, const char *member);

/* What would be withdrawn if `device` registered `names` (set of strings) instead of what it
 * offers now: `moved` are those that other devices offer too, `forgotten` the others. Both
 * are arrays of names that own their strings. */
void jf_offers_compare (JfOffers *self,
                        const JfKeyId *device,
                        const char *member,
                        GHashTable *names,
                        GPtrArray *moved,
                        GPtrArray *forgotten);
/* These services (array of strings) are unclaimed no more: somebody offers them, or the registry has
 * forgotten them. jf_offers_set() does it for what it sets. */
void jf_offers_settle (JfOffers *self, const char *member, GPtrArray *names);

/* Gateways that are here. */
unsigned jf_offers_count_online (JfOffers *self, const char *service);
/* All streams of the service's gateways. */
unsigned jf_offers_count_streams (JfOffers *self, const char *service);
/* The one with fewest streams (then fewest tunnels), never one of device `except`. */
JfMemberConn *jf_offers_pick (JfOffers *self, const char *service, const JfKeyId *except);

G_END_DECLS
