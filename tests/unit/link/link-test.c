/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/link/link-test.h"

#include <glib/gstdio.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_S 30

void
link_gate_open (LinkGate *gate)
{
  pthread_mutex_lock (&gate->mutex);
  gate->count++;
  pthread_cond_broadcast (&gate->changed);
  pthread_mutex_unlock (&gate->mutex);
}

void
link_gate_wait (LinkGate *gate, unsigned count)
{
  struct timespec until;
  int result = 0;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_sec += PATIENCE_S;
  pthread_mutex_lock (&gate->mutex);
  while (gate->count < count && result == 0)
    result = pthread_cond_timedwait (&gate->changed, &gate->mutex, &until);
  g_assert_cmpuint (gate->count, >=, count);
  pthread_mutex_unlock (&gate->mutex);
}

typedef struct
{
  JfTask task;
  gpointer data;
  LinkGate gate;
} Call;

static void
call_cb (gpointer data)
{
  Call *call = data;

  call->task (call->data);
  link_gate_open (&call->gate);
}

void
link_call (JfLoop *loop, JfTask task, gpointer data)
{
  Call call = { .task = task, .data = data, .gate = LINK_GATE_INIT };

  jf_loop_post (loop, call_cb, &call);
  link_gate_wait (&call.gate, 1);
}

void
link_pair (int fds[2])
{
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
}

gboolean
link_handshake (JfTls *client, JfTls *server, GError **client_error, GError **server_error)
{
  int c = JF_TLS_AGAIN, s = JF_TLS_AGAIN;
  /* Enough for a transport that gives a byte at a time; few, once one end has given up. */
  int rounds = 200000;

  while (rounds-- > 0 && (c == JF_TLS_AGAIN || s == JF_TLS_AGAIN))
    {
      if (c == JF_TLS_AGAIN)
        c = jf_tls_handshake (client, client_error);
      if (s == JF_TLS_AGAIN)
        s = jf_tls_handshake (server, server_error);
      if (c == -1 || s == -1)
        rounds = MIN (rounds, 10);
    }
  return c == 1 && s == 1;
}

void
link_tls_pair (JfTls **client, JfTls **server, const char *alpn)
{
  g_autoptr (JfIdentity) client_identity = jf_identity_new (NULL);
  g_autoptr (JfIdentity) server_identity = jf_identity_new (NULL);
  GError *client_error = NULL, *server_error = NULL;
  int fds[2];

  link_pair (fds);
  *client = jf_tls_new (JF_TLS_CLIENT, client_identity, alpn, fds[0]);
  *server = jf_tls_new (JF_TLS_SERVER, server_identity, alpn, fds[1]);
  link_handshake (*client, *server, &client_error, &server_error);
  g_assert_no_error (client_error);
  g_assert_no_error (server_error);
}

char *
link_make_directory (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp ("jackfield-link-XXXXXX", &error);

  g_assert_no_error (error);
  return path;
}

void
link_remove_directory (char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_assert_no_errno (g_remove (file));
    }
  g_assert_no_errno (g_rmdir (path));
  g_free (path);
}
