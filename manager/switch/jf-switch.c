/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/switch/jf-switch.h"

#include <gnutls/crypto.h>
#include <semaphore.h>
#include <signal.h>

#include "manager/switch/jf-switch-private.h"

/* A ticket's first byte says whose it is. */
#define SHARDS_MAX 256

struct JfSwitchTunnel
{
  JfSwitch *sw;
  uint64_t tunnel;
  JfSwitchAccount *account;
};

JfSwitchAccount *
jf_switch_account_ref (JfSwitchAccount *self)
{
  atomic_fetch_add_explicit (&self->refs, 1, memory_order_relaxed);
  return self;
}

void
jf_switch_account_unref (JfSwitchAccount *self)
{
  if (atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) == 1)
    g_free (self);
}

static void
switch_unref (JfSwitch *self)
{
  if (atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) != 1)
    return;
  g_free (self->shards);
  g_free (self);
}

/* splice(2) knows no MSG_NOSIGNAL: in the workers a broken pipe is an error, not a signal. */
static void
open_shard_cb (gpointer data)
{
  sigset_t broken_pipe;

  sigemptyset (&broken_pipe);
  sigaddset (&broken_pipe, SIGPIPE);
  pthread_sigmask (SIG_BLOCK, &broken_pipe, NULL);
  jf_switch_shard_open (data);
}

JfSwitch *
jf_switch_new (JfLoop *const *loops, unsigned n_loops)
{
  JfSwitch *self;

  g_return_val_if_fail (n_loops > 0, NULL);

  self = g_new0 (JfSwitch, 1);
  self->refs = 1;
  self->ticket_lifetime_ms = JF_TICKET_LIFETIME_MS;
  self->n_shards = MIN (n_loops, SHARDS_MAX);
  self->shards = g_new0 (JfSwitchShard, self->n_shards);
  for (unsigned i = 0; i < self->n_shards; i++)
    {
      self->shards[i].sw = self;
      self->shards[i].loop = loops[i];
      jf_bucket_pool_init (&self->shards[i].pool, loops[i]);
      jf_loop_post (loops[i], open_shard_cb, &self->shards[i]);
    }
  return self;
}

void
jf_switch_tune (JfSwitch *self, unsigned ticket_lifetime_ms, unsigned max_pipes)
{
  self->ticket_lifetime_ms = ticket_lifetime_ms;
  for (unsigned i = 0; i < self->n_shards; i++)
    self->shards[i].pool.max_pipes = max_pipes;
}

typedef struct
{
  JfSwitchShard *shard;
  sem_t *closed;
} Closing;

static void
close_shard_cb (gpointer data)
{
  Closing *closing = data;

  jf_switch_shard_close (closing->shard);
  sem_post (closing->closed);
}

void
jf_switch_free (JfSwitch *self)
{
  g_autofree Closing *closing = NULL;
  sem_t closed;

  if (self == NULL)
    return;
  closing = g_new0 (Closing, self->n_shards);
  sem_init (&closed, 0, 0);
  for (unsigned i = 0; i < self->n_shards; i++)
    {
      closing[i] = (Closing){ .shard = &self->shards[i], .closed = &closed };
      jf_loop_post (self->shards[i].loop, close_shard_cb, &closing[i]);
    }
  for (unsigned i = 0; i < self->n_shards; i++)
    while (sem_wait (&closed) != 0)
      ;
  sem_destroy (&closed);
  self->closed = TRUE;
  switch_unref (self);
}

typedef struct
{
  JfSwitchShard *shard;
  JfTls *tls;
  JfTicket ticket;
} Arrival;

static void
take_leg_cb (gpointer data)
{
  g_autofree Arrival *arrival = data;

  jf_switch_shard_take (arrival->shard, arrival->tls, &arrival->ticket);
}

/* Always posted, also to the loop it comes from: tickets travel to the shard the same way, so that
 * a leg never overtakes its ticket. */
void
jf_switch_take_leg (JfSwitch *self, JfTls *tls, const JfTicket *ticket)
{
  Arrival *arrival = g_new0 (Arrival, 1);

  arrival->shard = &self->shards[ticket->bytes[0] % self->n_shards];
  arrival->tls = tls;
  arrival->ticket = *ticket;
  jf_loop_post (arrival->shard->loop, take_leg_cb, arrival);
}

JfSwitchTunnel *
jf_switch_tunnel_new (JfSwitch *self, uint64_t tunnel)
{
  JfSwitchTunnel *row = g_new0 (JfSwitchTunnel, 1);

  atomic_fetch_add_explicit (&self->refs, 1, memory_order_relaxed);
  row->sw = self;
  row->tunnel = tunnel;
  row->account = g_new0 (JfSwitchAccount, 1);
  row->account->refs = 1;
  return row;
}

static JfTicket
make_ticket (unsigned shard, unsigned n_shards)
{
  JfTicket ticket;
  unsigned first;

  /* Without random numbers no ticket may exist: GnuTLS fails only where the system has none. */
  if (gnutls_rnd (GNUTLS_RND_KEY, ticket.bytes, sizeof ticket.bytes) != 0)
    g_error ("the system gives no random numbers");
  first = ticket.bytes[0] - ticket.bytes[0] % n_shards + shard;
  ticket.bytes[0] = (uint8_t) (first > UINT8_MAX ? first - n_shards : first);
  return ticket;
}

static void
add_row_cb (gpointer data)
{
  JfSwitchRow *row = data;

  jf_switch_shard_add (row->shard, row);
}

static void
issue_pair (JfSwitchTunnel *self,
            const JfKeyId *client,
            const JfKeyId *server,
            JfTicket *client_ticket,
            JfTicket *server_ticket)
{
  JfSwitch *sw = self->sw;
  unsigned shard = sw->next_shard++ % sw->n_shards;
  JfSwitchRow *row;

  *client_ticket = make_ticket (shard, sw->n_shards);
  *server_ticket = make_ticket (shard, sw->n_shards);
  if (sw->closed)
    return;
  row = g_new0 (JfSwitchRow, 1);
  row->shard = &sw->shards[shard];
  row->account = jf_switch_account_ref (self->account);
  row->deadline_us = g_get_monotonic_time () + (int64_t) sw->ticket_lifetime_ms * 1000;
  row->seat[JF_SWITCH_CLIENT].ticket = *client_ticket;
  row->seat[JF_SWITCH_CLIENT].device = *client;
  row->seat[JF_SWITCH_SERVER].ticket = *server_ticket;
  row->seat[JF_SWITCH_SERVER].device = *server;
  atomic_fetch_add (&sw->tickets, 2);
  jf_loop_post (row->shard->loop, add_row_cb, row);
}

void
jf_switch_tunnel_issue (JfSwitchTunnel *self,
                        const JfKeyId *client,
                        const JfKeyId *server,
                        unsigned n,
                        JfTicket *client_tickets,
                        JfTicket *server_tickets)
{
  for (unsigned i = 0; i < n; i++)
    issue_pair (self, client, server, &client_tickets[i], &server_tickets[i]);
}

typedef struct
{
  JfSwitchShard *shard;
  JfSwitchAccount *account;
} Cut;

static void
cut_cb (gpointer data)
{
  g_autofree Cut *cut = data;

  jf_switch_shard_cut (cut->shard, cut->account);
  jf_switch_account_unref (cut->account);
}

void
jf_switch_tunnel_cut (JfSwitchTunnel *self)
{
  if (self->sw->closed)
    return;
  for (unsigned i = 0; i < self->sw->n_shards; i++)
    {
      Cut *cut = g_new0 (Cut, 1);

      cut->shard = &self->sw->shards[i];
      cut->account = jf_switch_account_ref (self->account);
      jf_loop_post (cut->shard->loop, cut_cb, cut);
    }
}

void
jf_switch_tunnel_get_traffic (JfSwitchTunnel *self, JfSwitchTraffic *out)
{
  JfSwitchAccount *account = self->account;

  *out = (JfSwitchTraffic){
    .bytes_to_server = atomic_load_explicit (&account->bytes[JF_SWITCH_CLIENT],
                                             memory_order_relaxed),
    .bytes_to_client = atomic_load_explicit (&account->bytes[JF_SWITCH_SERVER],
                                             memory_order_relaxed),
    .pairs = atomic_load_explicit (&account->pairs, memory_order_relaxed),
  };
}

void
jf_switch_tunnel_free (JfSwitchTunnel *self)
{
  if (self == NULL)
    return;
  jf_switch_tunnel_cut (self);
  jf_switch_account_unref (self->account);
  switch_unref (self->sw);
  g_free (self);
}

unsigned
jf_switch_count_pairs (JfSwitch *self)
{
  return atomic_load (&self->pairs);
}

unsigned
jf_switch_count_tickets (JfSwitch *self)
{
  return atomic_load (&self->tickets);
}
