/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/link/jf-loop.h"
#include "gateway/wire/jf-frame.h"
#include "gateway/wire/jf-target.h"

G_BEGIN_DECLS

/* One attempt to connect to a target of this gateway's own configuration. Embed it, zeroed.
 * Belongs to the loop's thread. */
typedef struct JfTargetConnect JfTargetConnect;

/* fd: connected, non-blocking, the receiver owns it; or -1 and why. May come before
 * jf_target_connect_start() returns. */
typedef void (*JfTargetConnectDone) (JfTargetConnect *self, int fd, JfRefusal refusal);

struct JfTargetConnect
{
  JfLoop *loop; /* NULL when not under way */
  JfTargetConnectDone done;
  const JfTarget *target; /* borrowed */
  GCancellable *cancellable;
  GList *addresses; /* of a name, still to be tried; GInetAddress */
  JfWatch watch;
  JfTimer deadline;
  JfTimer again;      /* a UNIX socket whose queue is full */
  JfRefusal refusal;  /* of the address before */
  gboolean was_reset; /* with a connected fd: the target has reset it since */
  int fd;
};

/* Gives up after JF_TARGET_CONNECT_TIMEOUT_MS. A name is tried address by address. */
void jf_target_connect_start (JfTargetConnect *self,
                              JfLoop *loop,
                              const JfTarget *target,
                              JfTargetConnectDone done);
void jf_target_connect_stop (JfTargetConnect *self); /* idempotent; `done` does not come */

G_END_DECLS
