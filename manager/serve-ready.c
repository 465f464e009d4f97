/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/serve-ready.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

gboolean
jf_ready_write (int fd, const char *const *listen)
{
  g_autoptr (GString) text = g_string_new (NULL);
  size_t written = 0;

  for (unsigned i = 0; listen[i]; i++)
    g_string_append_printf (text, "LISTEN %s\n", listen[i]);
  g_string_append (text, "READY\n");
  while (written < text->len)
    {
      gssize n = write (fd, text->str + written, text->len - written);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        break;
      written += (size_t) n;
    }
  close (fd);
  return written == text->len;
}

#ifdef HAVE_SYSTEMD

void
jf_service_manager_ready (void)
{
  sd_notify (0, "READY=1");
}

void
jf_service_manager_reloading (void)
{
  g_autofree char *state = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT,
                                            g_get_monotonic_time ());

  sd_notify (0, state);
}

void
jf_service_manager_stopping (void)
{
  sd_notify (0, "STOPPING=1");
}

static gboolean
watch_cb (gpointer unused)
{
  sd_notify (0, "WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

GSource *
jf_service_manager_watch (void)
{
  uint64_t usec = 0;
  GSource *source;

  if (sd_watchdog_enabled (0, &usec) <= 0 || usec / 2000 == 0)
    return NULL;
  source = g_timeout_source_new ((unsigned) MIN (usec / 2000, G_MAXUINT));
  g_source_set_callback (source, watch_cb, NULL, NULL);
  g_source_attach (source, NULL);
  return source;
}

#else

void
jf_service_manager_ready (void)
{
}

void
jf_service_manager_reloading (void)
{
}

void
jf_service_manager_stopping (void)
{
}

GSource *
jf_service_manager_watch (void)
{
  return NULL;
}

#endif
