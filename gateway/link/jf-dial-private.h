/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-dial.h"
#include "gateway/wire/jf-limits.h"

G_BEGIN_DECLS

/* How long each part of an attempt may take; a variable only for tests. */
typedef struct
{
  unsigned carrier_ms;
  unsigned session_ms; /* handshake, first frame and its answer */
} JfDialTimes;

extern JfDialTimes jf_dial_times;

G_END_DECLS
