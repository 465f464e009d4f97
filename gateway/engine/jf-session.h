/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

#include "gateway/link/jf-dial.h"
#include "gateway/link/jf-loop.h"

G_BEGIN_DECLS

/* The device's control connection (PROTOCOL.md section 4) kept up: hello, welcome, requests and
 * their answers, and dialling anew when it is lost. Belongs to the thread that made it; events come
 * in that thread's default GMainContext. The descriptors live in the loop. */
typedef struct JfSession JfSession;

typedef enum
{
  JF_SESSION_STOPPED,
  JF_SESSION_CONNECTING, /* dialling, or waiting for the welcome */
  JF_SESSION_CONNECTED,  /* welcomed */
  JF_SESSION_WAITING,    /* lost or not reached; will dial again */
  JF_SESSION_FAILED,     /* for good: dialling again would not help, the error says what would */
} JfSessionState;

const char *jf_session_state_name (JfSessionState state); /* "connecting" */

typedef struct
{
  void (*state) (JfSession *self, gpointer owner);
  /* The answer to an enrolment; the welcome follows. */
  void (*enrolled) (JfSession *self, gpointer owner);
  /* Messages that answer no request. FALSE with an error that says how the manager broke the
   * protocol ends the connection; FALSE without one: an unknown message. */
  gboolean (*message) (JfSession *self, JsonObject *message, gpointer owner, GError **error);
} JfSessionEvents;

/* `message` answers a request, or NULL with an error: the manager's own (its code and text), or
 * JF_ERROR_CLOSED when the connection ended first. Called again while messages say
 * "more". FALSE with an error ends the connection. */
typedef gboolean (*JfSessionReply) (JfSession *self,
                                    JsonObject *message,
                                    const GError *failure,
                                    gpointer data,
                                    GError **error);

/* `code`: the secret of an invitation, used when the manager does not know the device; NULL none. */
JfSession *jf_session_new (JfLoop *loop,
                           JfUplink *uplink,
                           const char *code,
                           const JfSessionEvents *events,
                           gpointer owner);
/* Drops the connection; requests that wait are forgotten without a call. Not from inside an
 * event. */
void jf_session_free (JfSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSession, jf_session_free)

void jf_session_start (JfSession *self);
/* There is a reason to dial now, also after FAILED: the pauses start small again, and the next
 * attempt comes at once (JF_REDIAL_MIN_MS after the one before at the earliest). Nothing happens
 * while it is connected or stopped, and an attempt under way goes on. */
void jf_session_try_now (JfSession *self);
/* Sends what is queued, ends the connection, and becomes STOPPED; within 2 s. */
void jf_session_finish (JfSession *self);

JfSessionState jf_session_get_state (JfSession *self);
/* Since when, in seconds since 1970. */
int64_t jf_session_get_since (JfSession *self);
/* Why it is WAITING or FAILED; otherwise NULL. */
const GError *jf_session_get_error (JfSession *self);
/* Milliseconds to the next attempt while WAITING; otherwise -1. */
int jf_session_get_retry_ms (JfSession *self);
JfUplink *jf_session_get_uplink (JfSession *self);
/* From now on this is dialled; a connection that stands, or is being made, ends with a reason that
 * `why` says, and is made anew at once. */
void jf_session_set_uplink (JfSession *self, JfUplink *uplink, const char *why);
/* FALSE (*out zeroed): not connected. */
gboolean jf_session_get_way (JfSession *self, JfWay *out);
/* FAILED with JF_ERROR_WRONG_KEY: the manager's key as it was seen; otherwise NULL. */
const JfKeyId *jf_session_get_seen_key (JfSession *self);
const char *jf_session_get_member (JfSession *self); /* NULL before the first welcome */
const char *jf_session_get_role (JfSession *self);

/* A message without an answer. FALSE while not connected: it is dropped. */
gboolean jf_session_send (JfSession *self, JsonObject *message);
/* A message with a "request" of its own. Not connected: FALSE, and `reply` is not called. */
gboolean jf_session_request (JfSession *self,
                             JsonObject *message,
                             JfSessionReply reply,
                             gpointer data);
/* For a request of several messages: all carry this number, the last is sent by
 * jf_session_request_numbered(). */
int64_t jf_session_next_number (JfSession *self);
gboolean jf_session_request_numbered (JfSession *self,
                                      JsonObject *message,
                                      int64_t number,
                                      JfSessionReply reply,
                                      gpointer data);
/* No more calls for requests with this data. */
void jf_session_forget (JfSession *self, gpointer data);

G_END_DECLS
