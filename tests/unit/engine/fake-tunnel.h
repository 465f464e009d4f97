/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-tunnel.h"

G_BEGIN_DECLS

/* In place of the data plane: notes what it is told; the test raises its events. */
struct JfTunnel
{
  const JfTunnelEvents *events;
  gpointer owner;
  gboolean server;
  unsigned n_vouch;
  unsigned n_connects;
  unsigned n_disconnects;
  unsigned n_listens;
  unsigned n_probes;
  unsigned n_added_legs;
  unsigned n_taken;
  gboolean check_uid;
  JfKeyId peer;
  unsigned n_tickets;
};

extern JfTunnel *fake_tunnel_last; /* NULL: none was made, or it was freed */
extern unsigned fake_tunnel_made;
extern unsigned fake_tunnel_alive;

G_END_DECLS
