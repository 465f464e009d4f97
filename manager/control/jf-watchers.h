/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-member-conn.h"
#include "manager/registry/jf-registry.h"

G_BEGIN_DECLS

/* Who wants to be told of changes in the list of services (`list` with "watch", PROTOCOL.md
 * section 4.3), and what each of them was told. Main thread.
 *
 *   jf_watchers_mark()  ─►  dirty  ─ after 200 ms ─►  spread: is it any different? whom does it
 *   concern? ─►  pending of each watcher  ─►  one `changes` at a time, the next when the one before
 *   has left
 *
 * All of it is bounded by the number of services: a service that changes a thousand times is
 * dirty once, and pending once. The work is done in slices, so that everything else has its turn,
 * and is in proportion to what is sent. Who sees what is decided when it is sent. */
typedef struct JfWatchers JfWatchers;
typedef struct JfWatcher JfWatcher;

JfWatchers *jf_watchers_new (JfControl *control);
void jf_watchers_free (JfWatchers *self);

/* A service may be there, be allowed, or look otherwise than before. */
void jf_watchers_mark (JfWatchers *self, const char *service);
/* The same of all services of a provider. */
void jf_watchers_mark_provider (JfWatchers *self, const char *provider);
/* This member may see other services than before. */
void jf_watchers_mark_member (JfWatchers *self, const char *member);

/* One object of `services` as it is now, if that is known already; NULL: not. Until the main context
 * runs again. */
const char *jf_watchers_get_text (JfWatchers *self, const JfServiceRecord *record);

/* This connection is about to be told of these services (array of JfServiceRecord) in answer to
 * `list`; changes wait until jf_watchers_listed(). Replaces what it watched before. */
void jf_watchers_begin (JfWatchers *self, JfMemberConn *conn, GPtrArray *records);
void jf_watchers_listed (JfWatchers *self, JfMemberConn *conn);
/* What was sent to it is with the kernel. */
void jf_watchers_drained (JfWatchers *self, JfMemberConn *conn);
/* The connection ends. */
void jf_watchers_forget (JfWatchers *self, JfMemberConn *conn);

G_END_DECLS
