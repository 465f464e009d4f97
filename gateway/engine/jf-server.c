/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-server.h"

#include <string.h>

#include "gateway/engine/jf-setup.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

#define LOAD_INTERVAL_MS 1000
/* Services of one "register" message; the rest of it is the envelope. */
#define REGISTER_MAX_BYTES (JF_MESSAGE_MAX_BYTES - 256)

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
  GSource *register_source;
  gboolean spoken; /* offers were set once: an empty set is worth saying, too */
  gboolean registered;
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

static gboolean
register_reply (JfSession *session,
                JsonObject *message,
                const GError *failure,
                gpointer data,
                GError **error)
{
  JfServer *self = data;

  if (failure != NULL && jf_session_get_state (session) != JF_SESSION_CONNECTED)
    return TRUE;
  if (failure == NULL && strcmp (jf_message_type (message), JF_MSG_REGISTERED) != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "expected registered");
      return FALSE;
    }
  self->registered = failure == NULL;
  jf_log (failure == NULL ? JF_LOG_INFO : JF_LOG_WARNING, "registered", "services",
          JF_I (failure == NULL ? self->offers->len : 0), "reason",
          JF_S (failure != NULL ? failure->message : ""), NULL);
  if (self->events->registered != NULL)
    self->events->registered (self, failure, self->owner);
  return TRUE;
}

static JsonObject *
register_message (JsonArray *services)
{
  JsonObject *message = jf_message_new (JF_MSG_REGISTER);

  json_object_set_array_member (message, "services", services);
  return message;
}

static size_t
json_size (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_set_object (node, object);
  text = json_to_string (node, FALSE);
  return strlen (text) + 1;
}

/* As many messages as it takes, all under one number (PROTOCOL.md section 4.2). */
static void
send_register (JfServer *self)
{
  int64_t number = jf_session_next_number (self->session);
  JsonArray *services = json_array_new ();
  g_autoptr (JsonObject) last = NULL;
  size_t size = 0;

  for (unsigned i = 0; i < self->offers->len; i++)
    {
      JsonObject *entry = jf_offer_to_json (g_ptr_array_index (self->offers, i));
      size_t entry_size = json_size (entry);

      if (size + entry_size > REGISTER_MAX_BYTES)
        {
          JsonObject *part = register_message (services);

          json_object_set_int_member (part, "request", number);
          json_object_set_boolean_member (part, "more", TRUE);
          transmit (self, part);
          services = json_array_new ();
          size = 0;
        }
      size += entry_size;
      json_array_add_object_element (services, entry);
    }
  last = register_message (services);
  (void) jf_session_request_numbered (self->session, last, number, register_reply, self);
}

static gboolean
register_cb (gpointer data)
{
  JfServer *self = data;

  clear_source (&self->register_source);
  if (self->spoken && jf_session_get_state (self->session) == JF_SESSION_CONNECTED)
    send_register (self);
  return G_SOURCE_REMOVE;
}

/* Several changes of one moment become one registration. */
static void
register_soon (JfServer *self)
{
  self->registered = FALSE;
  if (self->spoken && self->register_source == NULL)
    set_source (self, &self->register_source, 0, register_cb);
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
  self->registered = FALSE;
  clear_source (&self->load_timer);
  if (self->spoken)
    send_register (self);
}

/* Offers */

static gboolean
check_offers (GPtrArray *offers, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

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

      if (g_hash_table_add (names, offer->name))
        continue;
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   "service %s is offered by this device already", offer->name);
      return FALSE;
    }
  return TRUE;
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
  self->spoken = TRUE;
  drop_stale_tunnels (self);
  register_soon (self);
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
jf_server_is_registered (JfServer *self)
{
  return self->registered;
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
  self->offers = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_offer_unref);
  self->tunnels = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, server_tunnel_free);
  self->vouch = g_array_new (FALSE, FALSE, sizeof (JfKeyId));
  return self;
}

void
jf_server_free (JfServer *self)
{
  jf_session_forget (self->session, self);
  clear_source (&self->register_source);
  clear_source (&self->load_timer);
  g_hash_table_unref (self->tunnels);
  g_ptr_array_unref (self->offers);
  g_array_unref (self->vouch);
  g_main_context_unref (self->context);
  g_free (self);
}
