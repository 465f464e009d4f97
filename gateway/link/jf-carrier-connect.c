/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/link/jf-carrier.h"
#include "gateway/link/jf-dial.h"
#include "gateway/link/jf-proxy.h"
#include "gateway/wire/jf-error.h"

#define DIRECT "direct://"

/* What a connection that is being made goes through, kept beside it. */
#define PROXY_KEY "jf-proxy"

typedef struct
{
  JfLoop *loop;
  JfUplink *uplink;
  GCancellable *cancellable;
  JfCarrierDone done;
  gpointer data;
  GProxyResolver *resolver;
  char *uri; /* where to, as resolvers are asked */
  JfWay way;
  char asked[JF_WAY_PROXY_SIZE]; /* the latest proxy that was tried, for messages */
  char negotiating[JF_WAY_PROXY_SIZE];
} Attempt;

static void
attempt_free (Attempt *self)
{
  jf_uplink_unref (self->uplink);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->resolver);
  g_free (self->uri);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

/* GSocketClient says which address it tries only while it does. */
static void
note_attempt (Attempt *self, GIOStream *connection)
{
  g_autoptr (GSocketAddress)
      address = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (connection), NULL);
  char *proxy;

  if (address == NULL || !G_IS_PROXY_ADDRESS (address))
    return;
  proxy = g_malloc (JF_WAY_PROXY_SIZE);
  jf_proxy_describe (g_proxy_address_get_uri (G_PROXY_ADDRESS (address)), proxy, JF_WAY_PROXY_SIZE);
  g_strlcpy (self->asked, proxy, sizeof self->asked);
  g_object_set_data_full (G_OBJECT (connection), PROXY_KEY, proxy, g_free);
}

static void
event_cb (GSocketClient *client,
          GSocketClientEvent event,
          GSocketConnectable *connectable,
          GIOStream *connection,
          gpointer data)
{
  Attempt *self = data;
  const char *proxy;

  if (event == G_SOCKET_CLIENT_CONNECTING)
    note_attempt (self, connection);
  else if (event == G_SOCKET_CLIENT_PROXY_NEGOTIATING)
    {
      proxy = g_object_get_data (G_OBJECT (connection), PROXY_KEY);
      g_strlcpy (self->negotiating, proxy != NULL ? proxy : self->asked, sizeof self->negotiating);
    }
  else if (event == G_SOCKET_CLIENT_PROXY_NEGOTIATED)
    {
      self->way.carrier = jf_carrier_connect.name;
      g_strlcpy (self->way.proxy, self->negotiating, sizeof self->way.proxy);
    }
}

static const char *
describe_failure (const GError *found)
{
  if (g_error_matches (found, G_IO_ERROR, G_IO_ERROR_PROXY_NEED_AUTH))
    return _ ("it wants a user name and a password");
  if (g_error_matches (found, G_IO_ERROR, G_IO_ERROR_PROXY_AUTH_FAILED))
    return _ ("it wants a user name and a password, or does not take those that it got");
  if (g_error_matches (found, G_IO_ERROR, G_IO_ERROR_PROXY_NOT_ALLOWED))
    return _ ("it does not allow this");
  if (g_error_matches (found, G_IO_ERROR, G_IO_ERROR_PROXY_FAILED))
    return _ ("it refuses, or is no such proxy");
  return found->message;
}

/* (transfer full) */
static GError *
explain (Attempt *self, const GError *found)
{
  const char *host = jf_uplink_get_host (self->uplink);
  unsigned port = jf_uplink_get_port (self->uplink);

  if (g_error_matches (found, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_copy (found);
  if (*self->asked == '\0')
    return g_error_new (JF_ERROR, JF_ERROR_UNREACHABLE,
                        _ ("cannot reach %s port %u: %s"), host, port, found->message);
  return g_error_new (JF_ERROR, JF_ERROR_UNREACHABLE,
                      _ ("cannot reach %s port %u through the proxy %s: %s"), host, port,
                         self->asked, describe_failure (found));
}

/* A proxy that speaks TLS itself would leave us with a descriptor that is not bare. */
static gboolean
check_bare (Attempt *self, GSocketConnection *connection, GError **error)
{
  GIOStream *base;

  if (!G_IS_TCP_WRAPPER_CONNECTION (connection))
    return TRUE;
  base = g_tcp_wrapper_connection_get_base_io_stream (G_TCP_WRAPPER_CONNECTION (connection));
  if (G_IS_SOCKET_CONNECTION (base))
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_UNREACHABLE,
               _ ("the proxy %s wants TLS, which is not possible here; use an http:// or "
                  "socks5:// proxy"),
                  self->way.proxy);
  return FALSE;
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Attempt) self = data;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GError) found = NULL;
  g_autoptr (GError) error = NULL;
  int fd = -1;

  g_signal_handlers_disconnect_by_data (source, self);
  connection = g_socket_client_connect_to_uri_finish (G_SOCKET_CLIENT (source), result, &found);
  if (connection == NULL)
    error = explain (self, found);
  else if (check_bare (self, connection, &error))
    fd = jf_carrier_take_descriptor (connection, &self->way, &error);
  self->done (fd, fd >= 0 ? &self->way : NULL, error, self->data);
}

static void
connect_through (Attempt *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  self->way.carrier = jf_carrier_direct.name; /* until a proxy is at work */
  g_socket_client_set_proxy_resolver (client, self->resolver);
  g_signal_connect (client, "event", G_CALLBACK (event_cb), self);
  g_socket_client_connect_to_uri_async (client, self->uri, jf_uplink_get_port (self->uplink),
                                        self->cancellable, connected_cb, self);
}

/* Where there is no proxy, everything is as it is without this carrier. */
static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Attempt) self = data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv)
      proxies = g_proxy_resolver_lookup_finish (G_PROXY_RESOLVER (source), result, &error);
  /* A proxy that was named is used, come what may. */
  gboolean is_auto = strcmp (jf_uplink_get_proxy (self->uplink), JF_PROXY_AUTO) == 0;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    self->done (-1, NULL, error, self->data);
  else if (!is_auto || (proxies != NULL && proxies[0] != NULL && strcmp (proxies[0], DIRECT) != 0))
    connect_through (g_steal_pointer (&self));
  else
    jf_carrier_direct.open (self->loop, self->uplink, self->cancellable, self->done, self->data);
}

static char *
format_uri (JfUplink *uplink)
{
  const char *host = jf_uplink_get_host (uplink);

  return g_strdup_printf (strchr (host, ':') != NULL ? "https://[%s]:%u" : "https://%s:%u", host,
                          jf_uplink_get_port (uplink));
}

static void
open_connect (JfLoop *loop,
              JfUplink *uplink,
              GCancellable *cancellable,
              JfCarrierDone done,
              gpointer data)
{
  GProxyResolver *resolver = jf_proxy_get_resolver (jf_uplink_get_proxy (uplink));
  Attempt *self;

  if (resolver == NULL)
    {
      jf_carrier_direct.open (loop, uplink, cancellable, done, data);
      return;
    }
  self = g_new0 (Attempt, 1);
  self->loop = loop;
  self->uplink = jf_uplink_ref (uplink);
  self->cancellable = g_object_ref (cancellable);
  self->done = done;
  self->data = data;
  self->resolver = resolver;
  self->uri = format_uri (uplink);
  g_proxy_resolver_lookup_async (resolver, self->uri, cancellable, looked_up_cb, self);
}

const JfCarrier jf_carrier_connect = { .name = "connect", .open = open_connect };
