/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <sys/socket.h>

#include "gateway/link/jf-carrier.h"
#include "gateway/link/jf-dial.h"
#include "gateway/wire/jf-error.h"

typedef struct
{
  JfCarrierDone done;
  gpointer data;
  JfUplink *uplink;
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  jf_uplink_unref (attempt->uplink);
  g_free (attempt);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

static int
get_family (int fd)
{
  struct sockaddr_storage address = { 0 };
  socklen_t size = sizeof address;

  return getpeername (fd, (struct sockaddr *) &address, &size) == 0 ? address.ss_family : 0;
}

/* A GSocket closes its descriptor when it goes; a duplicate is ours. */
int
jf_carrier_take_descriptor (GSocketConnection *connection, JfWay *way, GError **error)
{
  int fd = fcntl (g_socket_get_fd (g_socket_connection_get_socket (connection)), F_DUPFD_CLOEXEC,
                  0);

  if (fd < 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_LIMIT,
                   _ ("cannot take the connection over: %s"), g_strerror (errno));
      return -1;
    }
  g_unix_set_fd_nonblocking (fd, TRUE, NULL);
  jf_socket_tune (fd);
  way->family = get_family (fd);
  return fd;
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Attempt) attempt = data;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) found = NULL;
  JfWay way = { .carrier = jf_carrier_direct.name };
  GError *error = NULL;
  int fd = -1;

  connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &found);
  if (connection)
    fd = jf_carrier_take_descriptor (connection, &way, &error);
  else if (g_error_matches (found, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    error = g_steal_pointer (&found);
  else
    g_set_error (&error, JF_ERROR, JF_ERROR_UNREACHABLE,
                 _ ("cannot reach %s port %u: %s"), jf_uplink_get_host (attempt->uplink),
                    jf_uplink_get_port (attempt->uplink), found->message);
  attempt->done (fd, fd >= 0 ? &way : NULL, error, attempt->data);
  g_clear_error (&error);
}

static void
open_direct (JfLoop *loop,
             JfUplink *uplink,
             GCancellable *cancellable,
             JfCarrierDone done,
             gpointer data)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable)
      address = g_network_address_new (jf_uplink_get_host (uplink), jf_uplink_get_port (uplink));
  Attempt *attempt = g_new0 (Attempt, 1);

  *attempt = (Attempt){ .done = done, .data = data, .uplink = jf_uplink_ref (uplink) };
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, address, cancellable, connected_cb, attempt);
}

const JfCarrier jf_carrier_direct = { .name = "direct", .open = open_direct };
