/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "client-gui/model/jf-accounts.h"
#include "client-gui/model/jf-notices.h"

G_BEGIN_DECLS

/* (transfer full) what a notice says, and what can be done about it: actions app.…, with the id of
 * the service or manager as target. Plain text; what it is about may have gone meanwhile. */
GNotification *jf_notice_words (const JfNotice *notice, JfAccounts *accounts);

G_END_DECLS
