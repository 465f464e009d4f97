/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-control.h"

G_BEGIN_DECLS

/* Who did what: one line into the registry's audit and one into the log. Labels, key ids, tunnel
 * numbers; never an address but in `address`, which is dropped unless the operator keeps them. */
typedef struct
{
  const char *event; /* "enroll", "register", "withdraw", "join", "joined", "leave", "remove", … */
  const char *member;
  const char *device;
  const char *service;
  const char *detail;
  const char *address;
  uint64_t tunnel;
} JfAuditEvent;

void jf_audit (JfControl *self, const JfAuditEvent *event);

/* Calls settled(data), once, when every line so far is on stable storage or could not be written
 * (which the log says): at once where that is so. Who answers after it loses no line of what was
 * answered, whatever happens to the process. */
void jf_audit_when_settled (JfControl *self, void (*settled) (gpointer data), gpointer data);
/* The control ends: nobody waits any longer. */
void jf_audit_stop (JfControl *self);

/* Forgets lines that are older than the configuration says, now and every hour, a few at a time.
 * Call it again when that changes. */
void jf_audit_keep_days (JfControl *self, unsigned days);

G_END_DECLS
