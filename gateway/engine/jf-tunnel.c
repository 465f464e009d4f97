/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-tunnel.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "gateway/engine/jf-tunnel-core.h"

/* Shared by two threads: the core belongs to the loop, everything else is constant or the owner's.
 * Each task that is posted holds a reference. */
struct JfTunnel
{
  int references; /* g_atomic_int: ThreadSanitizer sees through those, not gatomicrefcount */
  JfLoop *loop;
  GMainContext *context; /* the owner's */
  const JfTunnelEvents *events;
  gpointer owner;
  JfTarget *target;
  GArray *vouch;
  JfTunnelStats stats; /* relaxed atomics */
  JfTunnelCore *core;  /* loop's thread */
  gboolean closed;     /* owner's thread */
};

static void
tunnel_unref (JfTunnel *self)
{
  if (!g_atomic_int_dec_and_test (&self->references))
    return;
  g_main_context_unref (self->context);
  jf_target_free (self->target);
  g_clear_pointer (&self->vouch, g_array_unref);
  g_free (self);
}

static JfTunnel *
tunnel_ref (JfTunnel *self)
{
  g_atomic_int_inc (&self->references);
  return self;
}

/* News, from the loop to the owner */

typedef struct News News;
struct News
{
  JfTunnel *tunnel;
  void (*tell) (News *news);
  JfRefusal refusal;
  unsigned n;
  GError *error;
  JfKeyId *key_ids;
};

static void
news_free (gpointer data)
{
  News *news = data;

  g_clear_error (&news->error);
  g_free (news->key_ids);
  tunnel_unref (news->tunnel);
  g_free (news);
}

static void
news_cb (gpointer data)
{
  News *news = data;

  if (!news->tunnel->closed)
    news->tell (news);
  news_free (news);
}

static News *
news_new (gpointer tunnel, void (*tell) (News *news))
{
  News *news = g_new0 (News, 1);

  news->tunnel = tunnel_ref (tunnel);
  news->tell = tell;
  return news;
}

static void
post_news (News *news)
{
  jf_post (news->tunnel->context, news_cb, news, news_free);
}

static void
tell_probed (News *news)
{
  if (news->tunnel->events->probed != NULL)
    news->tunnel->events->probed (news->tunnel, news->refusal, news->tunnel->owner);
}

static void
probed_cb (JfRefusal refusal, gpointer owner)
{
  News *news = news_new (owner, tell_probed);

  news->refusal = refusal;
  post_news (news);
}

static void
tell_channels (News *news)
{
  if (news->tunnel->events->channels != NULL)
    news->tunnel->events->channels (news->tunnel, news->n, news->error, news->tunnel->owner);
}

static void
channels_cb (unsigned n_open, const GError *error, gpointer owner)
{
  News *news = news_new (owner, tell_channels);

  news->n = n_open;
  news->error = error != NULL ? g_error_copy (error) : NULL;
  post_news (news);
}

static void
tell_legs_wanted (News *news)
{
  if (news->tunnel->events->legs_wanted != NULL)
    news->tunnel->events->legs_wanted (news->tunnel, news->n, news->tunnel->owner);
}

static void
legs_wanted_cb (unsigned count, gpointer owner)
{
  News *news = news_new (owner, tell_legs_wanted);

  news->n = count;
  post_news (news);
}

static void
tell_vouched (News *news)
{
  if (news->tunnel->events->vouched != NULL)
    news->tunnel->events->vouched (news->tunnel, news->key_ids, news->n, news->tunnel->owner);
}

static void
vouched_cb (const JfKeyId *key_ids, unsigned n, gpointer owner)
{
  News *news = news_new (owner, tell_vouched);

  news->key_ids = g_memdup2 (key_ids, n * sizeof *key_ids);
  news->n = n;
  post_news (news);
}

static void
tell_streams (News *news)
{
  if (news->tunnel->events->streams != NULL)
    news->tunnel->events->streams (news->tunnel, news->n, news->tunnel->owner);
}

static void
streams_cb (unsigned n_open, gpointer owner)
{
  JfTunnel *self = owner;
  News *news;

  if (self->events->streams == NULL)
    return; /* the one event that comes often */
  news = news_new (self, tell_streams);
  news->n = n_open;
  post_news (news);
}

static const JfTunnelCoreEvents core_events = {
  probed_cb, channels_cb, legs_wanted_cb, vouched_cb, streams_cb,
};

/* Orders, from the owner to the loop */

typedef struct Order Order;
struct Order
{
  JfTunnel *tunnel;
  void (*carry_out) (Order *order);
  JfUplink *uplink;
  JfKeyId peer;
  JfTicket tickets[JF_TICKETS_PER_MESSAGE_MAX];
  unsigned n_tickets;
  int fd;
  gboolean check_uid;
};

static void
order_free (gpointer data)
{
  Order *order = data;

  g_clear_pointer (&order->uplink, jf_uplink_unref);
  if (order->fd >= 0)
    close (order->fd);
  tunnel_unref (order->tunnel);
  g_free (order);
}

static void
order_cb (gpointer data)
{
  Order *order = data;

  order->carry_out (order);
  order_free (order);
}

static Order *
order_new (JfTunnel *self, void (*carry_out) (Order *order))
{
  Order *order = g_new0 (Order, 1);

  order->tunnel = tunnel_ref (self);
  order->carry_out = carry_out;
  order->fd = -1;
  return order;
}

static void
post_order (Order *order)
{
  jf_post (jf_loop_get_context (order->tunnel->loop), order_cb, order, order_free);
}

static void
order_tickets (Order *order, const JfTicket *tickets, unsigned n_tickets)
{
  order->n_tickets = MIN (n_tickets, JF_TICKETS_PER_MESSAGE_MAX);
  memcpy (order->tickets, tickets, order->n_tickets * sizeof *tickets);
}

static void
carry_out_start (Order *order)
{
  JfTunnel *self = order->tunnel;

  self->core = jf_tunnel_core_new (self->loop, self->target, self->vouch, &self->stats,
                                   &core_events, self);
}

static void
carry_out_stop (Order *order)
{
  g_clear_pointer (&order->tunnel->core, jf_tunnel_core_free);
}

static void
carry_out_connect (Order *order)
{
  jf_tunnel_core_connect (order->tunnel->core, order->uplink, &order->peer, order->tickets,
                          order->n_tickets);
}

static void
carry_out_add_legs (Order *order)
{
  jf_tunnel_core_add_legs (order->tunnel->core, order->tickets, order->n_tickets);
}

static void
carry_out_disconnect (Order *order)
{
  jf_tunnel_core_disconnect (order->tunnel->core);
}

static void
carry_out_probe_now (Order *order)
{
  jf_tunnel_core_probe_now (order->tunnel->core);
}

static void
carry_out_listen (Order *order)
{
  jf_tunnel_core_listen (order->tunnel->core, g_steal_fd (&order->fd), order->check_uid);
}

static void
carry_out_take (Order *order)
{
  jf_tunnel_core_take (order->tunnel->core, g_steal_fd (&order->fd));
}

static JfTunnel *
tunnel_new (JfLoop *loop, const JfTunnelEvents *events, gpointer owner)
{
  JfTunnel *self = g_new0 (JfTunnel, 1);

  self->references = 1;
  self->loop = loop;
  self->context = g_main_context_ref_thread_default ();
  self->events = events;
  self->owner = owner;
  return self;
}

JfTunnel *
jf_tunnel_new_client (JfLoop *loop, const JfTunnelEvents *events, gpointer owner)
{
  JfTunnel *self = tunnel_new (loop, events, owner);

  post_order (order_new (self, carry_out_start));
  return self;
}

JfTunnel *
jf_tunnel_new_server (JfLoop *loop,
                      const JfTarget *target,
                      const JfKeyId *vouch,
                      unsigned n_vouch,
                      const JfTunnelEvents *events,
                      gpointer owner)
{
  JfTunnel *self = tunnel_new (loop, events, owner);

  self->target = jf_target_copy (target);
  self->vouch = g_array_new (FALSE, FALSE, sizeof (JfKeyId));
  g_array_append_vals (self->vouch, vouch, MIN (n_vouch, JF_VOUCH_MAX));
  post_order (order_new (self, carry_out_start));
  return self;
}

void
jf_tunnel_free (JfTunnel *self)
{
  if (self == NULL)
    return;
  self->closed = TRUE;
  post_order (order_new (self, carry_out_stop));
  tunnel_unref (self);
}

void
jf_tunnel_connect (JfTunnel *self,
                   JfUplink *uplink,
                   const JfKeyId *peer,
                   const JfTicket *tickets,
                   unsigned n_tickets)
{
  Order *order = order_new (self, carry_out_connect);

  order->uplink = jf_uplink_ref (uplink);
  order->peer = *peer;
  order_tickets (order, tickets, n_tickets);
  post_order (order);
}

void
jf_tunnel_add_legs (JfTunnel *self, const JfTicket *tickets, unsigned n_tickets)
{
  Order *order = order_new (self, carry_out_add_legs);

  order_tickets (order, tickets, n_tickets);
  post_order (order);
}

void
jf_tunnel_disconnect (JfTunnel *self)
{
  post_order (order_new (self, carry_out_disconnect));
}

void
jf_tunnel_probe_now (JfTunnel *self)
{
  post_order (order_new (self, carry_out_probe_now));
}

void
jf_tunnel_listen (JfTunnel *self, int fd, gboolean check_uid)
{
  Order *order = order_new (self, carry_out_listen);

  order->fd = fcntl (fd, F_DUPFD_CLOEXEC, 0);
  order->check_uid = check_uid;
  post_order (order);
}

void
jf_tunnel_take (JfTunnel *self, int fd)
{
  Order *order = order_new (self, carry_out_take);

  order->fd = fd;
  post_order (order);
}

#define STAT_GET(member) __atomic_load_n (&self->stats.member, __ATOMIC_RELAXED)

void
jf_tunnel_get_stats (JfTunnel *self, JfTunnelStats *out)
{
  *out = (JfTunnelStats){
    .bytes_sent = STAT_GET (bytes_sent),
    .bytes_received = STAT_GET (bytes_received),
    .streams_total = STAT_GET (streams_total),
    .streams_refused = STAT_GET (streams_refused),
    .streams_open = STAT_GET (streams_open),
    .channels_open = STAT_GET (channels_open),
    .round_trip_us = STAT_GET (round_trip_us),
    .last_refusal = STAT_GET (last_refusal),
  };
}
