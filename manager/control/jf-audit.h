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

G_END_DECLS
