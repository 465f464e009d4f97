/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-counter.h"
#include "manager/control/jf-admin-call.h"
#include "manager/control/jf-control-private.h"

static GHashTable *
count_devices (JfRegistry *registry)
{
  GHashTable *counts = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) devices = jf_registry_list_devices (registry);

  for (unsigned i = 0; i < devices->len; i++)
    {
      const JfDevice *device = g_ptr_array_index (devices, i);
      unsigned count = GPOINTER_TO_UINT (g_hash_table_lookup (counts, device->member));

      g_hash_table_insert (counts, device->member, GUINT_TO_POINTER (count + 1));
    }
  return counts;
}

static GHashTable *
online_members (JfControl *control)
{
  GHashTable *online = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer conn;

  g_hash_table_iter_init (&iter, control->welcomed);
  while (g_hash_table_iter_next (&iter, NULL, &conn))
    g_hash_table_add (online, ((JfMemberConn *) conn)->member);
  return online;
}

void
jf_admin_rows_members (JfAdminCall *call)
{
  JfControl *control = jf_admin_call_get_control (call);
  g_autoptr (GPtrArray) members = jf_registry_list_members (control->registry);
  g_autoptr (GHashTable) devices = count_devices (control->registry);
  g_autoptr (GHashTable) online = online_members (control);

  for (unsigned i = 0; i < members->len; i++)
    {
      const JfMember *member = g_ptr_array_index (members, i);
      JsonObject *row = json_object_new ();

      json_object_set_string_member (row, "member", member->label);
      json_object_set_string_member (row, "role", jf_role_name (member->role));
      jf_message_set_strings (row, "groups", (const char *const *) member->groups);
      json_object_set_int_member (row, "devices",
                                  GPOINTER_TO_UINT (g_hash_table_lookup (devices, member->label)));
      json_object_set_boolean_member (row, "online", g_hash_table_contains (online, member->label));
      json_object_set_int_member (row, "created", member->created);
      jf_admin_call_row (call, row);
    }
}

void
jf_admin_rows_devices (JfAdminCall *call)
{
  JfControl *control = jf_admin_call_get_control (call);
  g_autoptr (GPtrArray) devices = jf_registry_list_devices (control->registry);

  for (unsigned i = 0; i < devices->len; i++)
    {
      const JfDevice *device = g_ptr_array_index (devices, i);
      JsonObject *row = json_object_new ();

      jf_message_set_key_id (row, "device", &device->key_id);
      json_object_set_string_member (row, "member", device->member);
      json_object_set_boolean_member (row, "online",
                                      g_hash_table_contains (control->welcomed, &device->key_id));
      json_object_set_int_member (row, "enrolled", device->enrolled);
      jf_admin_call_row (call, row);
    }
}

void
jf_admin_rows_services (JfAdminCall *call)
{
  JfControl *control = jf_admin_call_get_control (call);
  g_autoptr (GPtrArray) services = jf_registry_list_services (control->registry);

  for (unsigned i = 0; i < services->len; i++)
    {
      const JfServiceRecord *record = g_ptr_array_index (services, i);
      g_autofree char *id = jf_control_service_id (record);
      unsigned gateways = jf_offers_count_online (control->offers, id);
      JsonObject *row = json_object_new ();

      json_object_set_string_member (row, "service", id);
      json_object_set_string_member (row, "kind", record->kind);
      json_object_set_int_member (row, "port", record->port);
      json_object_set_string_member (row, "title", record->title);
      jf_message_set_strings (row, "allow", (const char *const *) record->allow);
      json_object_set_boolean_member (row, "online", gateways > 0);
      json_object_set_int_member (row, "gateways", gateways);
      json_object_set_int_member (row, "streams", jf_offers_count_streams (control->offers, id));
      jf_admin_call_row (call, row);
    }
}

void
jf_admin_rows_tunnels (JfAdminCall *call)
{
  JfControl *control = jf_admin_call_get_control (call);
  g_autoptr (GPtrArray) joins = jf_joins_list (control->joins);

  for (unsigned i = 0; i < joins->len; i++)
    {
      JfJoin *join = g_ptr_array_index (joins, i);
      JsonObject *row = json_object_new ();
      JfSwitchTraffic traffic = { 0 };

      jf_switch_tunnel_get_traffic (join->legs, &traffic);
      json_object_set_int_member (row, "tunnel", (int64_t) join->id);
      json_object_set_string_member (row, "service", join->service);
      json_object_set_string_member (row, "user", join->client->member);
      json_object_set_string_member (row, "device", join->client->device);
      json_object_set_string_member (row, "gateway",
                                     join->server != NULL ? join->server->device : "");
      json_object_set_string_member (row, "state", jf_join_state_name (join->state));
      json_object_set_int_member (row, "since", join->since);
      json_object_set_int_member (row, "pairs", traffic.pairs);
      json_object_set_int_member (row, "bytes_to_server", (int64_t) traffic.bytes_to_server);
      json_object_set_int_member (row, "bytes_to_client", (int64_t) traffic.bytes_to_client);
      jf_admin_call_row (call, row);
    }
}

static JsonObject *
describe_counters (void)
{
  JsonObject *counters = json_object_new ();

  for (unsigned i = 0; i < JF_N_COUNTS; i++)
    json_object_set_int_member (counters, jf_count_name ((JfCount) i),
                                (int64_t) jf_count_get ((JfCount) i));
  return counters;
}

void
jf_admin_rows_status (JfAdminCall *call)
{
  JfControl *control = jf_admin_call_get_control (call);
  g_autoptr (GPtrArray) members = jf_registry_list_members (control->registry);
  g_autoptr (GPtrArray) devices = jf_registry_list_devices (control->registry);
  int64_t uptime_us = g_get_monotonic_time () - control->started_us;
  JsonObject *row = json_object_new ();

  json_object_set_string_member (row, "version", JF_VERSION);
  jf_message_set_key_id (row, "key", &control->manager);
  json_object_set_int_member (row, "uptime_s", uptime_us / G_USEC_PER_SEC);
  json_object_set_int_member (row, "gateways", g_hash_table_size (control->welcomed));
  json_object_set_int_member (row, "tunnels", jf_joins_count (control->joins));
  json_object_set_int_member (row, "pairs", jf_switch_count_pairs (control->sw));
  json_object_set_int_member (row, "tickets", jf_switch_count_tickets (control->sw));
  json_object_set_int_member (row, "members", members->len);
  json_object_set_int_member (row, "devices", devices->len);
  json_object_set_object_member (row, "counters", describe_counters ());
  jf_admin_call_row (call, row);
}
