/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-pseudo.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-names.h"

/* The kernel cuts this down to its own limit. */
#define BACKLOG 4096
/* Addresses of a service that are tried before its port is given up: two services may share one. */
#define ADDRESS_ATTEMPTS 4

static gboolean
parse_address (const char *text, JfPseudoSpec *spec, GError **error)
{
  g_autofree char *address_error = g_strdup_printf (
      _ ("“%s” is not an address to listen at; expected ADDR:PORT, [ADDR]:PORT, "
                          "unix:PATH or stdio"),
         text);
  const char *port = strrchr (text, ':');
  gboolean bracketed = text[0] == '[' && port != NULL && port > text + 1 && port[-1] == ']';
  uint64_t number;

  if (port == NULL || !g_ascii_string_to_unsigned (port + 1, 10, 0, 65535, &number, NULL))
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID, address_error);
      return FALSE;
    }
  if (bracketed)
    spec->host = g_strndup (text + 1, (size_t) (port - text) - 2);
  else
    spec->host = g_strndup (text, (size_t) (port - text));
  spec->port = (uint16_t) number;
  /* IPv6 in brackets, and nothing else: "::1:80" is an address, too. */
  if (g_hostname_is_ip_address (spec->host) && bracketed == (strchr (spec->host, ':') != NULL))
    return TRUE;
  g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID, address_error);
  return FALSE;
}

JfPseudoSpec *
jf_pseudo_spec_parse (const char *text, GError **error)
{
  g_autoptr (JfPseudoSpec) spec = g_new0 (JfPseudoSpec, 1);

  if (text == NULL || *text == '\0')
    spec->kind = JF_PSEUDO_STABLE;
  else if (strcmp (text, "stdio") == 0)
    spec->kind = JF_PSEUDO_STDIO;
  else if (g_str_has_prefix (text, "unix:"))
    {
      spec->kind = JF_PSEUDO_UNIX;
      spec->path = g_canonicalize_filename (text + strlen ("unix:"), NULL);
      if (text[strlen ("unix:")] == '\0' ||
          strlen (spec->path) >= sizeof ((struct sockaddr_un *) 0)->sun_path)
        {
          g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                       _ ("“%s”: the path of a UNIX socket has 1 to %zu bytes"), text,
                          sizeof ((struct sockaddr_un *) 0)->sun_path - 1);
          return NULL;
        }
    }
  else
    {
      spec->kind = JF_PSEUDO_ADDRESS;
      if (!parse_address (text, spec, error))
        return NULL;
    }
  return g_steal_pointer (&spec);
}

void
jf_pseudo_spec_free (JfPseudoSpec *spec)
{
  if (spec == NULL)
    return;
  g_free (spec->host);
  g_free (spec->path);
  g_free (spec);
}

/* Returns the listening descriptor, or -1 with errno. */
static int
listen_at (const struct sockaddr *address, socklen_t size)
{
  int fd = socket (address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int one = 1;
  int saved;

  if (fd < 0)
    return -1;
  /* Not to share an address, but to have it back at once after a restart. */
  if (address->sa_family != AF_UNIX)
    setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  /* bind(2) gives the file the mode that the socket has by then (unix(7)): never open for a moment. */
  if (address->sa_family == AF_UNIX)
    fchmod (fd, 0600);
  if (address->sa_family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  jf_socket_tune_local (fd, address);
  if (bind (fd, address, size) == 0 && listen (fd, BACKLOG) == 0)
    return fd;
  saved = errno;
  close (fd);
  errno = saved;
  return -1;
}

static int
listen_at_ip (const char *host, uint16_t port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);
  struct sockaddr_storage native;

  if (address == NULL || !g_socket_address_to_native (address, &native, sizeof native, NULL))
    {
      errno = EADDRNOTAVAIL;
      return -1;
    }
  return listen_at ((struct sockaddr *) &native,
                    (socklen_t) g_socket_address_get_native_size (address));
}

static JfPseudo *
pseudo_new (int fd, const char *host)
{
  JfPseudo *self = g_new0 (JfPseudo, 1);
  struct sockaddr_storage address;
  socklen_t size = sizeof address;

  self->fd = fd;
  self->host = g_strdup (host);
  if (getsockname (fd, (struct sockaddr *) &address, &size) < 0)
    return self;
  if (address.ss_family == AF_INET)
    self->port = ntohs (((struct sockaddr_in *) &address)->sin_port);
  else if (address.ss_family == AF_INET6)
    self->port = ntohs (((struct sockaddr_in6 *) &address)->sin6_port);
  return self;
}

static JfPseudo *
open_stable (const JfKeyId *manager,
             const char *service,
             uint16_t service_port,
             uint16_t remembered_port,
             GError **error)
{
  const uint16_t ports[] = { service_port, remembered_port, 0 };

  for (unsigned i = 0; i < G_N_ELEMENTS (ports); i++)
    for (unsigned attempt = 0; attempt < ADDRESS_ATTEMPTS; attempt++)
      {
        struct in_addr address = { htonl (jf_service_address (manager, service, attempt)) };
        char host[INET_ADDRSTRLEN];
        JfPseudo *pseudo;
        int fd;

        if (i == 1 && ports[i] == 0)
          break;
        inet_ntop (AF_INET, &address, host, sizeof host);
        fd = listen_at_ip (host, ports[i]);
        if (fd < 0 && errno == EACCES)
          break; /* a privileged port is so at every address */
        if (fd < 0)
          continue;
        pseudo = pseudo_new (fd, host);
        pseudo->moved = i > 0;
        return pseudo;
      }
  g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
               _ ("no local address is free for %s (%s); choose one with --listen"), service,
                  g_strerror (errno));
  return NULL;
}

static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL && g_inet_address_get_is_loopback (address);
}

static JfPseudo *
open_address (const JfPseudoSpec *spec, GError **error)
{
  int fd = listen_at_ip (spec->host, spec->port);
  JfPseudo *pseudo;

  if (fd < 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
                   _ ("cannot listen at %s port %u: %s; choose another with --listen"), spec->host,
                      spec->port, g_strerror (errno));
      return NULL;
    }
  pseudo = pseudo_new (fd, spec->host);
  pseudo->open_to_network = !is_loopback (spec->host);
  return pseudo;
}

/* A socket file that a killed process left behind answers nobody. */
static gboolean
is_stale (const struct sockaddr_un *address)
{
  struct stat info;
  gboolean stale;
  int fd;

  if (lstat (address->sun_path, &info) < 0 || !S_ISSOCK (info.st_mode))
    return FALSE;
  fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  stale = fd >= 0 && connect (fd, (const struct sockaddr *) address, sizeof *address) < 0 &&
          errno == ECONNREFUSED;
  if (fd >= 0)
    close (fd);
  return stale;
}

static JfPseudo *
pseudo_new_unix (int fd, const char *path)
{
  JfPseudo *self = pseudo_new (fd, path);
  struct stat info;

  if (lstat (path, &info) == 0)
    {
      self->device = info.st_dev;
      self->inode = info.st_ino;
    }
  return self;
}

static gboolean
is_still_there (const JfPseudo *self)
{
  struct stat info;

  return self->inode != 0 && lstat (self->host, &info) == 0 && S_ISSOCK (info.st_mode) &&
         info.st_dev == self->device && info.st_ino == self->inode;
}

static JfPseudo *
open_unix (const JfPseudoSpec *spec, GError **error)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd;

  g_strlcpy (address.sun_path, spec->path, sizeof address.sun_path);
  if (is_stale (&address))
    unlink (address.sun_path);
  fd = listen_at ((struct sockaddr *) &address, sizeof address);
  if (fd >= 0)
    return pseudo_new_unix (fd, spec->path);
  g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
               _ ("cannot listen at %s: %s; remove what is there or choose another path"),
                  spec->path, g_strerror (errno));
  return NULL;
}

JfPseudo *
jf_pseudo_open (const JfPseudoSpec *spec,
                const JfKeyId *manager,
                const char *service,
                uint16_t service_port,
                uint16_t remembered_port,
                GError **error)
{
  switch (spec->kind)
    {
    case JF_PSEUDO_STABLE:
      return open_stable (manager, service, service_port, remembered_port, error);
    case JF_PSEUDO_ADDRESS:
      return open_address (spec, error);
    case JF_PSEUDO_UNIX:
      return open_unix (spec, error);
    case JF_PSEUDO_STDIO:
    default:
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                           _ ("standard input and output are not a socket"));
      return NULL;
    }
}

void
jf_pseudo_free (JfPseudo *pseudo)
{
  if (pseudo == NULL)
    return;
  /* The tunnel has a duplicate: nobody may connect from now on. */
  (void) shutdown (pseudo->fd, SHUT_RDWR);
  close (pseudo->fd);
  if (is_still_there (pseudo))
    unlink (pseudo->host);
  g_free (pseudo->host);
  g_free (pseudo);
}
