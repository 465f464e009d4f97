/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Log lines of the daemons, on stderr: one event a line, with named fields.
 * text:  2026-01-31T12:00:00.123Z info joined tunnel=17 service=clinic/web
 * json:  {"time":"…","level":"info","event":"joined","tunnel":17,"service":"clinic/web"}
 * Any thread. Callers pass labels, key ids, counts; never secrets, payload, or addresses
 * of members. */
typedef enum
{
  JF_LOG_ERROR,
  JF_LOG_WARNING,
  JF_LOG_INFO,
  JF_LOG_DEBUG,
} JfLogLevel;

typedef enum
{
  JF_LOG_TEXT,
  JF_LOG_JSON,
} JfLogFormat;

void jf_log_setup (JfLogFormat format, JfLogLevel most);
/* Also takes GLib's own messages over, as event "library". */
void jf_log_take_glib (void);

/* Pairs of name and value, ended by NULL:
 * jf_log (JF_LOG_INFO, "joined", "service", JF_S (name), "tunnel", JF_I (id), NULL).
 * Control characters in strings are escaped. */
typedef struct
{
  const char *string; /* NULL: number */
  int64_t number;
} JfLogValue;
#define JF_S(text)  (&(JfLogValue){ .string = (text) ? (text) : "" })
#define JF_I(value) (&(JfLogValue){ .number = (int64_t) (value) })
void jf_log (JfLogLevel level, const char *event, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
