/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <unistd.h>

#include "gateway/jf-desk-private.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-message.h"

/* Whoever waits on standard input and output wants an answer rather than patience. */
#define STDIO_TIMEOUT_MS 15000
#define LISTEN_MAX_BYTES 4200

void
jf_desk_add_pseudo (JsonObject *event, const JfPseudo *pseudo)
{
  if (pseudo == NULL)
    return;
  if (pseudo->port == 0)
    {
      json_object_set_string_member (event, "path", pseudo->host);
      return;
    }
  json_object_set_string_member (event, "address", pseudo->host);
  json_object_set_int_member (event, "port", pseudo->port);
  if (pseudo->moved)
    json_object_set_boolean_member (event, "moved", TRUE);
  if (pseudo->open_to_network)
    json_object_set_boolean_member (event, "open_to_network", TRUE);
}

static JsonObject *
state_event (JfDeskCall *call)
{
  JsonObject *event = jf_message_new ("state");
  JfJoinState state = jf_join_get_state (call->join);
  const GError *reason = jf_join_get_reason (call->join);

  json_object_set_string_member (event, "service", jf_join_get_service (call->join));
  json_object_set_string_member (event, "state", jf_join_state_name (state));
  if (!call->stdio && state == JF_JOIN_JOINED)
    jf_desk_add_pseudo (event, jf_join_find_pseudo (call->join, call->spec));
  if (reason != NULL)
    {
      json_object_set_string_member (event, "code", jf_error_name ((JfError) reason->code));
      json_object_set_string_member (event, "reason", reason->message);
    }
  return event;
}

static char *
to_text (JsonObject *event)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_set_object (node, event);
  return json_to_string (node, FALSE);
}

static void
stop_listening (JfDeskCall *call)
{
  g_signal_handlers_disconnect_by_data (call->join, call);
}

/* The answer to a call on standard input and output is one: joined, or why not. */
static void
refuse_stdio (JfDeskCall *call, const char *fallback)
{
  const GError *reason = jf_join_get_reason (call->join);
  g_autoptr (GError) error = reason != NULL
                                 ? g_error_copy (reason)
                                 : g_error_new (JF_ERROR, JF_ERROR_UNREACHABLE, "%s: %s",
                                                jf_join_get_service (call->join), fallback);

  stop_listening (call);
  jf_desk_emit_error (call, error);
}

static gboolean
stdio_timeout_cb (gpointer data)
{
  JfDeskCall *call = data;

  refuse_stdio (call, "cannot be reached; try again later");
  return G_SOURCE_REMOVE;
}

static void
show_stdio (JfDeskCall *call)
{
  JfJoinState state = jf_join_get_state (call->join);
  int fd = call->fd;

  if (call->fd < 0 || state == JF_JOIN_CONNECTING)
    return;
  if (state != JF_JOIN_JOINED)
    {
      refuse_stdio (call, jf_join_state_name (state));
      return;
    }
  call->fd = -1;
  g_source_destroy (call->source);
  g_clear_pointer (&call->source, g_source_unref);
  (void) jf_join_take (call->join, fd);
  jf_desk_emit (call, state_event (call));
}

static void
show (JfDeskCall *call)
{
  JfJoinState state = jf_join_get_state (call->join);
  g_autoptr (JsonObject) event = state_event (call);
  g_autofree char *text = to_text (event);

  if (g_strcmp0 (text, call->shown) == 0)
    return;
  g_free (call->shown);
  call->shown = g_steal_pointer (&text);
  if (state != JF_JOIN_FAILED && state != JF_JOIN_LEFT)
    {
      jf_desk_emit (call, g_steal_pointer (&event));
      return;
    }
  stop_listening (call);
  json_object_set_boolean_member (event, "last", TRUE);
  jf_desk_emit (call, g_steal_pointer (&event));
}

static void
changed_cb (JfJoin *join, gpointer data)
{
  JfDeskCall *call = data;

  if (call->stdio)
    show_stdio (call);
  else
    show (call);
}

static JfJoin *
get_join (JfDeskCall *call, GError **error)
{
  const char *service;
  const char *listen;
  JfJoin *join;

  if (!jf_message_get_string (call->request, "service", JF_TEXT_MAX_BYTES, &service, error) ||
      !jf_message_get_optional_string (call->request, "listen", LISTEN_MAX_BYTES, "", &listen,
                                       error))
    return NULL;
  call->spec = jf_pseudo_spec_parse (listen, error);
  if (call->spec == NULL)
    return NULL;
  join = jf_engine_find_join (call->desk->engine, service);
  if (join == NULL)
    return jf_engine_join (call->desk->engine, service, call->spec, error);
  if (!jf_join_add_spec (join, call->spec, error))
    return NULL;
  return g_object_ref (join);
}

void
jf_desk_begin_join (JfDeskCall *call)
{
  GHashTable *users = call->desk->users;
  g_autoptr (GError) error = NULL;
  gpointer count;

  call->join = get_join (call, &error);
  if (call->join == NULL)
    {
      jf_desk_emit_error (call, error);
      return;
    }
  count = g_hash_table_lookup (users, call->join);
  g_hash_table_replace (users, g_object_ref (call->join),
                        GUINT_TO_POINTER (GPOINTER_TO_UINT (count) + 1));
  g_signal_connect (call->join, "changed", G_CALLBACK (changed_cb), call);
  if (call->stdio)
    jf_desk_set_source (call, STDIO_TIMEOUT_MS, stdio_timeout_cb);
  changed_cb (call->join, call);
}

void
jf_desk_end_join (JfDeskCall *call)
{
  GHashTable *users = call->desk->users;
  g_autoptr (JfJoin) join = g_steal_pointer (&call->join);
  g_autoptr (JfPseudoSpec) spec = g_steal_pointer (&call->spec);
  unsigned count;

  if (join == NULL)
    return;
  g_signal_handlers_disconnect_by_data (join, call);
  count = GPOINTER_TO_UINT (g_hash_table_lookup (users, join));
  if (count > 1)
    {
      g_hash_table_replace (users, g_object_ref (join), GUINT_TO_POINTER (count - 1));
      jf_join_remove_spec (join, spec);
      return;
    }
  g_hash_table_remove (users, join);
  jf_join_leave (join);
}
