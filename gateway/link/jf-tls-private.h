/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-tls.h"

G_BEGIN_DECLS

/* For tests, which make the session do what a well-behaved program never would. */
gnutls_session_t jf_tls_get_session (JfTls *self);

G_END_DECLS
