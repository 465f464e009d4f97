/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-key-id.h"
#include "gateway/wire/jf-ticket.h"

G_BEGIN_DECLS

/* One message of a control connection: a JSON object with a string "type" (PROTOCOL.md section 4).
 * The length prefix is the connection's business (jf-conn.h), not ours. */

/* The names of the messages. */
#define JF_MSG_HELLO      "hello"
#define JF_MSG_WELCOME    "welcome"
#define JF_MSG_ENROLL     "enroll"
#define JF_MSG_ENROLLED   "enrolled"
#define JF_MSG_REGISTER   "register"
#define JF_MSG_REGISTERED "registered"
#define JF_MSG_LIST       "list"
#define JF_MSG_SERVICES   "services"
#define JF_MSG_CHANGES    "changes"
#define JF_MSG_JOIN       "join"
#define JF_MSG_WAITING    "waiting"
#define JF_MSG_SETUP      "setup"
#define JF_MSG_READY      "ready"
#define JF_MSG_JOINED     "joined"
#define JF_MSG_LEAVE      "leave"
#define JF_MSG_REMOVE     "remove"
#define JF_MSG_REMOVED    "removed"
#define JF_MSG_LEGS       "legs"
#define JF_MSG_TICKETS    "tickets"
#define JF_MSG_LOAD       "load"
#define JF_MSG_ERROR      "error"

/* A message with "type" already set; (transfer full), JsonObject is reference counted. */
JsonObject *jf_message_new (const char *type);
/* {"type":"error","request":…,"code":…,"message":…}; request 0 means none. */
JsonObject *jf_message_new_error (int64_t request, JfError code, const char *message);

/* Text of the message; fails with JF_ERROR_LIMIT beyond JF_MESSAGE_MAX_BYTES. */
GBytes *jf_message_to_bytes (JsonObject *message, GError **error);

/* Anything from a peer. Refuses what is too long, too deep (JF_MESSAGE_MAX_DEPTH, checked before
 * the JSON parser sees it), not UTF-8, holds NUL, is not an object, or has no string "type":
 * JF_ERROR_PROTOCOL. */
JsonObject *jf_message_parse (const void *data, size_t size, GError **error);
const char *jf_message_type (JsonObject *message);

/* Members of a message from a peer, checked. Fail with JF_ERROR_PROTOCOL and name type and member.
 * Strings are borrowed from the message. "optional" ones return the fallback when the member is
 * absent and fail only when it has the wrong type. */
gboolean jf_message_get_string (JsonObject *message,
                                const char *member,
                                size_t max_bytes,
                                const char **out,
                                GError **error);
gboolean jf_message_get_optional_string (JsonObject *message,
                                         const char *member,
                                         size_t max_bytes,
                                         const char *fallback,
                                         const char **out,
                                         GError **error);
gboolean jf_message_get_int (JsonObject *message,
                             const char *member,
                             int64_t min,
                             int64_t max,
                             int64_t *out,
                             GError **error);
gboolean jf_message_get_optional_int (JsonObject *message,
                                      const char *member,
                                      int64_t min,
                                      int64_t max,
                                      int64_t fallback,
                                      int64_t *out,
                                      GError **error);
/* Absent reads as FALSE. */
gboolean jf_message_get_bool (JsonObject *message,
                              const char *member,
                              gboolean *out,
                              GError **error);
gboolean jf_message_get_key_id (JsonObject *message,
                                const char *member,
                                JfKeyId *out,
                                GError **error);
/* (transfer none) the array, absent is an error; every element is checked to be an object. */
gboolean jf_message_get_objects (JsonObject *message,
                                 const char *member,
                                 unsigned max,
                                 JsonArray **out,
                                 GError **error);
/* NULL-terminated; absent gives an empty list. Free with g_strfreev(). */
gboolean jf_message_get_strings (JsonObject *message,
                                 const char *member,
                                 unsigned max,
                                 size_t max_bytes,
                                 char ***out,
                                 GError **error);
/* Array of JfTicket, from an array of strings; at most JF_TICKETS_PER_MESSAGE_MAX. */
gboolean jf_message_get_tickets (JsonObject *message,
                                 const char *member,
                                 GArray **out,
                                 GError **error);

void jf_message_set_key_id (JsonObject *message, const char *member, const JfKeyId *key_id);
void jf_message_set_strings (JsonObject *message, const char *member, const char *const *strings);
void jf_message_set_tickets (JsonObject *message,
                             const char *member,
                             const JfTicket *tickets,
                             size_t n_tickets);

G_END_DECLS
