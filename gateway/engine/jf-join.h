/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "gateway/engine/jf-known-gateways.h"
#include "gateway/engine/jf-pseudo.h"
#include "gateway/engine/jf-server.h"
#include "gateway/engine/jf-session.h"
#include "gateway/engine/jf-state.h"
#include "gateway/engine/jf-tunnel.h"

G_BEGIN_DECLS

/* One service that the user wants (steps S2 to S7), for as long as the user wants it: through
 * lost connections, providers that go and come back, and targets that are down. Belongs to the
 * engine's context. */
#define JF_TYPE_JOIN (jf_join_get_type ())
G_DECLARE_FINAL_TYPE (JfJoin, jf_join, JF, JOIN, GObject)

typedef enum
{
  JF_JOIN_CONNECTING, /* under way; a reason, when there is one, says what it waits for */
  JF_JOIN_WAITING,    /* the provider is offline, or its target cannot be reached: see reason */
  JF_JOIN_JOINED,     /* the pseudo socket accepts and the target was reached (S5) */
  JF_JOIN_FAILED,     /* for good; the reason says why */
  JF_JOIN_LEFT,       /* the user left; nothing remains at the manager (S7) or 2 s have passed */
} JfJoinState;

const char *jf_join_state_name (JfJoinState state); /* "connecting" */

/* What a join works with; all of it is the engine's and outlives its joins. */
typedef struct
{
  JfSession *session;
  JfLoop *loop;
  JfState *state;
  JfKnownGateways *known;
  JfServer *server; /* what this device offers itself */
} JfJoinParts;

/* Addresses of one join at once. */
#define JF_JOIN_SOCKETS_MAX 16

/* `service`: "PROVIDER/NAME" or "NAME", checked by the caller. `spec` is copied. Nothing happens
 * before jf_join_start(). */
JfJoin *jf_join_new (const JfJoinParts *parts, const char *service, const JfPseudoSpec *spec);

/* Signal "changed": state, reason, address or figures are not what they were. Emitted in the
 * engine's context, never from inside a call but jf_join_leave() and jf_join_start(). */

/* The session was welcomed: asks the manager (again). Also begins a join that is new. */
void jf_join_start (JfJoin *self);
/* The session was lost, or failed for good. The channels stay as they are. */
void jf_join_session_lost (JfJoin *self, const GError *reason, gboolean final);
/* A message about this join's tunnel: setup, joined, remove, tickets. FALSE with an error when the
 * manager broke the protocol. */
gboolean jf_join_handle (JfJoin *self, JsonObject *message, GError **error);
/* There is a reason to try now: dials, asks the manager, probes the target, whichever it waits for,
 * and starts with small pauses again. Nothing happens when there is nothing to try. */
void jf_join_try_now (JfJoin *self);
/* S6: the pseudo socket closes at once; LEFT follows within 2 s. */
void jf_join_leave (JfJoin *self);
/* Lets go of everything, silently; the engine ends. */
void jf_join_abandon (JfJoin *self);

JfJoinState jf_join_get_state (JfJoin *self);
int64_t jf_join_get_since (JfJoin *self); /* of the state; seconds since 1970 */
const GError *jf_join_get_reason (JfJoin *self);
/* After JF_ERROR_WRONG_KEY, else NULL: the key that the manager names for the provider's gateway, and
 * the one that was pinned. With no offered key but an expected one, whoever answered did not have
 * the key that the manager named: nothing is there to be trusted. Once people have compared, the
 * offered key may take the place of those pinned (jf_known_gateways_replace()) for a new join. */
const JfKeyId *jf_join_get_offered_key (JfJoin *self);
const JfKeyId *jf_join_get_expected_key (JfJoin *self);
gboolean jf_join_is_leaving (JfJoin *self);     /* jf_join_leave() was called */
const char *jf_join_get_service (JfJoin *self); /* "PROVIDER/NAME" once it is known */
const char *jf_join_get_title (JfJoin *self);   /* for people; "" unknown */
int64_t jf_join_get_tunnel (JfJoin *self);      /* 0 none */
/* Milliseconds until the manager is asked again; -1: that does not wait for a time. */
int jf_join_get_retry_ms (JfJoin *self);
/* Where programs connect, the first address when there are several; NULL before the first setup,
 * and on standard input and output. */
const JfPseudo *jf_join_get_pseudo (JfJoin *self);
unsigned jf_join_get_n_sockets (JfJoin *self);
const JfPseudo *jf_join_get_socket (JfJoin *self, unsigned index); /* NULL: not open yet */
/* FALSE: there is no tunnel yet, *out is zeroed. */
gboolean jf_join_get_stats (JfJoin *self, JfTunnelStats *out);

/* One more address for the service, or one more user of an address that it has (STDIO: nothing). It
 * opens at once, or with the first setup. JF_ERROR_BUSY, JF_ERROR_LIMIT. */
gboolean jf_join_add_spec (JfJoin *self, const JfPseudoSpec *spec, GError **error);
/* One user less; without any the socket closes, and the join goes on. */
void jf_join_remove_spec (JfJoin *self, const JfPseudoSpec *spec);
/* The socket of this spec; NULL: none, or not open yet. */
const JfPseudo *jf_join_find_pseudo (JfJoin *self, const JfPseudoSpec *spec);
/* One connected stream socket as a connection of the service. Takes the descriptor; FALSE
 * (closed) when the service is not joined. */
gboolean jf_join_take (JfJoin *self, int fd);

G_END_DECLS
