/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-invitation.h"
#include "tests/unit/registry/registry-contract.h"

void
waiter_cb (GObject *source, GAsyncResult *result, gpointer waiter)
{
  ((Waiter *) waiter)->result = g_object_ref (result);
}

static void
wait_for (Waiter *waiter)
{
  while (!waiter->result)
    g_main_context_iteration (NULL, TRUE);
}

gboolean
waiter_finish (Waiter *waiter, JfRegistry *registry, GError **error)
{
  gboolean good;

  wait_for (waiter);
  good = jf_registry_write_finish (registry, waiter->result, error);
  g_clear_object (&waiter->result);
  return good;
}

gboolean
write_invite (JfRegistry *registry,
              const char *code,
              const char *member,
              JfRole role,
              const char *group,
              int64_t expires_in_s,
              GError **error)
{
  const char *groups[] = { group, NULL };
  g_autofree char *hash = jf_invitation_code_hash (code);
  Waiter waiter = { 0 };

  jf_registry_invite_async (registry, hash, member, role, groups,
                            g_get_real_time () / G_USEC_PER_SEC + expires_in_s, waiter_cb, &waiter);
  return waiter_finish (&waiter, registry, error);
}

gboolean
write_enroll (JfRegistry *registry, const char *code, const JfKeyId *device, GError **error)
{
  g_autofree char *hash = jf_invitation_code_hash (code);
  Waiter waiter = { 0 };

  jf_registry_enroll_async (registry, hash, device, waiter_cb, &waiter);
  return waiter_finish (&waiter, registry, error);
}

gboolean
write_service (JfRegistry *registry, const JfServiceRecord *service, GError **error)
{
  Waiter waiter = { 0 };

  jf_registry_put_service_async (registry, service, waiter_cb, &waiter);
  return waiter_finish (&waiter, registry, error);
}

gboolean
write_audit (JfRegistry *registry, const char *event, GError **error)
{
  JfAuditLine line = { .event = (char *) event };
  Waiter waiter = { 0 };

  jf_registry_audit_async (registry, &line, waiter_cb, &waiter);
  return waiter_finish (&waiter, registry, error);
}

gssize
purge_audit (JfRegistry *registry, int64_t before, GError **error)
{
  Waiter waiter = { 0 };
  gssize purged;

  jf_registry_purge_audit_async (registry, before, waiter_cb, &waiter);
  wait_for (&waiter);
  purged = jf_registry_purge_audit_finish (registry, waiter.result, error);
  g_clear_object (&waiter.result);
  return purged;
}

GPtrArray *
read_audit (JfRegistry *registry, int64_t after, unsigned limit, GError **error)
{
  Waiter waiter = { 0 };
  GPtrArray *lines;

  jf_registry_read_audit_async (registry, after, limit, waiter_cb, &waiter);
  wait_for (&waiter);
  lines = jf_registry_read_audit_finish (registry, waiter.result, error);
  g_clear_object (&waiter.result);
  return lines;
}

void
add_member (JfRegistry *registry, const char *label, JfRole role, const JfKeyId *device)
{
  g_autoptr (GError) error = NULL;
  char code[JF_INVITATION_CODE_SIZE];

  jf_invitation_code_new (code);
  write_invite (registry, code, label, role, NULL, 60, &error);
  g_assert_no_error (error);
  write_enroll (registry, code, device, &error);
  g_assert_no_error (error);
}

JfKeyId
key_id (uint8_t fill)
{
  JfKeyId out;

  memset (out.bytes, fill, sizeof out.bytes);
  return out;
}
