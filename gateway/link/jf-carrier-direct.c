/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>

#include "gateway/link/jf-carrier.h"
#include "gateway/wire/jf-error.h"

typedef struct
{
  JfCarrierDone done;
  gpointer data;
  char *host;
  uint16_t port;
} Attempt;

static void
attempt_free (Attempt *attempt)
{
  g_free (attempt->host);
  g_free (attempt);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

/* A GSocket closes its descriptor when it goes; a duplicate is ours. */
static int
take_descriptor (GSocketConnection *connection, GError **error)
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
  return fd;
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Attempt) attempt = data;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) found = NULL;
  GError *error = NULL;
  int fd = -1;

  connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &found);
  if (connection)
    fd = take_descriptor (connection, &error);
  else if (g_error_matches (found, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    error = g_steal_pointer (&found);
  else
    g_set_error (&error, JF_ERROR, JF_ERROR_UNREACHABLE,
                 _ ("cannot reach %s port %u: %s"), attempt->host, attempt->port, found->message);
  attempt->done (fd, error, attempt->data);
  g_clear_error (&error);
}

static void
open_direct (JfLoop *loop,
             const char *host,
             uint16_t port,
             GCancellable *cancellable,
             JfCarrierDone done,
             gpointer data)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnectable) address = g_network_address_new (host, port);
  Attempt *attempt = g_new0 (Attempt, 1);

  *attempt = (Attempt){ .done = done, .data = data, .host = g_strdup (host), .port = port };
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_connect_async (client, address, cancellable, connected_cb, attempt);
}

const JfCarrier jf_carrier_direct = { .name = "direct", .open = open_direct };
