/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "gateway/link/jf-loop.h"

G_BEGIN_DECLS

/* How many connections are unknown now, in all and of each address (an IPv4 address or an IPv6
 * /64), over all workers (PROTOCOL.md section 2). Any thread. */
typedef struct
{
  pthread_mutex_t lock;
  GHashTable *addresses;
  GQueue all; /* slots, oldest first */
} JfFrontLimits;

/* The place of one unknown connection. Belongs to the loop of its connection, except for what the
 * limits' lock guards. */
typedef struct JfFrontSlot JfFrontSlot;

void jf_front_limits_init (JfFrontLimits *self);
void jf_front_limits_clear (JfFrontLimits *self); /* all slots must have left */

/* NULL when there is no room; the reason is counted. May take the place of a connection that has
 * been unknown for JF_UNKNOWN_STALLED_MS, which is then told in its own loop. */
JfFrontSlot *jf_front_limits_admit (JfFrontLimits *self,
                                    const struct sockaddr *address,
                                    JfLoop *loop);
/* In its loop. `evicted` is called at most once and must lead to jf_front_slot_leave(). */
void jf_front_slot_set_owner (JfFrontSlot *slot, void (*evicted) (gpointer owner), gpointer owner);
/* In its loop: the connection is known now, or gone. Frees the slot. */
void jf_front_slot_leave (JfFrontLimits *self, JfFrontSlot *slot);

G_END_DECLS
