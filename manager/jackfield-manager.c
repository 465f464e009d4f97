/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <unistd.h>

#include "manager/manager-verbs.h"

/* A descriptor below 3 that is closed would be given to a file of ours, and printed into. */
static void
hold_standard_descriptors (void)
{
  int fd;

  do
    fd = open ("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0)
    close (fd);
}

int
main (int argc, char **argv)
{
  hold_standard_descriptors ();
  setlocale (LC_ALL, "");
  signal (SIGPIPE, SIG_IGN);
  return (int) jf_manager_run (argc, argv);
}
