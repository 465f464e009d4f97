/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-channel.h"
#include "gateway/wire/jf-error.h"
#include "tests/lib/loop-test.h"

G_BEGIN_DECLS

/* One end of a channel, and what its events said. Whatever happens in the loop's thread. */
typedef struct PlaneEnd PlaneEnd;
struct PlaneEnd
{
  JfLoop *loop;
  JfIdentity *identity;
  JfChannel *channel; /* NULL once it has closed */
  gboolean opened;
  GError *reason;      /* why it closed */
  GArray *frames;      /* of JfFrame, as they came */
  GByteArray *payload; /* of all of them */
  unsigned batches;
  unsigned rooms;
  /* Sees every frame after it was noted. May be NULL. */
  gboolean (*take) (PlaneEnd *end, const JfFrame *frame, const uint8_t *payload, GError **error);
  void (*room) (PlaneEnd *end); /* may be NULL */
  gpointer owner;
};

/* Both ends in one loop. */
typedef struct
{
  PlaneEnd client;
  PlaneEnd server;
} PlanePair;

/* Identities and channels that expect each other; not started. */
void plane_pair_init (PlanePair *self, JfLoop *loop);
/* A fresh channel in place of what there is. */
void plane_end_expect (PlaneEnd *end, JfTlsSide side, const JfKeyId *peer);
/* Starts both on a socketpair; does not wait. */
void plane_pair_start (PlanePair *self);
/* All of the above, and waits until both are open. */
void plane_pair_open (PlanePair *self, JfLoop *loop);
void plane_pair_clear (PlanePair *self);

/* What this end has heard so far is forgotten. */
void plane_end_forget (PlaneEnd *end);
/* How many frames of this type it has heard. */
unsigned plane_end_count (PlaneEnd *end, JfFrameType type);
/* The n-th of this type; there must be one. */
JfFrame plane_end_get (PlaneEnd *end, JfFrameType type, unsigned n);
void plane_end_send (PlaneEnd *end, const JfFrame *frame, const void *payload);
/* Waits for `closed` and looks at the reason. */
void plane_end_await_closed (PlaneEnd *end, JfError code);

/* Two connected, non-blocking sockets. */
void plane_socketpair (int fds[2]);
/* A non-blocking listener; *port in host order. */
int plane_listen (const char *host, uint16_t *port, int backlog);
/* A connected, non-blocking socket. */
int plane_connect (const char *host, uint16_t port);
/* The listener's next connection, non-blocking. */
int plane_accept (JfLoop *loop, int listener);
/* Two ends of one TCP connection over loopback, non-blocking. */
void plane_tcp_pair (JfLoop *loop, int fds[2]);
/* Reads until `size` bytes are there or the end; returns how many. */
size_t plane_read (JfLoop *loop, int fd, void *data, size_t size);
/* The next thing at this socket is a reset. */
void plane_await_reset (JfLoop *loop, int fd);

G_END_DECLS
