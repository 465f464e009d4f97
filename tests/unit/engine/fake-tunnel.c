/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/engine/fake-tunnel.h"

#include <unistd.h>

JfTunnel *fake_tunnel_last;
unsigned fake_tunnel_made;
unsigned fake_tunnel_alive;

static JfTunnel *
make (const JfTunnelEvents *events, gpointer owner)
{
  JfTunnel *self = g_new0 (JfTunnel, 1);

  self->events = events;
  self->owner = owner;
  fake_tunnel_last = self;
  fake_tunnel_made++;
  fake_tunnel_alive++;
  return self;
}

JfTunnel *
jf_tunnel_new_client (JfLoop *loop, const JfTunnelEvents *events, gpointer owner)
{
  return make (events, owner);
}

JfTunnel *
jf_tunnel_new_server (JfLoop *loop,
                      const JfTarget *target,
                      const JfKeyId *vouch,
                      unsigned n_vouch,
                      const JfTunnelEvents *events,
                      gpointer owner)
{
  JfTunnel *self = make (events, owner);

  self->server = TRUE;
  self->n_vouch = n_vouch;
  return self;
}

void
jf_tunnel_free (JfTunnel *self)
{
  if (fake_tunnel_last == self)
    fake_tunnel_last = NULL;
  fake_tunnel_alive--;
  g_free (self);
}

void
jf_tunnel_connect (JfTunnel *self,
                   JfUplink *uplink,
                   const JfKeyId *peer,
                   const JfTicket *tickets,
                   unsigned n_tickets)
{
  self->n_connects++;
  self->peer = *peer;
  self->n_tickets = n_tickets;
}

void
jf_tunnel_add_legs (JfTunnel *self, const JfTicket *tickets, unsigned n_tickets)
{
  self->n_added_legs += n_tickets;
}

void
jf_tunnel_disconnect (JfTunnel *self)
{
  self->n_disconnects++;
}

void
jf_tunnel_probe_now (JfTunnel *self)
{
  self->n_probes++;
}

void
jf_tunnel_listen (JfTunnel *self, int fd, gboolean check_uid)
{
  self->n_listens++;
  self->check_uid = check_uid;
}

void
jf_tunnel_take (JfTunnel *self, int fd)
{
  self->n_taken++;
  close (fd);
}

void
jf_tunnel_get_stats (JfTunnel *self, JfTunnelStats *out)
{
  *out = (JfTunnelStats){ 0 };
}
