/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-pseudo.h"
#include "gateway/engine/jf-tunnel.h"
#include "manager/front/jf-front.h"
#include "tests/tunnel/tunnel-sockets.h"

G_BEGIN_DECLS

/* A manager's front and switch, and both gateways' tunnels, in this process. The test plays the
 * control connection. */
typedef struct
{
  JfLoop *manager_loops[2];
  JfLoop *client_loop;
  JfLoop *server_loop;
  JfIdentity *manager;
  JfIdentity *client_identity;
  JfIdentity *server_identity;
  JfSwitch *sw;
  JfFront *front;
  JfSwitchTunnel *rows;
  JfUplink *client_uplink;
  JfUplink *server_uplink;
  JfTunnel *client; /* NULL until tunnel_fixture_start() */
  JfTunnel *server;
  JfPseudo *pseudo;
  /* what the client's events said last */
  gboolean probed;
  JfRefusal refusal;
  unsigned channels;
  GError *channel_error;
  unsigned vouched;
} TunnelFixture;

void tunnel_fixture_set_up (TunnelFixture *self, gconstpointer data);
void tunnel_fixture_tear_down (TunnelFixture *self, gconstpointer data);

/* Both tunnels to 127.0.0.1:target_port, the pseudo socket, two channels; does not wait. */
void tunnel_fixture_start (TunnelFixture *self, uint16_t target_port);
/* Steps S3a and S3b once more; `server` is the key that the client is told. */
void tunnel_fixture_connect (TunnelFixture *self, const JfKeyId *server);
/* Waits until the probe was answered, and checks the answer. */
void tunnel_fixture_await_probe (TunnelFixture *self, JfRefusal refusal);
/* A program's connection to the pseudo socket. */
int tunnel_fixture_dial (TunnelFixture *self);

/* Runs the main context until `condition`; ends the test after 60 s. */
#define TUNNEL_FIXTURE_AWAIT(condition)                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    int64_t deadline_us_ = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;                          \
    while (!(condition))                                                                           \
      {                                                                                            \
        g_assert_cmpint (g_get_monotonic_time (), <, deadline_us_);                                \
        tunnel_fixture_iterate ();                                                                 \
      }                                                                                            \
  }                                                                                                \
  G_STMT_END
void tunnel_fixture_iterate (void);

G_END_DECLS
