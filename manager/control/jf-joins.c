/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-joins.h"

#include "manager/control/jf-audit.h"
#include "manager/control/jf-control-private.h"

struct JfJoins
{
  JfControl *control;
  GHashTable *by_id;      /* id -> JfJoin, owns */
  GHashTable *by_service; /* "PROVIDER/NAME" -> set of JfJoin */
  uint64_t last_id;
};

static void
join_free (JfJoin *join)
{
  jf_join_reset (join);
  jf_switch_tunnel_free (join->legs);
  g_free (join->service);
  g_free (join->provider);
  g_free (join->name);
  g_free (join);
}

const char *
jf_join_state_name (JfJoinState state)
{
  static const char *const names[] = { "waiting", "setup", "joined" };

  return names[state];
}

JfJoins *
jf_joins_new (JfControl *control)
{
  JfJoins *self = g_new0 (JfJoins, 1);

  self->control = control;
  self->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
                                       (GDestroyNotify) join_free);
  self->by_service = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                            (GDestroyNotify) g_hash_table_unref);
  return self;
}

JfControl *
jf_joins_get_control (JfJoins *self)
{
  return self->control;
}

/* Out of all tables, then freed. */
static void
forget (JfJoin *join)
{
  JfJoins *self = join->joins;
  GHashTable *same = g_hash_table_lookup (self->by_service, join->service);

  g_hash_table_remove (same, join);
  if (g_hash_table_size (same) == 0)
    g_hash_table_remove (self->by_service, join->service);
  g_hash_table_remove (join->client->joins, join->service);
  g_hash_table_remove (self->by_id, &join->id);
}

void
jf_joins_free (JfJoins *self)
{
  g_autoptr (GPtrArray) joins = jf_joins_list (self);

  for (unsigned i = 0; i < joins->len; i++)
    forget (g_ptr_array_index (joins, i));
  g_hash_table_unref (self->by_id);
  g_hash_table_unref (self->by_service);
  g_free (self);
}

JfJoin *
jf_joins_add (JfJoins *self, JfMemberConn *client, const JfServiceRecord *record)
{
  JfJoin *join = g_new0 (JfJoin, 1);
  GHashTable *same;

  join->joins = self;
  join->id = ++self->last_id;
  join->service = jf_control_service_id (record);
  join->provider = g_strdup (record->provider);
  join->name = g_strdup (record->name);
  join->client = client;
  join->since = g_get_real_time () / G_USEC_PER_SEC;
  join->legs = jf_switch_tunnel_new (self->control->sw, join->id);
  for (unsigned i = 0; i < G_N_ELEMENTS (join->issued_us); i++)
    join->issued_us[i] = -1;

  same = g_hash_table_lookup (self->by_service, join->service);
  if (same == NULL)
    {
      same = g_hash_table_new (NULL, NULL);
      g_hash_table_insert (self->by_service, g_strdup (join->service), same);
    }
  g_hash_table_add (same, join);
  g_hash_table_insert (client->joins, join->service, join);
  g_hash_table_insert (self->by_id, &join->id, join);
  return join;
}

JfJoin *
jf_joins_lookup (JfJoins *self, uint64_t id)
{
  return g_hash_table_lookup (self->by_id, &id);
}

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  uint64_t id_a = (*(const JfJoin *const *) a)->id;
  uint64_t id_b = (*(const JfJoin *const *) b)->id;

  return (id_a > id_b) - (id_a < id_b);
}

/* The joins in a table, oldest first, so that removing some while going through them is safe. */
static GPtrArray *
sorted_joins (GHashTable *table, gboolean are_keys)
{
  GPtrArray *joins = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer key, value;

  if (table != NULL)
    {
      g_hash_table_iter_init (&iter, table);
      while (g_hash_table_iter_next (&iter, &key, &value))
        g_ptr_array_add (joins, are_keys ? key : value);
    }
  g_ptr_array_sort (joins, compare_ids);
  return joins;
}

GPtrArray *
jf_joins_list (JfJoins *self)
{
  return sorted_joins (self->by_id, FALSE);
}

unsigned
jf_joins_count (JfJoins *self)
{
  return g_hash_table_size (self->by_id);
}

void
jf_join_remove (JfJoin *join,
                JfError code,
                const char *message,
                const char *event,
                const char *detail)
{
  JfMemberConn *client = join->client;
  JfMemberConn *server = join->server;
  JfJoins *self = join->joins;
  uint64_t id = join->id;

  jf_audit (self->control, &(JfAuditEvent){ .event = event,
                                            .member = client->member,
                                            .device = client->device,
                                            .service = join->service,
                                            .tunnel = id,
                                            .detail = detail });
  forget (join);
  jf_member_conn_remove (client, id, code, message, TRUE);
  if (server != NULL)
    {
      jf_member_conn_remove (server, id, code, message, TRUE);
      jf_joins_wake_held (self, server);
    }
}

void
jf_join_lose_server (JfJoin *join, JfError code, const char *message)
{
  JfMemberConn *server = join->server;

  jf_join_reset (join);
  if (server != NULL)
    jf_member_conn_remove (server, join->id, code, message, TRUE);
  jf_member_conn_remove (join->client, join->id, code, message, FALSE);
  jf_join_advance (join, 0);
}

void
jf_joins_recheck (JfJoins *self, const char *service)
{
  JfRegistry *registry = self->control->registry;
  g_autoptr (GPtrArray)
      joins = sorted_joins (g_hash_table_lookup (self->by_service, service), TRUE);

  for (unsigned i = 0; i < joins->len; i++)
    {
      JfJoin *join = g_ptr_array_index (joins, i);
      const JfServiceRecord *record = jf_registry_get_service (registry, join->provider,
                                                               join->name);

      if (record == NULL)
        jf_join_remove (join, JF_ERROR_NOT_AVAILABLE, "the service was withdrawn", "remove",
                        "withdrawn");
      else if (!jf_registry_may_use (registry, join->client->member, record))
        jf_join_remove (join, JF_ERROR_NOT_AVAILABLE, "the provider does not allow it any more",
                        "remove", "not allowed any more");
    }
}

void
jf_joins_withdraw (JfJoins *self, const char *service, const JfKeyId *device)
{
  g_autoptr (GPtrArray)
      joins = sorted_joins (g_hash_table_lookup (self->by_service, service), TRUE);

  for (unsigned i = 0; i < joins->len; i++)
    {
      JfJoin *join = g_ptr_array_index (joins, i);

      if (join->server != NULL && jf_key_id_equal (&join->server->key_id, device))
        jf_join_lose_server (join, JF_ERROR_NOT_AVAILABLE,
                             "this gateway does not offer the service any more");
    }
}

void
jf_joins_remove_provider (JfJoins *self, const char *provider, const char *detail)
{
  g_autoptr (GPtrArray) joins = jf_joins_list (self);

  for (unsigned i = 0; i < joins->len; i++)
    {
      JfJoin *join = g_ptr_array_index (joins, i);

      if (g_str_equal (join->provider, provider))
        jf_join_remove (join, JF_ERROR_NOT_AVAILABLE, "the service was withdrawn", "remove",
                        detail);
    }
}

void
jf_joins_wake (JfJoins *self, const char *service)
{
  g_autoptr (GPtrArray)
      joins = sorted_joins (g_hash_table_lookup (self->by_service, service), TRUE);

  for (unsigned i = 0; i < joins->len; i++)
    {
      JfJoin *join = g_ptr_array_index (joins, i);

      if (join->state == JF_JOIN_WAITING)
        jf_join_advance (join, 0);
    }
}

void
jf_joins_wake_held (JfJoins *self, JfMemberConn *server)
{
  g_autoptr (GHashTable) held = NULL;
  GHashTableIter iter;
  gpointer service;

  if (g_hash_table_size (server->held) == 0 ||
      server->unanswered > self->control->unanswered_max / 2)
    return;
  held = g_steal_pointer (&server->held);
  server->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_iter_init (&iter, held);
  while (g_hash_table_iter_next (&iter, &service, NULL))
    jf_joins_wake (self, service);
}

void
jf_joins_conn_gone (JfJoins *self, JfMemberConn *conn, JfError code, const char *message)
{
  g_autoptr (GPtrArray) own = sorted_joins (conn->joins, FALSE);
  g_autoptr (GPtrArray) served = NULL;

  for (unsigned i = 0; i < own->len; i++)
    jf_join_remove (g_ptr_array_index (own, i), code, message, "remove", "the user's gateway went");

  served = sorted_joins (conn->serving, TRUE);
  for (unsigned i = 0; i < served->len; i++)
    jf_join_lose_server (g_ptr_array_index (served, i), code, message);
  jf_joins_wake_held (self, conn);
}

void
jf_joins_stop (JfJoins *self)
{
  g_autoptr (GPtrArray) joins = jf_joins_list (self);

  for (unsigned i = 0; i < joins->len; i++)
    {
      JfJoin *join = g_ptr_array_index (joins, i);
      const char *message = "the manager is stopping";

      jf_member_conn_remove (join->client, join->id, JF_ERROR_UNREACHABLE, message, FALSE);
      if (join->server != NULL)
        jf_member_conn_remove (join->server, join->id, JF_ERROR_UNREACHABLE, message, TRUE);
      forget (join);
    }
}
