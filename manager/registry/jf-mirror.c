/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/registry/jf-mirror.h"

#include <string.h>

/* Trees, not hash tables: lists are wanted in order far more often than rows change. The records
 * are their own keys. */
struct JfMirror
{
  GTree *members;  /* JfMember by label */
  GTree *devices;  /* JfDevice by key id */
  GTree *services; /* JfServiceRecord by provider, name */
  GTree *invites;  /* JfInvite by code hash */
  int64_t expiry;  /* no invitation expires before that */
};

static void
member_free (JfMember *member)
{
  g_free (member->label);
  g_strfreev (member->groups);
  g_free (member);
}

static void
device_free (JfDevice *device)
{
  g_free (device->member);
  g_free (device);
}

static void
invite_free (JfInvite *invite)
{
  if (!invite)
    return;
  g_free (invite->code_hash);
  g_free (invite->member);
  g_strfreev (invite->groups);
  g_free (invite);
}

static JfInvite *
invite_copy (const JfInvite *invite)
{
  JfInvite *copy = g_new0 (JfInvite, 1);

  copy->code_hash = g_strdup (invite->code_hash);
  copy->member = g_strdup (invite->member);
  copy->role = invite->role;
  copy->groups = g_strdupv (invite->groups);
  copy->expires = invite->expires;
  return copy;
}

static char *
text_copy (const char *text)
{
  return g_strdup (text ? text : "");
}

JfServiceRecord *
jf_service_record_copy (const JfServiceRecord *record)
{
  JfServiceRecord *copy = g_new0 (JfServiceRecord, 1);
  const char *const none[] = { NULL };

  copy->provider = text_copy (record->provider);
  copy->name = text_copy (record->name);
  copy->kind = text_copy (record->kind);
  copy->port = record->port;
  copy->title = text_copy (record->title);
  copy->open = text_copy (record->open);
  copy->app = text_copy (record->app);
  copy->allow = g_strdupv (record->allow ? record->allow : (char **) none);
  copy->registered = record->registered;
  return copy;
}

JfAuditLine *
jf_audit_line_copy (const JfAuditLine *line)
{
  JfAuditLine *copy = g_new0 (JfAuditLine, 1);

  copy->id = line->id;
  copy->time = line->time;
  copy->event = text_copy (line->event);
  copy->member = text_copy (line->member);
  copy->device = text_copy (line->device);
  copy->service = text_copy (line->service);
  copy->tunnel = line->tunnel;
  copy->detail = text_copy (line->detail);
  return copy;
}

void
jf_service_record_free (JfServiceRecord *record)
{
  if (!record)
    return;
  g_free (record->provider);
  g_free (record->name);
  g_free (record->kind);
  g_free (record->title);
  g_free (record->open);
  g_free (record->app);
  g_strfreev (record->allow);
  g_free (record);
}

void
jf_audit_line_free (JfAuditLine *line)
{
  if (!line)
    return;
  g_free (line->event);
  g_free (line->member);
  g_free (line->device);
  g_free (line->service);
  g_free (line->detail);
  g_free (line);
}

JfChange *
jf_change_new (JfChangeKind kind)
{
  JfChange *change = g_new0 (JfChange, 1);

  change->kind = kind;
  change->time = g_get_real_time () / G_USEC_PER_SEC;
  return change;
}

void
jf_change_free (JfChange *change)
{
  if (!change)
    return;
  invite_free (change->invite);
  g_free (change->code_hash);
  g_free (change->member);
  jf_service_record_free (change->service);
  jf_audit_line_free (change->audit);
  g_clear_object (&change->task);
  g_free (change);
}

static int
compare_labels (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

char **
jf_labels_normalize (const char *const *labels)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_new ();
  GPtrArray *unique = g_ptr_array_new ();

  for (unsigned i = 0; labels && labels[i]; i++)
    g_ptr_array_add (sorted, (gpointer) labels[i]);
  g_ptr_array_sort (sorted, compare_labels);
  for (unsigned i = 0; i < sorted->len; i++)
    if (i == 0 || strcmp (sorted->pdata[i], sorted->pdata[i - 1]) != 0)
      g_ptr_array_add (unique, g_strdup (sorted->pdata[i]));
  g_ptr_array_add (unique, NULL);
  return (char **) g_ptr_array_free (unique, FALSE);
}

static int
compare_members (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (((const JfMember *) a)->label, ((const JfMember *) b)->label);
}

static int
compare_devices (gconstpointer a, gconstpointer b, gpointer data)
{
  return memcmp (&((const JfDevice *) a)->key_id, &((const JfDevice *) b)->key_id,
                 sizeof (JfKeyId));
}

static int
compare_services (gconstpointer a, gconstpointer b, gpointer data)
{
  const JfServiceRecord *x = a;
  const JfServiceRecord *y = b;
  int order = strcmp (x->provider, y->provider);

  return order ? order : strcmp (x->name, y->name);
}

static int
compare_invites (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (((const JfInvite *) a)->code_hash, ((const JfInvite *) b)->code_hash);
}

static GTree *
table_new (GCompareDataFunc compare, GDestroyNotify destroy)
{
  return g_tree_new_full (compare, NULL, NULL, destroy);
}

JfMirror *
jf_mirror_new (void)
{
  JfMirror *self = g_new0 (JfMirror, 1);

  self->members = table_new (compare_members, (GDestroyNotify) member_free);
  self->devices = table_new (compare_devices, (GDestroyNotify) device_free);
  self->services = table_new (compare_services, (GDestroyNotify) jf_service_record_free);
  self->invites = table_new (compare_invites, (GDestroyNotify) invite_free);
  self->expiry = INT64_MAX;
  return self;
}

void
jf_mirror_free (JfMirror *self)
{
  if (!self)
    return;
  g_tree_unref (self->members);
  g_tree_unref (self->devices);
  g_tree_unref (self->services);
  g_tree_unref (self->invites);
  g_free (self);
}

void
jf_mirror_put_member (JfMirror *self,
                      const char *label,
                      JfRole role,
                      const char *const *groups,
                      int64_t created)
{
  JfMember *member = g_new0 (JfMember, 1);

  member->label = g_strdup (label);
  member->role = role;
  member->groups = jf_labels_normalize (groups);
  member->created = created;
  g_tree_replace (self->members, member, member);
}

void
jf_mirror_put_device (JfMirror *self, const JfKeyId *key_id, const char *member, int64_t enrolled)
{
  JfDevice *device = g_new0 (JfDevice, 1);

  device->key_id = *key_id;
  device->member = g_strdup (member);
  device->enrolled = enrolled;
  g_tree_replace (self->devices, device, device);
}

void
jf_mirror_put_invite (JfMirror *self, const JfInvite *invite)
{
  JfInvite *copy = invite_copy (invite);

  self->expiry = MIN (self->expiry, invite->expires);
  g_tree_replace (self->invites, copy, copy);
}

void
jf_mirror_put_service (JfMirror *self, const JfServiceRecord *service)
{
  JfServiceRecord *copy = jf_service_record_copy (service);

  g_tree_replace (self->services, copy, copy);
}

const JfMember *
jf_mirror_get_member (JfMirror *self, const char *label)
{
  JfMember key = { .label = (char *) label };

  return g_tree_lookup (self->members, &key);
}

const JfDevice *
jf_mirror_get_device (JfMirror *self, const JfKeyId *key_id)
{
  JfDevice key = { .key_id = *key_id };

  return g_tree_lookup (self->devices, &key);
}

const JfServiceRecord *
jf_mirror_get_service (JfMirror *self, const char *provider, const char *name)
{
  JfServiceRecord key = { .provider = (char *) provider, .name = (char *) name };

  return g_tree_lookup (self->services, &key);
}

static gboolean
gather_cb (gpointer key, gpointer value, gpointer list)
{
  g_ptr_array_add (list, value);
  return FALSE;
}

static GPtrArray *
list_table (GTree *table)
{
  GPtrArray *list = g_ptr_array_sized_new ((unsigned) g_tree_nnodes (table));

  g_tree_foreach (table, gather_cb, list);
  return list;
}

GPtrArray *
jf_mirror_list_members (JfMirror *self)
{
  return list_table (self->members);
}

GPtrArray *
jf_mirror_list_devices (JfMirror *self)
{
  return list_table (self->devices);
}

GPtrArray *
jf_mirror_list_services (JfMirror *self)
{
  return list_table (self->services);
}

unsigned
jf_mirror_count_invites (JfMirror *self, int64_t now)
{
  unsigned count = 0;

  for (GTreeNode *node = g_tree_node_first (self->invites); node; node = g_tree_node_next (node))
    count += ((JfInvite *) g_tree_node_value (node))->expires > now;
  return count;
}

static void
drop_expired (JfMirror *self, int64_t now)
{
  g_autoptr (GPtrArray) invites = NULL;

  if (now < self->expiry)
    return;
  self->expiry = INT64_MAX;
  invites = list_table (self->invites);
  for (unsigned i = 0; i < invites->len; i++)
    {
      JfInvite *invite = invites->pdata[i];

      if (invite->expires <= now)
        g_tree_remove (self->invites, invite);
      else
        self->expiry = MIN (self->expiry, invite->expires);
    }
}

static void
delete_services (JfMirror *self, const char *provider)
{
  g_autoptr (GPtrArray) services = list_table (self->services);

  for (unsigned i = 0; i < services->len; i++)
    if (strcmp (((JfServiceRecord *) services->pdata[i])->provider, provider) == 0)
      g_tree_remove (self->services, services->pdata[i]);
}

static JfRole
role_after (const JfInvite *invite, const JfMember *member)
{
  if (invite->role != JF_ROLE_SAME)
    return invite->role;
  return member ? member->role : JF_ROLE_USER;
}

static void
enroll (JfMirror *self, const JfChange *change)
{
  JfInvite key = { .code_hash = change->code_hash };
  const JfInvite *invite = g_tree_lookup (self->invites, &key);
  const JfMember *member;
  g_autoptr (GPtrArray) groups = g_ptr_array_new ();
  gboolean was_provider;
  JfRole role;

  if (!invite)
    return;
  member = jf_mirror_get_member (self, invite->member);
  role = role_after (invite, member);
  was_provider = member && member->role == JF_ROLE_PROVIDER;
  for (unsigned i = 0; member && member->groups[i]; i++)
    g_ptr_array_add (groups, member->groups[i]);
  for (unsigned i = 0; invite->groups[i]; i++)
    g_ptr_array_add (groups, invite->groups[i]);
  g_ptr_array_add (groups, NULL);
  jf_mirror_put_member (self, invite->member, role, (const char *const *) groups->pdata,
                        member ? member->created : change->time);
  jf_mirror_put_device (self, &change->device, invite->member, change->time);
  if (was_provider && role != JF_ROLE_PROVIDER)
    delete_services (self, invite->member);
  g_tree_remove (self->invites, &key);
}

static void
delete_member (JfMirror *self, const char *label)
{
  JfMember key = { .label = (char *) label };
  g_autoptr (GPtrArray) devices = list_table (self->devices);
  g_autoptr (GPtrArray) invites = list_table (self->invites);

  for (unsigned i = 0; i < devices->len; i++)
    if (strcmp (((JfDevice *) devices->pdata[i])->member, label) == 0)
      g_tree_remove (self->devices, devices->pdata[i]);
  delete_services (self, label);
  for (unsigned i = 0; i < invites->len; i++)
    if (strcmp (((JfInvite *) invites->pdata[i])->member, label) == 0)
      g_tree_remove (self->invites, invites->pdata[i]);
  g_tree_remove (self->members, &key);
}

void
jf_mirror_apply (JfMirror *self, const JfChange *change)
{
  JfDevice device = { .key_id = change->device };

  switch (change->kind)
    {
    case JF_CHANGE_INVITE:
      drop_expired (self, change->time);
      jf_mirror_put_invite (self, change->invite);
      break;
    case JF_CHANGE_ENROLL:
      enroll (self, change);
      break;
    case JF_CHANGE_PUT_SERVICE:
      jf_mirror_put_service (self, change->service);
      break;
    case JF_CHANGE_DELETE_SERVICE:
      g_tree_remove (self->services, change->service);
      break;
    case JF_CHANGE_DELETE_MEMBER:
      delete_member (self, change->member);
      break;
    case JF_CHANGE_DELETE_DEVICE:
      g_tree_remove (self->devices, &device);
      break;
    case JF_CHANGE_AUDIT:
    case JF_CHANGE_PURGE_AUDIT:
      break;
    }
}
