/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/registry/jf-registry.h"

G_BEGIN_DECLS

/* What every backend of the registry promises (jf-registry.h), as tests. */
typedef struct
{
  const char *name;
  /* An empty storage that can be opened again and again, and its end. */
  gpointer (*make) (void);
  JfRegistry *(*open) (gpointer storage, GError **error);
  void (*drop) (gpointer storage);
} RegistryBackend;

/* Adds the tests as /registry/NAME/…; `backend` is static. */
void registry_contract_add (const RegistryBackend *backend);

/* Writes that are waited for; they return what the callback said. */
gboolean write_invite (JfRegistry *registry,
                       const char *code,
                       const char *member,
                       JfRole role,
                       const char *group, /* may be NULL */
                       int64_t expires_in_s,
                       GError **error);
gboolean write_enroll (JfRegistry *registry,
                       const char *code,
                       const JfKeyId *device,
                       GError **error);
gboolean write_service (JfRegistry *registry, const JfServiceRecord *service, GError **error);
gboolean write_audit (JfRegistry *registry, const char *event, GError **error);
gssize purge_audit (JfRegistry *registry, int64_t before, GError **error);
GPtrArray *read_audit (JfRegistry *registry, int64_t after, unsigned limit, GError **error);
/* A member with one device. */
void add_member (JfRegistry *registry, const char *label, JfRole role, const JfKeyId *device);

JfKeyId key_id (uint8_t fill);

typedef struct
{
  GAsyncResult *result;
} Waiter;

void waiter_cb (GObject *source, GAsyncResult *result, gpointer waiter);
gboolean waiter_finish (Waiter *waiter, JfRegistry *registry, GError **error);

G_END_DECLS
