/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/registry/registry-contract.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-invitation.h"

typedef struct
{
  const RegistryBackend *backend;
  gpointer storage;
  JfRegistry *registry;
} Fixture;

static void
reopen (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  if (f->registry)
    jf_registry_close (f->registry);
  g_clear_object (&f->registry);
  f->registry = f->backend->open (f->storage, &error);
  g_assert_no_error (error);
}

static void
setup (Fixture *f, gconstpointer backend)
{
  f->backend = backend;
  f->storage = f->backend->make ();
  reopen (f);
}

static void
teardown (Fixture *f, gconstpointer backend)
{
  jf_registry_close (f->registry);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* callbacks that hold it */
  g_assert_finalize_object (f->registry);
  f->backend->drop (f->storage);
}

static JfServiceRecord
web_service (const char *provider)
{
  static const char *allow[] = { "alice", "@nurses", NULL };

  return (JfServiceRecord){
    .provider = (char *) provider,
    .name = (char *) "web",
    .kind = (char *) "tcp",
    .port = 8080,
    .title = (char *) "Fällmaß 'quoted'; --",
    .open = (char *) "http://{address}:{port}/",
    .app = (char *) "",
    .allow = (char **) allow,
    .registered = 1700000000,
  };
}

static void
test_empty (Fixture *f, gconstpointer backend)
{
  g_autoptr (GPtrArray) members = jf_registry_list_members (f->registry);
  g_autoptr (GPtrArray) devices = jf_registry_list_devices (f->registry);
  g_autoptr (GPtrArray) services = jf_registry_list_services (f->registry);
  g_autoptr (GPtrArray) lines = read_audit (f->registry, 0, 100, NULL);
  JfKeyId key = key_id (1);

  g_assert_cmpuint (members->len + devices->len + services->len + lines->len, ==, 0);
  g_assert_null (jf_registry_get_member (f->registry, "alice"));
  g_assert_null (jf_registry_get_device (f->registry, &key));
  g_assert_null (jf_registry_get_service (f->registry, "clinic", "web"));
  g_assert_cmpuint (jf_registry_count_invitations (f->registry), ==, 0);
}

static void
test_enroll (Fixture *f, gconstpointer backend)
{
  g_autoptr (GError) error = NULL;
  JfKeyId key = key_id (1);
  const JfMember *member;

  write_invite (f->registry, "one", "alice", JF_ROLE_PROVIDER, "nurses", 60, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (jf_registry_count_invitations (f->registry), ==, 1);
  g_assert_null (jf_registry_get_member (f->registry, "alice"));
  write_enroll (f->registry, "one", &key, &error);
  g_assert_no_error (error);
  member = jf_registry_get_member (f->registry, "alice");
  g_assert_nonnull (member);
  g_assert_cmpint (member->role, ==, JF_ROLE_PROVIDER);
  g_assert_cmpstr (member->groups[0], ==, "nurses");
  g_assert_null (member->groups[1]);
  g_assert_cmpint (member->created, >, 1600000000);
  g_assert_cmpstr (jf_registry_get_device (f->registry, &key)->member, ==, "alice");
  g_assert_cmpuint (jf_registry_count_invitations (f->registry), ==, 0);
}

/* Unknown, used and expired are one answer, and none of them changes anything. */
static void
test_bad_invitation (Fixture *f, gconstpointer backend)
{
  g_autofree char *first = NULL;
  const char *codes[] = { "unknown", "used", "expired" };
  JfKeyId key = key_id (1);
  JfKeyId other = key_id (2);

  g_assert_true (write_invite (f->registry, "used", "alice", JF_ROLE_USER, NULL, 60, NULL));
  g_assert_true (write_enroll (f->registry, "used", &key, NULL));
  g_assert_true (write_invite (f->registry, "expired", "bob", JF_ROLE_USER, NULL, 0, NULL));
  for (unsigned i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (write_enroll (f->registry, codes[i], &other, &error));
      g_assert_error (error, JF_ERROR, JF_ERROR_BAD_INVITATION);
      if (!first)
        first = g_strdup (error->message);
      g_assert_cmpstr (error->message, ==, first);
      g_assert_null (jf_registry_get_device (f->registry, &other));
      g_assert_null (jf_registry_get_member (f->registry, "bob"));
    }
  g_assert_cmpuint (jf_registry_count_invitations (f->registry), ==, 0);
}

/* Many devices at once with one code: one gets in. */
static void
test_single_use (Fixture *f, gconstpointer backend)
{
  g_autofree char *hash = jf_invitation_code_hash ("one");
  Waiter waiters[20] = { 0 };
  unsigned good = 0;
  g_autoptr (GPtrArray) devices = NULL;

  g_assert_true (write_invite (f->registry, "one", "alice", JF_ROLE_USER, NULL, 60, NULL));
  for (unsigned i = 0; i < G_N_ELEMENTS (waiters); i++)
    {
      JfKeyId key = key_id ((uint8_t) i);

      jf_registry_enroll_async (f->registry, hash, &key, waiter_cb, &waiters[i]);
    }
  for (unsigned i = 0; i < G_N_ELEMENTS (waiters); i++)
    good += waiter_finish (&waiters[i], f->registry, NULL);
  g_assert_cmpuint (good, ==, 1);
  devices = jf_registry_list_devices (f->registry);
  g_assert_cmpuint (devices->len, ==, 1);
}

static void
test_groups_gather (Fixture *f, gconstpointer backend)
{
  JfKeyId key = key_id (1);
  JfKeyId second = key_id (2);
  const JfMember *member;

  g_assert_true (write_invite (f->registry, "one", "alice", JF_ROLE_USER, "nurses", 60, NULL));
  g_assert_true (write_invite (f->registry, "two", "alice", JF_ROLE_PROVIDER, "admins", 60, NULL));
  g_assert_true (write_enroll (f->registry, "one", &key, NULL));
  g_assert_true (write_enroll (f->registry, "two", &second, NULL));
  for (int again = 0; again < 2; again++)
    {
      member = jf_registry_get_member (f->registry, "alice");
      g_assert_cmpuint (g_strv_length (member->groups), ==, 2);
      g_assert_cmpstr (member->groups[0], ==, "admins");
      g_assert_cmpstr (member->groups[1], ==, "nurses");
      g_assert_cmpint (member->role, ==, JF_ROLE_PROVIDER);
      reopen (f);
    }
}

static JfRole
role_of (Fixture *f, const char *label)
{
  return jf_registry_get_member (f->registry, label)->role;
}

/* An invitation without a role changes none; who is new is a user. */
static void
test_role_is_kept (Fixture *f, gconstpointer backend)
{
  JfKeyId keys[3] = { key_id (1), key_id (2), key_id (3) };

  add_member (f->registry, "clinic", JF_ROLE_PROVIDER, &keys[0]);
  g_assert_true (write_invite (f->registry, "one", "clinic", JF_ROLE_SAME, "x", 60, NULL));
  g_assert_true (write_invite (f->registry, "two", "alice", JF_ROLE_SAME, NULL, 60, NULL));
  reopen (f);
  g_assert_true (write_enroll (f->registry, "one", &keys[1], NULL));
  g_assert_true (write_enroll (f->registry, "two", &keys[2], NULL));
  for (int again = 0; again < 2; again++)
    {
      g_assert_cmpint (role_of (f, "clinic"), ==, JF_ROLE_PROVIDER);
      g_assert_cmpstr (jf_registry_get_member (f->registry, "clinic")->groups[0], ==, "x");
      g_assert_cmpint (role_of (f, "alice"), ==, JF_ROLE_USER);
      reopen (f);
    }
}

/* Who stops being a provider has no services, and gets none. */
static void
test_role_is_lost (Fixture *f, gconstpointer backend)
{
  g_autoptr (GError) error = NULL;
  JfServiceRecord service = web_service ("clinic");
  JfServiceRecord other = web_service ("lab");
  JfKeyId keys[3] = { key_id (1), key_id (2), key_id (3) };

  add_member (f->registry, "clinic", JF_ROLE_PROVIDER, &keys[0]);
  add_member (f->registry, "lab", JF_ROLE_PROVIDER, &keys[1]);
  g_assert_true (write_service (f->registry, &service, NULL));
  g_assert_true (write_service (f->registry, &other, NULL));
  add_member (f->registry, "clinic", JF_ROLE_USER, &keys[2]);
  for (int again = 0; again < 2; again++)
    {
      g_assert_cmpint (role_of (f, "clinic"), ==, JF_ROLE_USER);
      g_assert_null (jf_registry_get_service (f->registry, "clinic", "web"));
      g_assert_nonnull (jf_registry_get_service (f->registry, "lab", "web"));
      reopen (f);
    }
  g_assert_false (write_service (f->registry, &service, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
  add_member (f->registry, "clinic", JF_ROLE_PROVIDER, &keys[2]);
  g_assert_true (write_service (f->registry, &service, NULL));
}

static void
test_device_moves (Fixture *f, gconstpointer backend)
{
  JfKeyId key = key_id (1);

  add_member (f->registry, "alice", JF_ROLE_USER, &key);
  add_member (f->registry, "bob", JF_ROLE_USER, &key);
  for (int again = 0; again < 2; again++)
    {
      g_assert_cmpstr (jf_registry_get_device (f->registry, &key)->member, ==, "bob");
      g_assert_nonnull (jf_registry_get_member (f->registry, "alice"));
      reopen (f);
    }
}

static void
test_service (Fixture *f, gconstpointer backend)
{
  g_autoptr (GError) error = NULL;
  JfServiceRecord service = web_service ("clinic");
  JfKeyId key = key_id (1);
  const JfServiceRecord *kept;
  Waiter waiter = { 0 };

  g_assert_false (write_service (f->registry, &service, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
  g_assert_null (jf_registry_get_service (f->registry, "clinic", "web"));
  add_member (f->registry, "clinic", JF_ROLE_PROVIDER, &key);
  g_assert_true (write_service (f->registry, &service, NULL));
  service.port = 65535;
  g_assert_true (write_service (f->registry, &service, NULL));
  for (int again = 0; again < 2; again++)
    {
      kept = jf_registry_get_service (f->registry, "clinic", "web");
      g_assert_cmpstr (kept->title, ==, service.title);
      g_assert_cmpstr (kept->open, ==, service.open);
      g_assert_cmpstr (kept->app, ==, "");
      g_assert_cmpstr (kept->kind, ==, "tcp");
      g_assert_cmpuint (kept->port, ==, 65535);
      g_assert_cmpint (kept->registered, ==, service.registered);
      g_assert_cmpstrv (kept->allow, service.allow);
      reopen (f);
    }
  jf_registry_delete_service_async (f->registry, "clinic", "web", waiter_cb, &waiter);
  g_assert_true (waiter_finish (&waiter, f->registry, NULL));
  g_assert_null (jf_registry_get_service (f->registry, "clinic", "web"));
  jf_registry_delete_service_async (f->registry, "clinic", "web", waiter_cb, &waiter);
  g_assert_true (waiter_finish (&waiter, f->registry, NULL));
}

static void
test_may_use (Fixture *f, gconstpointer backend)
{
  JfServiceRecord service = web_service ("clinic");
  const char *everybody[] = { "*", NULL };
  const char *nobody[] = { NULL };
  JfKeyId keys[4] = { key_id (1), key_id (2), key_id (3), key_id (4) };

  add_member (f->registry, "clinic", JF_ROLE_PROVIDER, &keys[0]);
  add_member (f->registry, "alice", JF_ROLE_USER, &keys[1]);
  add_member (f->registry, "nurses", JF_ROLE_USER, &keys[2]);
  g_assert_true (write_invite (f->registry, "g", "bob", JF_ROLE_USER, "nurses", 60, NULL));
  g_assert_true (write_enroll (f->registry, "g", &keys[3], NULL));
  g_assert_true (jf_registry_may_use (f->registry, "alice", &service));
  g_assert_true (jf_registry_may_use (f->registry, "bob", &service));
  g_assert_true (jf_registry_may_use (f->registry, "clinic", &service));
  /* a member whose label is a group's is not the group */
  g_assert_false (jf_registry_may_use (f->registry, "nurses", &service));
  service.allow = (char **) everybody;
  g_assert_true (jf_registry_may_use (f->registry, "nurses", &service));
  g_assert_false (jf_registry_may_use (f->registry, "stranger", &service));
  service.allow = (char **) nobody;
  g_assert_false (jf_registry_may_use (f->registry, "alice", &service));
}

static void
test_delete_member (Fixture *f, gconstpointer backend)
{
  g_autoptr (GError) error = NULL;
  JfServiceRecord service = web_service ("clinic");
  JfKeyId key = key_id (1);
  JfKeyId other = key_id (2);
  Waiter waiter = { 0 };

  add_member (f->registry, "clinic", JF_ROLE_PROVIDER, &key);
  add_member (f->registry, "alice", JF_ROLE_USER, &other);
  g_assert_true (write_service (f->registry, &service, NULL));
  g_assert_true (write_invite (f->registry, "open", "clinic", JF_ROLE_USER, NULL, 60, NULL));
  jf_registry_delete_member_async (f->registry, "clinic", waiter_cb, &waiter);
  g_assert_true (waiter_finish (&waiter, f->registry, NULL));
  for (int again = 0; again < 2; again++)
    {
      g_assert_null (jf_registry_get_member (f->registry, "clinic"));
      g_assert_null (jf_registry_get_device (f->registry, &key));
      g_assert_null (jf_registry_get_service (f->registry, "clinic", "web"));
      g_assert_cmpuint (jf_registry_count_invitations (f->registry), ==, 0);
      g_assert_nonnull (jf_registry_get_device (f->registry, &other));
      g_assert_false (write_enroll (f->registry, "open", &key, NULL));
      reopen (f);
    }
  jf_registry_delete_member_async (f->registry, "clinic", waiter_cb, &waiter);
  g_assert_false (waiter_finish (&waiter, f->registry, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
}

/* Somebody who was invited and never came can be revoked too. */
static void
test_delete_invited (Fixture *f, gconstpointer backend)
{
  Waiter waiter = { 0 };
  JfKeyId key = key_id (1);

  g_assert_true (write_invite (f->registry, "open", "dora", JF_ROLE_USER, NULL, 60, NULL));
  jf_registry_delete_member_async (f->registry, "dora", waiter_cb, &waiter);
  g_assert_true (waiter_finish (&waiter, f->registry, NULL));
  g_assert_false (write_enroll (f->registry, "open", &key, NULL));
}

static void
test_delete_device (Fixture *f, gconstpointer backend)
{
  g_autoptr (GError) error = NULL;
  JfKeyId key = key_id (1);
  Waiter waiter = { 0 };

  add_member (f->registry, "alice", JF_ROLE_USER, &key);
  jf_registry_delete_device_async (f->registry, &key, waiter_cb, &waiter);
  g_assert_true (waiter_finish (&waiter, f->registry, NULL));
  g_assert_null (jf_registry_get_device (f->registry, &key));
  g_assert_nonnull (jf_registry_get_member (f->registry, "alice"));
  jf_registry_delete_device_async (f->registry, &key, waiter_cb, &waiter);
  g_assert_false (waiter_finish (&waiter, f->registry, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
}

static void
test_expired_go (Fixture *f, gconstpointer backend)
{
  g_assert_true (write_invite (f->registry, "old", "alice", JF_ROLE_USER, NULL, -5, NULL));
  g_assert_true (write_invite (f->registry, "new", "bob", JF_ROLE_USER, NULL, 60, NULL));
  g_assert_cmpuint (jf_registry_count_invitations (f->registry), ==, 1);
  /* the old one's row has gone: its code is free again */
  g_assert_true (write_invite (f->registry, "old", "alice", JF_ROLE_USER, NULL, 60, NULL));
  g_assert_cmpuint (jf_registry_count_invitations (f->registry), ==, 2);
  reopen (f);
  g_assert_cmpuint (jf_registry_count_invitations (f->registry), ==, 2);
}

static void
test_lists_sorted (Fixture *f, gconstpointer backend)
{
  const char *labels[] = { "zoe", "alice", "m-1", "m.1" };
  const char *sorted[] = { "alice", "m-1", "m.1", "zoe" };
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GPtrArray) services = NULL;

  for (unsigned i = 0; i < 4; i++)
    {
      JfKeyId key = key_id ((uint8_t) (9 - i));
      JfServiceRecord service = web_service (labels[i]);

      add_member (f->registry, labels[i], JF_ROLE_PROVIDER, &key);
      g_assert_true (write_service (f->registry, &service, NULL));
    }
  members = jf_registry_list_members (f->registry);
  devices = jf_registry_list_devices (f->registry);
  services = jf_registry_list_services (f->registry);
  g_assert_cmpuint (members->len, ==, 4);
  for (unsigned i = 0; i < 4; i++)
    {
      g_assert_cmpstr (((JfMember *) members->pdata[i])->label, ==, sorted[i]);
      g_assert_cmpstr (((JfServiceRecord *) services->pdata[i])->provider, ==, sorted[i]);
      g_assert_cmpuint (((JfDevice *) devices->pdata[i])->key_id.bytes[0], ==, 6 + i);
    }
}

static void
test_audit (Fixture *f, gconstpointer backend)
{
  g_autoptr (GPtrArray) lines = NULL;
  g_autoptr (GPtrArray) page = NULL;
  JfAuditLine line = {
    .time = 42,
    .event = (char *) "join",
    .member = (char *) "alice",
    .device = (char *) "KEY",
    .service = (char *) "clinic/web",
    .tunnel = 17,
    .detail = (char *) "it's \"so\"",
  };
  JfAuditLine *first;

  jf_registry_audit_async (f->registry, &line, NULL, NULL);
  for (int i = 0; i < 9; i++)
    jf_registry_audit_async (f->registry, &(JfAuditLine){ .event = (char *) "x" }, NULL, NULL);
  lines = read_audit (f->registry, 0, 100, NULL); /* after the writes, without waiting */
  g_assert_cmpuint (lines->len, ==, 10);
  first = lines->pdata[0];
  g_assert_cmpint (first->time, ==, 42);
  g_assert_cmpstr (first->event, ==, "join");
  g_assert_cmpstr (first->member, ==, "alice");
  g_assert_cmpstr (first->device, ==, "KEY");
  g_assert_cmpstr (first->service, ==, "clinic/web");
  g_assert_cmpint (first->tunnel, ==, 17);
  g_assert_cmpstr (first->detail, ==, "it's \"so\"");
  g_assert_cmpstr (((JfAuditLine *) lines->pdata[1])->member, ==, "");
  g_assert_cmpint (((JfAuditLine *) lines->pdata[1])->time, >, 1600000000);
  reopen (f);
  page = read_audit (f->registry, first->id + 2, 3, NULL);
  g_assert_cmpuint (page->len, ==, 3);
  g_assert_cmpint (((JfAuditLine *) page->pdata[0])->id, ==, first->id + 7);
  g_assert_cmpint (((JfAuditLine *) page->pdata[2])->id, ==, first->id + 9);
}

static void
write_lines (JfRegistry *registry, int64_t time, unsigned count)
{
  for (unsigned i = 0; i < count; i++)
    jf_registry_audit_async (registry, &(JfAuditLine){ .event = (char *) "x", .time = time }, NULL,
                             NULL);
}

/* Old lines go, so many at a time, and their ids do not come again. */
static void
test_audit_purge (Fixture *f, gconstpointer backend)
{
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;
  JfAuditLine *oldest;

  write_lines (f->registry, 100, JF_AUDIT_PURGE_MAX);
  write_lines (f->registry, 200, 5);
  g_assert_cmpint (purge_audit (f->registry, 100, NULL), ==, 0);
  write_lines (f->registry, 100, 1); /* the clock went back */
  before = read_audit (f->registry, 0, 1, NULL);
  g_assert_cmpint (purge_audit (f->registry, 200, NULL), ==, JF_AUDIT_PURGE_MAX);
  g_assert_cmpint (purge_audit (f->registry, 200, NULL), ==, 1);
  g_assert_cmpint (purge_audit (f->registry, 200, NULL), ==, 0);
  after = read_audit (f->registry, 0, 100, NULL);
  g_assert_cmpuint (after->len, ==, 5);
  oldest = after->pdata[0];
  g_assert_cmpint (oldest->time, ==, 200);

  g_assert_cmpint (purge_audit (f->registry, INT64_MAX, NULL), ==, 5);
  reopen (f);
  g_assert_true (write_audit (f->registry, "x", NULL));
  g_clear_pointer (&after, g_ptr_array_unref);
  after = read_audit (f->registry, 0, 100, NULL);
  g_assert_cmpuint (after->len, ==, 1);
  g_assert_cmpint (((JfAuditLine *) after->pdata[0])->id, >,
                   ((JfAuditLine *) before->pdata[0])->id);
}

/* One bad write among good ones, all under way together. */
static void
test_failures_are_own (Fixture *f, gconstpointer backend)
{
  JfServiceRecord orphan = web_service ("stranger");
  JfKeyId key = key_id (1);
  Waiter waiters[30] = { 0 };

  add_member (f->registry, "clinic", JF_ROLE_PROVIDER, &key);
  for (unsigned i = 0; i < 30; i++)
    {
      g_autofree char *name = g_strdup_printf ("s%u", i);
      JfServiceRecord service = web_service ("clinic");

      service.name = name;
      jf_registry_put_service_async (f->registry, i % 3 ? &service : &orphan, waiter_cb,
                                     &waiters[i]);
    }
  for (unsigned i = 0; i < 30; i++)
    g_assert_cmpint (waiter_finish (&waiters[i], f->registry, NULL), ==, i % 3 != 0);
  for (int again = 0; again < 2; again++)
    {
      g_autoptr (GPtrArray) services = jf_registry_list_services (f->registry);

      g_assert_cmpuint (services->len, ==, 20);
      reopen (f);
    }
}

static void
expect_invalid (Waiter *waiter, JfRegistry *registry)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (waiter->result); /* never from inside the call */
  g_assert_false (waiter_finish (waiter, registry, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
}

static void
test_invalid_arguments (Fixture *f, gconstpointer backend)
{
  g_autofree char *hash = jf_invitation_code_hash ("x");
  const char *spaced[] = { "two words", NULL };
  const char *hashes[] = { NULL, "", "short", "G" };
  g_autofree char *long_title = g_strnfill (201, 'x');
  JfServiceRecord service = web_service ("clinic");
  Waiter waiter = { 0 };

  for (unsigned i = 0; i < G_N_ELEMENTS (hashes); i++)
    {
      jf_registry_invite_async (f->registry, hashes[i], "a", JF_ROLE_USER, NULL, 1, waiter_cb,
                                &waiter);
      expect_invalid (&waiter, f->registry);
    }
  jf_registry_invite_async (f->registry, hash, "A b", JF_ROLE_USER, NULL, 1, waiter_cb, &waiter);
  expect_invalid (&waiter, f->registry);
  jf_registry_invite_async (f->registry, hash, NULL, JF_ROLE_USER, NULL, 1, waiter_cb, &waiter);
  expect_invalid (&waiter, f->registry);
  jf_registry_invite_async (f->registry, hash, "a", JF_ROLE_USER, spaced, 1, waiter_cb, &waiter);
  expect_invalid (&waiter, f->registry);
  service.allow = (char **) spaced;
  jf_registry_put_service_async (f->registry, &service, waiter_cb, &waiter);
  expect_invalid (&waiter, f->registry);
  service = web_service ("clinic");
  service.title = long_title;
  jf_registry_put_service_async (f->registry, &service, waiter_cb, &waiter);
  expect_invalid (&waiter, f->registry);
  service.title = (char *) "\xff";
  jf_registry_put_service_async (f->registry, &service, waiter_cb, &waiter);
  expect_invalid (&waiter, f->registry);
}

/* What was asked for before the end is stored; what comes after it is refused. */
static void
test_close (Fixture *f, gconstpointer backend)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) read_error = NULL;
  g_autoptr (GError) purge_error = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  Waiter waiters[100] = { 0 };
  unsigned i;

  for (i = 0; i < 100; i++)
    jf_registry_audit_async (f->registry, &(JfAuditLine){ .event = (char *) "x" }, waiter_cb,
                             &waiters[i]);
  jf_registry_close (f->registry);
  jf_registry_close (f->registry);
  for (i = 0; i < 100; i++)
    g_assert_true (waiter_finish (&waiters[i], f->registry, NULL));
  g_assert_false (write_audit (f->registry, "late", &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_CLOSED);
  g_assert_cmpint (purge_audit (f->registry, 1, &purge_error), ==, -1);
  g_assert_error (purge_error, JF_ERROR, JF_ERROR_CLOSED);
  g_assert_null (read_audit (f->registry, 0, 1, &read_error));
  g_assert_error (read_error, JF_ERROR, JF_ERROR_CLOSED);
  reopen (f);
  lines = read_audit (f->registry, 0, 1000, NULL);
  g_assert_cmpuint (lines->len, ==, 100);
}

static void
closing_cb (GObject *source, GAsyncResult *result, gpointer waiter)
{
  jf_registry_close (JF_REGISTRY (source));
  waiter_cb (source, result, waiter);
}

/* A callback may end the registry in the middle of its outcomes. */
static void
test_close_inside_callback (Fixture *f, gconstpointer backend)
{
  Waiter waiters[10] = { 0 };

  for (unsigned i = 0; i < 10; i++)
    jf_registry_audit_async (f->registry, &(JfAuditLine){ .event = (char *) "x" }, closing_cb,
                             &waiters[i]);
  for (unsigned i = 0; i < 10; i++)
    g_assert_true (waiter_finish (&waiters[i], f->registry, NULL));
}

static void
test_roles (void)
{
  g_autoptr (GError) error = NULL;
  JfRole role;

  g_assert_true (jf_role_parse (jf_role_name (JF_ROLE_USER), &role, NULL));
  g_assert_cmpint (role, ==, JF_ROLE_USER);
  g_assert_true (jf_role_parse (jf_role_name (JF_ROLE_PROVIDER), &role, NULL));
  g_assert_cmpint (role, ==, JF_ROLE_PROVIDER);
  g_assert_false (jf_role_parse (NULL, &role, NULL));
  g_assert_false (jf_role_parse (jf_role_name (JF_ROLE_SAME), &role, NULL));
  g_assert_false (jf_role_parse ("root", &role, &error));
  g_assert_error (error, JF_ERROR, JF_ERROR_INVALID);
}

typedef void (*TestFunc) (Fixture *f, gconstpointer backend);

void
registry_contract_add (const RegistryBackend *backend)
{
  static const struct
  {
    const char *name;
    TestFunc run;
  } tests[] = {
    { "empty", test_empty },
    { "enroll", test_enroll },
    { "bad-invitation", test_bad_invitation },
    { "single-use", test_single_use },
    { "groups-gather", test_groups_gather },
    { "role-is-kept", test_role_is_kept },
    { "role-is-lost", test_role_is_lost },
    { "device-moves", test_device_moves },
    { "service", test_service },
    { "may-use", test_may_use },
    { "delete-member", test_delete_member },
    { "delete-invited", test_delete_invited },
    { "delete-device", test_delete_device },
    { "expired-go", test_expired_go },
    { "lists-sorted", test_lists_sorted },
    { "audit", test_audit },
    { "audit-purge", test_audit_purge },
    { "failures-are-own", test_failures_are_own },
    { "invalid-arguments", test_invalid_arguments },
    { "close", test_close },
    { "close-inside-callback", test_close_inside_callback },
  };

  g_test_add_func ("/registry/roles", test_roles);
  for (unsigned i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      g_autofree char *path = g_strdup_printf ("/registry/%s/%s", backend->name, tests[i].name);

      g_test_add (path, Fixture, backend, setup, tests[i].run, teardown);
    }
}
