/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "client-gui/model/jf-item.h"
#include "client-gui/model/jf-memory.h"
#include "client-gui/model/jf-support-log.h"
#include "gateway/engine/jf-engine.h"

G_BEGIN_DECLS

/* One manager that this app is enrolled with: its state directory, device key, engine and
 * services. Lives in the main context; never blocks it. Properties with notify: "title" s, "member" s,
 * "state" (JfAccountState) i, "state-text" s, "reason" s, "since" i64, "services-known" b.
 * Signal "item-changed" (JfItem *, const char *property): see JfCatalog. */
#define JF_TYPE_ACCOUNT (jf_account_get_type ())
G_DECLARE_FINAL_TYPE (JfAccount, jf_account, JF, ACCOUNT, GObject)

typedef enum
{
  JF_ACCOUNT_STARTING,   /* reading its files and its key */
  JF_ACCOUNT_LOCKED,     /* the keyring is locked or does not answer: jf_account_unlock() */
  JF_ACCOUNT_CONNECTING, /* dialling */
  JF_ACCOUNT_ONLINE,
  JF_ACCOUNT_OFFLINE, /* will dial again; the reason says why it could not */
  JF_ACCOUNT_REFUSED, /* for good: revoked, wrong key, shared key; see the error */
  JF_ACCOUNT_BROKEN,  /* its files cannot be used; nothing was overwritten */
  JF_ACCOUNT_LEAVING, /* the app ends or forgets it */
} JfAccountState;

const char *jf_account_get_id (JfAccount *self); /* the manager's key id as text */
const char *jf_account_get_dir (JfAccount *self);
const char *jf_account_get_host (JfAccount *self);
uint16_t jf_account_get_port (JfAccount *self);
const char *jf_account_get_title (JfAccount *self);  /* host, with the port when it is not 443 */
const char *jf_account_get_member (JfAccount *self); /* label at the manager; NULL unknown */
const JfKeyId *jf_account_get_manager_key (JfAccount *self);
const JfKeyId *jf_account_get_device_key (JfAccount *self); /* NULL before it is read */
gboolean jf_account_get_key_in_file (
    JfAccount *self); /* the key is in a 0600 file, not in the Secret Service */
const char *jf_account_get_key_place (
    JfAccount *self); /* a sentence for the user: where the key is and why */

JfAccountState jf_account_get_state (JfAccount *self);
const char *jf_account_get_state_text (JfAccount *self);
const char *jf_account_get_reason (JfAccount *self); /* whole sentences; NULL */
const GError *jf_account_get_error (JfAccount *self);
int64_t jf_account_get_since (JfAccount *self);
int jf_account_get_retry_ms (JfAccount *self);
/* (transfer full) "Directly, over IPv6", "Through the proxy proxy.example"; NULL while not
 * online */
char *jf_account_describe_way (JfAccount *self);
gboolean jf_account_services_known (JfAccount *self);

GListModel *jf_account_get_items (JfAccount *self); /* (transfer none) of JfItem */
JfItem *jf_account_find (JfAccount *self,
                         const char *service);     /* (transfer none) full name; NULL */
JfEngine *jf_account_get_engine (JfAccount *self); /* NULL before CONNECTING */
JfMemory *jf_account_get_memory (JfAccount *self);
JfSupportLog *jf_account_get_log (JfAccount *self);

void jf_account_start (JfAccount *self);
/* Dials at once; what was BROKEN is read again, a keyring asked again without a prompt. */
void jf_account_try_now (JfAccount *self);
void jf_account_unlock (JfAccount *self); /* asks the keyring again, with its own prompt */
/* Which proxy: see jf_engine_set_proxy(); NULL, "" and what is none: the system's. */
void jf_account_set_proxy (JfAccount *self, const char *mode_or_url);
/* Leaves everything and ends the engine in order, within 4 s. */
void jf_account_leave_async (JfAccount *self, GAsyncReadyCallback callback, gpointer data);
gboolean jf_account_leave_finish (JfAccount *self, GAsyncResult *result, GError **error);

G_END_DECLS
