/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/engine/fake-manager.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-conn.h"
#include "gateway/link/jf-post.h"
#include "gateway/link/jf-tls.h"
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-preamble.h"

struct FakeManager
{
  JfLoop *loop;
  JfIdentity *identity;
  uint16_t port;

  /* the loop's thread */
  int listen_fd;
  JfWatch listen_watch;
  JfWatch tls_watch;
  JfTls *tls; /* before it is a connection */
  gboolean shaken;
  JfConn *conn;

  /* the main thread */
  GQueue messages; /* of JsonObject */
  unsigned n_connections;
  JfKeyId peer;
};

typedef struct
{
  FakeManager *self;
  GBytes *bytes;
  JfKeyId peer;
} Task;

static Task *
task_new (FakeManager *self, GBytes *bytes)
{
  Task *task = g_new0 (Task, 1);

  task->self = self;
  task->bytes = bytes;
  return task;
}

static gboolean
too_long_cb (gpointer data)
{
  g_error ("nothing came for 20 s");
  return G_SOURCE_REMOVE;
}

void
fake_wait_for (const gboolean *flag)
{
  unsigned timer = g_timeout_add_seconds (20, too_long_cb, NULL);

  while (!*flag)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
}

static void
arrived_task_cb (gpointer data)
{
  Task *task = data;
  size_t size;
  const void *bytes = g_bytes_get_data (task->bytes, &size);
  g_autoptr (GError) error = NULL;
  JsonObject *message = jf_message_parse (bytes, size, &error);

  g_assert_no_error (error);
  g_queue_push_tail (&task->self->messages, message);
  g_bytes_unref (task->bytes);
  g_free (task);
}

static void
connected_task_cb (gpointer data)
{
  Task *task = data;

  task->self->n_connections++;
  task->self->peer = task->peer;
  g_free (task);
}

static void
conn_message_cb (JfConn *conn, GBytes *message, gpointer owner)
{
  size_t size;
  const void *data = g_bytes_get_data (message, &size);

  /* A copy: the references of GLib's are invisible to ThreadSanitizer. */
  jf_post (NULL, arrived_task_cb, task_new (owner, g_bytes_new (data, size)), NULL);
}

static void
conn_closed_cb (JfConn *conn, const GError *reason, gpointer owner)
{
  FakeManager *self = owner;

  jf_conn_free (conn);
  if (self->conn == conn)
    self->conn = NULL;
}

static const JfConnEvents conn_events = {
  .message = conn_message_cb,
  .closed = conn_closed_cb,
};

static void
drop_all (FakeManager *self)
{
  jf_watch_stop (&self->tls_watch);
  g_clear_pointer (&self->tls, jf_tls_free);
  g_clear_pointer (&self->conn, jf_conn_free);
}

static gboolean
read_preamble (FakeManager *self)
{
  uint8_t buffer[JF_PREAMBLE_MAX_BYTES];
  gssize got = jf_tls_recv (self->tls, buffer, JF_PREAMBLE_HEADER_BYTES, NULL);
  JfPreamble preamble;

  if (got == JF_TLS_AGAIN)
    return FALSE;
  if (got <= 0)
    {
      drop_all (self);
      return FALSE;
    }
  g_assert_cmpint (jf_preamble_parse (buffer, (size_t) got, &preamble, NULL), ==, got);
  g_assert_cmpint (preamble.kind, ==, JF_PREAMBLE_CONTROL);
  return TRUE;
}

static void
tls_ready_cb (JfWatch *watch, uint32_t events)
{
  FakeManager *self = JF_CONTAINER_OF (watch, FakeManager, tls_watch);
  Task *connected;
  int result = self->shaken ? 1 : jf_tls_handshake (self->tls, NULL);

  if (result == -1)
    {
      drop_all (self);
      return;
    }
  self->shaken = result == 1;
  if (!self->shaken || !read_preamble (self))
    {
      if (self->tls != NULL)
        jf_watch_set (&self->tls_watch, jf_tls_wants (self->tls));
      return;
    }
  jf_watch_stop (&self->tls_watch);
  g_clear_pointer (&self->conn, jf_conn_free);
  connected = task_new (self, NULL);
  g_assert_true (jf_tls_get_peer (self->tls, &connected->peer));
  self->conn = jf_conn_new (self->loop, g_steal_pointer (&self->tls), JF_TLS_SERVER, &conn_events,
                            self);
  jf_post (NULL, connected_task_cb, connected, NULL);
}

static void
accept_cb (JfWatch *watch, uint32_t events)
{
  FakeManager *self = JF_CONTAINER_OF (watch, FakeManager, listen_watch);
  int fd = accept4 (self->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd < 0)
    return;
  drop_all (self);
  self->shaken = FALSE;
  self->tls = jf_tls_new (JF_TLS_SERVER, self->identity, JF_ALPN_GATEWAY, fd);
  jf_watch_start (&self->tls_watch, self->loop, fd, EPOLLIN, tls_ready_cb, NULL);
}

static void
start_task_cb (gpointer data)
{
  FakeManager *self = data;

  jf_watch_start (&self->listen_watch, self->loop, self->listen_fd, EPOLLIN, accept_cb, NULL);
}

static void
stop_task_cb (gpointer data)
{
  FakeManager *self = data;

  jf_watch_stop (&self->listen_watch);
  drop_all (self);
}

static void
drop_task_cb (gpointer data)
{
  FakeManager *self = data;

  if (self->conn != NULL)
    jf_conn_finish (self->conn);
}

static void
send_task_cb (gpointer data)
{
  Task *task = data;

  if (task->self->conn != NULL)
    jf_conn_send (task->self->conn, task->bytes);
  g_bytes_unref (task->bytes);
  g_free (task);
}

FakeManager *
fake_manager_new (void)
{
  FakeManager *self = g_new0 (FakeManager, 1);
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t size = sizeof address;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  self->identity = jf_identity_new (NULL);
  self->loop = jf_loop_new ("fake-manager", NULL);
  self->listen_fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listen_fd, (struct sockaddr *) &address, size), ==, 0);
  g_assert_cmpint (listen (self->listen_fd, 16), ==, 0);
  g_assert_cmpint (getsockname (self->listen_fd, (struct sockaddr *) &address, &size), ==, 0);
  self->port = ntohs (address.sin_port);
  g_queue_init (&self->messages);
  jf_loop_post (self->loop, start_task_cb, self);
  return self;
}

void
fake_manager_free (FakeManager *self)
{
  jf_loop_post (self->loop, stop_task_cb, self);
  jf_loop_free (self->loop);
  /* What it has posted here still names it. */
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_queue_clear_full (&self->messages, (GDestroyNotify) json_object_unref);
  close (self->listen_fd);
  jf_identity_unref (self->identity);
  g_free (self);
}

JfUplink *
fake_manager_uplink (FakeManager *self, JfIdentity *device)
{
  return jf_uplink_new (&jf_carrier_direct, "127.0.0.1", self->port, fake_manager_key_id (self),
                        device);
}

uint16_t
fake_manager_port (FakeManager *self)
{
  return self->port;
}

const JfKeyId *
fake_manager_key_id (FakeManager *self)
{
  return jf_identity_get_key_id (self->identity);
}

unsigned
fake_manager_count (FakeManager *self)
{
  return self->n_connections;
}

const JfKeyId *
fake_manager_peer (FakeManager *self)
{
  return &self->peer;
}

gboolean
fake_manager_is_quiet (FakeManager *self)
{
  return g_queue_is_empty (&self->messages);
}

JsonObject *
fake_manager_pop (FakeManager *self)
{
  return g_queue_pop_head (&self->messages);
}

JsonObject *
fake_manager_expect (FakeManager *self, const char *type)
{
  unsigned timer = g_timeout_add_seconds (20, too_long_cb, NULL);
  JsonObject *message;

  while (g_queue_is_empty (&self->messages))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
  message = g_queue_pop_head (&self->messages);
  g_assert_cmpstr (jf_message_type (message), ==, type);
  return message;
}

void
fake_manager_send (FakeManager *self, const char *format, ...)
{
  va_list args;
  char *text;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  jf_loop_post (self->loop, send_task_cb, task_new (self, g_bytes_new_take (text, strlen (text))));
}

void
fake_manager_welcome (FakeManager *self, const char *member, const char *role)
{
  json_object_unref (fake_manager_expect (self, JF_MSG_HELLO));
  fake_manager_send (self,
                     "{\"type\":\"welcome\",\"version\":1,\"member\":\"%s\",\"role\":\"%s\","
                     "\"device\":\"x\",\"software\":\"fake\"}",
                     member, role);
}

void
fake_manager_drop (FakeManager *self)
{
  jf_loop_post (self->loop, drop_task_cb, self);
}
