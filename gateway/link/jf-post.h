/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one place where threads hand work to each other (with a lock that ThreadSanitizer sees). */
typedef void (*JfTask) (gpointer data);

/* Runs task(data) once in `context`, in the order of posting; from any thread. NULL is the default
 * context. `cancelled` (may be NULL) runs instead, in whatever thread drops it, when the context
 * is destroyed before the task ran. */
void jf_post (GMainContext *context, JfTask task, gpointer data, JfTask cancelled);

G_END_DECLS
