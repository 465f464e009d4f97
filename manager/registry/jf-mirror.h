/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "manager/registry/jf-registry.h"

G_BEGIN_DECLS

/* The registry in memory: plain ordered tables, and what each change does to them. It has no
 * storage and no threads, so a backend's result can be compared with it. */

typedef struct
{
  char *code_hash;
  char *member; /* may not exist yet */
  JfRole role;
  char **groups; /* sorted, each once */
  int64_t expires;
} JfInvite;

typedef enum
{
  /* The code's hash is not there. Drops the invitations that have expired at `time`. */
  JF_CHANGE_INVITE,
  /* The invitation is there and has not expired at `time`: it goes, member and device come. */
  JF_CHANGE_ENROLL,
  JF_CHANGE_PUT_SERVICE,    /* the provider is there, and has that role */
  JF_CHANGE_DELETE_SERVICE, /* no precondition */
  JF_CHANGE_DELETE_MEMBER,  /* the member, or an invitation for it, is there */
  JF_CHANGE_DELETE_DEVICE,  /* the device is there */
  JF_CHANGE_AUDIT,          /* no precondition; is not mirrored */
  JF_CHANGE_PURGE_AUDIT,    /* the same; the backend sets n_purged */
} JfChangeKind;

/* One change with what its kind needs; the rest is NULL. */
typedef struct
{
  JfChangeKind kind;
  int64_t time;             /* when it was asked for */
  JfInvite *invite;         /* INVITE */
  char *code_hash;          /* ENROLL */
  JfKeyId device;           /* ENROLL, DELETE_DEVICE */
  char *member;             /* DELETE_MEMBER */
  JfServiceRecord *service; /* PUT_SERVICE; DELETE_SERVICE uses provider and name alone */
  JfAuditLine *audit;       /* AUDIT */
  int64_t before;           /* PURGE_AUDIT */
  unsigned n_purged;        /* PURGE_AUDIT, the outcome */
  GTask *task;              /* the base class's */
} JfChange;

JfChange *jf_change_new (JfChangeKind kind);
void jf_change_free (JfChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfChange, jf_change_free)

/* Deep copies in which no text is NULL. */
JfServiceRecord *jf_service_record_copy (const JfServiceRecord *record);
JfAuditLine *jf_audit_line_copy (const JfAuditLine *line);

/* Sorted, each once. NULL reads as none. */
char **jf_labels_normalize (const char *const *labels);

typedef struct JfMirror JfMirror;

JfMirror *jf_mirror_new (void);
void jf_mirror_free (JfMirror *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfMirror, jf_mirror_free)

/* A change whose precondition held. */
void jf_mirror_apply (JfMirror *self, const JfChange *change);

/* Rows. Each makes or replaces; everything is copied. */
void jf_mirror_put_member (JfMirror *self,
                           const char *label,
                           JfRole role,
                           const char *const *groups,
                           int64_t created);
void jf_mirror_put_device (JfMirror *self,
                           const JfKeyId *key_id,
                           const char *member,
                           int64_t enrolled);
void jf_mirror_put_invite (JfMirror *self, const JfInvite *invite);
void jf_mirror_put_service (JfMirror *self, const JfServiceRecord *service);

const JfMember *jf_mirror_get_member (JfMirror *self, const char *label);
const JfDevice *jf_mirror_get_device (JfMirror *self, const JfKeyId *key_id);
const JfServiceRecord *jf_mirror_get_service (JfMirror *self,
                                              const char *provider,
                                              const char *name);
GPtrArray *jf_mirror_list_members (JfMirror *self);
GPtrArray *jf_mirror_list_devices (JfMirror *self);
GPtrArray *jf_mirror_list_services (JfMirror *self);
unsigned jf_mirror_count_invites (JfMirror *self, int64_t now);

G_END_DECLS
