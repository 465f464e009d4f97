/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-notify.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifdef JF_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "gateway/jf-runner.h"

static void
notify_systemd (const char *state)
{
#ifdef JF_HAVE_SYSTEMD
  (void) sd_notify (0, state);
#endif
}

gboolean
jf_notify_check_fd (const char *verb, int fd)
{
  if (fd < 0 || fcntl (fd, F_GETFD) >= 0)
    return TRUE;
  jf_complain (verb, "--ready-fd %d: %s", fd, g_strerror (errno));
  return FALSE;
}

void
jf_notify_ready (int *fd)
{
  static const char text[] = "READY\n";
  static gboolean told;

  if (!told)
    notify_systemd ("READY=1");
  told = TRUE;
  if (*fd < 0)
    return;
  while (write (*fd, text, sizeof text - 1) < 0 && errno == EINTR)
    continue;
  if (*fd > STDERR_FILENO)
    close (*fd);
  *fd = -1;
}

void
jf_notify_stopping (void)
{
  notify_systemd ("STOPPING=1");
}
