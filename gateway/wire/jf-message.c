/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-message.h"

#include <string.h>

#include "gateway/wire/jf-json-scan.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

#define TYPE_MEMBER "type"

JsonObject *
jf_message_new (const char *type)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, TYPE_MEMBER, type);
  return message;
}

JsonObject *
jf_message_new_error (int64_t request, JfError code, const char *text)
{
  JsonObject *message = jf_message_new (JF_MSG_ERROR);
  g_autofree char *clean = jf_text_clean (text, JF_TEXT_MAX_BYTES);

  if (request != 0)
    json_object_set_int_member (message, "request", request);
  json_object_set_string_member (message, "code", jf_error_name (code));
  json_object_set_string_member (message, "message", clean);
  return message;
}

GBytes *
jf_message_to_bytes (JsonObject *message, GError **error)
{
  g_autoptr (JsonNode) root = json_node_init_object (json_node_alloc (), message);
  g_autofree char *text = json_to_string (root, FALSE);
  size_t size = strlen (text);

  if (size > JF_MESSAGE_MAX_BYTES)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_LIMIT,
                   "message “%s” would be %zu bytes long, the limit is %d",
                   jf_message_type (message), size, JF_MESSAGE_MAX_BYTES);
      return NULL;
    }
  if (!g_utf8_validate_len (text, size, NULL))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "message “%s” holds text that is not UTF-8",
                   jf_message_type (message));
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&text), size);
}

static JsonObject *
refuse (GError **error, const char *reason)
{
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "bad message: %s", reason);
  return NULL;
}

JsonObject *
jf_message_parse (const void *data, size_t size, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (JsonObject) message = NULL;
  g_autoptr (GError) reason = NULL;
  const char *fault, *type;

  if (size > JF_MESSAGE_MAX_BYTES)
    return refuse (error, "too long");
  fault = jf_json_scan (data, size, JF_MESSAGE_MAX_DEPTH);
  if (fault != NULL)
    return refuse (error, fault);
  parser = json_parser_new ();
  if (!json_parser_load_from_data (parser, data, (gssize) size, &reason))
    return refuse (error, reason->message);
  message = json_object_ref (json_node_get_object (json_parser_get_root (parser)));
  if (!jf_message_get_string (message, TYPE_MEMBER, JF_LABEL_MAX_BYTES, &type, error))
    return NULL;
  return g_steal_pointer (&message);
}

/* NULL when absent or of another type. Objects inside a message come here too. */
static JsonNode *
get_value (JsonObject *message, const char *member, GType type)
{
  JsonNode *node = json_object_get_member (message, member);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != type)
    return NULL;
  return node;
}

const char *
jf_message_type (JsonObject *message)
{
  JsonNode *node = get_value (message, TYPE_MEMBER, G_TYPE_STRING);

  return node != NULL ? json_node_get_string (node) : NULL;
}

static gboolean
refuse_member (JsonObject *message, const char *member, const char *fault, GError **error)
{
  g_autofree char *type = jf_text_clean (jf_message_type (message), JF_LABEL_MAX_BYTES);
  g_autofree char *name = jf_text_clean (member, JF_LABEL_MAX_BYTES);

  if (!json_object_has_member (message, member))
    fault = "is missing";
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "message “%s”: “%s” %s", type, name, fault);
  return FALSE;
}

gboolean
jf_message_get_string (JsonObject *message,
                       const char *member,
                       size_t max_bytes,
                       const char **out,
                       GError **error)
{
  JsonNode *node = get_value (message, member, G_TYPE_STRING);

  if (node == NULL)
    return refuse_member (message, member, "is not a string", error);
  if (strlen (json_node_get_string (node)) > max_bytes)
    return refuse_member (message, member, "is too long", error);
  *out = json_node_get_string (node);
  return TRUE;
}

gboolean
jf_message_get_optional_string (JsonObject *message,
                                const char *member,
                                size_t max_bytes,
                                const char *fallback,
                                const char **out,
                                GError **error)
{
  if (json_object_has_member (message, member))
    return jf_message_get_string (message, member, max_bytes, out, error);
  *out = fallback;
  return TRUE;
}

gboolean
jf_message_get_int (JsonObject *message,
                    const char *member,
                    int64_t min,
                    int64_t max,
                    int64_t *out,
                    GError **error)
{
  JsonNode *node = get_value (message, member, G_TYPE_INT64);
  int64_t value;

  if (node == NULL)
    return refuse_member (message, member, "is not an integer", error);
  value = json_node_get_int (node);
  if (value < min || value > max)
    return refuse_member (message, member, "is out of range", error);
  *out = value;
  return TRUE;
}

gboolean
jf_message_get_optional_int (JsonObject *message,
                             const char *member,
                             int64_t min,
                             int64_t max,
                             int64_t fallback,
                             int64_t *out,
                             GError **error)
{
  if (json_object_has_member (message, member))
    return jf_message_get_int (message, member, min, max, out, error);
  *out = fallback;
  return TRUE;
}

gboolean
jf_message_get_bool (JsonObject *message, const char *member, gboolean *out, GError **error)
{
  JsonNode *node = get_value (message, member, G_TYPE_BOOLEAN);

  if (node == NULL && json_object_has_member (message, member))
    return refuse_member (message, member, "is neither true nor false", error);
  *out = node != NULL && json_node_get_boolean (node);
  return TRUE;
}

gboolean
jf_message_get_key_id (JsonObject *message, const char *member, JfKeyId *out, GError **error)
{
  JsonNode *node = get_value (message, member, G_TYPE_STRING);

  if (node == NULL || !jf_key_id_parse (json_node_get_string (node), out, NULL))
    return refuse_member (message, member, "is not a key id", error);
  return TRUE;
}

/* NULL with an error, also when it has more than max elements. */
static JsonArray *
get_array (JsonObject *message, const char *member, unsigned max, GError **error)
{
  JsonNode *node = json_object_get_member (message, member);

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    refuse_member (message, member, "is not an array", error);
  else if (json_array_get_length (json_node_get_array (node)) > max)
    refuse_member (message, member, "has too many elements", error);
  else
    return json_node_get_array (node);
  return NULL;
}

gboolean
jf_message_get_objects (JsonObject *message,
                        const char *member,
                        unsigned max,
                        JsonArray **out,
                        GError **error)
{
  JsonArray *array = get_array (message, member, max, error);

  if (array == NULL)
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (array); i++)
    if (!JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i)))
      return refuse_member (message, member, "holds something that is not an object", error);
  *out = array;
  return TRUE;
}

/* NULL when the element is no string. */
static const char *
get_string_element (JsonArray *array, unsigned index)
{
  JsonNode *node = json_array_get_element (array, index);

  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

gboolean
jf_message_get_strings (JsonObject *message,
                        const char *member,
                        unsigned max,
                        size_t max_bytes,
                        char ***out,
                        GError **error)
{
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  JsonArray *array = NULL;

  if (json_object_has_member (message, member))
    {
      array = get_array (message, member, max, error);
      if (array == NULL)
        return FALSE;
    }
  for (unsigned i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      const char *string = get_string_element (array, i);

      if (string == NULL)
        return refuse_member (message, member, "holds something that is not a string", error);
      if (strlen (string) > max_bytes)
        return refuse_member (message, member, "holds a string that is too long", error);
      g_ptr_array_add (strings, g_strdup (string));
    }
  g_ptr_array_add (strings, NULL);
  *out = (char **) g_ptr_array_free (g_steal_pointer (&strings), FALSE);
  return TRUE;
}

gboolean
jf_message_get_tickets (JsonObject *message, const char *member, GArray **out, GError **error)
{
  g_autoptr (GArray) tickets = g_array_new (FALSE, FALSE, sizeof (JfTicket));
  JsonArray *array = get_array (message, member, JF_TICKETS_PER_MESSAGE_MAX, error);

  if (array == NULL)
    return FALSE;
  for (unsigned i = 0; i < json_array_get_length (array); i++)
    {
      JfTicket ticket;

      if (!jf_ticket_parse (get_string_element (array, i), &ticket, NULL))
        return refuse_member (message, member, "holds something that is not a ticket", error);
      g_array_append_val (tickets, ticket);
    }
  *out = g_steal_pointer (&tickets);
  return TRUE;
}

void
jf_message_set_key_id (JsonObject *message, const char *member, const JfKeyId *key_id)
{
  char text[JF_KEY_ID_TEXT_SIZE];

  jf_key_id_format (key_id, text);
  json_object_set_string_member (message, member, text);
}

void
jf_message_set_strings (JsonObject *message, const char *member, const char *const *strings)
{
  JsonArray *array = json_array_new ();

  for (; strings != NULL && *strings != NULL; strings++)
    json_array_add_string_element (array, *strings);
  json_object_set_array_member (message, member, array);
}

void
jf_message_set_tickets (JsonObject *message,
                        const char *member,
                        const JfTicket *tickets,
                        size_t n_tickets)
{
  JsonArray *array = json_array_new ();

  for (size_t i = 0; i < n_tickets; i++)
    {
      char text[JF_TICKET_TEXT_SIZE];

      jf_ticket_format (&tickets[i], text);
      json_array_add_string_element (array, text);
    }
  json_object_set_array_member (message, member, array);
}
