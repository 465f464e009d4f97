/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-backoff.h"
#include "gateway/engine/jf-join.h"
#include "gateway/engine/jf-setup.h"

G_BEGIN_DECLS

/* One address at which programs find the service. */
typedef struct
{
  JfPseudoSpec *spec;
  JfPseudo *pseudo; /* NULL until the first setup */
  unsigned users;
} JfJoinSocket;

/* jf-join.c speaks with the manager, jf-join-tunnel.c with the tunnel, jf-join-socket.c opens the
 * pseudo sockets. */
struct _JfJoin
{
  GObject parent_instance;

  JfJoinParts parts;
  GMainContext *context;
  char *asked;    /* as the user named it */
  char *service;  /* NULL until the manager has said it in full */
  char *provider; /* NULL likewise */
  char *title;
  GPtrArray *sockets; /* of JfJoinSocket */
  uint16_t service_port;

  JfJoinState state;
  int64_t since; /* seconds since 1970, of the state */
  GError *reason;
  JfKeyId offered; /* see jf_join_get_offered_key() */
  JfKeyId expected;
  gboolean has_offered;
  gboolean has_expected;

  /* at the manager */
  int64_t tunnel_id; /* 0: none that this session knows of */
  unsigned busy_tries;
  gboolean asking; /* a join request is under way */
  gboolean set_up; /* the setup of this session is at work */
  gboolean ready_sent;
  gboolean joined; /* S5 */
  GError *session_error;
  GError *offline; /* the provider's gateway is not there */
  GError *again;   /* the manager could not; asked again when the timer ends */
  GSource *timer;  /* to ask again, or until when leaving may last */
  JfBackoff backoff;
  gboolean leaving;

  /* the tunnel */
  JfTunnel *tunnel;
  JfKeyId peer;
  gboolean pinned; /* the peer is in known_gateways */
  GArray *vouched; /* of JfKeyId: to be pinned when the peer is */
  unsigned n_channels;
  gboolean reached;
  JfRefusal refusal;
  GError *channel_error;
};

/* Works out the state from all of the above. */
void jf_join_update (JfJoin *self);
/* For good. (transfer full) reason */
void jf_join_fail (JfJoin *self, GError *reason);
void jf_join_transmit (JfJoin *self, JsonObject *message); /* (transfer full) */
void jf_join_send_ready (JfJoin *self);

/* S3a. FALSE with the reason why this side cannot. */
gboolean jf_join_connect (JfJoin *self, const JfSetup *setup, GError **error);
/* Opens the pseudo sockets that are wanted, when the tunnel is there. */
gboolean jf_join_open_sockets (JfJoin *self, GError **error);
void jf_join_close_sockets (JfJoin *self);
GPtrArray *jf_join_sockets_new (void);
/* Drops the channels, keeps the pseudo socket. */
void jf_join_disconnect (JfJoin *self);
void jf_join_release (JfJoin *self);

G_END_DECLS
