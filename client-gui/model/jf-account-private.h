/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-account-files.h"
#include "client-gui/model/jf-account.h"
#include "client-gui/model/jf-item-list.h"
#include "client-gui/model/jf-keyring.h"

G_BEGIN_DECLS

/* jf-account.c holds it and says what it is, jf-account-start.c gets it going and ends it,
 * jf-account-items.c keeps its items. */
struct _JfAccount
{
  GObject parent_instance;

  char *id;
  char *dir;
  char *host; /* "" before the files were read */
  char *title;
  char *member; /* NULL unknown */
  JfKeyId manager;
  JfKeyId device;
  gboolean has_device;
  uint16_t port;

  JfAccountState state;
  GError *error;
  char *reason;
  char *key_place;
  int64_t since;
  gboolean known;   /* the services */
  gboolean in_file; /* the key */
  gboolean asked;   /* the user wants it to dial now */
  gboolean fixed_ports;
  gboolean restore;
  char *proxy;

  JfKeyring *keyring; /* NULL: keys in files */
  GCancellable *cancellable;
  JfState *files;   /* NULL before they were read, and after the end */
  char *keyring_id; /* NULL: the key is in a file */
  JfMemory *memory;
  JfSupportLog *log;
  JfEngine *engine;
  unsigned retry; /* source id: to ask the keyring again */
  gboolean reading;

  JfItemList *items;
  GHashTable *by_service; /* the item's own service -> JfItem (held by items) */
  unsigned sync;          /* source id */

  GTask *leaving;
  unsigned leave_timer;
};

typedef enum
{
  JF_ACCOUNT_PROP_0,
  JF_ACCOUNT_PROP_TITLE,
  JF_ACCOUNT_PROP_STATE,
  JF_ACCOUNT_PROP_STATE_TEXT,
  JF_ACCOUNT_PROP_REASON,
  JF_ACCOUNT_PROP_SINCE,
  JF_ACCOUNT_PROP_MEMBER,
  JF_ACCOUNT_PROP_SERVICES_KNOWN,
  JF_ACCOUNT_N_PROPS
} JfAccountProp;

/* dir: the state directory of this manager, whose base name is its key id. */
JfAccount *jf_account_new (const char *dir, const JfKeyId *manager, JfKeyring *keyring);
/* Before it is started: what was joined is joined again. TRUE from the beginning. */
void jf_account_set_restore (JfAccount *self, gboolean restore);
void jf_account_set_fixed_ports (JfAccount *self, gboolean fixed_ports);
/* (transfer none) where its key is in the keyring; NULL: in a file, or not known yet */
const char *jf_account_get_keyring_id (JfAccount *self);

/* for its items */
void jf_account_item_changed (JfAccount *self, JfItem *item, const char *property);
void jf_account_log_item (JfAccount *self, JfItem *item);
/* It may not have to be shown any more. */
void jf_account_check_item (JfAccount *self, JfItem *item);
/* A key of this provider is trusted now. */
void jf_account_retry_trusted (JfAccount *self, const char *provider, const JfKeyId *key);
gboolean jf_account_is_ending (JfAccount *self);

/* between the files; error may be NULL */
void jf_account_set_state (JfAccount *self, JfAccountState state, const GError *error);
void jf_account_notify (JfAccount *self, JfAccountProp prop);
void jf_account_take_enrolment (JfAccount *self, const JfEnrolment *enrolment);
void jf_account_set_key_place (JfAccount *self, gboolean in_file);
void jf_account_stop (JfAccount *self);
void jf_account_apply_proxy (JfAccount *self);
void jf_account_items_init (JfAccount *self);
void jf_account_items_free (JfAccount *self);
/* What is remembered, and what the engine lists. */
void jf_account_items_sync (JfAccount *self);
void jf_account_items_watch (JfAccount *self);
void jf_account_items_update (JfAccount *self);
void jf_account_items_restore (JfAccount *self);
void jf_account_items_release (JfAccount *self);

G_END_DECLS
