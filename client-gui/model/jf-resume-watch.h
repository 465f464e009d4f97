/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Tells when the computer wakes up from a suspend (logind's PrepareForSleep). Where there is no
 * system bus, or no logind, it tells nothing. Belongs to the main context. */
typedef struct JfResumeWatch JfResumeWatch;

JfResumeWatch *jf_resume_watch_new (void (*resumed) (gpointer data), gpointer data);
void jf_resume_watch_free (JfResumeWatch *self);

G_END_DECLS
