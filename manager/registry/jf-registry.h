/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* What the manager remembers: members, devices, invitations, services, audit. No names of people, no
 * network addresses, no private keys, no invitation code in the clear.
 *
 * Everything but the audit is mirrored in memory: reads are plain calls that never block, and what
 * they return stays valid until the main context runs again. Writes are asynchronous: the callback
 * comes in the main context after the change is on stable storage and in the mirror, or with
 * JF_ERROR_STORAGE and nothing changed. Writes take effect in the order of the calls.
 * A backend is a subclass; tests/unit/registry runs one contract test against each. */
#define JF_TYPE_REGISTRY (jf_registry_get_type ())
G_DECLARE_DERIVABLE_TYPE (JfRegistry, jf_registry, JF, REGISTRY, GObject)

typedef enum
{
  JF_ROLE_USER,
  JF_ROLE_PROVIDER,
  JF_ROLE_SAME, /* only of an invitation: the role that the member has, JF_ROLE_USER for a new one */
} JfRole;

/* Groups that one invitation may name. */
#define JF_GROUPS_MAX 64

const char *jf_role_name (JfRole role); /* "user", "provider"; "" for JF_ROLE_SAME */
/* Only the two that a member can have. */
gboolean jf_role_parse (const char *name, JfRole *out, GError **error);

/* Times are seconds since 1970, UTC. */
typedef struct
{
  char *label;
  JfRole role;
  char **groups; /* sorted */
  int64_t created;
} JfMember;

typedef struct
{
  JfKeyId key_id;
  char *member;
  int64_t enrolled;
} JfDevice;

typedef struct
{
  char *provider; /* a member's label */
  char *name;
  char *kind;
  uint16_t port;
  char *title;
  char *open; /* "" when none */
  char *app;  /* "" when none */
  char **allow;
  int64_t registered;
} JfServiceRecord;

typedef struct
{
  int64_t id; /* counts up; set by the registry */
  int64_t time;
  char *event;  /* "join", "leave", "enroll", "revoke", … */
  char *member; /* labels and ids, "" where there is none */
  char *device;
  char *service;
  int64_t tunnel;
  char *detail;
} JfAuditLine;

void jf_service_record_free (JfServiceRecord *record);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfServiceRecord, jf_service_record_free)
void jf_audit_line_free (JfAuditLine *line);

/* Reads. (transfer none) or (transfer container); lists are sorted by label, key or name. */
const JfMember *jf_registry_get_member (JfRegistry *self, const char *label);
GPtrArray *jf_registry_list_members (JfRegistry *self);
const JfDevice *jf_registry_get_device (JfRegistry *self, const JfKeyId *key_id);
GPtrArray *jf_registry_list_devices (JfRegistry *self);
const JfServiceRecord *jf_registry_get_service (JfRegistry *self,
                                                const char *provider,
                                                const char *name);
GPtrArray *jf_registry_list_services (JfRegistry *self);
/* May this member use this service, by its allow list? The provider itself may. */
gboolean jf_registry_may_use (JfRegistry *self, const char *member, const JfServiceRecord *service);
unsigned jf_registry_count_invitations (JfRegistry *self); /* open and not expired */

/* Writes. NULL callbacks are allowed where the outcome does not matter. Arguments that break a rule
 * (labels, lengths) fail with JF_ERROR_INVALID, too many outstanding writes with JF_ERROR_LIMIT,
 * and any write after jf_registry_close() with JF_ERROR_CLOSED. */

/* Stores an invitation for `member` (may be new). Role and groups take effect when it is used.
 * `code_hash` from jf_invitation_code_hash(). */
void jf_registry_invite_async (JfRegistry *self,
                               const char *code_hash,
                               const char *member,
                               JfRole role,
                               const char *const *groups,
                               int64_t expires,
                               GAsyncReadyCallback callback,
                               gpointer data);
/* Uses an invitation up and makes the device known: both or neither. A member that exists already
 * gains the invitation's groups and takes its role, if it has one; who stops being a provider
 * loses all services. Fails with JF_ERROR_BAD_INVITATION for unknown, used and expired codes
 * alike. A device that another member had moves to the new one. */
void jf_registry_enroll_async (JfRegistry *self,
                               const char *code_hash,
                               const JfKeyId *device,
                               GAsyncReadyCallback callback,
                               gpointer data);
/* Makes or replaces; takes a copy. JF_ERROR_NOT_AVAILABLE when there is no such member, or it is no
 * provider. */
void jf_registry_put_service_async (JfRegistry *self,
                                    const JfServiceRecord *service,
                                    GAsyncReadyCallback callback,
                                    gpointer data);
/* Deleting what is not there succeeds. */
void jf_registry_delete_service_async (JfRegistry *self,
                                       const char *provider,
                                       const char *name,
                                       GAsyncReadyCallback callback,
                                       gpointer data);
/* With its devices, open invitations and services. JF_ERROR_NOT_AVAILABLE when there is neither a
 * member nor an open invitation of that label. */
void jf_registry_delete_member_async (JfRegistry *self,
                                      const char *label,
                                      GAsyncReadyCallback callback,
                                      gpointer data);
/* JF_ERROR_NOT_AVAILABLE when there is none. */
void jf_registry_delete_device_async (JfRegistry *self,
                                      const JfKeyId *key_id,
                                      GAsyncReadyCallback callback,
                                      gpointer data);
/* One more line; id and a zero time are filled in. Takes a copy. */
void jf_registry_audit_async (JfRegistry *self,
                              const JfAuditLine *line,
                              GAsyncReadyCallback callback,
                              gpointer data);
gboolean jf_registry_write_finish (JfRegistry *self, GAsyncResult *result, GError **error);

/* Forgets audit lines from before this time, the oldest first and at most JF_AUDIT_PURGE_MAX, so
 * that other writes do not wait for long: call it again until none goes. */
#define JF_AUDIT_PURGE_MAX 1000
void jf_registry_purge_audit_async (JfRegistry *self,
                                    int64_t before,
                                    GAsyncReadyCallback callback,
                                    gpointer data);
/* How many went; -1 with an error. */
gssize jf_registry_purge_audit_finish (JfRegistry *self, GAsyncResult *result, GError **error);

/* The newest `limit` lines after id `after`, oldest first. Array of JfAuditLine, (transfer full). */
void jf_registry_read_audit_async (JfRegistry *self,
                                   int64_t after,
                                   unsigned limit,
                                   GAsyncReadyCallback callback,
                                   gpointer data);
GPtrArray *jf_registry_read_audit_finish (JfRegistry *self, GAsyncResult *result, GError **error);

/* Waits until every write so far is on stable storage and closes; the callbacks of those writes
 * come now or when the main context runs. Idempotent. Blocks; for the end of the process and for
 * tests. Reads go on to work. */
void jf_registry_close (JfRegistry *self);

/* What a backend implements is in jf-registry-backend.h. */

G_END_DECLS
