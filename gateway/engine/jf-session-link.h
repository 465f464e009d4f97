/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gateway/link/jf-dial.h"
#include "gateway/link/jf-loop.h"

G_BEGIN_DECLS

/* One control connection, from dialling to its end: it works in a loop and speaks to the
 * thread that made it (functions and events there, in that thread's default GMainContext). */
typedef struct JfSessionLink JfSessionLink;

/* Parsed messages that the owner has not looked at yet; more end the connection. */
#define JF_SESSION_LINK_INBOX_MAX_BYTES (32 * 1024 * 1024)
/* Messages that the manager has not taken yet: the largest registration, and as much beside it. */
#define JF_SESSION_LINK_OUTBOX_MAX_BYTES (16 * 1024 * 1024)

typedef struct
{
  void (*opened) (JfSessionLink *self, gpointer owner);
  /* (transfer none) */
  void (*message) (JfSessionLink *self, JsonObject *message, gpointer owner);
  /* The end, once. */
  void (*closed) (JfSessionLink *self, const GError *reason, gpointer owner);
} JfSessionLinkEvents;

/* `events` is static. */
JfSessionLink *jf_session_link_new (JfLoop *loop,
                                    JfUplink *uplink,
                                    const JfSessionLinkEvents *events,
                                    gpointer owner);
/* Since `opened`: how it reached the manager. With JF_ERROR_WRONG_KEY in `closed`: the key that was
 * seen; NULL: none. */
const JfWay *jf_session_link_get_way (JfSessionLink *self);
const JfKeyId *jf_session_link_get_seen_key (JfSessionLink *self);
/* (transfer full) message: one thread at a time has it */
void jf_session_link_send (JfSessionLink *self, GBytes *message);
/* Sends what is queued, then ends with `closed`. */
void jf_session_link_finish (JfSessionLink *self);
/* At once; no event comes any more. Allowed inside an event. */
void jf_session_link_free (JfSessionLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSessionLink, jf_session_link_free)

G_END_DECLS
