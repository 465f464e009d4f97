/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-forget-dialog.h"

#include <glib/gi18n.h>

#define STAY  "stay"
#define LEAVE "leave"

/* What the question is about, until it is answered and done. */
typedef struct
{
  JfAccounts *accounts;
  JfAccount *account;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *question = data;

  g_object_unref (question->accounts);
  g_object_unref (question->account);
  g_free (question);
}

static void
show_failure (const char *host, const GError *error)
{
  GApplication *app = g_application_get_default ();
  GtkWindow *parent = app != NULL ? gtk_application_get_active_window (GTK_APPLICATION (app))
                                  : NULL;
  g_autofree char *heading = g_strdup_printf (_ ("%s Could Not Be Left"), host);
  GtkWidget *dialog = adw_message_dialog_new (parent, heading, error->message);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
forgotten_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree char *host = data;
  g_autoptr (GError) error = NULL;

  if (!jf_accounts_forget_finish (JF_ACCOUNTS (source), result, &error))
    show_failure (host, error);
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, Question *question)
{
  if (!g_str_equal (response, LEAVE))
    return;
  jf_accounts_forget_async (question->accounts, question->account, forgotten_cb,
                            g_strdup (jf_account_get_title (question->account)));
}

void
jf_forget_ask (GtkWindow *parent, JfAccounts *accounts, JfAccount *account)
{
  Question *question = g_new0 (Question, 1);
  g_autofree char *heading = g_strdup_printf (_ ("Leave %s?"), jf_account_get_title (account));
  GtkWidget *dialog = adw_message_dialog_new (
      parent, heading,
      _ ("Its services are disconnected and disappear from the list, and the key of this computer is "
         "deleted. To come back you need a new invitation link from the operator."));
  AdwMessageDialog *box = ADW_MESSAGE_DIALOG (dialog);

  question->accounts = g_object_ref (accounts);
  question->account = g_object_ref (account);
  adw_message_dialog_add_responses (box, STAY, _ ("_Stay"), LEAVE, _ ("_Leave"), NULL);
  adw_message_dialog_set_response_appearance (box, LEAVE, ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (box, STAY);
  adw_message_dialog_set_close_response (box, STAY);
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
