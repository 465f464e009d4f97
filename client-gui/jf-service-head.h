/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* The top of a service's page: what it is called, its state with icon, words, reason and time, and
 * what can be done about it. */
#define JF_TYPE_SERVICE_HEAD (jf_service_head_get_type ())
G_DECLARE_FINAL_TYPE (JfServiceHead, jf_service_head, JF, SERVICE_HEAD, AdwBin)

/* Shows the item as it is now; call it again when something of it, or a second, has passed. */
void jf_service_head_show (JfServiceHead *self, JfItem *item);
/* (transfer none) the big title: the page's header takes its place when it is out of sight */
GtkWidget *jf_service_head_get_title (JfServiceHead *self);

G_END_DECLS
