/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "client-gui/model/jf-account-private.h"
#include "gateway/wire/jf-error.h"

/* How an account gets going: files, key, engine; and how it ends. */

/* A keyring that could not be had is asked again, without a prompt. */
#define KEYRING_RETRY_S  30
#define LEAVE_TIMEOUT_MS 4500

static void ask_keyring (JfAccount *self, gboolean may_prompt);

static void
follow_session (JfAccount *self)
{
  const GError *error = jf_engine_get_session_error (self->engine);

  switch (jf_engine_get_session_state (self->engine))
    {
    case JF_SESSION_CONNECTED:
      jf_account_take_enrolment (self, jf_engine_get_enrolment (self->engine));
      jf_account_set_state (self, JF_ACCOUNT_ONLINE, NULL);
      /* What had failed with the session is wanted still. */
      jf_account_items_restore (self);
      break;
    case JF_SESSION_CONNECTING:
      /* Redialling by itself is no news, and not the end of being offline. */
      if (self->state != JF_ACCOUNT_OFFLINE || self->asked)
        jf_account_set_state (self, JF_ACCOUNT_CONNECTING, NULL);
      break;
    case JF_SESSION_WAITING:
      jf_account_set_state (self, JF_ACCOUNT_OFFLINE, error);
      break;
    case JF_SESSION_FAILED:
      jf_account_set_state (self, JF_ACCOUNT_REFUSED, error);
      break;
    case JF_SESSION_STOPPED:
    default:
      break;
    }
  self->asked = FALSE;
}

static void
session_changed_cb (JfEngine *engine, gpointer data)
{
  g_autoptr (JfAccount) self = g_object_ref (JF_ACCOUNT (data));

  if (self->engine == engine && !jf_account_is_ending (self))
    follow_session (self);
}

static void
finish_leaving (JfAccount *self)
{
  g_autoptr (GTask) task = g_steal_pointer (&self->leaving);

  g_clear_handle_id (&self->leave_timer, g_source_remove);
  jf_account_stop (self);
  if (task != NULL)
    g_task_return_boolean (task, TRUE);
}

static gboolean
leave_timeout_cb (gpointer data)
{
  g_autoptr (JfAccount) self = g_object_ref (JF_ACCOUNT (data));

  self->leave_timer = 0;
  finish_leaving (self);
  return G_SOURCE_REMOVE;
}

static void
finish_after (JfAccount *self, unsigned timeout_ms)
{
  g_clear_handle_id (&self->leave_timer, g_source_remove);
  self->leave_timer = g_timeout_add (timeout_ms, leave_timeout_cb, self);
}

/* The engine must not end inside of its own signal. */
static void
left_cb (JfEngine *engine, gpointer data)
{
  JfAccount *self = data;

  if (self->leaving != NULL)
    finish_after (self, 0);
}

/* (transfer none) identity */
static void
start_engine (JfAccount *self, JfIdentity *identity)
{
  g_autoptr (GError) error = NULL;

  self->device = *jf_identity_get_key_id (identity);
  self->has_device = TRUE;
  jf_account_set_key_place (self, self->keyring_id == NULL);
  jf_state_set_identity (self->files, identity);
  self->engine = jf_engine_new (self->files, &error);
  if (self->engine == NULL)
    {
      jf_account_set_state (self, JF_ACCOUNT_BROKEN, error);
      return;
    }
  g_signal_connect_object (self->engine, "session-changed", G_CALLBACK (session_changed_cb), self,
                           0);
  g_signal_connect_object (self->engine, "left", G_CALLBACK (left_cb), self, 0);
  jf_account_items_watch (self);
  jf_engine_start (self->engine);
  jf_account_set_state (self, JF_ACCOUNT_CONNECTING, NULL);
  jf_account_items_restore (self);
}

static gboolean
retry_cb (gpointer data)
{
  JfAccount *self = data;

  self->retry = 0;
  ask_keyring (self, FALSE);
  return G_SOURCE_REMOVE;
}

/* What another attempt may bring, and what it never will. */
static void
take_keyring_failure (JfAccount *self, const GError *error)
{
  if (g_error_matches (error, JF_ERROR, JF_ERROR_NOT_ENROLLED) ||
      g_error_matches (error, JF_ERROR, JF_ERROR_INVALID))
    {
      jf_account_set_state (self, JF_ACCOUNT_BROKEN, error);
      return;
    }
  jf_account_set_state (self, JF_ACCOUNT_LOCKED, error);
  if (self->retry == 0)
    self->retry = g_timeout_add_seconds (KEYRING_RETRY_S, retry_cb, self);
}

static void
keyring_loaded_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JfAccount) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JfIdentity) identity = jf_keyring_load_finish (JF_KEYRING (source), result, &error);

  self->reading = FALSE;
  if (g_cancellable_is_cancelled (self->cancellable) || self->engine != NULL || self->files == NULL)
    return;
  if (identity != NULL)
    start_engine (self, identity);
  else
    take_keyring_failure (self, error);
}

static void
ask_keyring (JfAccount *self, gboolean may_prompt)
{
  if (self->reading || self->keyring_id == NULL)
    return;
  g_clear_handle_id (&self->retry, g_source_remove);
  if (self->keyring == NULL)
    {
      g_autoptr (GError) error = g_error_new_literal (JF_ERROR, JF_ERROR_NOT_AVAILABLE,
                                                      _ ("this program runs without a keyring"));

      jf_account_set_state (self, JF_ACCOUNT_BROKEN, error);
      return;
    }
  self->reading = TRUE;
  jf_keyring_load_async (self->keyring, self->keyring_id, may_prompt, self->cancellable,
                         keyring_loaded_cb, g_object_ref (self));
}

static void
forget_joins (JfMemory *memory)
{
  g_auto (GStrv) services = jf_memory_list (memory);

  for (unsigned i = 0; services[i] != NULL; i++)
    jf_memory_set_joined (memory, services[i], FALSE);
}

static void
take_memory (JfAccount *self, JfMemory *memory)
{
  if (memory == NULL)
    return;
  if (!self->restore)
    forget_joins (memory);
  g_set_object (&self->memory, memory);
  if (jf_memory_get_damage (memory) != NULL)
    jf_support_log_add (self->log, NULL, "the file of favourites was damaged");
  jf_account_items_sync (self);
}

static void
files_read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfAccount *self = JF_ACCOUNT (source);
  g_autoptr (JfAccountFiles) files = g_task_propagate_pointer (G_TASK (result), NULL);

  self->reading = FALSE;
  if (files == NULL || self->files != NULL)
    return;
  if (files->enrolment != NULL)
    jf_account_take_enrolment (self, files->enrolment);
  take_memory (self, files->memory);
  if (files->error != NULL)
    {
      jf_account_set_state (self, JF_ACCOUNT_BROKEN, files->error);
      return;
    }
  self->files = g_steal_pointer (&files->state);
  jf_account_set_fixed_ports (self, self->fixed_ports);
  jf_account_apply_proxy (self);
  self->keyring_id = g_steal_pointer (&files->keyring_id);
  if (files->identity != NULL)
    start_engine (self, files->identity);
  else
    ask_keyring (self, FALSE);
}

static void
read_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  /* Both are set once, before the account is known to anybody. */
  JfAccount *self = source;

  g_task_return_pointer (task, jf_account_files_load (self->dir, &self->manager),
                         (GDestroyNotify) jf_account_files_free);
}

static void
read_files (JfAccount *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->reading)
    return;
  self->reading = TRUE;
  task = g_task_new (self, self->cancellable, files_read_cb, NULL);
  g_task_run_in_thread (task, read_thread);
}

/* Somebody may have repaired what was broken. */
static void
reload (JfAccount *self)
{
  g_clear_pointer (&self->files, jf_state_free);
  g_clear_pointer (&self->keyring_id, g_free);
  jf_account_set_state (self, JF_ACCOUNT_STARTING, NULL);
  read_files (self);
}

void
jf_account_start (JfAccount *self)
{
  g_return_if_fail (JF_IS_ACCOUNT (self));

  if (self->files == NULL && !jf_account_is_ending (self))
    read_files (self);
}

void
jf_account_unlock (JfAccount *self)
{
  g_return_if_fail (JF_IS_ACCOUNT (self));

  if (self->state == JF_ACCOUNT_LOCKED)
    ask_keyring (self, TRUE);
}

/* Frees what is in use; may be called twice. The memory stays readable. */
void
jf_account_stop (JfAccount *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->retry, g_source_remove);
  g_clear_handle_id (&self->leave_timer, g_source_remove);
  if (self->items != NULL)
    jf_account_items_release (self);
  if (self->engine != NULL)
    g_signal_handlers_disconnect_by_data (self->engine, self);
  g_clear_object (&self->engine);
  (void) jf_memory_flush (self->memory, NULL);
  g_clear_pointer (&self->files, jf_state_free);
}

void
jf_account_try_now (JfAccount *self)
{
  g_return_if_fail (JF_IS_ACCOUNT (self));

  switch (self->state)
    {
    case JF_ACCOUNT_BROKEN:
      if (self->engine == NULL)
        reload (self);
      break;
    case JF_ACCOUNT_LOCKED:
      ask_keyring (self, FALSE);
      break;
    case JF_ACCOUNT_OFFLINE:
    case JF_ACCOUNT_REFUSED:
      self->asked = TRUE;
      jf_engine_try_now (self->engine);
      break;
    case JF_ACCOUNT_STARTING:
    case JF_ACCOUNT_CONNECTING:
    case JF_ACCOUNT_ONLINE:
    case JF_ACCOUNT_LEAVING:
    default:
      break;
    }
}

void
jf_account_leave_async (JfAccount *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  if (self->leaving != NULL)
    {
      g_task_return_new_error (task, JF_ERROR, JF_ERROR_BUSY, "it is leaving already");
      return;
    }
  g_cancellable_cancel (self->cancellable);
  jf_account_set_state (self, JF_ACCOUNT_LEAVING, NULL);
  self->leaving = g_steal_pointer (&task);
  if (self->engine == NULL)
    {
      finish_leaving (self);
      return;
    }
  finish_after (self, LEAVE_TIMEOUT_MS);
  jf_engine_leave (self->engine);
}

gboolean
jf_account_leave_finish (JfAccount *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
