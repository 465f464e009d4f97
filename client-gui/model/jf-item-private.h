/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-account.h"
#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* What an account does with its items. jf-item.c holds them, jf-item-state.c works out what is shown,
 * jf-item-join.c does what the user wants. */
struct _JfItem
{
  GObject parent_instance;

  JfAccount *account; /* borrowed; NULL when it has gone */
  gboolean detached;  /* `account` is a weak pointer */
  char *id;
  char *service;
  char *provider;
  const char *name; /* in service */
  char *title;
  char *search_key;
  char *collate_key;
  JfService *info; /* NULL: not in the manager's list, or nothing was heard yet */
  char *open;      /* as it was last seen */
  char *app;
  uint16_t port;

  gboolean wanted;
  gboolean favourite;
  int64_t used;

  JfJoin *join;          /* NULL none */
  JfPseudoSpec *spec;    /* of the join's address */
  GError *failure;       /* why the last join ended; NULL it did not */
  gboolean with_session; /* the failure is that of the session */
  JfKeyId offered;       /* JF_ERROR_WRONG_KEY of the provider: */
  JfKeyId expected;
  gboolean has_offered;
  gboolean has_expected;
  GSource *again; /* to join what is listed, and was refused all the same */
  unsigned again_s;

  /* as shown, and said with notify */
  JfItemState state;
  const char *state_text;
  char *reason;
  GError *error;
  int64_t since;
  char *address;
  gboolean online;

  JfThroughput *throughput; /* NULL until somebody asks */
  gboolean sampled;         /* there is a timer for it */
  gboolean active;          /* there was something at the last sample */
  gboolean skipped;         /* since the last one nobody looked, and nothing was there */
  uint64_t last_received;
  uint64_t last_sent;
};

typedef enum
{
  JF_ITEM_PROP_0,
  JF_ITEM_PROP_TITLE,
  JF_ITEM_PROP_PROVIDER,
  JF_ITEM_PROP_PROVIDER_TITLE,
  JF_ITEM_PROP_STATE,
  JF_ITEM_PROP_STATE_TEXT,
  JF_ITEM_PROP_REASON,
  JF_ITEM_PROP_SINCE,
  JF_ITEM_PROP_FAVOURITE,
  JF_ITEM_PROP_USED,
  JF_ITEM_PROP_ADDRESS,
  JF_ITEM_PROP_ONLINE,
  JF_ITEM_PROP_ICON_NAME,
  JF_ITEM_PROP_WANTED,
  JF_ITEM_PROP_OPEN,
  JF_ITEM_PROP_APP,
  JF_ITEM_N_PROPS
} JfItemProp;

JfItem *jf_item_new (JfAccount *account, const char *service);
/* NULL: the manager does not list it (any more). */
void jf_item_set_info (JfItem *self, JfService *info);
/* Works out the state; the account's has changed, or its knowledge of the list. */
void jf_item_update (JfItem *self);
/* There is an engine: what is wanted is joined. */
void jf_item_restore (JfItem *self);
/* Tries again what failed because this key of its provider was not trusted. */
void jf_item_retry_trusted (JfItem *self, const char *provider, const JfKeyId *key);
/* The engine goes; the wish stays. */
void jf_item_release (JfItem *self);
/* It is in its account's list no more; a view may hold it a little longer. */
void jf_item_detach (JfItem *self);
/* The account goes. */
void jf_item_orphan (JfItem *self);
/* Must be shown although the manager does not list it. */
gboolean jf_item_is_held (JfItem *self);
/* Once a second while connected. */
void jf_item_sample (JfItem *self, int64_t now_us);

/* between the files */
/* Notifies of a property; name: also tells who follows all items of the account. NULL: not. */
void jf_item_say (JfItem *self, JfItemProp prop, const char *name);
void jf_item_note_used (JfItem *self);
void jf_item_set_wanted (JfItem *self, gboolean wanted);
void jf_item_clear_again (JfItem *self);
/* The service is not (any more) to be had, as far as anybody knows. */
gboolean jf_item_is_withdrawn (JfItem *self);

G_END_DECLS
