/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-post.h"

G_BEGIN_DECLS

/* The queue of what was posted to one context. Lives as long as the context, which owns it. */
typedef struct JfMailbox JfMailbox;

/* Made at the first call. NULL is the default context. */
JfMailbox *jf_mailbox_get (GMainContext *context);
void jf_mailbox_post (JfMailbox *self, JfTask task, gpointer data, JfTask cancelled);

G_END_DECLS
