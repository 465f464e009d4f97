/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-conn.h"

G_BEGIN_DECLS

/* Those of jf-limits.h, but for tests, which have no time to wait. */
typedef struct
{
  unsigned heartbeat_ms;
  unsigned silence_ms;
  unsigned finish_ms;
} JfConnTimes;

extern JfConnTimes jf_conn_times;

G_END_DECLS
