/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gateway/engine/jf-engine.h"

G_BEGIN_DECLS

/* Where requests to a running engine are taken, those of this process and those that come over
 * the local socket alike. A request is an object with a "type"; its answer is a row of events
 * until the last one (jf_desk_is_last()):
 *
 *   {"type":"services"}    {"type":"service",…}… {"type":"end"}
 *   {"type":"services","watch":true}
 *                          {"type":"listing"} {"type":"service",…}… {"type":"listed"}, then what
 *                          changes: {"type":"service",…}, {"type":"service","service":S,"state":"gone"}
 *   {"type":"status"}      {"type":"gateway",…} {"type":"join",…}… {"type":"offer",…}… {"type":"end"}
 *   {"type":"join","service":S,"listen":TEXT}
 *                          {"type":"state","service":S,"state":"joined","address":A,"port":P}…
 *                          the last is "failed" or "left"
 *   {"type":"offer","name":N,"target":T,"title":…,"allow":[…],"port":P}
 *                          {"type":"registered","service":S}…
 *                          {"type":"state","service":S,"state":"waiting","reason":…} when not yet
 *   {"type":"error","code":…,"message":…}
 *
 * A join or an offer lasts as long as its call. Several calls may share one join. Belongs to the
 * engine's context. */
typedef struct JfDesk JfDesk;
typedef struct JfDeskCall JfDeskCall;

JfDesk *jf_desk_new (JfEngine *engine);
void jf_desk_free (JfDesk *self); /* all calls have ended before */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfDesk, jf_desk_free)

/* (transfer none) event. Never from inside jf_desk_call(). The last event may end the call. */
typedef void (*JfDeskEvent) (JsonObject *event, gpointer data);

/* fd: -1, or one end of a socket for {"listen":"stdio"}; taken. */
JfDeskCall *jf_desk_call (JfDesk *self,
                          JsonObject *request,
                          int fd,
                          JfDeskEvent event,
                          gpointer data);
/* The caller has no interest any more: leaves, withdraws. */
void jf_desk_call_end (JfDeskCall *call);
/* The last event was given: nothing more will come of it. */
gboolean jf_desk_call_is_over (JfDeskCall *call);
/* Withdraws what the call offers; the call goes on without a word. */
void jf_desk_call_withdraw (JfDeskCall *call);

/* Calls on standard input and output that are under way: unlike all others, no other process can
 * take them over. `ended` (may be NULL) runs whenever one has ended. */
unsigned jf_desk_count_stdio (JfDesk *self);
void jf_desk_watch_stdio (JfDesk *self, void (*ended) (gpointer data), gpointer data);

/* The process ends: offers of calls that end from now on are not withdrawn, only offline, so that
 * another process may take them over. */
void jf_desk_close (JfDesk *self);

/* The offers of a configuration file, beside those of calls. Replaces the earlier ones. */
gboolean jf_desk_set_offers (JfDesk *self, GPtrArray *offers, GError **error);

/* No event follows this one. */
gboolean jf_desk_is_last (JsonObject *event);
/* (transfer full) {"type":"error",…} */
JsonObject *jf_desk_error (const GError *error);

G_END_DECLS
