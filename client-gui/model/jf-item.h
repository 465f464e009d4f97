/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

#include "client-gui/model/jf-throughput.h"
#include "gateway/engine/jf-join.h"
#include "gateway/engine/jf-service.h"

G_BEGIN_DECLS

typedef struct _JfAccount JfAccount;

/* One service as the user sees it: what the manager says of it, what the user did with it (join,
 * favourite, last use), and in what state it is. Made by its account; lives in the main context.
 * Properties (all readable, with notify only when the value has changed): "title" "provider"
 * "provider-title" s; "state" (JfItemState) i; "state-text" s (in words, for a row); "reason" s
 * (why, NULL none); "since" i64; "favourite" b; "used" i64; "address" s (NULL none); "online" b;
 * "icon-name" s (of the state: symbolic); "wanted" b; "open" "app" s. */
#define JF_TYPE_ITEM (jf_item_get_type ())
G_DECLARE_FINAL_TYPE (JfItem, jf_item, JF, ITEM, GObject)

typedef enum
{
  JF_ITEM_AVAILABLE,  /* may be joined now */
  JF_ITEM_OFFLINE,    /* the provider is not connected; joining waits for it */
  JF_ITEM_UNKNOWN,    /* this app is not connected to the manager: nothing newer is known */
  JF_ITEM_CONNECTING, /* the user wants it; under way */
  JF_ITEM_WAITING,    /* the user wants it; it waits, the reason says for what */
  JF_ITEM_CONNECTED,  /* S5 */
  JF_ITEM_LEAVING,
  JF_ITEM_FAILED, /* stopped for good: the user must do something, see the reason */
  JF_ITEM_GONE,   /* withdrawn or not allowed any more; shown because the user had it */
} JfItemState;

/* "MANAGER-KEY-ID/PROVIDER/NAME": names it in actions, notifications and the search provider. */
const char *jf_item_get_id (JfItem *self);
JfAccount *jf_item_get_account (JfItem *self);  /* (transfer none) NULL when it has gone */
const char *jf_item_get_service (JfItem *self); /* "PROVIDER/NAME" */
const char *jf_item_get_name (JfItem *self);
const char *jf_item_get_provider (JfItem *self);
const char *jf_item_get_title (JfItem *self);       /* plain text, one line; never empty */
const char *jf_item_get_search_key (JfItem *self);  /* case-folded title, provider, name */
const char *jf_item_get_collate_key (JfItem *self); /* of the title */
const char *jf_item_get_open (JfItem *self);        /* URI template; NULL none */
const char *jf_item_get_app (JfItem *self);         /* AppStream id; NULL none */
uint16_t jf_item_get_service_port (JfItem *self);   /* host order, the hint */
gboolean jf_item_get_online (JfItem *self);

JfItemState jf_item_get_state (JfItem *self);
const char *jf_item_get_state_text (JfItem *self); /* "Connected", "Provider is offline" */
const char *jf_item_get_icon_name (JfItem *self);
const char *jf_item_get_reason (JfItem *self);  /* whole sentences for the user; NULL */
const GError *jf_item_get_error (JfItem *self); /* behind the reason; NULL */
int64_t jf_item_get_since (JfItem *self);  /* unix seconds of the last change of state; 0 never */
int jf_item_get_retry_ms (JfItem *self);   /* until the next try; -1 none awaited */
gboolean jf_item_is_wanted (JfItem *self); /* joined by the user's wish, in whatever state */

/* Where programs connect: "127.83.4.12:8080" or a path; NULL none. host and port apart for
 * templates. */
const char *jf_item_get_address (JfItem *self);
const JfPseudo *jf_item_get_pseudo (JfItem *self);
JfJoin *jf_item_get_join (JfItem *self); /* (transfer none) NULL */
/* Samples of both directions, one a second while it is connected; same object all the time. */
JfThroughput *jf_item_get_throughput (JfItem *self);

gboolean jf_item_get_favourite (JfItem *self);
void jf_item_set_favourite (JfItem *self, gboolean favourite);
int64_t jf_item_get_used (JfItem *self);

/* S2. Remembers the wish first, so that it is joined again after a restart. While it is being
 * left, it is joined as soon as that is done. Failures become the item's state and reason. */
void jf_item_connect (JfItem *self);
/* S6. The wish ends. */
void jf_item_disconnect (JfItem *self);
/* Asks again at once: dials, joins and probes. */
void jf_item_try_now (JfItem *self);

/* What the user chose: NULL the stable address; else text for jf_pseudo_spec_parse(). When
 * connected it moves: the new socket opens first, the old one closes then; open connections of
 * programs stay. JF_ERROR_INVALID, JF_ERROR_BUSY (the old one stays). */
gboolean jf_item_set_listen (JfItem *self, const char *listen, GError **error);
char *jf_item_get_listen (JfItem *self); /* (transfer full); NULL stable */

/* The reason is JF_ERROR_WRONG_KEY of the provider: trust the key that was offered instead of
 * the pinned one, and join again. Only after the user said so in the dialog that shows both
 * keys. */
gboolean jf_item_trust_offered_key (JfItem *self, GError **error);
/* That key and the pinned one, while the reason is JF_ERROR_WRONG_KEY; else NULL. No offered key but
 * an expected one: whoever answered is not the one the manager named, nothing is to be trusted. */
const JfKeyId *jf_item_get_offered_key (JfItem *self);
const JfKeyId *jf_item_get_expected_key (JfItem *self);

/* Which desktop application opens it, as the user chose; NULL none chosen. */
char *jf_item_get_opener (JfItem *self); /* (transfer full) */
void jf_item_set_opener (JfItem *self, const char *desktop_id);

G_END_DECLS
