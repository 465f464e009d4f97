/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The program jackfield-manager without its main(): a verb is a row of a table and a file. */
typedef enum
{
  JF_EXIT_DONE = 0,
  JF_EXIT_FAILED = 1, /* one line on stderr: what, where, what to do */
  JF_EXIT_USAGE = 2,
} JfExit;

typedef struct JfVerb JfVerb;
struct JfVerb
{
  const char *name;
  const char *arguments; /* "MEMBER"; "" when there are none */
  const char *summary;
  unsigned n_arguments; /* exactly so many */
  /* argv begins with the first word behind the verb */
  JfExit (*run) (const JfVerb *verb, int argc, char **argv);
};

JfExit jf_manager_run (int argc, char **argv);

/* One file each. */
JfExit jf_verb_serve (const JfVerb *verb, int argc, char **argv);
JfExit jf_verb_invite (const JfVerb *verb, int argc, char **argv);
JfExit jf_verb_list (const JfVerb *verb, int argc, char **argv); /* members, devices, … audit */
JfExit jf_verb_status (const JfVerb *verb, int argc, char **argv);
JfExit jf_verb_revoke (const JfVerb *verb, int argc, char **argv);
JfExit jf_verb_close (const JfVerb *verb, int argc, char **argv);

/* Reads options into `own` (GOption's entries, may be NULL) and counts arguments. TRUE: go on, with
 * (*argv)[0] the first argument. FALSE: end with *exit, all is said (--help, or wrong usage). */
gboolean jf_verb_options (const JfVerb *verb,
                          const GOptionEntry *own,
                          int argc,
                          char **argv,
                          char ***arguments,
                          JfExit *exit);
/* "jackfield-manager VERB: message" on stderr. Takes the error. */
JfExit jf_verb_fail (const JfVerb *verb, GError *error);
/* The same, for arguments: hints at --help. */
JfExit jf_verb_usage (const JfVerb *verb, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* The end of a verb that wrote to stdout: a full disk or a closed pipe is no success. */
JfExit jf_verb_done (const JfVerb *verb);

G_END_DECLS
