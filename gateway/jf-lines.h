/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Messages between two processes of one user over a connected UNIX socket: JSON objects with a
 * "type", one a line, each at most JF_MESSAGE_MAX_BYTES; one descriptor may ride along. Belongs
 * to the GMainContext that was the thread's default. */
typedef struct JfLines JfLines;

/* Unsent bytes; a peer that lets more pile up is closed. */
#define JF_LINES_QUEUE_MAX_BYTES (16 * 1024 * 1024)

typedef struct
{
  /* (transfer none) message; fd: -1, or a descriptor that the receiver owns. May free. */
  void (*message) (JfLines *self, JsonObject *message, int fd, gpointer owner);
  /* The other side is gone or broke the rules, once. May free. */
  void (*closed) (JfLines *self, gpointer owner);
} JfLinesEvents;

/* Takes a reference; `events` is static. */
JfLines *jf_lines_new (GSocket *socket, const JfLinesEvents *events, gpointer owner);
void jf_lines_free (JfLines *self); /* closes; no event comes any more */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfLines, jf_lines_free)
/* fd: -1, or one that goes with this message (duplicated). */
void jf_lines_send (JfLines *self, JsonObject *message, int fd);

/* STATE_DIR/gateway.sock, also where its path is longer than a socket's may be. The guard keeps
 * the address good until it is closed. */
GSocketAddress *jf_lines_address (const char *dir, int *guard_fd, GError **error);

G_END_DECLS
