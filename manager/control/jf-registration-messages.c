/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-registration.h"

static gboolean
add_entry (JfRegistration *self, JsonObject *entry, GError **error)
{
  JfServiceRecord *record = jf_service_entry_parse (self->member, entry, error);

  if (record == NULL)
    return FALSE;
  g_ptr_array_add (self->records, record);
  if (!g_hash_table_add (self->names, record->name))
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "register: service %s is there twice",
                   record->name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
add_entries (JfRegistration *self, JsonArray *entries, size_t bytes, GError **error)
{
  self->bytes += bytes;
  if (self->records->len + json_array_get_length (entries) > JF_SERVICES_MAX_PER_DEVICE ||
      self->bytes > JF_REGISTRATION_MAX_BYTES)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL,
                   "register: more than %d services or %d bytes", JF_SERVICES_MAX_PER_DEVICE,
                   JF_REGISTRATION_MAX_BYTES);
      return FALSE;
    }
  for (unsigned i = 0; i < json_array_get_length (entries); i++)
    {
      if (!add_entry (self, json_array_get_object_element (entries, i), error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_provider (JfControl *control, JfMemberConn *conn)
{
  const JfMember *member = jf_registry_get_member (control->registry, conn->member);

  return member != NULL && member->role == JF_ROLE_PROVIDER;
}

gboolean
jf_registration_handle (JfControl *control, JfMemberConn *conn, JsonObject *message, GError **error)
{
  JsonArray *entries;
  int64_t request;
  gboolean more;

  if (!jf_message_get_int (message, "request", 1, JF_REQUEST_MAX, &request, error) ||
      !jf_message_get_bool (message, "more", &more, error) ||
      !jf_message_get_objects (message, "services", JF_SERVICES_MAX_PER_DEVICE, &entries, error))
    return FALSE;

  if (!is_provider (control, conn))
    {
      g_clear_pointer (&conn->registration, jf_registration_free);
      jf_member_conn_error (conn, request, JF_ERROR_NOT_ALLOWED,
                            "only members with role provider may offer services");
      return TRUE;
    }

  if (conn->registration == NULL)
    conn->registration = jf_registration_new (control, conn);
  conn->registration->request = request;
  if (!add_entries (conn->registration, entries, conn->message_bytes, error))
    return FALSE;

  if (!more)
    {
      JfRegistration *whole = g_steal_pointer (&conn->registration);

      whole->conn = jf_member_conn_ref (conn);
      jf_registration_commit (whole);
    }
  return TRUE;
}

gboolean
jf_registration_handle_load (JfControl *control,
                             JfMemberConn *conn,
                             JsonObject *message,
                             GError **error)
{
  int64_t streams;

  if (!jf_message_get_int (message, "streams", 0, UINT32_MAX, &streams, error))
    return FALSE;
  conn->streams = (unsigned) streams;
  return TRUE;
}
