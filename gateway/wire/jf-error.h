/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The one error domain of Jackfield. Messages say what, whom, and what to do; the code is for
 * programs. On the control connection a code travels by its name (jf_error_name()). */
#define JF_ERROR (jf_error_quark ())

typedef enum
{
  JF_ERROR_FAILED,         /* anything without a code of its own */
  JF_ERROR_PROTOCOL,       /* the peer broke the protocol */
  JF_ERROR_VERSION,        /* no protocol version in common */
  JF_ERROR_LIMIT,          /* a limit of jf-limits.h was hit */
  JF_ERROR_TIMEOUT,        /* the peer took too long */
  JF_ERROR_CLOSED,         /* the connection ended */
  JF_ERROR_WRONG_KEY,      /* the peer's key is not the pinned one */
  JF_ERROR_NOT_ENROLLED,   /* this device is not (or no longer) known to the manager */
  JF_ERROR_BAD_INVITATION, /* mistyped, used or expired: one answer for all three */
  JF_ERROR_NOT_AVAILABLE,  /* absent or not allowed: one answer for both */
  JF_ERROR_NOT_ALLOWED,    /* an action that this role may not do */
  JF_ERROR_INVALID,        /* an argument, link, name or file that cannot be understood */
  JF_ERROR_BUSY,           /* address or name in use */
  JF_ERROR_UNREACHABLE,    /* target or manager cannot be reached */
  JF_ERROR_STORAGE,        /* disk full, read-only, damaged */
  JF_ERROR_INTERCEPTED,    /* something that is no Jackfield manager answers in its place */
  JF_N_ERRORS
} JfError;

GQuark jf_error_quark (void);

/* "not-available" and the like; never NULL. An unknown name reads as JF_ERROR_FAILED. */
const char *jf_error_name (JfError code);
JfError jf_error_from_name (const char *name);

G_END_DECLS
