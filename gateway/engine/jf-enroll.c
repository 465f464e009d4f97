/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/engine/jf-enroll.h"

#include <glib/gstdio.h>

#include "gateway/engine/jf-session.h"
#include "gateway/wire/jf-error.h"

typedef struct
{
  GTask *task; /* owns this */
  JfState *state;
  JfEnrolment *enrolment;
  JfLoop *loop;
  JfSession *session;
  GSource *cancelled; /* NULL: cannot be */
  gboolean over;
} Enroll;

static void
clear_cancelled (Enroll *self)
{
  if (self->cancelled == NULL)
    return;
  g_source_destroy (self->cancelled);
  g_clear_pointer (&self->cancelled, g_source_unref);
}

static void
enroll_free (gpointer data)
{
  Enroll *self = data;

  clear_cancelled (self);
  g_clear_pointer (&self->session, jf_session_free);
  g_clear_pointer (&self->loop, jf_loop_free);
  g_clear_pointer (&self->enrolment, jf_enrolment_free);
  g_free (self);
}

/* The session must not be freed from inside its own event. */
static gboolean
release_cb (gpointer data)
{
  Enroll *self = data;

  g_clear_pointer (&self->session, jf_session_free);
  g_object_unref (self->task);
  return G_SOURCE_REMOVE;
}

static void
release_soon (Enroll *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  clear_cancelled (self);
  g_source_set_callback (source, release_cb, self, NULL);
  g_source_attach (source, g_task_get_context (self->task));
}

static void
fail (Enroll *self, GError *error)
{
  self->over = TRUE;
  g_task_return_error (self->task, error);
  release_soon (self);
}

static gboolean
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  Enroll *self = data;

  if (!self->over)
    fail (self, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
  return G_SOURCE_REMOVE;
}

static void
watch_cancelled (Enroll *self)
{
  GCancellable *cancellable = g_task_get_cancellable (self->task);

  if (cancellable == NULL)
    return;
  self->cancelled = g_cancellable_source_new (cancellable);
  g_source_set_callback (self->cancelled, G_SOURCE_FUNC (cancelled_cb), self, NULL);
  g_source_attach (self->cancelled, g_task_get_context (self->task));
}

static void
keep (Enroll *self)
{
  GError *error = NULL;

  self->enrolment->member = g_strdup (jf_session_get_member (self->session));
  self->enrolment->role = g_strdup (jf_session_get_role (self->session));
  if (!jf_state_save_enrolment (self->state, self->enrolment, &error))
    {
      fail (self, error);
      return;
    }
  self->over = TRUE;
  g_task_return_pointer (self->task, g_steal_pointer (&self->enrolment),
                         (GDestroyNotify) jf_enrolment_free);
  release_soon (self);
}

static void
state_cb (JfSession *session, gpointer owner)
{
  Enroll *self = owner;

  if (self->over)
    return;
  switch (jf_session_get_state (session))
    {
    case JF_SESSION_CONNECTED:
      /* Also when the manager knew this device already: the invitation stays unused then. */
      keep (self);
      break;
    case JF_SESSION_WAITING:
    case JF_SESSION_FAILED:
      fail (self, g_error_copy (jf_session_get_error (session)));
      break;
    case JF_SESSION_STOPPED:
    case JF_SESSION_CONNECTING:
      break;
    }
}

static gboolean
message_cb (JfSession *session, JsonObject *message, gpointer owner, GError **error)
{
  return TRUE; /* nothing that comes after the welcome matters here */
}

static const JfSessionEvents session_events = {
  .state = state_cb,
  .message = message_cb,
};

/* The code is used up by the first who presents it, so what must be written later is tried
 * before. */
static gboolean
prepare (Enroll *self, const JfInvitation *invitation, GError **error)
{
  g_autoptr (JfIdentity) identity = jf_state_load_identity (self->state, error);
  g_autoptr (JfUplink) plain = NULL;
  g_autoptr (JfUplink) uplink = NULL;
  g_autofree char *probe = jf_state_path (self->state, "manager.new");

  if (identity == NULL || !jf_state_write (probe, "", 0, error))
    return FALSE;
  (void) g_unlink (probe);
  self->loop = jf_loop_new ("jf-enroll", error);
  if (self->loop == NULL)
    return FALSE;
  self->enrolment = g_new0 (JfEnrolment, 1);
  self->enrolment->host = g_strdup (invitation->host);
  self->enrolment->port = invitation->port;
  self->enrolment->key = invitation->manager;
  plain = jf_uplink_new (&jf_carrier_connect, invitation->host, invitation->port,
                         &invitation->manager, identity);
  uplink = jf_uplink_new_proxied (plain, jf_state_get_proxy (self->state));
  self->session = jf_session_new (self->loop, uplink, invitation->code, &session_events, self);
  return TRUE;
}

void
jf_enroll_async (JfState *state,
                 const JfInvitation *invitation,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Enroll *self = g_new0 (Enroll, 1);
  GError *error = NULL;

  self->task = task;
  self->state = state;
  g_task_set_task_data (task, self, enroll_free);
  watch_cancelled (self);
  if (prepare (self, invitation, &error))
    jf_session_start (self->session);
  else
    fail (self, error);
}

JfEnrolment *
jf_enroll_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
