/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What the operator may ask for at most. The manager checks it at the admin socket, the verbs of
 * the command line before that, and their help says it. */

/* How long an invitation lasts. */
#define JF_INVITATION_DEFAULT_S 900
#define JF_INVITATION_MAX_S     (30 * 24 * 3600)

/* Lines of one reading of the audit. */
#define JF_AUDIT_LINES_DEFAULT 1000
#define JF_AUDIT_LINES_MAX     10000

/* How long the audit is kept: 0 is for ever. */
#define JF_AUDIT_DAYS_MAX 36500
