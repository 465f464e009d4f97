/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is said of an enrolment that failed. Pure functions, translated, plain text. */

/* (transfer full) of a text that holds no invitation; error NULL: it is a link to a service */
char *jf_enroll_words_mistake (const GError *error);

const char *jf_enroll_words_heading (const GError *error);
const char *jf_enroll_words_icon (const GError *error);
/* (transfer full) what happened, what it may mean, what to do */
char *jf_enroll_words_failure (const GError *error, const char *host);
/* The same link may work later. */
gboolean jf_enroll_words_may_try_again (const GError *error);

G_END_DECLS
