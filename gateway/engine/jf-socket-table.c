/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-socket-table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/wire/jf-error.h"

#define ADDRESS_DIGITS 32
#define MAPPED         "0000000000000000FFFF0000" /* ::ffff:0:0/96, as /proc/net/tcp6 writes it */

/* One row of /proc/net/tcp or tcp6, addresses as 32 hexadecimal digits. */
typedef struct
{
  char local[ADDRESS_DIGITS + 1];
  char remote[ADDRESS_DIGITS + 1];
  unsigned local_port;
  unsigned remote_port;
  unsigned state;
  uint64_t inode;
} Row;

static void
add_inode (JfSocketTable *self, uint64_t inode)
{
  g_hash_table_add (self->inodes, g_memdup2 (&inode, sizeof inode));
}

/* IPv4 is written as the IPv6 address that stands for it: a program may use either. */
static gboolean
widen (const char *digits, char out[ADDRESS_DIGITS + 1])
{
  size_t length = strlen (digits);

  if (length != 8 && length != ADDRESS_DIGITS)
    return FALSE;
  g_snprintf (out, ADDRESS_DIGITS + 1, "%s%s", length == 8 ? MAPPED : "", digits);
  return TRUE;
}

static gboolean
read_row (const char *line, Row *row)
{
  char local[ADDRESS_DIGITS + 1];
  char remote[ADDRESS_DIGITS + 1];
  unsigned long inode;

  if (sscanf (line, " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %*s %*s %*s %*u %*u %lu", local,
              &row->local_port, remote, &row->remote_port, &row->state, &inode) != 6)
    return FALSE;
  row->inode = inode;
  return widen (local, row->local) && widen (remote, row->remote);
}

/* Both ends talk, or one of them has said that it is done. */
static gboolean
is_in_use (const Row *row)
{
  return row->state == TCP_ESTABLISHED || row->state == TCP_CLOSE_WAIT ||
         row->state == TCP_FIN_WAIT1 || row->state == TCP_FIN_WAIT2;
}

static void
read_file (const char *path, unsigned port, GArray *rows)
{
  FILE *file = fopen (path, "re");
  char line[512];
  Row row;

  if (file == NULL)
    return;
  while (fgets (line, sizeof line, file) != NULL)
    if (read_row (line, &row) && is_in_use (&row) &&
        (row.local_port == port || row.remote_port == port))
      g_array_append_val (rows, row);
  fclose (file);
}

/* As in /proc/net: 32-bit words, each in the machine's order. "" means any. */
static gboolean
format_host (const char *host, char out[ADDRESS_DIGITS + 1])
{
  uint32_t words[4];
  uint32_t word;

  if (inet_pton (AF_INET, host, &word) == 1)
    {
      g_snprintf (out, ADDRESS_DIGITS + 1, MAPPED "%08X", word);
      if (word == INADDR_ANY)
        *out = '\0';
      return TRUE;
    }
  if (inet_pton (AF_INET6, host, words) != 1)
    return FALSE;
  g_snprintf (out, ADDRESS_DIGITS + 1, "%08X%08X%08X%08X", words[0], words[1], words[2], words[3]);
  if ((words[0] | words[1] | words[2] | words[3]) == 0)
    *out = '\0';
  return TRUE;
}

static char *
row_key (const char *from, unsigned from_port, const char *to, unsigned to_port)
{
  return g_strdup_printf ("%s:%u>%s:%u", from, from_port, to, to_port);
}

/* Sockets by their ends. */
static GHashTable *
index_rows (GArray *rows)
{
  GHashTable *index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (unsigned i = 0; i < rows->len; i++)
    {
      Row *row = &g_array_index (rows, Row, i);

      g_hash_table_insert (
          index, row_key (row->local, row->local_port, row->remote, row->remote_port), row);
    }
  return index;
}

/* A connection has two sockets, if both ends are on this machine: ours, and the program's, whose
 * ends are those of ours the other way round. */
static void
pair_rows (JfSocketTable *self, GArray *rows, const char *host, unsigned port)
{
  g_autoptr (GHashTable) index = index_rows (rows);

  for (unsigned i = 0; i < rows->len; i++)
    {
      const Row *ours = &g_array_index (rows, Row, i);
      g_autofree char *key = row_key (ours->remote, ours->remote_port, ours->local,
                                      ours->local_port);
      const Row *theirs;

      if (ours->local_port != port || (*host != '\0' && strcmp (ours->local, host) != 0))
        continue;
      theirs = g_hash_table_lookup (index, key);
      if (theirs != NULL && theirs->inode == 0)
        continue; /* its program has closed it */
      self->n_total++;
      if (theirs != NULL)
        add_inode (self, theirs->inode);
    }
}

static gboolean
read_tcp (JfSocketTable *self, const char *host, uint16_t port, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  char digits[ADDRESS_DIGITS + 1];

  if (!format_host (host, digits))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "%s is no address", host);
      return FALSE;
    }
  read_file ("/proc/net/tcp", port, rows);
  read_file ("/proc/net/tcp6", port, rows);
  pair_rows (self, rows, digits, port);
  return TRUE;
}

static void
take_unix (JfSocketTable *self, const struct nlmsghdr *header, const char *path)
{
  const struct unix_diag_msg *message = NLMSG_DATA (header);
  struct rtattr *attribute = (struct rtattr *) (void *) ((char *) NLMSG_DATA (header) +
                                                         NLMSG_ALIGN (sizeof *message));
  int left = (int) (header->nlmsg_len - NLMSG_LENGTH (sizeof *message));
  gboolean ours = FALSE;
  uint32_t peer = 0;

  for (; left > 0 && RTA_OK (attribute, left); attribute = RTA_NEXT (attribute, left))
    {
      size_t size = RTA_PAYLOAD (attribute);

      if (attribute->rta_type == UNIX_DIAG_NAME)
        ours = strnlen (RTA_DATA (attribute), size) == strlen (path) &&
               memcmp (RTA_DATA (attribute), path, strlen (path)) == 0;
      else if (attribute->rta_type == UNIX_DIAG_PEER && size >= sizeof peer)
        memcpy (&peer, RTA_DATA (attribute), sizeof peer);
    }
  /* Without a peer: its program has closed it. */
  if (!ours || message->udiag_state != TCP_ESTABLISHED || peer == 0)
    return;
  self->n_total++;
  add_inode (self, peer);
}

/* FALSE at the end, and for what is no answer. */
static gboolean
take_answers (JfSocketTable *self, const void *data, ssize_t size, const char *path)
{
  const struct nlmsghdr *header = data;

  for (; NLMSG_OK (header, size); header = NLMSG_NEXT (header, size))
    {
      if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
          header->nlmsg_len < NLMSG_LENGTH (sizeof (struct unix_diag_msg)))
        return FALSE;
      take_unix (self, header, path);
    }
  return TRUE;
}

static gboolean
ask_unix (int fd)
{
  struct
  {
    struct nlmsghdr header;
    struct unix_diag_req body;
  } request = { 0 };

  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = AF_UNIX;
  request.body.udiag_states = 1u << TCP_ESTABLISHED;
  request.body.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER;
  return send (fd, &request, sizeof request, 0) == (ssize_t) sizeof request;
}

static gboolean
read_unix (JfSocketTable *self, const char *path, GError **error)
{
  struct timeval patience = { .tv_sec = 1 };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  g_autofree char *buffer = g_malloc (1 << 16);
  gboolean more = fd >= 0 && ask_unix (fd);

  if (!more)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_FAILED, "the kernel does not list its sockets: %s",
                   g_strerror (errno));
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  while (more)
    {
      ssize_t n = recv (fd, buffer, 1 << 16, 0);

      more = n > 0 ? take_answers (self, buffer, n, path) : n < 0 && errno == EINTR;
    }
  close (fd);
  return TRUE;
}

gboolean
jf_socket_table_read (JfSocketTable *self, const char *host, uint16_t port, GError **error)
{
  *self = (JfSocketTable){ 0 };
  self->inodes = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  if (port == 0 ? read_unix (self, host, error) : read_tcp (self, host, port, error))
    return TRUE;
  jf_socket_table_clear (self);
  return FALSE;
}

void
jf_socket_table_clear (JfSocketTable *self)
{
  g_clear_pointer (&self->inodes, g_hash_table_unref);
}
