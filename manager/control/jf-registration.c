/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-registration.h"

#include "gateway/link/jf-log.h"
#include "manager/control/jf-audit.h"

/* Names in one `registered` message: even the longest stay far below JF_MESSAGE_MAX_BYTES. */
#define REGISTERED_PAGE 400

JfRegistration *
jf_registration_new (JfControl *control, JfMemberConn *conn)
{
  JfRegistration *self = g_new0 (JfRegistration, 1);

  self->control = jf_control_ref (control);
  self->records = g_ptr_array_new_with_free_func ((GDestroyNotify) jf_service_record_free);
  self->names = g_hash_table_new (g_str_hash, g_str_equal);
  self->changed = g_ptr_array_new_with_free_func (g_free);
  self->moved = g_ptr_array_new_with_free_func (g_free);
  self->forgotten = g_ptr_array_new_with_free_func (g_free);
  if (conn != NULL)
    {
      self->device = conn->key_id;
      self->member = g_strdup (conn->member);
    }
  return self;
}

void
jf_registration_free (JfRegistration *self)
{
  g_hash_table_unref (self->names);
  g_ptr_array_unref (self->records);
  g_ptr_array_unref (self->changed);
  g_ptr_array_unref (self->moved);
  g_ptr_array_unref (self->forgotten);
  g_clear_pointer (&self->conn, jf_member_conn_unref);
  g_clear_error (&self->failure);
  g_free (self->member);
  jf_control_unref (self->control);
  g_free (self);
}

static gboolean
is_gone (JfRegistration *self)
{
  return self->conn != NULL && self->conn->state == JF_MEMBER_ENDED;
}

static void
send_registered (JfRegistration *self)
{
  unsigned i = 0;

  do
    {
      JsonObject *message = jf_message_new (JF_MSG_REGISTERED);
      JsonArray *services = json_array_new ();
      unsigned end = MIN (i + REGISTERED_PAGE, self->records->len);

      for (; i < end; i++)
        {
          g_autofree char *id = jf_control_service_id (g_ptr_array_index (self->records, i));

          json_array_add_string_element (services, id);
        }
      json_object_set_int_member (message, "request", self->request);
      if (end < self->records->len)
        json_object_set_boolean_member (message, "more", TRUE);
      json_object_set_array_member (message, "services", services);
      jf_member_conn_send (self->conn, message);
    }
  while (i < self->records->len);
}

static void
audit_names (JfRegistration *self, const char *event, GPtrArray *names, const char *detail)
{
  char device[JF_KEY_ID_TEXT_SIZE];

  jf_key_id_format (&self->device, device);
  for (unsigned i = 0; i < names->len; i++)
    {
      g_autofree char *service = g_strdup_printf ("%s/%s", self->member,
                                                  (char *) g_ptr_array_index (names, i));

      jf_audit (self->control, &(JfAuditEvent){ .event = event,
                                                .member = self->member,
                                                .device = device,
                                                .service = service,
                                                .detail = detail });
    }
}

static void
recheck (JfRegistration *self, GPtrArray *names)
{
  for (unsigned i = 0; i < names->len; i++)
    {
      g_autofree char *service = g_strdup_printf ("%s/%s", self->member,
                                                  (char *) g_ptr_array_index (names, i));

      jf_joins_recheck (self->control->joins, service);
      jf_watchers_mark (self->control->watchers, service);
    }
}

/* What tunnels have to follow: those of withdrawn services, then those of services whose policy is
 * another one now, and last those that waited for a gateway. */
static void
follow_up (JfRegistration *self)
{
  recheck (self, self->forgotten);
  for (unsigned i = 0; i < self->moved->len; i++)
    {
      g_autofree char *service = g_strdup_printf ("%s/%s", self->member,
                                                  (char *) g_ptr_array_index (self->moved, i));

      jf_joins_withdraw (self->control->joins, service, &self->device);
    }
  recheck (self, self->changed);
  for (unsigned i = 0; i < self->records->len; i++)
    {
      g_autofree char *service = jf_control_service_id (g_ptr_array_index (self->records, i));

      jf_joins_wake (self->control->joins, service);
    }
}

/* The role may have changed since the message came. */
static gboolean
is_provider (JfRegistration *self)
{
  const JfMember *member = jf_registry_get_member (self->control->registry, self->member);

  return member != NULL && member->role == JF_ROLE_PROVIDER;
}

static void
refuse (JfRegistration *self)
{
  jf_offers_forget (self->control->offers, &self->device);
  jf_member_conn_error (self->conn, self->request, JF_ERROR_NOT_ALLOWED,
                        "only members with role provider may offer services");
}

static void
take_effect (JfRegistration *self)
{
  JfControl *control = self->control;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (unsigned i = 0; i < self->records->len; i++)
    g_ptr_array_add (names, ((JfServiceRecord *) g_ptr_array_index (self->records, i))->name);

  if (self->conn == NULL)
    jf_offers_forget (control->offers, &self->device);
  else
    jf_offers_set (control->offers, &self->device, self->member, names,
                   is_gone (self) ? NULL : self->conn);
  jf_offers_settle (control->offers, self->member, self->forgotten);

  audit_names (self, "register", self->changed, NULL);
  audit_names (self, "withdraw", self->moved, "still offered by another device");
  audit_names (self, "withdraw", self->forgotten, NULL);
  if (self->conn != NULL)
    send_registered (self);
  follow_up (self);
}

/* Some of the writes may have been done, so policies may have changed all the same. */
static void
give_up (JfRegistration *self)
{
  jf_log (JF_LOG_ERROR, "register-failed", "member", JF_S (self->member), "reason",
          JF_S (self->failure->message), NULL);
  if (self->conn != NULL)
    jf_member_conn_error (self->conn, self->request, JF_ERROR_STORAGE,
                          "the manager cannot store the registration; try again later");
  recheck (self, self->changed);
  recheck (self, self->forgotten);
}

static void start_next (JfControl *control, const char *member);

static void
finish (JfRegistration *self)
{
  G_GNUC_UNUSED g_autoptr (JfRegistration) done = self;
  g_autofree char *member = g_strdup (self->member);

  if (self->control->freed)
    return;

  if (self->failure != NULL)
    give_up (self);
  else if (self->conn != NULL && !is_provider (self))
    refuse (self);
  else
    take_effect (self);
  start_next (self->control, member);
  if (self->conn != NULL && self->conn->busy)
    jf_member_conn_release (self->conn);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfRegistration *self = data;
  g_autoptr (GError) error = NULL;

  if (!jf_registry_write_finish (JF_REGISTRY (source), result, &error) && self->failure == NULL &&
      !g_error_matches (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE))
    self->failure = g_steal_pointer (&error);
  if (--self->n_writes == 0)
    finish (self);
}

static void
write_changes (JfRegistration *self)
{
  JfRegistry *registry = self->control->registry;

  for (unsigned i = 0; i < self->records->len; i++)
    {
      const JfServiceRecord *record = g_ptr_array_index (self->records, i);
      const JfServiceRecord *known = jf_registry_get_service (registry, record->provider,
                                                              record->name);

      if (known != NULL && jf_service_entry_same (known, record))
        continue;
      g_ptr_array_add (self->changed, g_strdup (record->name));
      self->n_writes++;
      jf_registry_put_service_async (registry, record, written_cb, self);
    }
  for (unsigned i = 0; i < self->forgotten->len; i++)
    {
      self->n_writes++;
      jf_registry_delete_service_async (registry, self->member,
                                        g_ptr_array_index (self->forgotten, i), written_cb, self);
    }
}

/* Answers at once when nothing has to be written, which is the rule when gateways come back. */
static void
start (JfRegistration *self)
{
  JfControl *control = self->control;

  self->started = TRUE;
  if (is_gone (self) || jf_registry_get_member (control->registry, self->member) == NULL)
    {
      g_autofree char *member = g_strdup (self->member);
      G_GNUC_UNUSED g_autoptr (JfRegistration) dropped = self;

      if (self->conn == NULL)
        jf_offers_forget (control->offers, &self->device);
      start_next (control, member);
      return;
    }

  if (self->conn == NULL || is_provider (self))
    {
      jf_offers_compare (control->offers, &self->device, self->member, self->names, self->moved,
                         self->forgotten);
      write_changes (self);
    }
  if (self->n_writes == 0)
    finish (self);
}

/* The head of a member's queue is the one under way; it is taken out only here. */
static void
start_next (JfControl *control, const char *member)
{
  GQueue *queue = g_hash_table_lookup (control->commits, member);

  g_queue_pop_head (queue);
  if (g_queue_is_empty (queue))
    g_hash_table_remove (control->commits, member);
  else
    start (g_queue_peek_head (queue));
}

void
jf_registration_commit (JfRegistration *self)
{
  GHashTable *commits = self->control->commits;
  GQueue *queue = g_hash_table_lookup (commits, self->member);

  if (queue == NULL)
    {
      queue = g_queue_new ();
      g_hash_table_insert (commits, g_strdup (self->member), queue);
    }
  g_queue_push_tail (queue, self);
  if (self->conn != NULL)
    jf_member_conn_hold (self->conn);
  if (g_queue_get_length (queue) == 1)
    start (self);
}

void
jf_registration_withdraw_all (JfControl *control, const JfKeyId *device, const char *member)
{
  JfRegistration *self = jf_registration_new (control, NULL);

  self->device = *device;
  self->member = g_strdup (member);
  jf_registration_commit (self);
}
