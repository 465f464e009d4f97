/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Standard input to a connected socket, and the socket to standard output, each with its own end:
 * the end of the one is passed on as half-close, and the other goes on. Pipes, files, terminals and
 * sockets alike. */
typedef struct JfStdioPump JfStdioPump;

/* Takes `fd`. `done` once both directions have ended, or the other side is gone altogether;
 * `error` NULL: in order. */
JfStdioPump *jf_stdio_pump_new (int in_fd,
                                int out_fd,
                                int fd,
                                void (*done) (const GError *error, gpointer data),
                                gpointer data);
void jf_stdio_pump_free (JfStdioPump *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfStdioPump, jf_stdio_pump_free)

G_END_DECLS
