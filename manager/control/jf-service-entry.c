/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-names.h"
#include "manager/control/jf-registration.h"

static gboolean
as_protocol_error (GError **error)
{
  if (error != NULL && *error != NULL)
    (*error)->code = JF_ERROR_PROTOCOL;
  return FALSE;
}

/* Other people's screens show these texts, so nothing that moves a cursor gets in. */
static gboolean
get_text (JsonObject *entry, const char *member, size_t max_bytes, char **out, GError **error)
{
  const char *text;

  if (!jf_message_get_optional_string (entry, member, max_bytes, "", &text, error))
    return FALSE;
  g_free (*out);
  *out = jf_text_clean (text, max_bytes);
  return TRUE;
}

static gboolean
get_name (JsonObject *entry, JfServiceRecord *record, GError **error)
{
  const char *name;

  if (!jf_message_get_string (entry, "name", JF_LABEL_MAX_BYTES, &name, error))
    return FALSE;
  if (!jf_label_check (name, "service", error))
    return as_protocol_error (error);
  record->name = g_strdup (name);
  return TRUE;
}

static gboolean
get_kind_and_port (JsonObject *entry, JfServiceRecord *record, GError **error)
{
  const char *kind;
  int64_t port;

  if (!jf_message_get_string (entry, "kind", JF_LABEL_MAX_BYTES, &kind, error) ||
      !jf_message_get_int (entry, "port", 1, 65535, &port, error))
    return FALSE;
  if (!g_str_equal (kind, "tcp"))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL,
                   "register: kind of service %s is not \"tcp\"", record->name);
      return FALSE;
    }
  record->kind = g_strdup (kind);
  record->port = (uint16_t) port;
  return TRUE;
}

static gboolean
get_allow (JsonObject *entry, JfServiceRecord *record, GError **error)
{
  if (!jf_message_get_strings (entry, "allow", JF_ALLOW_MAX, JF_LABEL_MAX_BYTES + 1, &record->allow,
                               error))
    return FALSE;
  for (char **allow = record->allow; *allow != NULL; allow++)
    {
      if (!jf_allow_check (*allow, error))
        return as_protocol_error (error);
    }
  return TRUE;
}

JfServiceRecord *
jf_service_entry_parse (const char *provider, JsonObject *entry, GError **error)
{
  g_autoptr (JfServiceRecord) record = g_new0 (JfServiceRecord, 1);

  /* the getters name the message in their errors */
  json_object_set_string_member (entry, "type", JF_MSG_REGISTER);
  record->provider = g_strdup (provider);
  record->registered = g_get_real_time () / G_USEC_PER_SEC;
  if (!get_name (entry, record, error) || !get_kind_and_port (entry, record, error) ||
      !get_text (entry, "title", JF_TITLE_MAX_BYTES, &record->title, error) ||
      !get_text (entry, "open", JF_TEXT_MAX_BYTES, &record->open, error) ||
      !get_text (entry, "app", JF_TITLE_MAX_BYTES, &record->app, error) ||
      !get_allow (entry, record, error))
    return NULL;
  return g_steal_pointer (&record);
}

gboolean
jf_service_entry_same (const JfServiceRecord *a, const JfServiceRecord *b)
{
  return strcmp (a->kind, b->kind) == 0 && a->port == b->port && strcmp (a->title, b->title) == 0 &&
         strcmp (a->open, b->open) == 0 && strcmp (a->app, b->app) == 0 &&
         g_strv_equal ((const char *const *) a->allow, (const char *const *) b->allow);
}
