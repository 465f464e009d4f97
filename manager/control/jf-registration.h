/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-control-private.h"

G_BEGIN_DECLS

/* Step S1: a device says what it offers (PROTOCOL.md section 4.2). It is collected over one or
 * several messages and takes effect at the last: written to the registry first, then in the
 * tables. Registrations of one member are done one after the other, because
 * several of its devices may offer the same service. Main thread. */

/* JSON of one registration in all. Keeps what a provider can make the manager hold bounded. */
#define JF_REGISTRATION_MAX_BYTES (8 * 1024 * 1024)

struct JfRegistration
{
  JfControl *control;
  JfMemberConn *conn; /* NULL: the operator has revoked the device */
  JfKeyId device;
  char *member;
  int64_t request;
  size_t bytes;
  GPtrArray *records; /* JfServiceRecord */
  GHashTable *names;  /* set; the strings are the records' */
  GPtrArray *changed; /* names that the registry did not have like this */
  GPtrArray *moved;   /* withdrawn here, offered elsewhere */
  GPtrArray *forgotten;
  unsigned n_writes;
  gboolean started;
  GError *failure; /* the first of its writes */
};

JfRegistration *jf_registration_new (JfControl *control, JfMemberConn *conn);
void jf_registration_free (JfRegistration *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfRegistration, jf_registration_free)

/* One entry of `services`, checked. Fails with JF_ERROR_PROTOCOL. (jf-service-entry.c) */
JfServiceRecord *jf_service_entry_parse (const char *provider, JsonObject *entry, GError **error);
gboolean jf_service_entry_same (const JfServiceRecord *a, const JfServiceRecord *b);

/* (transfer full) Puts it in its member's queue and starts it when it is the first. */
void jf_registration_commit (JfRegistration *self);
/* A revoked device offers nothing any more. */
void jf_registration_withdraw_all (JfControl *control, const JfKeyId *device, const char *member);

gboolean jf_registration_handle (JfControl *control,
                                 JfMemberConn *conn,
                                 JsonObject *message,
                                 GError **error);
gboolean jf_registration_handle_load (JfControl *control,
                                      JfMemberConn *conn,
                                      JsonObject *message,
                                      GError **error);

G_END_DECLS
