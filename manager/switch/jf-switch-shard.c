/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-counter.h"
#include "manager/switch/jf-switch-private.h"

/* What a tunnel has in one shard. */
typedef struct
{
  GQueue rows;
  GQueue pairs;
} Branch;

static Branch *
get_branch (JfSwitchShard *self, JfSwitchAccount *account)
{
  Branch *branch = g_hash_table_lookup (self->branches, account);

  if (branch == NULL)
    {
      branch = g_new0 (Branch, 1);
      g_hash_table_insert (self->branches, jf_switch_account_ref (account), branch);
    }
  return branch;
}

static void
drop_branch_if_bare (JfSwitchShard *self, JfSwitchAccount *account, Branch *branch)
{
  if (branch->rows.length == 0 && branch->pairs.length == 0)
    g_hash_table_remove (self->branches, account);
}

static void
use_ticket (JfSwitchSeat *seat)
{
  JfSwitchShard *shard = seat->row->shard;

  if (seat->used)
    return;
  seat->used = TRUE;
  g_hash_table_remove (shard->tickets, &seat->ticket);
  atomic_fetch_sub (&shard->sw->tickets, 1);
}

/* Closes the leg that waits in it, if any. */
static void
row_free (JfSwitchRow *row)
{
  JfSwitchShard *shard = row->shard;
  Branch *branch = get_branch (shard, row->account);

  for (int side = 0; side < 2; side++)
    use_ticket (&row->seat[side]);
  for (int side = 0; side < 2; side++)
    jf_switch_leg_stop (&row->seat[side].leg);
  g_queue_unlink (&shard->expiry, &row->expiry_link);
  g_queue_unlink (&branch->rows, &row->branch_link);
  drop_branch_if_bare (shard, row->account, branch);
  jf_switch_account_unref (row->account);
  g_free (row);
}

/* After its relay has ended. */
static void
pair_free (JfSwitchPair *pair)
{
  Branch *branch = get_branch (pair->shard, pair->account);

  atomic_fetch_sub (&pair->account->pairs, 1);
  atomic_fetch_sub (&pair->shard->sw->pairs, 1);
  g_queue_unlink (&branch->pairs, &pair->branch_link);
  drop_branch_if_bare (pair->shard, pair->account, branch);
  jf_switch_account_unref (pair->account);
  g_free (pair);
}

static void
relay_ended_cb (JfRelay *relay)
{
  pair_free (JF_CONTAINER_OF (relay, JfSwitchPair, relay));
}

/* Both legs are bare: the row has done its work. */
static void
join (JfSwitchRow *row)
{
  JfSwitchShard *shard = row->shard;
  JfSwitchPair *pair = g_new0 (JfSwitchPair, 1);
  _Atomic uint64_t *moved[2] = { &row->account->bytes[0], &row->account->bytes[1] };
  const int fd[2] = { jf_switch_leg_take (&row->seat[0].leg),
                      jf_switch_leg_take (&row->seat[1].leg) };

  pair->shard = shard;
  pair->account = jf_switch_account_ref (row->account);
  pair->branch_link.data = pair;
  g_queue_push_tail_link (&get_branch (shard, row->account)->pairs, &pair->branch_link);
  atomic_fetch_add (&pair->account->pairs, 1);
  atomic_fetch_add (&shard->sw->pairs, 1);
  jf_count (JF_COUNT_LEGS_JOINED);
  row_free (row);
  if (!jf_relay_start (&pair->relay, shard->loop, &shard->pool, fd, moved, relay_ended_cb))
    pair_free (pair);
}

static void
leg_changed_cb (JfSwitchLeg *leg, gboolean bare)
{
  JfSwitchRow *row = JF_CONTAINER_OF (leg, JfSwitchSeat, leg)->row;

  if (!bare)
    row_free (row);
  else if (row->seat[0].leg.bare && row->seat[1].leg.bare)
    join (row);
}

static void arm_expiry (JfSwitchShard *self);

static void
expiry_cb (JfTimer *timer)
{
  JfSwitchShard *self = JF_CONTAINER_OF (timer, JfSwitchShard, expiry_timer);
  int64_t now_us = g_get_monotonic_time ();

  while (self->expiry.head != NULL)
    {
      JfSwitchRow *row = self->expiry.head->data;

      if (row->deadline_us > now_us)
        break;
      if (row->seat[0].leg.bare || row->seat[1].leg.bare)
        jf_count (JF_COUNT_LEG_UNPAIRED);
      row_free (row);
    }
  arm_expiry (self);
}

static void
arm_expiry (JfSwitchShard *self)
{
  JfSwitchRow *row = self->expiry.head != NULL ? self->expiry.head->data : NULL;
  int64_t left_us;

  if (row == NULL || self->expiry_timer.loop != NULL)
    return;
  left_us = MAX (row->deadline_us - g_get_monotonic_time (), 0);
  jf_timer_start (&self->expiry_timer, self->loop, (unsigned) (left_us / 1000 + 1), expiry_cb);
}

void
jf_switch_shard_open (JfSwitchShard *self)
{
  self->tickets = g_hash_table_new (jf_ticket_hash, jf_ticket_equal);
  self->branches = g_hash_table_new_full (NULL, NULL, (GDestroyNotify) jf_switch_account_unref,
                                          g_free);
  g_queue_init (&self->expiry);
}

static void
cut_branch (Branch *branch)
{
  /* Taking the last one out frees the branch. */
  for (unsigned left = branch->rows.length + branch->pairs.length; left > 0; left--)
    if (branch->rows.head != NULL)
      row_free (branch->rows.head->data);
    else
      {
        JfSwitchPair *pair = branch->pairs.head->data;

        jf_relay_stop (&pair->relay);
        pair_free (pair);
      }
}

void
jf_switch_shard_cut (JfSwitchShard *self, JfSwitchAccount *account)
{
  Branch *branch = g_hash_table_lookup (self->branches, account);

  if (branch != NULL)
    cut_branch (branch);
}

void
jf_switch_shard_close (JfSwitchShard *self)
{
  g_autoptr (GList) branches = g_hash_table_get_values (self->branches);

  for (GList *l = branches; l != NULL; l = l->next)
    cut_branch (l->data);
  jf_timer_stop (&self->expiry_timer);
  jf_bucket_pool_clear (&self->pool);
  g_clear_pointer (&self->branches, g_hash_table_unref);
  g_clear_pointer (&self->tickets, g_hash_table_unref);
}

void
jf_switch_shard_add (JfSwitchShard *self, JfSwitchRow *row)
{
  row->expiry_link.data = row->branch_link.data = row;
  g_queue_push_tail_link (&self->expiry, &row->expiry_link);
  g_queue_push_tail_link (&get_branch (self, row->account)->rows, &row->branch_link);
  for (int side = 0; side < 2; side++)
    {
      row->seat[side].row = row;
      g_hash_table_insert (self->tickets, &row->seat[side].ticket, &row->seat[side]);
    }
  arm_expiry (self);
}

void
jf_switch_shard_take (JfSwitchShard *self, JfTls *tls, const JfTicket *ticket)
{
  JfSwitchSeat *seat = g_hash_table_lookup (self->tickets, ticket);
  JfKeyId peer;

  if (seat == NULL || seat->row->deadline_us <= g_get_monotonic_time ())
    {
      jf_count (JF_COUNT_TICKET_UNKNOWN);
      jf_switch_leg_refuse (tls);
      return;
    }
  /* A thief does not use the ticket up: its owner may still come. */
  if (!jf_tls_get_peer (tls, &peer) || !jf_key_id_equal (&peer, &seat->device))
    {
      jf_count (JF_COUNT_TICKET_WRONG_DEVICE);
      jf_switch_leg_refuse (tls);
      return;
    }
  use_ticket (seat);
  jf_switch_leg_start (&seat->leg, self->loop, tls, leg_changed_cb);
}
