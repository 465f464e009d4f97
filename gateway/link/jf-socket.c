/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/wire/jf-limits.h"

#define PROBES 3

/* First probe, and two more, before JF_SILENCE_MAX_MS is over. */
#define PROBE_IDLE_S     5
#define PROBE_INTERVAL_S ((JF_SILENCE_MAX_MS / 1000 - PROBE_IDLE_S) / PROBES)

void
jf_socket_tune (int fd)
{
  static const struct
  {
    int level;
    int name;
    int value;
  } options[] = {
    { IPPROTO_TCP, TCP_NODELAY, 1 },
    { SOL_SOCKET, SO_KEEPALIVE, 1 },
    { IPPROTO_TCP, TCP_KEEPIDLE, PROBE_IDLE_S },
    { IPPROTO_TCP, TCP_KEEPINTVL, PROBE_INTERVAL_S },
    { IPPROTO_TCP, TCP_KEEPCNT, PROBES },
    { IPPROTO_TCP, TCP_USER_TIMEOUT, JF_SILENCE_MAX_MS },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (options); i++)
    setsockopt (fd, options[i].level, options[i].name, &options[i].value, sizeof options[i].value);
}

void
jf_socket_reset (int fd)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close (fd);
}
