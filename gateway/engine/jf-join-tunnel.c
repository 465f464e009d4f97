/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <unistd.h>

#include "gateway/engine/jf-join-private.h"
#include "gateway/link/jf-log.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

#define VOUCHED_MAX 64

static gboolean
pin (JfJoin *self, const JfKeyId *key_id, const char *comment)
{
  GError *error = NULL;

  if (jf_known_gateways_add (self->parts.known, self->provider, key_id, comment, &error))
    return TRUE;
  jf_join_fail (self, error);
  return FALSE;
}

static gboolean
pin_vouched (JfJoin *self)
{
  char key[JF_KEY_ID_SHORT_SIZE];
  g_autofree char *comment = NULL;
  g_autoptr (GArray) vouched = g_steal_pointer (&self->vouched);

  if (vouched == NULL)
    return TRUE;
  jf_key_id_format_short (&self->peer, key);
  comment = g_strdup_printf ("vouched for by %s", key);
  for (unsigned i = 0; i < vouched->len; i++)
    if (!pin (self, &g_array_index (vouched, JfKeyId, i), comment))
      return FALSE;
  return TRUE;
}

/* The target was reached end to end, so the peer has proved its key. */
static gboolean
pin_peer (JfJoin *self)
{
  char buffer[JF_KEY_ID_SHORT_SIZE];
  const char *key = buffer;

  if (!self->pinned)
    {
      if (!pin (self, &self->peer, "first use"))
        return FALSE;
      self->pinned = TRUE;
      jf_key_id_format_short (&self->peer, buffer);
      jf_log (JF_LOG_INFO, "pinned", "provider", JF_S (self->provider), "key", JF_S (key), NULL);
    }
  return pin_vouched (self);
}

static void
probed_cb (JfTunnel *tunnel, JfRefusal refusal, gpointer owner)
{
  g_autoptr (JfJoin) self = g_object_ref (JF_JOIN (owner));

  self->refusal = refusal;
  self->reached = refusal == JF_REFUSAL_NONE;
  if (self->reached && self->set_up)
    {
      if (!pin_peer (self))
        return;
      g_clear_error (&self->channel_error);
      jf_join_send_ready (self);
    }
  jf_join_update (self);
}

static void
fail_wrong_key (JfJoin *self)
{
  char key[JF_KEY_ID_SHORT_SIZE];

  jf_key_id_format_short (&self->peer, key);
  self->expected = self->peer;
  self->has_expected = TRUE;
  jf_join_fail (self,
                g_error_new (JF_ERROR, JF_ERROR_WRONG_KEY,
                             "whoever answered for %s does not have the key %s that the manager "
                             "named for its gateway: somebody stands in between; nothing was sent. "
                             "Tell the operator and %s",
                             self->service, key, self->provider));
}

static void
channels_cb (JfTunnel *tunnel, unsigned n_open, const GError *error, gpointer owner)
{
  g_autoptr (JfJoin) self = g_object_ref (JF_JOIN (owner));

  if (g_error_matches (error, JF_ERROR, JF_ERROR_WRONG_KEY))
    {
      fail_wrong_key (self);
      return;
    }
  self->n_channels = n_open;
  g_clear_error (&self->channel_error);
  if (error != NULL && n_open == 0)
    self->channel_error = g_error_copy (error);
  jf_join_update (self);
}

static void
legs_wanted_cb (JfTunnel *tunnel, unsigned count, gpointer owner)
{
  JfJoin *self = owner;
  JsonObject *message;

  if (self->tunnel_id == 0 || !self->set_up || count == 0)
    return;
  message = jf_setup_message (JF_MSG_LEGS, self->tunnel_id);
  json_object_set_int_member (message, "count", MIN (count, JF_TICKETS_PER_MESSAGE_MAX));
  jf_join_transmit (self, message);
}

static void
vouched_cb (JfTunnel *tunnel, const JfKeyId *key_ids, unsigned n, gpointer owner)
{
  g_autoptr (JfJoin) self = g_object_ref (JF_JOIN (owner));

  if (n == 0 || !self->set_up)
    return;
  g_clear_pointer (&self->vouched, g_array_unref);
  self->vouched = g_array_new (FALSE, FALSE, sizeof (JfKeyId));
  g_array_append_vals (self->vouched, key_ids, MIN (n, VOUCHED_MAX));
  if (self->pinned)
    (void) pin_vouched (self);
}

static const JfTunnelEvents tunnel_events = {
  .probed = probed_cb,
  .channels = channels_cb,
  .legs_wanted = legs_wanted_cb,
  .vouched = vouched_cb,
};

/* For people to compare. */
static void
keep_keys (JfJoin *self, const JfSetup *setup)
{
  g_autoptr (GPtrArray) pins = jf_known_gateways_list (self->parts.known, setup->provider, NULL);

  if (pins == NULL || pins->len == 0)
    return;
  self->offered = setup->peer;
  self->has_offered = TRUE;
  self->expected = ((JfKnownGateway *) g_ptr_array_index (pins, 0))->key_id;
  self->has_expected = TRUE;
}

gboolean
jf_join_connect (JfJoin *self, const JfSetup *setup, GError **error)
{
  g_autoptr (GError) refused = NULL;
  JfPin known = jf_known_gateways_check (self->parts.known, setup->provider, &setup->peer,
                                         &refused);

  /* Nothing is opened, and nothing is sent, towards a key that is not the pinned one. */
  if (known == JF_PIN_REFUSED)
    {
      if (g_error_matches (refused, JF_ERROR, JF_ERROR_WRONG_KEY))
        keep_keys (self, setup);
      g_propagate_error (error, g_steal_pointer (&refused));
      return FALSE;
    }
  self->pinned = known == JF_PIN_KNOWN;
  self->peer = setup->peer;
  self->service_port = setup->port;
  g_clear_pointer (&self->vouched, g_array_unref);
  if (self->tunnel == NULL)
    self->tunnel = jf_tunnel_new_client (self->parts.loop, &tunnel_events, self);
  if (!jf_join_open_sockets (self, error))
    return FALSE;
  self->reached = FALSE;
  self->refusal = JF_REFUSAL_NONE;
  self->set_up = TRUE;
  g_clear_error (&self->channel_error);
  jf_tunnel_connect (self->tunnel, setup->uplink, &setup->peer,
                     (const JfTicket *) (void *) setup->tickets->data, setup->tickets->len);
  return TRUE;
}

void
jf_join_disconnect (JfJoin *self)
{
  self->set_up = FALSE;
  self->reached = FALSE;
  self->joined = FALSE;
  self->refusal = JF_REFUSAL_NONE;
  if (self->tunnel != NULL)
    jf_tunnel_disconnect (self->tunnel);
}

void
jf_join_release (JfJoin *self)
{
  self->set_up = FALSE;
  self->n_channels = 0;
  /* The tunnel has duplicates of the listening sockets: it goes first. */
  g_clear_pointer (&self->tunnel, jf_tunnel_free);
  jf_join_close_sockets (self);
  g_clear_pointer (&self->vouched, g_array_unref);
}

gboolean
jf_join_take (JfJoin *self, int fd)
{
  if (self->tunnel == NULL || self->state != JF_JOIN_JOINED)
    {
      close (fd);
      return FALSE;
    }
  jf_tunnel_take (self->tunnel, fd);
  return TRUE;
}

gboolean
jf_join_get_stats (JfJoin *self, JfTunnelStats *out)
{
  *out = (JfTunnelStats){ 0 };
  if (self->tunnel == NULL)
    return FALSE;
  jf_tunnel_get_stats (self->tunnel, out);
  return TRUE;
}
