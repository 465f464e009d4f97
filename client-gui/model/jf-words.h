/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#include "client-gui/model/jf-account.h"

G_BEGIN_DECLS

/* States, errors, times and sizes in the user's words. Pure functions, translated. */
const char *jf_words_item_state (JfItemState state);
const char *jf_words_item_icon (JfItemState state); /* symbolic icon's name */
const char *jf_words_account_state (JfAccountState state);
/* For the log, not translated: "connected" */
const char *jf_words_item_state_name (JfItemState state);
const char *jf_words_account_state_name (JfAccountState state);
/* (transfer full) what happened, what it may mean and what to do, in a sentence or three; whom: the
 * title of the service that it is about, may be NULL. */
char *jf_words_error (const GError *error, const char *whom);
/* The same of the connection to a manager, of enrolling, and of an account's files and key; host:
 * the manager's, may be NULL. */
char *jf_words_account_error (const GError *error, const char *host);
/* An account whose files cannot be used. */
char *jf_words_broken (const GError *error);
char *jf_words_since (int64_t since,
                      int64_t now);  /* "since 14:03", "since yesterday, 9:12"; NULL for 0 */
char *jf_words_retry (int retry_ms); /* "Next try in 12 seconds"; NULL for -1 */
char *jf_words_round_trip (unsigned round_trip_us); /* "12 ms"; NULL for 0 */
char *jf_words_size (uint64_t bytes);
char *jf_words_rate (double bytes_a_second);

G_END_DECLS
