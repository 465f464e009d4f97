/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/jf-local-server.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/jf-lines.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"

struct JfLocalServer
{
  JfDesk *desk;
  GSocket *socket;
  GSource *source;
  char *path;
  GPtrArray *clients; /* of Client */
};

typedef struct
{
  JfLocalServer *server;
  JfLines *lines;
  JfDeskCall *call;
} Client;

static void
client_free (gpointer data)
{
  Client *client = data;

  g_clear_pointer (&client->call, jf_desk_call_end);
  g_clear_pointer (&client->lines, jf_lines_free);
  g_free (client);
}

/* The last event ends the call; the connection ends when the other side has read it. */
static void
desk_event_cb (JsonObject *event, gpointer data)
{
  Client *client = data;

  jf_lines_send (client->lines, event, -1);
  if (jf_desk_is_last (event))
    g_clear_pointer (&client->call, jf_desk_call_end);
}

static void
client_message_cb (JfLines *lines, JsonObject *message, int fd, gpointer owner)
{
  Client *client = owner;

  if (client->call == NULL)
    client->call = jf_desk_call (client->server->desk, message, fd, desk_event_cb, client);
  else if (fd >= 0)
    close (fd);
}

static void
client_closed_cb (JfLines *lines, gpointer owner)
{
  Client *client = owner;

  g_ptr_array_remove_fast (client->server->clients, client);
}

static const JfLinesEvents client_events = {
  .message = client_message_cb,
  .closed = client_closed_cb,
};

/* The directory is closed to others already; this is the second lock. */
static gboolean
is_same_user (GSocket *socket)
{
  g_autoptr (GCredentials) credentials = g_socket_get_credentials (socket, NULL);
  uid_t uid;

  if (credentials == NULL)
    return FALSE;
  uid = g_credentials_get_unix_user (credentials, NULL);
  return uid == geteuid () || uid == 0;
}

static gboolean
accept_cb (GSocket *socket, GIOCondition condition, gpointer data)
{
  JfLocalServer *self = data;
  g_autoptr (GSocket) accepted = g_socket_accept (socket, NULL, NULL);
  Client *client;

  if (accepted == NULL)
    return G_SOURCE_CONTINUE;
  if (!is_same_user (accepted) || self->clients->len >= JF_LOCAL_CLIENTS_MAX)
    {
      (void) g_socket_close (accepted, NULL);
      return G_SOURCE_CONTINUE;
    }
  client = g_new0 (Client, 1);
  client->server = self;
  client->lines = jf_lines_new (accepted, &client_events, client);
  g_ptr_array_add (self->clients, client);
  return G_SOURCE_CONTINUE;
}

static gboolean
bind_socket (JfLocalServer *self, const char *dir, GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;
  int guard_fd;
  gboolean bound;

  self->path = g_build_filename (dir, "gateway.sock", NULL);
  /* The lock is ours, so whoever made this socket is gone. */
  (void) g_unlink (self->path);
  address = jf_lines_address (dir, &guard_fd, error);
  if (address == NULL)
    return FALSE;
  bound = g_socket_bind (self->socket, address, FALSE, error) &&
          g_socket_listen (self->socket, error);
  if (guard_fd >= 0)
    close (guard_fd);
  if (bound)
    (void) g_chmod (self->path, 0600);
  else
    g_prefix_error (error, "cannot listen at %s: ", self->path);
  return bound;
}

JfLocalServer *
jf_local_server_new (const char *dir, JfDesk *desk, GError **error)
{
  g_autoptr (JfLocalServer) self = g_new0 (JfLocalServer, 1);

  self->desk = desk;
  self->clients = g_ptr_array_new_with_free_func (client_free);
  self->socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                               G_SOCKET_PROTOCOL_DEFAULT, error);
  if (self->socket == NULL || !bind_socket (self, dir, error))
    return NULL;
  g_socket_set_blocking (self->socket, FALSE);
  self->source = g_socket_create_source (self->socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (accept_cb), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return g_steal_pointer (&self);
}

void
jf_local_server_free (JfLocalServer *self)
{
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
      (void) g_unlink (self->path);
    }
  g_ptr_array_unref (self->clients);
  g_clear_object (&self->socket);
  g_free (self->path);
  g_free (self);
}

GSocket *
jf_local_connect (const char *dir, GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_DEFAULT, error);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) local = NULL;
  int guard_fd = -1;

  if (socket == NULL)
    return NULL;
  address = jf_lines_address (dir, &guard_fd, error);
  if (address == NULL)
    return NULL;
  if (!g_socket_connect (socket, address, NULL, &local) || !is_same_user (socket))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_UNREACHABLE,
                   "no jackfield-gateway answers at %s/gateway.sock", dir);
      g_clear_object (&socket);
    }
  if (guard_fd >= 0)
    close (guard_fd);
  return g_steal_pointer (&socket);
}
