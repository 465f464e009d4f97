/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/link/jf-loop.h"
#include "gateway/link/jf-tls.h"

G_BEGIN_DECLS

/* One leg between its ticket and its partner (PROTOCOL.md section 5): says READY through TLS, drops
 * the session, then waits as a bare descriptor that nobody reads, watched for hangup alone.
 * Belongs to its loop's thread. */
typedef struct JfSwitchLeg JfSwitchLeg;
/* TRUE: it is bare and waits. FALSE: it has failed, is closed, and needs no stop. May free it. */
typedef void (*JfSwitchLegFunc) (JfSwitchLeg *leg, gboolean bare);

/* Embed it, zeroed. */
struct JfSwitchLeg
{
  JfLoop *loop; /* NULL: no leg here */
  JfTls *tls;   /* until READY is out */
  int fd;
  gboolean bare;
  JfWatch watch;
  JfTimer deadline; /* for READY */
  JfSwitchLegFunc changed;
};

/* (transfer full) tls. `changed` may come before this returns. */
void jf_switch_leg_start (JfSwitchLeg *self, JfLoop *loop, JfTls *tls, JfSwitchLegFunc changed);
/* Of a bare leg: hands its descriptor over; there is no leg any more. */
int jf_switch_leg_take (JfSwitchLeg *self);
void jf_switch_leg_stop (JfSwitchLeg *self); /* closes; idempotent */

/* (transfer full) tls. Says REFUSED as far as that goes without waiting, and closes. */
void jf_switch_leg_refuse (JfTls *tls);

G_END_DECLS
