/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>

#include "client-gui/model/jf-accounts-private.h"
#include "gateway/wire/jf-error.h"

/* How accounts go: one for good, or all because the app ends. */

#define LEAVE_TIMEOUT_MS 5000

static void
remove_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GError *error = NULL;

  if (jf_account_files_remove (data, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
key_removed_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  /* A key that stays in a keyring that does not answer is of no use to anybody without the rest. */
  (void) jf_keyring_remove_finish (JF_KEYRING (source), result, NULL);
  g_task_run_in_thread (task, remove_thread);
}

static void
forget_left_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  JfAccount *account = JF_ACCOUNT (source);
  JfAccounts *self = g_task_get_source_object (task);
  const char *keyring_id = jf_account_get_keyring_id (account);
  GError *error = NULL;

  /* It is going already, by another's wish. */
  if (!jf_account_leave_finish (account, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  jf_accounts_remove (self, account);
  if (keyring_id != NULL && self->keyring != NULL)
    jf_keyring_remove_async (self->keyring, keyring_id, NULL, key_removed_cb,
                             g_steal_pointer (&task));
  else
    g_task_run_in_thread (task, remove_thread);
}

void
jf_accounts_forget_async (JfAccounts *self,
                          JfAccount *account,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  if (g_error_matches (jf_account_get_error (account), JF_ERROR, JF_ERROR_BUSY) &&
      jf_account_get_state (account) == JF_ACCOUNT_BROKEN)
    {
      g_task_return_new_error (task, JF_ERROR, JF_ERROR_BUSY,
                               _ ("another program uses %s"), jf_account_get_dir (account));
      return;
    }
  g_task_set_task_data (task, g_strdup (jf_account_get_dir (account)), g_free);
  jf_account_leave_async (account, forget_left_cb, g_steal_pointer (&task));
}

gboolean
jf_accounts_forget_finish (JfAccounts *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

typedef struct
{
  unsigned waiting;
  unsigned timer;
} Leave;

static void
leave_free (gpointer data)
{
  Leave *leave = data;

  g_clear_handle_id (&leave->timer, g_source_remove);
  g_free (leave);
}

static void
end_leave (GTask *task)
{
  Leave *leave = g_task_get_task_data (task);

  g_clear_handle_id (&leave->timer, g_source_remove);
  if (!g_task_get_completed (task) && leave->waiting != G_MAXUINT)
    {
      leave->waiting = G_MAXUINT;
      g_task_return_boolean (task, TRUE);
    }
}

static gboolean
leave_timeout_cb (gpointer data)
{
  GTask *task = data;
  Leave *leave = g_task_get_task_data (task);

  leave->timer = 0;
  end_leave (task);
  return G_SOURCE_REMOVE;
}

static void
account_left_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Leave *leave = g_task_get_task_data (task);

  if (leave->waiting != G_MAXUINT && --leave->waiting == 0)
    end_leave (task);
}

void
jf_accounts_leave_async (JfAccounts *self, GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);
  Leave *leave = g_new0 (Leave, 1);

  g_task_set_task_data (task, leave, leave_free);
  leave->waiting = self->accounts->len;
  if (leave->waiting == 0)
    {
      end_leave (task);
      return;
    }
  /* An account that takes too long has its own end; this one is for all of them. */
  leave->timer = g_timeout_add_full (G_PRIORITY_DEFAULT, LEAVE_TIMEOUT_MS, leave_timeout_cb,
                                     g_object_ref (task), g_object_unref);
  for (unsigned i = 0; i < self->accounts->len; i++)
    jf_account_leave_async (g_ptr_array_index (self->accounts, i), account_left_cb,
                            g_object_ref (task));
}

gboolean
jf_accounts_leave_finish (JfAccounts *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
