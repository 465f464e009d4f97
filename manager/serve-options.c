/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "manager/serve-settings.h"

void
jf_serve_options_clear (JfServeOptions *options)
{
  g_clear_pointer (&options->config_path, g_free);
  g_clear_pointer (&options->state_dir, g_free);
  g_clear_pointer (&options->listen, g_strfreev);
  g_clear_pointer (&options->public_address, g_free);
  g_clear_pointer (&options->log_format, g_free);
  g_clear_pointer (&options->log_level, g_free);
  if (options->ready_fd > STDERR_FILENO)
    close (options->ready_fd);
  options->ready_fd = -1;
}

/* "3", open, and for writing. */
static gboolean
take_ready_fd (const char *text, int *out, const char **problem)
{
  gint64 number;
  int flags;

  *problem = "--ready-fd takes the number of an open descriptor, 3 or more";
  if (!g_ascii_string_to_signed (text, 10, STDERR_FILENO + 1, G_MAXINT, &number, NULL))
    return FALSE;
  flags = fcntl ((int) number, F_GETFL);
  if (flags < 0)
    return FALSE;
  *problem = "--ready-fd: the descriptor is not open for writing";
  if ((flags & O_ACCMODE) == O_RDONLY || fcntl ((int) number, F_SETFD, FD_CLOEXEC) < 0)
    return FALSE;
  *out = (int) number;
  return TRUE;
}

/* What GOption lets through and nobody means. */
static const char *
find_empty (const JfServeOptions *options)
{
  if (options->config_path && !options->config_path[0])
    return "--config takes the path of a file";
  if (options->state_dir && !options->state_dir[0])
    return "--state-dir takes the path of a directory";
  return NULL;
}

gboolean
jf_serve_options_parse (const JfVerb *verb,
                        int argc,
                        char **argv,
                        JfServeOptions *options,
                        JfExit *exit)
{
  g_autofree char *ready = NULL;
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &options->config_path, "Configuration file", "FILE" },
    { "state-dir", 0, 0, G_OPTION_ARG_FILENAME, &options->state_dir,
      "Where key and registry are kept", "DIR" },
    { "listen", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->listen,
      "Where to listen (:443); repeatable", "ADDR:PORT" },
    { "public", 0, 0, G_OPTION_ARG_STRING, &options->public_address, "What invitation links name",
      "HOST:PORT" },
    { "ready-fd", 0, 0, G_OPTION_ARG_STRING, &ready, "Say there when the manager is ready", "N" },
    { "log-format", 0, 0, G_OPTION_ARG_STRING, &options->log_format,
      "Log lines as text (default) or json", "FORMAT" },
    { "log-level", 0, 0, G_OPTION_ARG_STRING, &options->log_level,
      "error, warning, info (default) or debug", "LEVEL" },
    { NULL },
  };
  g_autofree char **arguments = NULL;
  g_autoptr (GError) error = NULL;
  const char *problem;

  options->ready_fd = -1;
  if (!jf_verb_options (verb, entries, argc, argv, &arguments, exit))
    return FALSE;
  problem = find_empty (options);
  if (!problem && !jf_serve_options_check (options, &error))
    problem = error->message;
  if (!problem && (!ready || take_ready_fd (ready, &options->ready_fd, &problem)))
    return TRUE;
  *exit = jf_verb_usage (verb, "%s", problem);
  return FALSE;
}
