/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-setup.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"
#include "gateway/wire/jf-names.h"

#define NUMBER_MAX     ((INT64_C (1) << 53) - 1)
#define HOST_MAX_BYTES 255

void
jf_setup_free (JfSetup *setup)
{
  g_free (setup->service);
  g_free (setup->provider);
  g_free (setup->name);
  g_free (setup->title);
  g_free (setup->member);
  g_clear_pointer (&setup->tickets, g_array_unref);
  g_clear_pointer (&setup->uplink, jf_uplink_unref);
  g_free (setup);
}

gboolean
jf_setup_get_tunnel (JsonObject *message, int64_t *out, GError **error)
{
  return jf_message_get_int (message, "tunnel", 1, NUMBER_MAX, out, error);
}

JsonObject *
jf_setup_message (const char *type, int64_t tunnel)
{
  JsonObject *message = jf_message_new (type);

  json_object_set_int_member (message, "tunnel", tunnel);
  return message;
}

JsonObject *
jf_setup_removed (int64_t tunnel, const GError *reason)
{
  JsonObject *message = jf_setup_message (JF_MSG_REMOVED, tunnel);
  JfError code = JF_ERROR_FAILED;
  g_autofree char *text = NULL;

  if (reason == NULL)
    return message;
  if (reason->domain == JF_ERROR)
    code = (JfError) reason->code;
  /* Paths and addresses of this side are nobody else's business. */
  text = g_strdup_printf ("the other gateway says: %s", jf_error_name (code));
  json_object_set_string_member (message, "code", jf_error_name (code));
  json_object_set_string_member (message, "message", text);
  return message;
}

static gboolean
read_service (JfSetup *setup, JsonObject *message, GError **error)
{
  g_autoptr (GError) local = NULL;
  const char *service;

  if (!jf_message_get_string (message, "service", JF_TEXT_MAX_BYTES, &service, error))
    return FALSE;
  if (jf_service_split (service, &setup->provider, &setup->name, &local) && setup->provider != NULL)
    {
      setup->service = g_strdup (service);
      return TRUE;
    }
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "setup: service is not PROVIDER/NAME");
  return FALSE;
}

static gboolean
read_node (JfSetup *setup, JsonObject *message, JfUplink *base, GError **error)
{
  JsonNode *node = json_object_get_member (message, "node");
  JsonObject *object;
  const char *host;
  int64_t port;
  JfKeyId key;

  if (node == NULL)
    {
      setup->uplink = jf_uplink_ref (base);
      return TRUE;
    }
  if (!JSON_NODE_HOLDS_OBJECT (node))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "setup: node is not an object");
      return FALSE;
    }
  object = json_node_get_object (node);
  if (!jf_message_get_string (object, "host", HOST_MAX_BYTES, &host, error) ||
      !jf_message_get_int (object, "port", 1, UINT16_MAX, &port, error) ||
      !jf_message_get_key_id (object, "key", &key, error))
    return FALSE;
  setup->uplink = jf_uplink_new_node (base, host, (uint16_t) port, &key);
  return TRUE;
}

static gboolean
read_client (JfSetup *setup, JsonObject *message, GError **error)
{
  const char *kind;
  const char *title;
  int64_t port;

  if (!jf_message_get_string (message, "kind", JF_LABEL_MAX_BYTES, &kind, error) ||
      !jf_message_get_int (message, "port", 1, UINT16_MAX, &port, error) ||
      !jf_message_get_optional_string (message, "title", JF_TITLE_MAX_BYTES, "", &title, error))
    return FALSE;
  if (strcmp (kind, "tcp") != 0)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "setup: kind is not tcp");
      return FALSE;
    }
  setup->port = (uint16_t) port;
  setup->title = jf_text_clean (title, JF_TITLE_MAX_BYTES);
  return TRUE;
}

static gboolean
read_server (JfSetup *setup, JsonObject *message, GError **error)
{
  const char *member;

  if (!jf_message_get_string (message, "member", JF_LABEL_MAX_BYTES, &member, error) ||
      !jf_label_check (member, "member", error))
    return FALSE;
  setup->member = g_strdup (member);
  return TRUE;
}

static gboolean
read_setup (JfSetup *setup, JsonObject *message, JfUplink *base, GError **error)
{
  const char *side;

  if (!jf_setup_get_tunnel (message, &setup->tunnel, error) ||
      !jf_message_get_string (message, "side", JF_LABEL_MAX_BYTES, &side, error) ||
      !read_service (setup, message, error) ||
      !jf_message_get_key_id (message, "peer", &setup->peer, error) ||
      !jf_message_get_tickets (message, "tickets", &setup->tickets, error) ||
      !read_node (setup, message, base, error))
    return FALSE;
  setup->client = strcmp (side, "client") == 0;
  if (setup->client)
    return read_client (setup, message, error);
  if (strcmp (side, "server") == 0)
    return read_server (setup, message, error);
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "setup: side is not client or server");
  return FALSE;
}

JfSetup *
jf_setup_parse (JsonObject *message, JfUplink *base, GError **error)
{
  g_autoptr (JfSetup) setup = g_new0 (JfSetup, 1);

  if (!read_setup (setup, message, base, error))
    return NULL;
  return g_steal_pointer (&setup);
}
