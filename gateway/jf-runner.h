/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/jf-host.h"

G_BEGIN_DECLS

/* What every verb that talks to an engine needs: state directory, main loop, signals, an end in
 * order. The main thread's default context. */
typedef struct
{
  JfState *state;
  JfHost *host;
  GMainLoop *loop;
  const char *verb;
  const char *proxy; /* set before jf_runner_open(), and checked; NULL: the system's */
  int status;
  gboolean ending;
  void (*reload) (gpointer data); /* SIGHUP; NULL ends */
  gpointer data;
} JfRunner;

/* Exit status, as for all verbs. */
enum
{
  JF_EXIT_DONE = 0,
  JF_EXIT_FAILED = 1,
  JF_EXIT_USAGE = 2,
};

/* `state_dir` NULL: the default. FALSE: the reason was printed. Release it either way. */
gboolean jf_runner_open (JfRunner *self, const char *verb, const char *state_dir, JfHostKind kind);
void jf_runner_clear (JfRunner *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (JfRunner, jf_runner_clear)

/* Until jf_runner_end() or a signal, and then until all is left. The exit status. */
int jf_runner_run (JfRunner *self);
/* The first call counts. */
void jf_runner_end (JfRunner *self, int status);

/* The same, but other processes' connections that only this one can carry end first: as little as
 * possible of this process stays for them. */
void jf_runner_release (JfRunner *self, int status);

/* One line on standard error: "jackfield-gateway VERB: …". */
void jf_complain (const char *verb, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* One line on standard output: the event without what is for programs of ours only. */
void jf_print_json (JsonObject *event, gboolean keep_type);

/* Parses the options of a verb, and prints its help. -1: go on; otherwise exit with this. `rest`
 * gets the arguments (free with g_strfreev()). */
int jf_parse_options (const char *verb,
                      const char *arguments,
                      const char *summary,
                      const GOptionEntry *entries,
                      int *argc,
                      char ***argv,
                      char ***rest);

G_END_DECLS
