/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* The symbolic icon of what a service is, by the scheme of its URI template, else by its port. */
const char *jf_service_kind_icon (const char *open_template, uint16_t port);

G_END_DECLS
