/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/wire/jf-message.h"
#include "manager/control/jf-control.h"
#include "manager/control/jf-joins.h"
#include "manager/control/jf-member-conn.h"
#include "manager/control/jf-offers.h"
#include "manager/control/jf-watchers.h"

G_BEGIN_DECLS

/* What the files of this folder share; nobody outside includes it but their tests. */

/* How long a gateway may take to answer S3b with S4b, and S6 with S7. The client's S4a has no
 * deadline: its target may be unreachable for as long as it likes. */
#define JF_ANSWER_TIMEOUT_MS 30000
/* Messages of one connection that wait behind a write to the registry. */
#define JF_PENDING_MAX       4096
#define JF_PENDING_MAX_BYTES (1024 * 1024)
/* S3b that one gateway may leave unanswered; further joins wait. A provider that comes back to
 * thousands of waiting users must not find JF_CONTROL_QUEUE_MAX_BYTES in its way. */
#define JF_UNANSWERED_MAX 1024
/* `request` is a number that JSON carries exactly. */
#define JF_REQUEST_MAX ((INT64_C (1) << 53) - 1)

struct JfControl
{
  int references; /* one is the owner's, one each of a write that is under way */
  JfRegistry *registry;
  JfSwitch *sw;
  char *software;
  char *public_address;
  JfKeyId manager;
  gboolean keep_addresses;
  unsigned audit_days;
  GSource *purge_timer; /* NULL when all of the audit is kept */
  uint64_t n_purged;    /* lines, since the log said so */
  uint64_t n_audited;   /* lines that went to the registry; it answers in their order */
  uint64_t n_settled;   /* and those of them that it has answered */
  GQueue audit_waiters; /* see jf-audit.c */
  GHashTable *conns;    /* set of JfMemberConn, holds a reference: every connection */
  GHashTable *welcomed; /* key id -> JfMemberConn: the one connection of each device */
  GHashTable *commits;  /* member -> GQueue of JfRegistration, see jf-registration.c */
  JfOffers *offers;
  JfJoins *joins;
  JfWatchers *watchers;
  int64_t started_us;
  unsigned answer_timeout_ms;
  unsigned hello_timeout_ms;
  unsigned unanswered_max;
  gboolean stopping;
  gboolean freed;
  JfTask stopped;
  gpointer stopped_data;
};

JfControl *jf_control_ref (JfControl *self);
void jf_control_unref (JfControl *self);

/* One message type's work. FALSE with an error means that the peer broke the protocol: it is told
 * so and the connection ends. Everything else is answered by the handler itself. */
typedef gboolean (*JfMessageHandler) (JfControl *self,
                                      JfMemberConn *conn,
                                      JsonObject *message,
                                      GError **error);

/* The whole life of one message, also of one that had to wait. */
void jf_control_dispatch (JfControl *self, JfMemberConn *conn, GBytes *message);

/* The connection is out of every table and ends after what was sent. Idempotent. */
void jf_control_drop (JfControl *self, JfMemberConn *conn, JfError code, const char *message);

/* The member's or device's own connections: told `not-enrolled` and ended, their tunnels
 * removed. `device` NULL means all of the member. */
void jf_control_expel (JfControl *self, const char *member, const JfKeyId *device);

gboolean jf_control_member_online (JfControl *self, const char *member);

/* "PROVIDER/NAME" */
char *jf_control_service_id (const JfServiceRecord *record);

G_END_DECLS
