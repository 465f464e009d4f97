/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "manager/switch/jf-relay.h"
#include "manager/switch/jf-switch-leg.h"
#include "manager/switch/jf-switch.h"

G_BEGIN_DECLS

/* Inside the switch:
 *
 *   JfSwitch ── n JfSwitchShard, one a loop, each with
 *                 tickets    the switch table: ticket -> seat
 *                 branches   tunnel's account -> its rows and pairs here, for a cut
 *                 JfSwitchRow   two seats: a pair of tickets of which at least one leg is missing
 *                 JfSwitchPair  two joined legs
 *
 * The main thread makes rows and posts them to their shard; from then on a row, and the pair that
 * it becomes, is touched in that loop alone. */
typedef struct JfSwitchShard JfSwitchShard;
typedef struct JfSwitchRow JfSwitchRow;

enum
{
  JF_SWITCH_CLIENT,
  JF_SWITCH_SERVER,
};

/* What all threads share of a tunnel. */
typedef struct
{
  atomic_uint refs;
  atomic_uint pairs;
  _Atomic uint64_t bytes[2]; /* by the side that they came from */
} JfSwitchAccount;

JfSwitchAccount *jf_switch_account_ref (JfSwitchAccount *self);
void jf_switch_account_unref (JfSwitchAccount *self);

typedef struct
{
  JfSwitchRow *row;
  JfTicket ticket;
  JfKeyId device;
  gboolean used; /* then the ticket is no longer in the table */
  JfSwitchLeg leg;
} JfSwitchSeat;

struct JfSwitchRow
{
  JfSwitchShard *shard;
  JfSwitchAccount *account;
  int64_t deadline_us;
  GList expiry_link;
  GList branch_link;
  JfSwitchSeat seat[2];
};

typedef struct
{
  JfSwitchShard *shard;
  JfSwitchAccount *account;
  GList branch_link;
  JfRelay relay;
} JfSwitchPair;

struct JfSwitchShard
{
  JfSwitch *sw;
  JfLoop *loop;
  GHashTable *tickets;
  GHashTable *branches;
  GQueue expiry; /* rows, oldest first: all live equally long */
  JfTimer expiry_timer;
  JfBucketPool pool;
};

struct JfSwitch
{
  atomic_uint refs; /* the owner's and each tunnel's */
  atomic_uint pairs;
  atomic_uint tickets;
  gboolean closed;     /* main thread */
  unsigned next_shard; /* main thread */
  unsigned ticket_lifetime_ms;
  unsigned n_shards;
  JfSwitchShard *shards;
};

/* A shard's functions are called in its loop. */
void jf_switch_shard_open (JfSwitchShard *self);
void jf_switch_shard_close (JfSwitchShard *self);
void jf_switch_shard_add (JfSwitchShard *self, JfSwitchRow *row); /* (transfer full) row */
void jf_switch_shard_take (JfSwitchShard *self, JfTls *tls, const JfTicket *ticket);
void jf_switch_shard_cut (JfSwitchShard *self, JfSwitchAccount *account);

/* For tests, before the first ticket: shorter lives, and fewer pipes for each worker. */
void jf_switch_tune (JfSwitch *self, unsigned ticket_lifetime_ms, unsigned max_pipes);

G_END_DECLS
