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

static gboolean
is_loopback (const struct sockaddr *address)
{
  const struct sockaddr_in *v4 = (const void *) address;
  const struct sockaddr_in6 *v6 = (const void *) address;

  if (address->sa_family == AF_INET)
    return (ntohl (v4->sin_addr.s_addr) >> 24) == IN_LOOPBACKNET;
  if (address->sa_family != AF_INET6)
    return FALSE;
  return IN6_IS_ADDR_LOOPBACK (&v6->sin6_addr) ||
         (IN6_IS_ADDR_V4MAPPED (&v6->sin6_addr) && v6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
}

void
jf_socket_tune_local (int fd, const struct sockaddr *address)
{
  static const char simple[] = "reno";

  if (is_loopback (address))
    setsockopt (fd, IPPROTO_TCP, TCP_CONGESTION, simple, sizeof simple - 1);
}

void
jf_socket_tune (int fd)
{
  struct sockaddr_storage peer;
  socklen_t size = sizeof peer;

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
  if (getpeername (fd, (struct sockaddr *) &peer, &size) == 0)
    jf_socket_tune_local (fd, (const struct sockaddr *) &peer);
}

void
jf_socket_reset (int fd)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  setsockopt (fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  close (fd);
}
