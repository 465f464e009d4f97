/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "manager/control/jf-member-conn.h"
#include "manager/registry/jf-registry.h"
#include "manager/switch/jf-switch.h"

G_BEGIN_DECLS

/* The tunnels: one join is one user's service on one of his devices, from S2 to S6.
 *
 *   WAITING --S3a, S3b--> SETUP --S4a and S4b, then S5--> JOINED
 *      ^                    |                                |
 *      '---- the server gateway is gone: S6a, not final -----'
 *
 * and from each state S6a, S6b (final) end it. The legs are cut with S6, not with S7: a gateway that
 * never answers keeps nothing alive. Main thread. */
typedef struct JfJoins JfJoins;

typedef enum
{
  JF_JOIN_WAITING, /* for a gateway of the provider */
  JF_JOIN_SETUP,   /* S3a and S3b are out */
  JF_JOIN_JOINED,  /* S5 */
} JfJoinState;

typedef struct JfJoin JfJoin;
struct JfJoin
{
  JfJoins *joins;
  uint64_t id;
  char *service; /* "PROVIDER/NAME" */
  char *provider;
  char *name;
  JfMemberConn *client; /* borrowed: a join ends before its client's connection does */
  JfMemberConn *server; /* NULL while waiting; borrowed in the same way */
  JfJoinState state;
  gboolean client_ready; /* S4a */
  gboolean server_ready; /* S4b */
  int64_t since;         /* seconds since 1970, of the state */
  JfSwitchTunnel *legs;
  GSource *deadline;                  /* of S4b */
  int64_t issued_us[JF_CHANNELS_MAX]; /* when the last pairs of tickets were issued */
};

const char *jf_join_state_name (JfJoinState state);

JfJoins *jf_joins_new (JfControl *control);
JfControl *jf_joins_get_control (JfJoins *self);
/* Says nothing to anybody. */
void jf_joins_free (JfJoins *self);

/* S2. The caller has checked that the client may and that it has no join of this service. */
JfJoin *jf_joins_add (JfJoins *self, JfMemberConn *client, const JfServiceRecord *record);
JfJoin *jf_joins_lookup (JfJoins *self, uint64_t id); /* NULL when there is none */
/* Sorted by id; free the container. */
GPtrArray *jf_joins_list (JfJoins *self);
unsigned jf_joins_count (JfJoins *self);

/* S6a and S6b, final; frees the join. `event` and `detail` are for the audit. */
void jf_join_remove (JfJoin *join,
                     JfError code,
                     const char *message,
                     const char *event,
                     const char *detail);
/* The server gateway is gone, or does not offer it any more: S6b to it, S6a (not final) to the
 * client, and then the next gateway if there is one. */
void jf_join_lose_server (JfJoin *join, JfError code, const char *message);

/* Removes the joins of this service whose user may not use it (any more), all of them when the
 * service is not there any more. */
void jf_joins_recheck (JfJoins *self, const char *service);
/* Device withdraws a service that other devices offer too. */
void jf_joins_withdraw (JfJoins *self, const char *service, const JfKeyId *device);
/* None of this provider's services is available from now on; `detail` is for the audit. */
void jf_joins_remove_provider (JfJoins *self, const char *provider, const char *detail);
/* A gateway has come: S3 for those that wait. */
void jf_joins_wake (JfJoins *self, const char *service);
/* The same for those that this gateway was too busy for. */
void jf_joins_wake_held (JfJoins *self, JfMemberConn *server);
/* A connection ends. Its own joins are removed, those it serves lose their server. */
void jf_joins_conn_gone (JfJoins *self, JfMemberConn *conn, JfError code, const char *message);
/* The manager ends: S6 to everybody, not final at the clients. Frees all joins. */
void jf_joins_stop (JfJoins *self);

/* The steps (jf-join-steps.c). */

/* S3a and S3b, when a gateway is here. `request` 0: not the direct answer to a join. */
gboolean jf_join_advance (JfJoin *join, int64_t request);
/* S4a or S4b, and S5 when it is the second. */
void jf_join_ready (JfJoin *join, const JfMemberConn *from);
/* `legs`: up to `count` more pairs of tickets, to both. */
void jf_join_add_legs (JfJoin *join, unsigned count);
/* Back to WAITING, without a word. Cuts the legs. */
void jf_join_reset (JfJoin *join);

G_END_DECLS
