/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/registry/jf-registry.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"
#include "manager/registry/jf-registry-backend.h"

typedef struct
{
  JfMirror *mirror;
  gboolean closed;
} JfRegistryPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (JfRegistry, jf_registry, G_TYPE_OBJECT)

#define CODE_HASH_BYTES 64

static JfRegistryPrivate *
get_private (JfRegistry *self)
{
  return jf_registry_get_instance_private (self);
}

static void
jf_registry_init (JfRegistry *self)
{
  get_private (self)->mirror = jf_mirror_new ();
}

static void
jf_registry_finalize (GObject *object)
{
  jf_mirror_free (get_private (JF_REGISTRY (object))->mirror);
  G_OBJECT_CLASS (jf_registry_parent_class)->finalize (object);
}

static void
jf_registry_class_init (JfRegistryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = jf_registry_finalize;
}

const char *
jf_role_name (JfRole role)
{
  if (role == JF_ROLE_SAME)
    return "";
  return role == JF_ROLE_PROVIDER ? "provider" : "user";
}

gboolean
jf_role_parse (const char *name, JfRole *out, GError **error)
{
  if (g_strcmp0 (name, "user") == 0)
    *out = JF_ROLE_USER;
  else if (g_strcmp0 (name, "provider") == 0)
    *out = JF_ROLE_PROVIDER;
  else
    {
      g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID,
                           "unknown role; a member is a user or a provider");
      return FALSE;
    }
  return TRUE;
}

GPtrArray *
jf_audit_lines_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) jf_audit_line_free);
}

JfMirror *
jf_registry_get_mirror (JfRegistry *self)
{
  return get_private (self)->mirror;
}

const JfMember *
jf_registry_get_member (JfRegistry *self, const char *label)
{
  g_return_val_if_fail (JF_IS_REGISTRY (self) && label, NULL);
  return jf_mirror_get_member (get_private (self)->mirror, label);
}

GPtrArray *
jf_registry_list_members (JfRegistry *self)
{
  g_return_val_if_fail (JF_IS_REGISTRY (self), NULL);
  return jf_mirror_list_members (get_private (self)->mirror);
}

const JfDevice *
jf_registry_get_device (JfRegistry *self, const JfKeyId *key_id)
{
  g_return_val_if_fail (JF_IS_REGISTRY (self) && key_id, NULL);
  return jf_mirror_get_device (get_private (self)->mirror, key_id);
}

GPtrArray *
jf_registry_list_devices (JfRegistry *self)
{
  g_return_val_if_fail (JF_IS_REGISTRY (self), NULL);
  return jf_mirror_list_devices (get_private (self)->mirror);
}

const JfServiceRecord *
jf_registry_get_service (JfRegistry *self, const char *provider, const char *name)
{
  g_return_val_if_fail (JF_IS_REGISTRY (self) && provider && name, NULL);
  return jf_mirror_get_service (get_private (self)->mirror, provider, name);
}

GPtrArray *
jf_registry_list_services (JfRegistry *self)
{
  g_return_val_if_fail (JF_IS_REGISTRY (self), NULL);
  return jf_mirror_list_services (get_private (self)->mirror);
}

static gboolean
entry_allows (const char *entry, const JfMember *member)
{
  if (strcmp (entry, "*") == 0)
    return TRUE;
  if (entry[0] == '@')
    return g_strv_contains ((const char *const *) member->groups, entry + 1);
  return strcmp (entry, member->label) == 0;
}

gboolean
jf_registry_may_use (JfRegistry *self, const char *member, const JfServiceRecord *service)
{
  const JfMember *who = jf_registry_get_member (self, member);

  if (!who)
    return FALSE;
  if (strcmp (service->provider, member) == 0)
    return TRUE;
  for (unsigned i = 0; service->allow[i]; i++)
    if (entry_allows (service->allow[i], who))
      return TRUE;
  return FALSE;
}

unsigned
jf_registry_count_invitations (JfRegistry *self)
{
  g_return_val_if_fail (JF_IS_REGISTRY (self), 0);
  return jf_mirror_count_invites (get_private (self)->mirror, g_get_real_time () / G_USEC_PER_SEC);
}

static gboolean
check_open (JfRegistry *self, GError **error)
{
  if (!get_private (self)->closed)
    return TRUE;
  g_set_error_literal (error, JF_ERROR, JF_ERROR_CLOSED, "the registry is closed");
  return FALSE;
}

/* (transfer full) change and invalid: the outcome of checking the arguments. */
static void
write_change (JfRegistry *self,
              JfChange *change,
              GError *invalid,
              GAsyncReadyCallback callback,
              gpointer data)
{
  change->task = g_task_new (self, NULL, callback, data);
  if (!invalid)
    check_open (self, &invalid);
  if (invalid)
    {
      g_task_return_error (change->task, invalid);
      jf_change_free (change);
      return;
    }
  JF_REGISTRY_GET_CLASS (self)->commit (self, change);
}

void
jf_registry_change_done (JfRegistry *self, JfChange *change, GError *error)
{
  if (error)
    g_task_return_error (change->task, error);
  else
    {
      jf_mirror_apply (get_private (self)->mirror, change);
      if (change->kind == JF_CHANGE_PURGE_AUDIT)
        g_task_return_int (change->task, (gssize) change->n_purged);
      else
        g_task_return_boolean (change->task, TRUE);
    }
  jf_change_free (change);
}

gboolean
jf_registry_write_finish (JfRegistry *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}

static gboolean
check_code_hash (const char *code_hash, GError **error)
{
  size_t length = code_hash ? strspn (code_hash, "0123456789abcdef") : 0;

  if (length == CODE_HASH_BYTES && code_hash[length] == '\0')
    return TRUE;
  g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID, "this is no hash of an invitation code");
  return FALSE;
}

static gboolean
check_invite (const JfInvite *invite, GError **error)
{
  if (!check_code_hash (invite->code_hash, error) ||
      !jf_label_check (invite->member, "member", error))
    return FALSE;
  for (unsigned i = 0; invite->groups[i]; i++)
    if (!jf_label_check (invite->groups[i], "group", error))
      return FALSE;
  if (g_strv_length (invite->groups) <= JF_GROUPS_MAX)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               "too many groups for %s; an invitation may name %d", invite->member, JF_GROUPS_MAX);
  return FALSE;
}

void
jf_registry_invite_async (JfRegistry *self,
                          const char *code_hash,
                          const char *member,
                          JfRole role,
                          const char *const *groups,
                          int64_t expires,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  JfChange *change;
  GError *invalid = NULL;

  g_return_if_fail (JF_IS_REGISTRY (self));
  change = jf_change_new (JF_CHANGE_INVITE);
  change->invite = g_new0 (JfInvite, 1);
  change->invite->code_hash = g_strdup (code_hash);
  change->invite->member = g_strdup (member ? member : "");
  change->invite->role = role;
  change->invite->groups = jf_labels_normalize (groups);
  change->invite->expires = expires;
  check_invite (change->invite, &invalid);
  write_change (self, change, invalid, callback, data);
}

void
jf_registry_enroll_async (JfRegistry *self,
                          const char *code_hash,
                          const JfKeyId *device,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  JfChange *change;

  g_return_if_fail (JF_IS_REGISTRY (self) && code_hash && device);
  change = jf_change_new (JF_CHANGE_ENROLL);
  change->code_hash = g_strdup (code_hash);
  change->device = *device;
  write_change (self, change, NULL, callback, data);
}

static gboolean
check_text (const char *text, size_t max_bytes, const char *what, GError **error)
{
  if (strlen (text) <= max_bytes && g_utf8_validate (text, -1, NULL))
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               "service %s: must be UTF-8 text of at most %zu bytes", what, max_bytes);
  return FALSE;
}

static gboolean
check_service (const JfServiceRecord *service, GError **error)
{
  if (!jf_label_check (service->provider, "provider", error) ||
      !jf_label_check (service->name, "service", error) ||
      !jf_label_check (service->kind, "kind", error) ||
      !check_text (service->title, JF_TITLE_MAX_BYTES, "title", error) ||
      !check_text (service->open, JF_TEXT_MAX_BYTES, "open", error) ||
      !check_text (service->app, JF_TITLE_MAX_BYTES, "app", error))
    return FALSE;
  for (unsigned i = 0; service->allow[i]; i++)
    if (!jf_allow_check (service->allow[i], error))
      return FALSE;
  if (g_strv_length (service->allow) <= JF_ALLOW_MAX)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID, "service %s: at most %d entries may be allowed",
               service->name, JF_ALLOW_MAX);
  return FALSE;
}

void
jf_registry_put_service_async (JfRegistry *self,
                               const JfServiceRecord *service,
                               GAsyncReadyCallback callback,
                               gpointer data)
{
  JfChange *change;
  GError *invalid = NULL;

  g_return_if_fail (JF_IS_REGISTRY (self) && service);
  change = jf_change_new (JF_CHANGE_PUT_SERVICE);
  change->service = jf_service_record_copy (service);
  check_service (change->service, &invalid);
  write_change (self, change, invalid, callback, data);
}

void
jf_registry_delete_service_async (JfRegistry *self,
                                  const char *provider,
                                  const char *name,
                                  GAsyncReadyCallback callback,
                                  gpointer data)
{
  JfServiceRecord key = { .provider = (char *) provider, .name = (char *) name };
  JfChange *change;

  g_return_if_fail (JF_IS_REGISTRY (self) && provider && name);
  change = jf_change_new (JF_CHANGE_DELETE_SERVICE);
  change->service = jf_service_record_copy (&key);
  write_change (self, change, NULL, callback, data);
}

void
jf_registry_delete_member_async (JfRegistry *self,
                                 const char *label,
                                 GAsyncReadyCallback callback,
                                 gpointer data)
{
  JfChange *change;

  g_return_if_fail (JF_IS_REGISTRY (self) && label);
  change = jf_change_new (JF_CHANGE_DELETE_MEMBER);
  change->member = g_strdup (label);
  write_change (self, change, NULL, callback, data);
}

void
jf_registry_delete_device_async (JfRegistry *self,
                                 const JfKeyId *key_id,
                                 GAsyncReadyCallback callback,
                                 gpointer data)
{
  JfChange *change;

  g_return_if_fail (JF_IS_REGISTRY (self) && key_id);
  change = jf_change_new (JF_CHANGE_DELETE_DEVICE);
  change->device = *key_id;
  write_change (self, change, NULL, callback, data);
}

void
jf_registry_audit_async (JfRegistry *self,
                         const JfAuditLine *line,
                         GAsyncReadyCallback callback,
                         gpointer data)
{
  JfChange *change;

  g_return_if_fail (JF_IS_REGISTRY (self) && line);
  change = jf_change_new (JF_CHANGE_AUDIT);
  change->audit = jf_audit_line_copy (line);
  if (change->audit->time == 0)
    change->audit->time = change->time;
  write_change (self, change, NULL, callback, data);
}

void
jf_registry_purge_audit_async (JfRegistry *self,
                               int64_t before,
                               GAsyncReadyCallback callback,
                               gpointer data)
{
  JfChange *change;

  g_return_if_fail (JF_IS_REGISTRY (self));
  change = jf_change_new (JF_CHANGE_PURGE_AUDIT);
  change->before = before;
  write_change (self, change, NULL, callback, data);
}

gssize
jf_registry_purge_audit_finish (JfRegistry *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), -1);
  return g_task_propagate_int (G_TASK (result), error);
}

void
jf_registry_read_audit_async (JfRegistry *self,
                              int64_t after,
                              unsigned limit,
                              GAsyncReadyCallback callback,
                              gpointer data)
{
  GTask *task;
  GError *error = NULL;

  g_return_if_fail (JF_IS_REGISTRY (self));
  task = g_task_new (self, NULL, callback, data);
  if (check_open (self, &error))
    {
      JF_REGISTRY_GET_CLASS (self)->read_audit (self, after, limit, task);
      return;
    }
  g_task_return_error (task, error);
  g_object_unref (task);
}

GPtrArray *
jf_registry_read_audit_finish (JfRegistry *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
jf_registry_close (JfRegistry *self)
{
  g_return_if_fail (JF_IS_REGISTRY (self));
  if (get_private (self)->closed)
    return;
  get_private (self)->closed = TRUE;
  JF_REGISTRY_GET_CLASS (self)->close (self);
}
