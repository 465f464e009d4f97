/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-server.h"

#include <string.h>

#include "gateway/engine/jf-registrar.h"
#include "gateway/engine/jf-setup.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

#define LOAD_INTERVAL_MS 1000

struct JfServer
{
  GMainContext *context;
  JfSession *session;
  JfLoop *(*pick_loop) (gpointer owner);
  const JfServerEvents *events;
  gpointer owner;

  GPtrArray *offers;   /* of JfOffer */
  GHashTable *tunnels; /* tunnel id -> ServerTunnel */
  GArray *vouch;       /* of JfKeyId */
  JfRegistrar *registrar;
  GSource *load_timer; /* runs from one "load" to the earliest next */
  unsigned streams;
  unsigned streams_told;
};

typedef struct
{
  JfServer *server;
  int64_t id;
  JfOffer *offer;
  JfTunnel *tunnel;
  unsigned streams;
} ServerTunnel;

static void send_load (JfServer *self);

static void
clear_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
set_source (JfServer *self, GSource **slot, unsigned timeout_ms, GSourceFunc func)
{
  clear_source (slot);
  *slot = g_timeout_source_new (timeout_ms);
  g_source_set_callback (*slot, func, self, NULL);
  g_source_attach (*slot, self->context);
}

static void
changed (JfServer *self)
{
  if (self->events->changed != NULL)
    self->events->changed (self, self->owner);
}

static void
server_tunnel_free (gpointer data)
{
  ServerTunnel *tunnel = data;

  tunnel->server->streams -= tunnel->streams;
  jf_tunnel_free (tunnel->tunnel);
  jf_offer_unref (tunnel->offer);
  g_free (tunnel);
}

/* (transfer full) message */
static void
transmit (JfServer *self, JsonObject *message)
{
  (void) jf_session_send (self->session, message);
  json_object_unref (message);
}

static JfOffer *
find_offer (JfServer *self, const char *name)
{
  for (unsigned i = 0; i < self->offers->len; i++)
    {
      JfOffer *offer = g_ptr_array_index (self->offers, i);

      if (strcmp (offer->name, name) == 0)
        return offer;
    }
  return NULL;
}

/* S1 */

static void
registered_cb (JfRegistrar *registrar, const GError *failure, gpointer owner)
{
  JfServer *self = owner;

  if (self->events->registered != NULL)
    self->events->registered (self, failure, self->owner);
}

/* Load */

static gboolean
load_cb (gpointer data)
{
  JfServer *self = data;

  clear_source (&self->load_timer);
  send_load (self);
  return G_SOURCE_REMOVE;
}

static void
send_load (JfServer *self)
{
  JsonObject *message;

  if (self->load_timer != NULL || self->streams == self->streams_told ||
      jf_session_get_state (self->session) != JF_SESSION_CONNECTED)
    return;
  self->streams_told = self->streams;
  message = jf_message_new (JF_MSG_LOAD);
  json_object_set_int_member (message, "streams", self->streams);
  transmit (self, message);
  set_source (self, &self->load_timer, LOAD_INTERVAL_MS, load_cb);
}

static void
streams_cb (JfTunnel *tunnel, unsigned n_open, gpointer owner)
{
  ServerTunnel *of = owner;
  JfServer *self = of->server;

  self->streams += n_open - of->streams;
  of->streams = n_open;
  send_load (self);
  changed (self);
}

static void
channels_cb (JfTunnel *tunnel, unsigned n_open, const GError *error, gpointer owner)
{
  ServerTunnel *of = owner;

  /* A client that leaves ends its channels: nothing to warn about. */
  if (error != NULL)
    jf_log (g_error_matches (error, JF_ERROR, JF_ERROR_CLOSED) ? JF_LOG_DEBUG : JF_LOG_WARNING,
            "channel-failed", "service", JF_S (of->offer->name), "tunnel", JF_I (of->id), "reason",
            JF_S (error->message), NULL);
  changed (of->server);
}

static const JfTunnelEvents tunnel_events = {
  .channels = channels_cb,
  .streams = streams_cb,
};

/* S3b */

static ServerTunnel *
make_tunnel (JfServer *self, int64_t id, JfOffer *offer)
{
  ServerTunnel *of = g_new0 (ServerTunnel, 1);

  of->server = self;
  of->id = id;
  of->offer = jf_offer_ref (offer);
  of->tunnel = jf_tunnel_new_server (self->pick_loop (self->owner), offer->target,
                                     (const JfKeyId *) (void *) self->vouch->data, self->vouch->len,
                                     &tunnel_events, of);
  g_hash_table_insert (self->tunnels, g_memdup2 (&id, sizeof id), of);
  return of;
}

/* NULL: answered already. */
static ServerTunnel *
get_tunnel (JfServer *self, const JfSetup *setup)
{
  ServerTunnel *of = g_hash_table_lookup (self->tunnels, &setup->tunnel);
  const char *member = jf_session_get_member (self->session);
  JfOffer *offer = find_offer (self, setup->name);
  g_autoptr (GError) reason = NULL;

  if (of != NULL && of->offer == offer)
    return of;
  if (of != NULL)
    g_hash_table_remove (self->tunnels, &setup->tunnel);
  if (offer == NULL || g_strcmp0 (member, setup->provider) != 0)
    reason = g_error_new (JF_ERROR, JF_ERROR_NOT_AVAILABLE, "this gateway offers no such service");
  else if (g_hash_table_size (self->tunnels) >= JF_SERVER_TUNNELS_MAX)
    reason = g_error_new (JF_ERROR, JF_ERROR_LIMIT, "this gateway has too many tunnels");
  else
    return make_tunnel (self, setup->tunnel, offer);
  jf_log (JF_LOG_WARNING, "setup-refused", "service", JF_S (setup->service), "tunnel",
          JF_I (setup->tunnel), "reason", JF_S (reason->message), NULL);
  transmit (self, jf_setup_removed (setup->tunnel, reason));
  return NULL;
}

static gboolean
take_setup (JfServer *self, JsonObject *message, GError **error)
{
  g_autoptr (JfSetup)
      setup = jf_setup_parse (message, jf_session_get_uplink (self->session), error);
  ServerTunnel *of;

  if (setup == NULL)
    return FALSE;
  of = get_tunnel (self, setup);
  if (of == NULL)
    return TRUE;
  jf_log (JF_LOG_INFO, "tunnel", "service", JF_S (setup->service), "member", JF_S (setup->member),
          "tunnel", JF_I (setup->tunnel), NULL);
  jf_tunnel_connect (of->tunnel, setup->uplink, &setup->peer,
                     (const JfTicket *) (void *) setup->tickets->data, setup->tickets->len);
  transmit (self, jf_setup_message (JF_MSG_READY, setup->tunnel));
  changed (self);
  return TRUE;
}

static gboolean
take_tickets (ServerTunnel *of, JsonObject *message, GError **error)
{
  g_autoptr (GArray) tickets = NULL;

  if (!jf_message_get_tickets (message, "tickets", &tickets, error))
    return FALSE;
  jf_tunnel_add_legs (of->tunnel, (const JfTicket *) (void *) tickets->data, tickets->len);
  return TRUE;
}

static void
take_remove (JfServer *self, int64_t id)
{
  g_hash_table_remove (self->tunnels, &id);
  jf_log (JF_LOG_INFO, "tunnel-removed", "tunnel", JF_I (id), NULL);
  transmit (self, jf_setup_message (JF_MSG_REMOVED, id));
  send_load (self);
  changed (self);
}

gboolean
jf_server_handle (JfServer *self, JsonObject *message, gboolean *handled, GError **error)
{
  const char *type = jf_message_type (message);
  ServerTunnel *of;
  int64_t id;

  *handled = TRUE;
  if (strcmp (type, JF_MSG_SETUP) == 0)
    return take_setup (self, message, error);
  if (!jf_setup_get_tunnel (message, &id, error))
    return FALSE;
  of = g_hash_table_lookup (self->tunnels, &id);
  *handled = of != NULL;
  if (of == NULL)
    return TRUE;
  if (strcmp (type, JF_MSG_TICKETS) == 0)
    return take_tickets (of, message, error);
  if (strcmp (type, JF_MSG_REMOVE) == 0)
    {
      take_remove (self, id);
      return TRUE;
    }
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "%s: not for a server gateway", type);
  return FALSE;
}

void
jf_server_start (JfServer *self)
{
  g_hash_table_remove_all (self->tunnels);
  self->streams_told = 0;
  clear_source (&self->load_timer);
  jf_registrar_start (self->registrar);
}

/* Offers */

static gboolean
check_offers (GPtrArray *offers, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  size_t size = 0;

  if (offers->len > JF_SERVICES_MAX_PER_DEVICE)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_LIMIT,
                   "%u services are more than the %d that one device may offer", offers->len,
                   JF_SERVICES_MAX_PER_DEVICE);
      return FALSE;
    }
  for (unsigned i = 0; i < offers->len; i++)
    {
      const JfOffer *offer = g_ptr_array_index (offers, i);

      size += jf_offer_get_json_size (offer);
      if (g_hash_table_add (names, offer->name))
        continue;
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   "service %s is offered by this device already", offer->name);
      return FALSE;
    }
  if (size <= JF_REGISTRAR_MAX_BYTES)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_LIMIT,
               "what the manager would be told of these services takes %zu bytes; at most %d fit",
               size, JF_REGISTRAR_MAX_BYTES);
  return FALSE;
}

static gboolean
same_target (const JfTarget *a, const JfTarget *b)
{
  return a->kind == b->kind && a->port == b->port && g_strcmp0 (a->host, b->host) == 0 &&
         g_strcmp0 (a->path, b->path) == 0;
}

/* What no longer leads where it should is cut at once; the client's gateway is told through the manager
 * and asks anew. */
static void
drop_stale_tunnels (JfServer *self)
{
  g_autoptr (GError)
      reason = g_error_new (JF_ERROR, JF_ERROR_UNREACHABLE, "the target has changed");
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->tunnels);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ServerTunnel *of = value;
      JfOffer *offer = find_offer (self, of->offer->name);

      if (offer != NULL && same_target (offer->target, of->offer->target))
        {
          jf_offer_unref (of->offer);
          of->offer = jf_offer_ref (offer);
          continue;
        }
      if (offer != NULL)
        transmit (self, jf_setup_removed (of->id, reason));
      /* A withdrawn one is removed by the manager, S6 then finds nothing here, and is answered. */
      g_hash_table_iter_remove (&iter);
    }
}

gboolean
jf_server_set_offers (JfServer *self, GPtrArray *offers, GError **error)
{
  if (!check_offers (offers, error))
    return FALSE;
  if (offers != self->offers)
    {
      g_ptr_array_unref (self->offers);
      self->offers = g_ptr_array_ref (offers);
    }
  drop_stale_tunnels (self);
  jf_registrar_set_offers (self->registrar, self->offers);
  changed (self);
  return TRUE;
}

static GPtrArray *
copy_offers (JfServer *self, const char *without)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);

  for (unsigned i = 0; i < self->offers->len; i++)
    {
      JfOffer *offer = g_ptr_array_index (self->offers, i);

      if (without == NULL || strcmp (offer->name, without) != 0)
        g_ptr_array_add (copy, jf_offer_ref (offer));
    }
  return copy;
}

gboolean
jf_server_add_offer (JfServer *self, JfOffer *offer, GError **error)
{
  g_autoptr (GPtrArray) offers = copy_offers (self, NULL);

  g_ptr_array_add (offers, jf_offer_ref (offer));
  return jf_server_set_offers (self, offers, error);
}

void
jf_server_remove_offer (JfServer *self, const char *name)
{
  g_autoptr (GPtrArray) offers = copy_offers (self, name);

  (void) jf_server_set_offers (self, offers, NULL);
}

GPtrArray *
jf_server_get_offers (JfServer *self)
{
  return self->offers;
}

gboolean
jf_server_offers (JfServer *self, const char *name)
{
  return find_offer (self, name) != NULL;
}

gboolean
jf_server_is_registered (JfServer *self)
{
  return jf_registrar_is_registered (self->registrar);
}

gboolean
jf_server_is_busy (JfServer *self)
{
  return jf_registrar_is_busy (self->registrar);
}

gboolean
jf_server_is_retrying (JfServer *self)
{
  return jf_registrar_is_retrying (self->registrar);
}

void
jf_server_set_vouch (JfServer *self, const JfKeyId *key_ids, unsigned n)
{
  g_array_set_size (self->vouch, 0);
  if (n > 0)
    g_array_append_vals (self->vouch, key_ids, n);
}

void
jf_server_get_stats (JfServer *self, const char *name, JfOfferStats *out)
{
  GHashTableIter iter;
  gpointer value;

  *out = (JfOfferStats){ 0 };
  g_hash_table_iter_init (&iter, self->tunnels);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      ServerTunnel *of = value;
      JfTunnelStats stats;

      if (strcmp (of->offer->name, name) != 0)
        continue;
      jf_tunnel_get_stats (of->tunnel, &stats);
      out->tunnels++;
      out->streams += stats.streams_open;
      if (stats.last_refusal != JF_REFUSAL_NONE)
        out->last_refusal = stats.last_refusal;
    }
}

JfServer *
jf_server_new (JfSession *session,
               JfLoop *(*pick_loop) (gpointer owner),
               const JfServerEvents *events,
               gpointer owner)
{
  JfServer *self = g_new0 (JfServer, 1);

  self->context = g_main_context_ref_thread_default ();
  self->session = session;
  self->pick_loop = pick_loop;
  self->events = events;
  self->owner = owner;
  self->registrar = jf_registrar_new (session, registered_cb, self);
  self->offers = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);
  self->tunnels = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, server_tunnel_free);
  self->vouch = g_array_new (FALSE, FALSE, sizeof (JfKeyId));
  return self;
}

void
jf_server_free (JfServer *self)
{
  g_clear_pointer (&self->registrar, jf_registrar_free);
  clear_source (&self->load_timer);
  g_hash_table_unref (self->tunnels);
  g_ptr_array_unref (self->offers);
  g_array_unref (self->vouch);
  g_main_context_unref (self->context);
  g_free (self);
}
