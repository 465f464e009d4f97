/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/jf-desk.h"

G_BEGIN_DECLS

/* A verb's way to an engine. A device has one control connection, so the first process that locks
 * the state directory runs the engine, and the others hand their requests over to it. When it
 * ends, one of the others takes over, and the requests of all go on there. */
typedef struct JfHost JfHost;

typedef enum
{
  JF_HOST_LASTING,   /* may run the engine, also for other processes */
  JF_HOST_TRANSIENT, /* for one question: others do not come to rely on it */
  JF_HOST_ALONE,     /* runs the engine or fails: JF_ERROR_BUSY */
} JfHostKind;

/* `state` is borrowed. Fails when the device is not enrolled, or its files cannot be used. */
JfHost *jf_host_new (JfState *state, JfHostKind kind, GError **error);
/* Ends all calls, at once. Not from inside an event. */
void jf_host_free (JfHost *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfHost, jf_host_free)

/* As jf_desk_call(); the events come until the last one, or until jf_host_finish(). `request` is
 * kept, to be made again at another engine; one with a descriptor is made once. */
void jf_host_call (JfHost *self, JsonObject *request, int fd, JfDeskEvent event, gpointer data);

/* The desk, when the engine runs here; otherwise NULL. */
JfDesk *jf_host_get_desk (JfHost *self);
JfEngine *jf_host_get_engine (JfHost *self); /* likewise */

/* Ends this process' own calls. TRUE: nothing more is wanted of it. FALSE: other processes have
 * connections on standard input and output that only this one can carry (two `ssh` at once, say);
 * `released` runs when the last one has ended. Not from inside an event. */
gboolean jf_host_release (JfHost *self, void (*released) (gpointer data), gpointer data);

/* S6 and S7 for all that was joined; no event comes any more. `finished` runs within 4 s. */
void jf_host_finish (JfHost *self, void (*finished) (gpointer data), gpointer data);

G_END_DECLS
