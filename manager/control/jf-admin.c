/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-admin.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gateway/link/jf-log.h"
#include "manager/control/jf-admin-call.h"
#include "manager/control/jf-audit.h"

#define REQUEST_MAX_BYTES  65536
#define REQUEST_TIMEOUT_MS 10000
/* For the whole answer, so that a reader that stopped does not stay for ever. */
#define ANSWER_TIMEOUT_MS 60000
#define CALLS_MAX         32

struct JfAdmin
{
  JfControl *control;
  GSocketService *service;
  char *path;
  GHashTable *calls; /* set of JfAdminCall */
};

/* Freed when nothing is under way any more: neither a verb nor reading or writing. */
struct JfAdminCall
{
  JfAdmin *admin; /* NULL once that is gone */
  GSocketConnection *connection;
  GCancellable *cancellable;
  GSource *deadline;
  GString *request;
  GString *answer;
  char buffer[4096];
};

static void
stop_deadline (JfAdminCall *self)
{
  if (self->deadline == NULL)
    return;
  g_source_destroy (self->deadline);
  g_clear_pointer (&self->deadline, g_source_unref);
}

static void
call_free (JfAdminCall *self)
{
  if (self->admin != NULL)
    g_hash_table_remove (self->admin->calls, self);
  stop_deadline (self);
  g_io_stream_close (G_IO_STREAM (self->connection), NULL, NULL);
  g_object_unref (self->connection);
  g_object_unref (self->cancellable);
  g_string_free (self->request, TRUE);
  g_string_free (self->answer, TRUE);
  g_free (self);
}

static gboolean
deadline_cb (gpointer data)
{
  JfAdminCall *self = data;

  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
start_deadline (JfAdminCall *self, unsigned timeout_ms)
{
  stop_deadline (self);
  self->deadline = g_timeout_source_new (timeout_ms);
  g_source_set_callback (self->deadline, deadline_cb, self, NULL);
  g_source_attach (self->deadline, NULL);
}

JfControl *
jf_admin_call_get_control (JfAdminCall *self)
{
  return self->admin != NULL ? self->admin->control : NULL;
}

void
jf_admin_call_row (JfAdminCall *self, JsonObject *row)
{
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), row);
  g_autofree char *text = json_to_string (node, FALSE);

  g_string_append (self->answer, text);
  g_string_append_c (self->answer, '\n');
  json_object_unref (row);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  call_free (data);
}

static void
send_answer (JfAdminCall *self)
{
  start_deadline (self, ANSWER_TIMEOUT_MS);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)),
                                   self->answer->str, self->answer->len, G_PRIORITY_DEFAULT,
                                   self->cancellable, written_cb, self);
}

static void
answer_ok_cb (gpointer data)
{
  JsonObject *status = json_object_new ();

  json_object_set_string_member (status, "status", "ok");
  jf_admin_call_row (data, status);
  send_answer (data);
}

/* Not before the audit knows of what is answered. */
void
jf_admin_call_ok (JfAdminCall *self)
{
  if (self->admin != NULL)
    jf_audit_when_settled (self->admin->control, answer_ok_cb, self);
  else
    answer_ok_cb (self);
}

void
jf_admin_call_fail (JfAdminCall *self, JfError code, const char *message)
{
  JsonObject *status = json_object_new ();

  json_object_set_string_member (status, "status", "error");
  json_object_set_string_member (status, "code", jf_error_name (code));
  json_object_set_string_member (status, "message", message);
  jf_admin_call_row (self, status);
  send_answer (self);
}

void
jf_admin_call_fail_error (JfAdminCall *self, GError *error)
{
  JfError code = error->domain == JF_ERROR ? (JfError) error->code : JF_ERROR_FAILED;

  jf_admin_call_fail (self, code, error->message);
  g_error_free (error);
}

static void read_more (JfAdminCall *self);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfAdminCall *self = data;
  gssize size = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);
  const char *end;

  /* cancelled, or hung up in the middle of the request */
  if (size <= 0 || self->admin == NULL)
    {
      call_free (self);
      return;
    }

  g_string_append_len (self->request, self->buffer, size);
  end = memchr (self->request->str, '\n', self->request->len);
  if (end == NULL && self->request->len <= REQUEST_MAX_BYTES)
    {
      read_more (self);
      return;
    }
  stop_deadline (self);
  if (end == NULL || end - self->request->str > REQUEST_MAX_BYTES)
    jf_admin_call_fail (self, JF_ERROR_LIMIT, "the request is longer than 64 KiB");
  else
    jf_admin_verb_run (self, self->request->str, (size_t) (end - self->request->str));
}

static void
read_more (JfAdminCall *self)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (self->connection)),
                             self->buffer, sizeof self->buffer, G_PRIORITY_DEFAULT,
                             self->cancellable, read_cb, self);
}

static gboolean
is_operator (GSocketConnection *connection)
{
  g_autoptr (GCredentials)
      credentials = g_socket_get_credentials (g_socket_connection_get_socket (connection), NULL);
  uid_t uid;

  if (credentials == NULL)
    return FALSE;
  uid = g_credentials_get_unix_user (credentials, NULL);
  return uid == 0 || uid == geteuid ();
}

static gboolean
incoming_cb (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
  JfAdmin *self = data;
  JfAdminCall *call;

  if (!is_operator (connection) || g_hash_table_size (self->calls) >= CALLS_MAX)
    {
      jf_log (JF_LOG_WARNING, "admin-refused", NULL);
      g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
      return TRUE;
    }

  call = g_new0 (JfAdminCall, 1);
  call->admin = self;
  call->connection = g_object_ref (connection);
  call->cancellable = g_cancellable_new ();
  call->request = g_string_new (NULL);
  call->answer = g_string_new (NULL);
  g_hash_table_add (self->calls, call);
  start_deadline (call, REQUEST_TIMEOUT_MS);
  read_more (call);
  return TRUE;
}

/* Only a socket that refuses connections is stale; anything else there is somebody's. */
static gboolean
remove_stale (const char *path, GSocketAddress *address, GError **error)
{
  g_autoptr (GSocket) probe = NULL;
  g_autoptr (GError) reason = NULL;
  struct stat status;

  if (lstat (path, &status) != 0)
    return TRUE;
  if (!S_ISSOCK (status.st_mode))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_BUSY, "%s is there and is not a socket", path);
      return FALSE;
    }
  probe = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                        NULL);
  if (probe != NULL && !g_socket_connect (probe, address, NULL, &reason) &&
      g_error_matches (reason, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
    {
      g_unlink (path);
      return TRUE;
    }
  g_set_error (error, JF_ERROR, JF_ERROR_BUSY, "another manager listens at %s", path);
  return FALSE;
}

/* The mode is set before listen(2): until then nobody can connect. */
static GSocket *
open_socket (const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) reason = NULL;

  if (!remove_stale (path, address, error))
    return NULL;
  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT,
                         &reason);
  if (socket != NULL && g_socket_bind (socket, address, FALSE, &reason))
    {
      if (g_chmod (path, 0600) == 0 && g_socket_listen (socket, &reason))
        return g_steal_pointer (&socket);
      g_unlink (path);
    }
  g_set_error (error, JF_ERROR, JF_ERROR_STORAGE, "cannot make the admin socket %s: %s", path,
               reason != NULL ? reason->message : g_strerror (errno));
  return NULL;
}

JfAdmin *
jf_admin_new (JfControl *control, const char *socket_path, GError **error)
{
  g_autoptr (GSocket) socket = NULL;
  JfAdmin *self;

  if (strlen (socket_path) >= sizeof ((struct sockaddr_un){ 0 }).sun_path)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   "the path of the admin socket is too long: %s; use a shorter state directory",
                   socket_path);
      return NULL;
    }
  socket = open_socket (socket_path, error);
  if (socket == NULL)
    return NULL;

  self = g_new0 (JfAdmin, 1);
  self->control = control;
  self->path = g_strdup (socket_path);
  self->calls = g_hash_table_new (NULL, NULL);
  self->service = g_socket_service_new ();
  if (!g_socket_listener_add_socket (G_SOCKET_LISTENER (self->service), socket, NULL, error))
    {
      jf_admin_free (self);
      return NULL;
    }
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  g_socket_service_start (self->service);
  return self;
}

void
jf_admin_free (JfAdmin *self)
{
  GHashTableIter iter;
  gpointer call;

  g_socket_service_stop (self->service);
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_unlink (self->path);

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, &call, NULL))
    {
      ((JfAdminCall *) call)->admin = NULL;
      g_cancellable_cancel (((JfAdminCall *) call)->cancellable);
    }
  g_hash_table_unref (self->calls);
  g_free (self->path);
  g_free (self);
}
