/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What of trust a person has to decide or to know, and what is said of it. Pure functions. */
typedef enum
{
  JF_TRUST_OK,             /* nothing */
  JF_TRUST_PROVIDER_KEY,   /* a provider answers with another key than before */
  JF_TRUST_PROVIDER_FALSE, /* who answers for a provider lacks the key that the manager names */
  JF_TRUST_MANAGER_KEY,    /* a manager answers with another key than before */
  JF_TRUST_INTERCEPTED,    /* what answers in the manager's place is no manager */
  JF_TRUST_REVOKED,        /* the manager does not know this device any more */
  JF_TRUST_INVITATION,     /* an invitation was used, has expired, or is incomplete */
} JfTrustCase;

/* Of an item's error, with the keys of its provider that the item names: without any the error is the
 * manager's. NULL: JF_TRUST_OK. */
JfTrustCase jf_trust_case_of_service (const GError *error, gboolean offered, gboolean expected);
/* Of an account's or an enrolment's error. */
JfTrustCase jf_trust_case_of_manager (const GError *error);

/* Whole sentences; nothing in them is markup. */
typedef struct
{
  char *heading;
  char *happened;
  char *meaning;
  char *advice;
} JfTrustWords;

/* (transfer full) whom: the service's title or the manager's host. Not for JF_TRUST_OK. */
JfTrustWords *jf_trust_words_new (JfTrustCase trust, const char *whom);
void jf_trust_words_free (JfTrustWords *words);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfTrustWords, jf_trust_words_free)

G_END_DECLS
