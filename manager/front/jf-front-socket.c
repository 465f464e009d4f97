/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/front/jf-front-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "gateway/wire/jf-error.h"

#define BACKLOG 4096

static gboolean
split (const char *listen, char **host, char **port)
{
  const char *colon = strrchr (listen, ':');
  size_t size;

  if (colon == NULL)
    return FALSE;
  size = (size_t) (colon - listen);
  if (size >= 2 && listen[0] == '[' && listen[size - 1] == ']')
    *host = g_strndup (listen + 1, size - 2);
  else if (memchr (listen, ':', size) != NULL)
    return FALSE;
  else
    *host = g_strndup (listen, size);
  *port = g_strdup (colon + 1);
  return TRUE;
}

static struct addrinfo *
resolve (const char *listen, GError **error)
{
  const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                                  .ai_socktype = SOCK_STREAM };
  struct addrinfo *found = NULL;
  g_autofree char *host = NULL;
  g_autofree char *port = NULL;
  uint64_t number;

  if (split (listen, &host, &port) &&
      g_ascii_string_to_unsigned (port, 10, 0, UINT16_MAX, &number, NULL) &&
      getaddrinfo (*host != '\0' ? host : "::", port, &hints, &found) == 0)
    return found;
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               "cannot listen at \"%s\": expected ADDR:PORT, [ADDR]:PORT or :PORT with a numeric "
               "address",
               listen);
  return NULL;
}

static int
open_socket (const struct sockaddr *address, socklen_t size, gboolean v6_only)
{
  const int on = 1, only = v6_only;
  int fd = socket (address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int code;

  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address->sa_family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
  jf_socket_tune (fd);
  if (bind (fd, address, size) == 0 && listen (fd, BACKLOG) == 0)
    return fd;
  code = errno;
  close (fd);
  errno = code;
  return -1;
}

/* A system without IPv6 still has all IPv4 addresses. */
static int
open_everywhere (const struct addrinfo *found)
{
  const struct sockaddr_in6 *in6 = (const void *) found->ai_addr;
  struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = in6->sin6_port };
  int fd = open_socket (found->ai_addr, found->ai_addrlen, FALSE);

  if (fd < 0 && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL))
    fd = open_socket ((const void *) &in, sizeof in, FALSE);
  return fd;
}

static void
set_listen_error (const char *listen, int code, GError **error)
{
  const char *advice = "";

  if (code == EACCES)
    advice = "; ports below 1024 need CAP_NET_BIND_SERVICE";
  else if (code == EADDRINUSE)
    advice = "; another program listens there";
  g_set_error (error, JF_ERROR, code == EADDRINUSE ? JF_ERROR_BUSY : JF_ERROR_INVALID,
               "cannot listen at \"%s\": %s%s", listen, g_strerror (code), advice);
}

int
jf_front_socket_listen (const char *listen, GError **error)
{
  struct addrinfo *found = resolve (listen, error);
  int fd;

  if (found == NULL)
    return -1;
  if (listen[0] == ':')
    fd = open_everywhere (found);
  else
    fd = open_socket (found->ai_addr, found->ai_addrlen, TRUE);
  if (fd < 0)
    set_listen_error (listen, errno, error);
  freeaddrinfo (found);
  return fd;
}

char *
jf_front_socket_format_local (int fd)
{
  struct sockaddr_storage address = { 0 };
  socklen_t size = sizeof address;
  char host[NI_MAXHOST] = "";
  char port[NI_MAXSERV] = "";
  gboolean bracket;

  getsockname (fd, (struct sockaddr *) &address, &size);
  getnameinfo ((struct sockaddr *) &address, size, host, sizeof host, port, sizeof port,
               NI_NUMERICHOST | NI_NUMERICSERV);
  bracket = address.ss_family == AF_INET6;
  return g_strdup_printf ("%s%s%s:%s", bracket ? "[" : "", host, bracket ? "]" : "", port);
}

char *
jf_front_socket_format_address (const struct sockaddr *address, socklen_t size)
{
  char text[NI_MAXHOST] = "";

  if (address->sa_family == AF_INET6)
    {
      const struct sockaddr_in6 *in6 = (const void *) address;

      if (IN6_IS_ADDR_V4MAPPED (&in6->sin6_addr))
        {
          inet_ntop (AF_INET, &in6->sin6_addr.s6_addr[12], text, sizeof text);
          return g_strdup (text);
        }
    }
  getnameinfo (address, size, text, sizeof text, NULL, 0, NI_NUMERICHOST);
  return g_strdup (text);
}
