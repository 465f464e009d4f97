/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/link/jf-log.h"
#include "manager/manager-verbs.h"

G_BEGIN_DECLS

/* What the operator asked for: options first, then the file, then the defaults. */
typedef struct
{
  char *config_path; /* NULL: none */
  char *state_dir;
  char **listen;        /* at least one */
  char *public_address; /* NULL: made from the first listen address */
  char *certificate;    /* NULL for both: a self-signed one */
  char *key;
  unsigned workers; /* at least one */
  JfLogFormat log_format;
  JfLogLevel log_level;
  gboolean keep_addresses;
  unsigned audit_days; /* 0: the audit is kept for ever */
} JfServeSettings;

/* The command line of `serve`. Kept, because a reload merges it with the file again. */
typedef struct
{
  char *config_path;
  char *state_dir;
  char **listen;
  char *public_address;
  char *log_format;
  char *log_level;
  int ready_fd; /* -1: none; ours from now on, close-on-exec */
} JfServeOptions;

#define JF_WORKERS_MAX 256

/* FALSE: end with *exit, all is said. Checks that the ready descriptor is open and not one of the
 * standard three, before anything of ours could take its number. */
gboolean jf_serve_options_parse (const JfVerb *verb,
                                 int argc,
                                 char **argv,
                                 JfServeOptions *options,
                                 JfExit *exit);
void jf_serve_options_clear (JfServeOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (JfServeOptions, jf_serve_options_clear)

/* Whether the values make sense, without looking at the file. JF_ERROR_INVALID. */
gboolean jf_serve_options_check (const JfServeOptions *options, GError **error);

/* Reads the file. JF_ERROR_INVALID names file and line, or the option; JF_ERROR_STORAGE. */
JfServeSettings *jf_serve_settings_new (const JfServeOptions *options, GError **error);
void jf_serve_settings_free (JfServeSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfServeSettings, jf_serve_settings_free)

/* "HOST:PORT" for links when the operator names none: the address we listen at, or, where that is
 * every address, this machine's name. Free with g_free(). */
char *jf_serve_public_address (const char *listen, const char *host_name);

G_END_DECLS
