/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-join-private.h"

#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include <glib/gi18n-lib.h>

static void
socket_free (gpointer data)
{
  JfJoinSocket *socket = data;

  g_clear_pointer (&socket->pseudo, jf_pseudo_free);
  jf_pseudo_spec_free (socket->spec);
  g_free (socket);
}

GPtrArray *
jf_join_sockets_new (void)
{
  return g_ptr_array_new_with_free_func (socket_free);
}

static JfPseudoSpec *
copy_spec (const JfPseudoSpec *spec)
{
  JfPseudoSpec *copy = g_new0 (JfPseudoSpec, 1);

  copy->kind = spec->kind;
  copy->host = g_strdup (spec->host);
  copy->port = spec->port;
  copy->path = g_strdup (spec->path);
  return copy;
}

static JfJoinSocket *
find_socket (JfJoin *self, const JfPseudoSpec *spec)
{
  for (unsigned i = 0; i < self->sockets->len; i++)
    {
      JfJoinSocket *socket = g_ptr_array_index (self->sockets, i);

      if (socket->spec->kind == spec->kind && socket->spec->port == spec->port &&
          g_strcmp0 (socket->spec->host, spec->host) == 0 &&
          g_strcmp0 (socket->spec->path, spec->path) == 0)
        return socket;
    }
  return NULL;
}

static void
remember_port (JfJoin *self, const JfJoinSocket *socket, uint16_t remembered)
{
  g_autoptr (GError) error = NULL;

  if (socket->spec->kind != JF_PSEUDO_STABLE || !socket->pseudo->moved ||
      socket->pseudo->port == remembered)
    return;
  if (!jf_state_set_port (self->parts.state, self->service, socket->pseudo->port, &error))
    jf_log (JF_LOG_WARNING, "port-not-remembered", "reason", JF_S (error->message), NULL);
}

static gboolean
open_socket (JfJoin *self, JfJoinSocket *socket, GError **error)
{
  const JfKeyId *manager;
  uint16_t remembered;

  if (socket->pseudo != NULL || self->tunnel == NULL)
    return TRUE;
  manager = jf_uplink_get_manager (jf_session_get_uplink (self->parts.session));
  remembered = jf_state_get_port (self->parts.state, self->service);
  socket->pseudo = jf_pseudo_open (socket->spec, manager, self->service, self->service_port,
                                   remembered, error);
  if (socket->pseudo == NULL)
    return FALSE;
  remember_port (self, socket, remembered);
  jf_tunnel_listen (self->tunnel, socket->pseudo->fd, !socket->pseudo->open_to_network);
  return TRUE;
}

gboolean
jf_join_open_sockets (JfJoin *self, GError **error)
{
  for (unsigned i = 0; i < self->sockets->len; i++)
    if (!open_socket (self, g_ptr_array_index (self->sockets, i), error))
      return FALSE;
  return TRUE;
}

void
jf_join_close_sockets (JfJoin *self)
{
  for (unsigned i = 0; i < self->sockets->len; i++)
    {
      JfJoinSocket *socket = g_ptr_array_index (self->sockets, i);

      g_clear_pointer (&socket->pseudo, jf_pseudo_free);
    }
}

gboolean
jf_join_add_spec (JfJoin *self, const JfPseudoSpec *spec, GError **error)
{
  JfJoinSocket *socket = find_socket (self, spec);

  if (spec->kind == JF_PSEUDO_STDIO)
    return TRUE;
  if (socket != NULL)
    {
      socket->users++;
      return TRUE;
    }
  if (self->sockets->len >= JF_JOIN_SOCKETS_MAX)
    {
      g_set_error (
          error, JF_ERROR, JF_ERROR_LIMIT,
          _ ("%s has %d addresses on this device, which is the most; see: jackfield-gateway "
                   "status"),
             jf_join_get_service (self), JF_JOIN_SOCKETS_MAX);
      return FALSE;
    }
  socket = g_new0 (JfJoinSocket, 1);
  socket->spec = copy_spec (spec);
  socket->users = 1;
  if (!open_socket (self, socket, error))
    {
      socket_free (socket);
      return FALSE;
    }
  g_ptr_array_add (self->sockets, socket);
  return TRUE;
}

void
jf_join_remove_spec (JfJoin *self, const JfPseudoSpec *spec)
{
  JfJoinSocket *socket = find_socket (self, spec);

  if (socket != NULL && --socket->users == 0)
    g_ptr_array_remove (self->sockets, socket);
}

const JfPseudo *
jf_join_find_pseudo (JfJoin *self, const JfPseudoSpec *spec)
{
  JfJoinSocket *socket = find_socket (self, spec);

  return socket != NULL ? socket->pseudo : NULL;
}

unsigned
jf_join_get_n_sockets (JfJoin *self)
{
  return self->sockets->len;
}

const JfPseudo *
jf_join_get_socket (JfJoin *self, unsigned index)
{
  const JfJoinSocket *socket = g_ptr_array_index (self->sockets, index);

  return socket->pseudo;
}

const JfPseudo *
jf_join_get_pseudo (JfJoin *self)
{
  return self->sockets->len > 0 ? jf_join_get_socket (self, 0) : NULL;
}
