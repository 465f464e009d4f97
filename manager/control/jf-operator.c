/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/control/jf-operator.h"

#include "gateway/wire/jf-invitation.h"
#include "gateway/wire/jf-names.h"
#include "manager/control/jf-audit.h"
#include "manager/control/jf-control-private.h"
#include "manager/control/jf-registration.h"

#define DEFAULT_PORT 443

typedef struct
{
  JfControl *control;
  char *member;
  JfKeyId key_id; /* of a device that is revoked */
  char *device;   /* "": the whole member */
  char *link;
  int64_t expires;
} Operation;

static void
operation_free (Operation *self)
{
  jf_control_unref (self->control);
  g_free (self->member);
  g_free (self->device);
  g_free (self->link);
  g_free (self);
}

static GTask *
operation_new (JfControl *control, GAsyncReadyCallback callback, gpointer data, Operation **out)
{
  GTask *task = g_task_new (NULL, NULL, callback, data);
  Operation *self = g_new0 (Operation, 1);

  self->control = jf_control_ref (control);
  g_task_set_task_data (task, self, (GDestroyNotify) operation_free);
  *out = self;
  return task;
}

/* "HOST:PORT", "[ADDRESS]:PORT", or either without port. */
static gboolean
split_public_address (const char *text, char **host, uint16_t *port, GError **error)
{
  g_autoptr (GSocketConnectable) address = NULL;

  if (text != NULL && *text != '\0')
    address = g_network_address_parse (text, DEFAULT_PORT, NULL);
  if (address == NULL)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                   "the manager's public address is not set or is not HOST:PORT; set it in the "
                   "configuration");
      return FALSE;
    }
  *host = g_strdup (g_network_address_get_hostname (G_NETWORK_ADDRESS (address)));
  *port = g_network_address_get_port (G_NETWORK_ADDRESS (address));
  return TRUE;
}

static char *
make_link (JfControl *control, char **hash, GError **error)
{
  JfInvitation invitation = { .manager = control->manager };
  g_autofree char *host = NULL;

  if (!split_public_address (control->public_address, &host, &invitation.port, error))
    return NULL;
  invitation.host = host;
  jf_invitation_code_new (invitation.code);
  *hash = jf_invitation_code_hash (invitation.code);
  return jf_invitation_format (&invitation, "https");
}

static gboolean
check_invite (const JfInviteRequest *invite, GError **error)
{
  if (!jf_label_check (invite->member, "member", error))
    return FALSE;
  for (unsigned i = 0; invite->groups != NULL && invite->groups[i] != NULL; i++)
    {
      if (!jf_label_check (invite->groups[i], "group", error))
        return FALSE;
    }
  if (invite->expires_s < 1 || invite->expires_s > JF_INVITATION_MAX_S)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "an invitation lasts from 1 to %d seconds",
                   JF_INVITATION_MAX_S);
      return FALSE;
    }
  return TRUE;
}

static void
invited_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Operation *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (!jf_registry_write_finish (JF_REGISTRY (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  jf_audit (self->control, &(JfAuditEvent){ .event = "invite", .member = self->member });
  g_task_return_boolean (task, TRUE);
}

void
jf_operator_invite_async (JfControl *control,
                          const JfInviteRequest *invite,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  static const char *const no_groups[] = { NULL };
  Operation *self;
  g_autoptr (GTask) task = operation_new (control, callback, data, &self);
  g_autofree char *hash = NULL;
  GError *error = NULL;

  if (check_invite (invite, &error))
    self->link = make_link (control, &hash, &error);
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  self->member = g_strdup (invite->member);
  self->expires = g_get_real_time () / G_USEC_PER_SEC + invite->expires_s;
  jf_registry_invite_async (control->registry, hash, invite->member, invite->role,
                            invite->groups != NULL ? invite->groups : no_groups, self->expires,
                            invited_cb, g_steal_pointer (&task));
}

char *
jf_operator_invite_finish (GAsyncResult *result, int64_t *expires, GError **error)
{
  Operation *self = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  *expires = self->expires;
  return g_steal_pointer (&self->link);
}

static const JfDevice *
find_device (JfRegistry *registry, const char *prefix, GError **error)
{
  g_autoptr (GPtrArray) devices = jf_registry_list_devices (registry);
  const JfDevice *found = NULL;

  for (unsigned i = 0; strlen (prefix) >= JF_KEY_PREFIX_MIN && i < devices->len; i++)
    {
      const JfDevice *device = g_ptr_array_index (devices, i);
      char text[JF_KEY_ID_TEXT_SIZE];

      jf_key_id_format (&device->key_id, text);
      if (!g_str_has_prefix (text, prefix))
        continue;
      if (found != NULL)
        {
          g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
                       "several devices begin with that; give more of the key id");
          return NULL;
        }
      found = device;
    }
  if (found == NULL)
    g_set_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE,
                 "no member and no device of that name; see \"members\" and \"devices\"");
  return found;
}

/* It may have come back while the registry was writing. */
static void
revoked_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Operation *self = g_task_get_task_data (task);
  gboolean is_device = *self->device != '\0';
  GError *error = NULL;

  if (!jf_registry_write_finish (JF_REGISTRY (source), result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (!self->control->freed)
    {
      jf_control_expel (self->control, self->member, is_device ? &self->key_id : NULL);
      if (is_device)
        jf_registration_withdraw_all (self->control, &self->key_id, self->member);
      else
        {
          jf_offers_forget_member (self->control->offers, self->member);
          jf_watchers_mark_provider (self->control->watchers, self->member);
        }
    }
  jf_audit (self->control,
            &(JfAuditEvent){ .event = "revoke", .member = self->member, .device = self->device });
  g_task_return_boolean (task, TRUE);
}

/* Also one who has but an open invitation. */
static void
revoke_member (Operation *self, const char *member, GTask *task)
{
  self->member = g_strdup (member);
  self->device = g_strdup ("");
  jf_control_expel (self->control, self->member, NULL);
  jf_registry_delete_member_async (self->control->registry, self->member, revoked_cb, task);
}

static void
revoke_device (Operation *self, const JfDevice *device, GTask *task)
{
  self->member = g_strdup (device->member);
  self->key_id = device->key_id;
  self->device = g_malloc (JF_KEY_ID_TEXT_SIZE);
  jf_key_id_format (&self->key_id, self->device);
  jf_control_expel (self->control, self->member, &self->key_id);
  jf_registry_delete_device_async (self->control->registry, &self->key_id, revoked_cb, task);
}

void
jf_operator_revoke_async (JfControl *control,
                          const char *who,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  Operation *self;
  g_autoptr (GTask) task = operation_new (control, callback, data, &self);
  const JfDevice *device = NULL;
  g_autoptr (GError) error = NULL;

  if (jf_registry_get_member (control->registry, who) == NULL)
    device = find_device (control->registry, who, &error);
  if (device != NULL)
    revoke_device (self, device, g_steal_pointer (&task));
  else if (g_error_matches (error, JF_ERROR, JF_ERROR_INVALID) || !jf_label_check (who, "", NULL))
    g_task_return_error (task, g_steal_pointer (&error));
  else
    revoke_member (self, who, g_steal_pointer (&task));
}

gboolean
jf_operator_revoke_finish (GAsyncResult *result, char **member, char **device, GError **error)
{
  Operation *self = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *member = g_strdup (self->member);
  *device = g_strdup (self->device);
  return TRUE;
}

gboolean
jf_operator_close (JfControl *control, uint64_t tunnel, GError **error)
{
  JfJoin *join = jf_joins_lookup (control->joins, tunnel);

  if (join == NULL)
    {
      g_set_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE,
                   "no tunnel %" G_GUINT64_FORMAT "; see \"tunnels\"", tunnel);
      return FALSE;
    }
  jf_join_remove (join, JF_ERROR_CLOSED, "closed by the operator", "close", NULL);
  return TRUE;
}
