/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-channel.h"

G_BEGIN_DECLS

/* Those of jf-limits.h, but for tests, which have no time to wait. */
typedef struct
{
  unsigned handshake_ms;
  unsigned ping_ms;
  unsigned silence_ms;
} JfChannelTimes;

extern JfChannelTimes jf_channel_times;

G_END_DECLS
