/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/wire/jf-message.h"
#include "manager/front/jf-front.h"

G_BEGIN_DECLS

typedef struct JfControl JfControl;
typedef struct JfRegistration JfRegistration;
typedef struct JfWatcher JfWatcher;

/* How far a control connection has come (PROTOCOL.md section 4.1). */
typedef enum
{
  JF_MEMBER_HELLO,    /* nothing said yet */
  JF_MEMBER_STRANGER, /* told `not-enrolled`; may enroll */
  JF_MEMBER_WELCOMED,
  JF_MEMBER_ENDED, /* out of every table; nothing is sent or heard any more */
} JfMemberState;

/* One control connection and whose it is. Main thread. Reference counted, because writes to the
 * registry outlive connections; after the end it is an empty shell. */
typedef struct JfMemberConn JfMemberConn;
struct JfMemberConn
{
  int references;
  JfControl *control; /* NULL once the control is gone */
  JfFrontConn *front;
  JfKeyId key_id;
  char device[JF_KEY_ID_TEXT_SIZE];
  char *member; /* NULL until welcomed */
  JfMemberState state;
  unsigned streams;             /* as of the last `load` */
  GHashTable *joins;            /* service -> JfJoin where this is the client gateway */
  GHashTable *serving;          /* set of JfJoin where this is the server gateway */
  unsigned unanswered;          /* S3b without S4b */
  GHashTable *held;             /* set of services whose joins wait for `unanswered` to fall */
  GHashTable *leaving;          /* tunnel -> S6 sent, S7 not yet here */
  GSource *hello_timer;         /* until `hello` */
  GSource *leave_timer;         /* while something is leaving */
  GSource *list_timer;          /* while pages of a list are to be sent */
  JfRegistration *registration; /* being collected, `more` is to come */
  JfWatcher *watcher;           /* NULL: wants to hear of no changes */
  GQueue pending;               /* GBytes that came while busy */
  size_t pending_bytes;
  size_t message_bytes; /* of the message being handled */
  gboolean busy;
  int64_t refused_since_us; /* how many refused joins were audited lately */
  unsigned refused;
};

JfMemberConn *jf_member_conn_new (JfControl *control, JfFrontConn *front);
JfMemberConn *jf_member_conn_ref (JfMemberConn *self);
void jf_member_conn_unref (JfMemberConn *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfMemberConn, jf_member_conn_unref)

/* (transfer full) message. Nothing happens after the end. */
void jf_member_conn_send (JfMemberConn *self, JsonObject *message);
/* (transfer full) text: a whole message as JSON, within JF_MESSAGE_MAX_BYTES. */
void jf_member_conn_send_text (JfMemberConn *self, char *text);
void jf_member_conn_error (JfMemberConn *self, int64_t request, JfError code, const char *message);
/* The one answer for what is absent and for what is not allowed, made here alone so that it is the
 * same byte for byte. */
void jf_member_conn_not_available (JfMemberConn *self, int64_t request);

/* Messages wait from now on, in order, until jf_member_conn_release(). */
void jf_member_conn_hold (JfMemberConn *self);
void jf_member_conn_release (JfMemberConn *self);
/* FALSE when too many wait already. */
gboolean jf_member_conn_enqueue (JfMemberConn *self, GBytes *message);

/* S6 to this gateway, and the clock for its S7. */
void jf_member_conn_remove (JfMemberConn *self,
                            uint64_t tunnel,
                            JfError code,
                            const char *message,
                            gboolean final);
/* S7 has come. */
void jf_member_conn_removed (JfMemberConn *self, uint64_t tunnel);
/* Is S7 still to come? Until then, what this gateway says about the tunnel is about the setup
 * before that S6, not about the one after it. */
gboolean jf_member_conn_is_leaving (JfMemberConn *self, uint64_t tunnel);

/* Frees what only a living connection needs. Not the tables of others: jf_control_drop(). */
void jf_member_conn_end (JfMemberConn *self);

G_END_DECLS
