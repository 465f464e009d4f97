/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>

#include "client-gui/model/jf-accounts-private.h"
#include "gateway/engine/jf-enroll.h"
#include "gateway/wire/jf-error.h"

/* Enrolling: everything happens in a draft directory, which becomes the account's at the end. An
 * invitation's code is used up by the first who presents it, so the key is stored safely before. */

typedef struct
{
  JfAccounts *accounts; /* the task holds it */
  JfInvitation *invitation;
  char id[JF_KEY_ID_TEXT_SIZE];
  char *draft; /* NULL: not yet, or not any more */
  JfState *state;
  JfIdentity *identity;
  char *keyring_id; /* NULL: the key is in the draft's file */
} Enrolment;

static void
enrolment_free (gpointer data)
{
  Enrolment *self = data;

  g_clear_pointer (&self->state, jf_state_free);
  g_clear_pointer (&self->identity, jf_identity_unref);
  jf_invitation_free (self->invitation);
  g_free (self->draft);
  g_free (self->keyring_id);
  g_free (self);
}

static void
remove_draft_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  (void) jf_account_files_remove (data, NULL);
  g_task_return_boolean (task, TRUE);
}

/* (transfer full) path */
static void
remove_in_thread (char *path)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, NULL, NULL);

  g_task_set_task_data (task, path, g_free);
  g_task_run_in_thread (task, remove_draft_thread);
}

/* Nothing remains. (transfer full) task, error */
static void
fail (GTask *owned, GError *error)
{
  g_autoptr (GTask) task = owned;
  Enrolment *self = g_task_get_task_data (task);

  g_clear_pointer (&self->state, jf_state_free);
  if (self->draft != NULL)
    remove_in_thread (g_steal_pointer (&self->draft));
  if (self->keyring_id != NULL)
    jf_keyring_remove_async (self->accounts->keyring, self->keyring_id, NULL, NULL, NULL);
  g_hash_table_remove (self->accounts->enrolling, self->id);
  g_task_return_error (task, error);
}

static void
publish_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Enrolment *self = data;
  GError *error = NULL;
  char *dir = jf_account_files_publish (self->draft, self->accounts->base_dir,
                                        &self->invitation->manager, &error);

  if (dir != NULL)
    g_task_return_pointer (task, dir, g_free);
  else
    g_task_return_error (task, error);
}

static void
published_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Enrolment *self = g_task_get_task_data (task);
  g_autoptr (JfAccount) account = NULL;
  g_autofree char *dir = NULL;
  GError *error = NULL;

  dir = g_task_propagate_pointer (G_TASK (result), &error);
  if (dir == NULL)
    {
      fail (task, error);
      return;
    }
  g_clear_pointer (&self->draft, g_free);
  account = jf_account_new (dir, &self->invitation->manager, self->accounts->keyring);
  g_hash_table_remove (self->accounts->enrolling, self->id);
  jf_accounts_add (self->accounts, account);
  g_task_return_pointer (task, g_object_ref (account), g_object_unref);
  g_object_unref (task);
}

/* (transfer full) task */
static void
publish (GTask *task)
{
  Enrolment *self = g_task_get_task_data (task);
  g_autoptr (GTask) step = g_task_new (self->accounts, NULL, published_cb, task);

  g_clear_pointer (&self->state, jf_state_free);
  g_task_set_task_data (step, self, NULL);
  g_task_run_in_thread (step, publish_thread);
}

/* The one that was refused has let go of its directory. */
static void
old_left_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfAccount *old = JF_ACCOUNT (source);
  GTask *task = data;
  Enrolment *self = g_task_get_task_data (task);
  const char *keyring_id = jf_account_get_keyring_id (old);

  if (keyring_id != NULL && self->accounts->keyring != NULL)
    jf_keyring_remove_async (self->accounts->keyring, keyring_id, NULL, NULL, NULL);
  jf_accounts_remove (self->accounts, old);
  publish (task);
}

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Enrolment *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (JfEnrolment) enrolment = jf_enroll_finish (result, &error);
  JfAccount *old;

  if (enrolment == NULL)
    {
      fail (task, error);
      return;
    }
  old = jf_accounts_find (self->accounts, self->id);
  if (old != NULL)
    jf_account_leave_async (old, old_left_cb, task);
  else
    publish (task);
}

/* (transfer full) task; the key is where it stays */
static void
present_code (GTask *task)
{
  Enrolment *self = g_task_get_task_data (task);

  jf_state_set_identity (self->state, self->identity);
  if (self->accounts->proxy != NULL)
    (void) jf_state_set_proxy (self->state, self->accounts->proxy, NULL);
  jf_enroll_async (self->state, self->invitation, g_task_get_cancellable (task), enrolled_cb, task);
}

static void
key_kept_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error) &&
      !g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
    present_code (task);
  else
    fail (task, error);
}

static void
keep_key_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Enrolment *self = data;
  GError *error = NULL;
  gboolean good;

  if (self->keyring_id != NULL)
    good = jf_account_files_set_keyring_id (self->state, self->keyring_id, &error);
  else
    good = jf_account_files_set_key (self->state, self->identity, &error);
  if (good)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* (transfer full) task; in the keyring, or in a file because that could not be. */
static void
keep_key (GTask *task)
{
  Enrolment *self = g_task_get_task_data (task);
  g_autoptr (GTask) step = g_task_new (self->accounts, NULL, key_kept_cb, task);

  g_task_set_task_data (step, self, NULL);
  g_task_run_in_thread (step, keep_key_thread);
}

static void
stored_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Enrolment *self = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  /* Whatever the keyring's trouble is, a file does; the account says so to the user. */
  if (!jf_keyring_store_finish (JF_KEYRING (source), result, &error))
    {
      /* It may have been stored all the same, a moment too late. */
      jf_keyring_remove_async (self->accounts->keyring, self->keyring_id, NULL, NULL, NULL);
      g_clear_pointer (&self->keyring_id, g_free);
    }
  keep_key (task);
}

/* (transfer full) task */
static void
store_key (GTask *task)
{
  Enrolment *self = g_task_get_task_data (task);
  char device[JF_KEY_ID_TEXT_SIZE];
  g_autofree char *label = NULL;

  if (self->accounts->keyring == NULL)
    {
      keep_key (task);
      return;
    }
  jf_key_id_format (jf_identity_get_key_id (self->identity), device);
  self->keyring_id = g_strdup_printf ("%s/%s", self->id, device);
  /* TRANSLATORS: the name of an entry in the user's keyring; a manager's address */
  label = g_strdup_printf (_ ("Jackfield key of this device for %s"), self->invitation->host);
  jf_keyring_store_async (self->accounts->keyring, self->keyring_id, label, self->identity,
                          g_task_get_cancellable (task), stored_cb, task);
}

static void
prepare_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Enrolment *self = data;
  GError *error = NULL;

  self->draft = jf_account_files_make_draft (self->accounts->base_dir, &error);
  if (self->draft != NULL)
    self->state = jf_state_open (self->draft, &error);
  if (self->state != NULL && jf_state_lock (self->state, &error))
    self->identity = jf_identity_new (&error);
  if (self->identity != NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
prepared_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    store_key (task);
  else
    fail (task, error);
}

/* One at a time for each manager, and none beside an account that works. */
static gboolean
may_enroll (JfAccounts *self, const char *id, const JfInvitation *invitation, GError **error)
{
  JfAccount *account = jf_accounts_find (self, id);
  JfAccountState state = account != NULL ? jf_account_get_state (account) : JF_ACCOUNT_REFUSED;

  if (g_hash_table_contains (self->enrolling, id))
    g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
                 _ ("an invitation of %s is being used already"), invitation->host);
  else if (state == JF_ACCOUNT_REFUSED ||
           (state == JF_ACCOUNT_BROKEN &&
            !g_error_matches (jf_account_get_error (account), JF_ERROR, JF_ERROR_BUSY)))
    return TRUE;
  else
    g_set_error (error, JF_ERROR, JF_ERROR_BUSY,
                 _ ("this manager, %s, was added already; forget it first to add it anew"),
                    jf_account_get_title (account));
  return FALSE;
}

static JfInvitation *
copy_invitation (const JfInvitation *invitation)
{
  JfInvitation *copy = g_memdup2 (invitation, sizeof *invitation);

  copy->host = g_strdup (invitation->host);
  return copy;
}

void
jf_accounts_enroll_async (JfAccounts *self,
                          const JfInvitation *invitation,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  GTask *task = g_task_new (self, cancellable, callback, data);
  Enrolment *enrolment = g_new0 (Enrolment, 1);
  g_autoptr (GTask) step = NULL;
  GError *error = NULL;

  /* It is this side that says when it is over. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, enrolment, enrolment_free);
  enrolment->accounts = self;
  enrolment->invitation = copy_invitation (invitation);
  jf_key_id_format (&invitation->manager, enrolment->id);
  if (!may_enroll (self, enrolment->id, invitation, &error))
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_hash_table_add (self->enrolling, g_strdup (enrolment->id));
  step = g_task_new (self, NULL, prepared_cb, task);
  g_task_set_task_data (step, enrolment, NULL);
  g_task_run_in_thread (step, prepare_thread);
}

JfAccount *
jf_accounts_enroll_finish (JfAccounts *self, GAsyncResult *result, GError **error)
{
  JfAccount *account = g_task_propagate_pointer (G_TASK (result), error);

  if (account == NULL)
    return NULL;
  /* The list holds it. */
  g_object_unref (account);
  return account;
}
