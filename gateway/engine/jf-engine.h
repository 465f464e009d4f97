/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/engine/jf-join.h"
#include "gateway/engine/jf-server.h"
#include "gateway/engine/jf-service.h"
#include "gateway/engine/jf-session.h"
#include "gateway/engine/jf-state.h"

G_BEGIN_DECLS

/* A gateway of one device, in both roles: its worker threads, its session with the manager, the
 * services it has joined and those it offers. Objects and signals live in the GMainContext that
 * was the thread's default when it was made.
 *
 * Signals: "session-changed" (connected, lost, failed: see the getters), "registered"
 * (GError *failure, NULL when the manager has taken the offers), "offers-changed" (figures),
 * "services-known" (see jf_engine_services_known()), "left" (jf_engine_leave() is done). */
#define JF_TYPE_ENGINE (jf_engine_get_type ())
G_DECLARE_FINAL_TYPE (JfEngine, jf_engine, JF, ENGINE, GObject)

#define JF_ENGINE_LOOPS_MAX 4

/* `state` is borrowed, and locked by the caller. Fails when the device is not enrolled, or its files
 * cannot be used. */
JfEngine *jf_engine_new (JfState *state, GError **error);
void jf_engine_start (JfEngine *self);
/* Leaves every service, waits for the manager to take what was offered or withdrawn just before,
 * ends the session in order, then emits "left"; within 4 s. */
void jf_engine_leave (JfEngine *self);

JfSessionState jf_engine_get_session_state (JfEngine *self);
const GError *jf_engine_get_session_error (JfEngine *self);
int64_t jf_engine_get_session_since (JfEngine *self); /* of the state; seconds since 1970 */
int jf_engine_get_retry_ms (JfEngine *self);          /* until the next dial; -1: none is awaited */
/* Dials at once, also when the session has failed for good, and starts with small pauses again;
 * see jf_session_try_now(). */
void jf_engine_try_now (JfEngine *self);
/* How the control connection reached the manager. FALSE (*out zeroed): it does not stand. */
gboolean jf_engine_get_way (JfEngine *self, JfWay *out);
/* Which proxy leads to the manager: "auto" (the system's, the default), "none", or a URL
 * http://[USER:PASSWORD@]HOST:PORT or socks5://… (jf-proxy.h), also for jf_state. A change makes
 * the connection anew; what is joined stays, its streams are reset. JF_ERROR_INVALID. */
gboolean jf_engine_set_proxy (JfEngine *self, const char *proxy, GError **error);
/* The session failed with JF_ERROR_WRONG_KEY: the key that was seen where the enrolment has
 * another; otherwise NULL. */
const JfKeyId *jf_engine_get_seen_manager_key (JfEngine *self);
/* (transfer none) the pins of this device's manager */
JfKnownGateways *jf_engine_get_known_gateways (JfEngine *self);
const JfEnrolment *jf_engine_get_enrolment (JfEngine *self);
const JfKeyId *jf_engine_get_key_id (JfEngine *self);

/* S2. Begins to join; the join is also in the list of joins until it has failed or was left. Fails at
 * once for a name that is none (JF_ERROR_INVALID), a service that is joined already
 * (JF_ERROR_BUSY), or too many (JF_ERROR_LIMIT). */
JfJoin *jf_engine_join (JfEngine *self,
                        const char *service,
                        const JfPseudoSpec *spec,
                        GError **error);
/* (transfer none) the join under this name, full or short, unless it is being left; NULL none */
JfJoin *jf_engine_find_join (JfEngine *self, const char *service);
GListModel *jf_engine_get_joins (JfEngine *self); /* (transfer none) of JfJoin */

JfServer *jf_engine_get_server (JfEngine *self);

/* S2: what this member may see, live. Empty until jf_engine_watch_services(); from then on it follows
 * the manager within about a second, and stays as it was last seen while the session is lost. After
 * the next welcome it is compared: what stayed is the same object, and is not signalled. */
void jf_engine_watch_services (JfEngine *self); /* idempotent; any time */
/* (transfer none) of JfService, sorted by service */
GListModel *jf_engine_get_services (JfEngine *self);
/* A whole list has come since the start: an empty list means that there is nothing for this
 * member. Signal "services-known", once, when it becomes so. */
gboolean jf_engine_services_known (JfEngine *self);

/* S2, once. Waits for the session to be connected first; fails when it fails for good. */
void jf_engine_list_async (JfEngine *self,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer data);
/* (transfer container) of JfServiceInfo, sorted by service */
GPtrArray *jf_engine_list_finish (JfEngine *self, GAsyncResult *result, GError **error);

G_END_DECLS
