/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-peer-uid.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* In a user namespace, such as a Flatpak's, the kernel calls everybody so who has no number there:
 * that says only that it is somebody else. */
#define OVERFLOW_UID 65534

typedef struct
{
  struct nlmsghdr header;
  struct inet_diag_req_v2 body;
} Request;

int
jf_peer_uid_open (void)
{
  struct timeval patience = { .tv_sec = 1 };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

  /* The kernel answers from within send(2); the time limit is for what cannot happen. */
  if (fd >= 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return fd;
}

/* One end of the connection, as sock_diag wants it: a mapped IPv4 address is an IPv4 socket only
 * when the other program's socket is one, so the caller tries both. */
static gboolean
fill_end (const struct sockaddr_storage *address, gboolean as_v4, __be32 out[4], __be16 *port)
{
  const struct sockaddr_in *v4 = (const struct sockaddr_in *) address;
  const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) address;

  if (address->ss_family == AF_INET)
    {
      memcpy (out, &v4->sin_addr, 4);
      *port = v4->sin_port;
      return as_v4;
    }
  *port = v6->sin6_port;
  if (as_v4)
    memcpy (out, (const uint8_t *) &v6->sin6_addr + 12, 4);
  else
    memcpy (out, &v6->sin6_addr, 16);
  return !as_v4 || IN6_IS_ADDR_V4MAPPED (&v6->sin6_addr);
}

/* The socket that we look for is the other one: its source is our peer's address. */
static gboolean
fill_request (Request *request, int fd, gboolean as_v4)
{
  struct sockaddr_storage here, there;
  socklen_t here_size = sizeof here, there_size = sizeof there;
  struct inet_diag_sockid *id = &request->body.id;

  memset (request, 0, sizeof *request);
  if (getsockname (fd, (struct sockaddr *) &here, &here_size) < 0 ||
      getpeername (fd, (struct sockaddr *) &there, &there_size) < 0)
    return FALSE;
  request->header.nlmsg_len = sizeof *request;
  request->header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request->header.nlmsg_flags = NLM_F_REQUEST;
  request->body.sdiag_family = as_v4 ? AF_INET : AF_INET6;
  request->body.sdiag_protocol = IPPROTO_TCP;
  request->body.idiag_states = ~0U;
  id->idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return fill_end (&there, as_v4, id->idiag_src, &id->idiag_sport) &&
         fill_end (&here, as_v4, id->idiag_dst, &id->idiag_dport);
}

/* A socket in TIME_WAIT or without a file has no owner any more, and reports uid 0. */
static gboolean
has_owner (const struct inet_diag_msg *found)
{
  return found->idiag_inode != 0 && found->idiag_state != TCP_TIME_WAIT &&
         found->idiag_state != TCP_CLOSE;
}

static gboolean
read_answer (int diag_fd, const Request *request, uid_t *uid)
{
  union
  {
    struct nlmsghdr header;
    char space[1024];
  } answer;
  const struct inet_diag_msg *found = NLMSG_DATA (&answer.header);
  ssize_t n;

  do
    n = recv (diag_fd, &answer, sizeof answer, 0);
  while (n < 0 && errno == EINTR);
  if (n < (ssize_t) NLMSG_LENGTH (sizeof *found) ||
      answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      answer.header.nlmsg_len < NLMSG_LENGTH (sizeof *found))
    return FALSE;
  if (found->id.idiag_sport != request->body.id.idiag_sport ||
      found->id.idiag_dport != request->body.id.idiag_dport || !has_owner (found))
    return FALSE;
  *uid = found->idiag_uid;
  return *uid != OVERFLOW_UID;
}

static gboolean
ask_kernel (int diag_fd, int fd, gboolean as_v4, uid_t *uid)
{
  Request request;
  struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

  if (!fill_request (&request, fd, as_v4))
    return FALSE;
  while (sendto (diag_fd, &request, sizeof request, 0, (const struct sockaddr *) &kernel,
                 sizeof kernel) < 0)
    if (errno != EINTR)
      return FALSE;
  return read_answer (diag_fd, &request, uid);
}

gboolean
jf_peer_uid_get (int diag_fd, int fd, uid_t *uid)
{
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  int domain = 0;
  socklen_t domain_size = sizeof domain;

  if (getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_size) < 0)
    return FALSE;
  if (domain == AF_UNIX)
    {
      if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0 ||
          credentials.uid == (uid_t) -1)
        return FALSE;
      *uid = credentials.uid;
      return *uid != OVERFLOW_UID;
    }
  return ask_kernel (diag_fd, fd, TRUE, uid) ||
         (domain == AF_INET6 && ask_kernel (diag_fd, fd, FALSE, uid));
}
