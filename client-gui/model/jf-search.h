/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a person types to find a service, and how well a service fits. Pure. */
typedef struct JfSearch JfSearch;

/* More words than this are not looked at. */
#define JF_SEARCH_WORDS_MAX 8
#define JF_SEARCH_RANK_MAX  (2 * JF_SEARCH_WORDS_MAX)

/* (transfer full) without case, marks and variants of width, to compare. */
char *jf_search_fold (const char *text);

/* NULL when there is nothing to look for. */
JfSearch *jf_search_new (const char *text);
void jf_search_free (JfSearch *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSearch, jf_search_free)
gboolean jf_search_equal (const JfSearch *a, const JfSearch *b); /* either may be NULL */

/* key: folded lines, the title first. -1: not every word is in it. Otherwise 0 to JF_SEARCH_RANK_MAX,
 * the lower the better: each word adds 0 at the front of the title, 1 at the front of any word, 2
 * inside of one. */
int jf_search_rank (const JfSearch *self, const char *key);

G_END_DECLS
