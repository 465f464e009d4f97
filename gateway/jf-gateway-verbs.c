/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-gateway-verbs.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "gateway/jf-runner.h"
#include "gateway/link/jf-log.h"

typedef struct
{
  const char *name;
  int (*run) (int argc, char **argv);
  const char *summary;
} Verb;

static const Verb verbs[] = {
  { "enroll", jf_gateway_enroll, "make this device known to a manager, with an invitation link" },
  { "services", jf_gateway_services, "list what you may join" },
  { "join", jf_gateway_join, "get a local socket that is the service" },
  { "offer", jf_gateway_offer, "offer one service" },
  { "serve", jf_gateway_serve, "offer the services of a configuration file" },
  { "status", jf_gateway_status, "show connection, joined and offered services" },
};

static void
print_help (FILE *file)
{
  fprintf (file, "Usage: jackfield-gateway VERB [OPTION…] [ARGUMENT…]\n\n");
  for (unsigned i = 0; i < G_N_ELEMENTS (verbs); i++)
    fprintf (file, "  %-10s %s\n", verbs[i].name, verbs[i].summary);
  fprintf (file, "\nEach verb has --help.\n");
}

int
jf_gateway_main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "";

  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
  g_set_prgname ("jackfield-gateway");
  /* The verbs print their own news; `serve` turns the log on. */
  jf_log_setup (JF_LOG_TEXT, JF_LOG_ERROR);
  jf_log_take_glib ();
  for (unsigned i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (name, verbs[i].name) == 0)
      return verbs[i].run (argc - 1, argv + 1);
  if (strcmp (name, "--version") == 0)
    {
      printf ("jackfield-gateway %s\n", JF_VERSION);
      return JF_EXIT_DONE;
    }
  if (strcmp (name, "--help") == 0 || strcmp (name, "-h") == 0 || strcmp (name, "help") == 0)
    {
      print_help (stdout);
      return JF_EXIT_DONE;
    }
  if (argc < 2)
    print_help (stderr);
  else
    fprintf (stderr, "jackfield-gateway: there is no verb \"%s\"; see: jackfield-gateway --help\n",
             name);
  return JF_EXIT_USAGE;
}
