/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <pthread.h>

#include "gateway/link/jf-loop.h"
#include "gateway/link/jf-tls.h"

G_BEGIN_DECLS

/* Counts up from one thread, is waited for in another. Of pthreads, which ThreadSanitizer knows. */
typedef struct
{
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  unsigned count;
} LinkGate;

#define LINK_GATE_INIT                                                                             \
  {                                                                                                \
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                         \
  }

void link_gate_open (LinkGate *gate);
void link_gate_wait (LinkGate *gate, unsigned count); /* ends the test after 30 s */

/* Runs task(data) in the loop and waits until it has run. */
void link_call (JfLoop *loop, JfTask task, gpointer data);

/* Two connected, non-blocking sockets. */
void link_pair (int fds[2]);

/* Drives both ends in one thread. Returns TRUE when both are done; otherwise the errors of those
 * that failed. */
gboolean link_handshake (JfTls *client,
                         JfTls *server,
                         GError **client_error,
                         GError **server_error);
/* A client and a server with identities of their own, handshake done, on a socketpair. */
void link_tls_pair (JfTls **client, JfTls **server, const char *alpn);

/* A fresh directory; ended by link_remove_directory(). */
char *link_make_directory (void);
void link_remove_directory (char *path);

G_END_DECLS
