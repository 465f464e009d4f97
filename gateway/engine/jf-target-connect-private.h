/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-target-connect.h"

G_BEGIN_DECLS

/* JF_TARGET_CONNECT_TIMEOUT_MS, but for tests, which have no time to wait. */
extern unsigned jf_target_connect_timeout_ms;

G_END_DECLS
