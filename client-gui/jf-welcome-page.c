/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-welcome-page.h"

#include <glib/gi18n.h>
#include <gnutls/gnutls.h>
#include <string.h>

#include "client-gui/jf-enroll-words.h"
#include "client-gui/model/jf-link.h"
#include "gateway/wire/jf-endpoint.h"

struct _JfWelcomePage
{
  AdwBin parent;

  GtkStack *stack;
  AdwStatusPage *link_page;
  GtkEditable *link_row;
  GtkWidget *mistake;
  GtkLabel *mistake_label;
  GtkWidget *continue_button;
  AdwStatusPage *confirm_page;
  AdwActionRow *manager_row;
  AdwActionRow *key_row;
  GtkLabel *confirm_label;
  GtkButton *join_button;
  AdwStatusPage *busy_page;
  GtkSpinner *spinner;
  GtkWidget *cancel_button;
  AdwStatusPage *failed_page;
  GtkWidget *again_button;
  GtkWidget *other_button;

  JfAccounts *accounts;
  JfInvitation *invitation;  /* from confirming on */
  GCancellable *cancellable; /* while it is under way */
};

G_DEFINE_FINAL_TYPE (JfWelcomePage, jf_welcome_page, ADW_TYPE_BIN)

static unsigned done_signal;

gboolean
jf_welcome_page_is_busy (JfWelcomePage *self)
{
  return self->cancellable != NULL;
}

static void
show (JfWelcomePage *self, const char *name, GtkWidget *focus)
{
  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_spinner_set_spinning (self->spinner, g_str_equal (name, "busy"));
  if (focus != NULL)
    gtk_widget_grab_focus (focus);
}

/* (transfer none) the account of the invitation's manager; NULL none */
static JfAccount *
find_account (JfWelcomePage *self)
{
  char id[JF_KEY_ID_TEXT_SIZE];

  jf_key_id_format (&self->invitation->manager, id);
  return jf_accounts_find (self->accounts, id);
}

/* A manager that has cast this device out, or whose files are broken, is joined anew. */
static gboolean
is_member (JfAccount *account)
{
  return account != NULL && jf_account_get_state (account) != JF_ACCOUNT_REFUSED &&
         jf_account_get_state (account) != JF_ACCOUNT_BROKEN;
}

static void
set_description (AdwStatusPage *page, const char *text)
{
  g_autofree char *markup = g_markup_escape_text (text, -1);

  adw_status_page_set_description (page, markup);
}

static void
show_mistake (JfWelcomePage *self, const char *message)
{
  gtk_label_set_text (self->mistake_label, message);
  gtk_widget_set_visible (self->mistake, TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->link_row), "error");
  show (self, "link", GTK_WIDGET (self->link_row));
}

static void
clear_mistake (JfWelcomePage *self)
{
  gtk_widget_set_visible (self->mistake, FALSE);
  gtk_widget_remove_css_class (GTK_WIDGET (self->link_row), "error");
}

static void
confirm (JfWelcomePage *self)
{
  JfAccount *account = find_account (self);
  gboolean member = is_member (account);
  g_autofree char *title = g_strdup_printf (member ? _("You Are a Member of %s")
                                                   : _("Join %s?"), self->invitation->host);
  g_autofree char *endpoint = jf_endpoint_format (self->invitation->host, self->invitation->port);
  char key[JF_KEY_ID_SHORT_SIZE];

  jf_key_id_format_short (&self->invitation->manager, key);
  adw_status_page_set_title (self->confirm_page, title);
  set_description (self->confirm_page,
                   member ? _("This invitation comes from a manager that you have already joined.")
                          : _("This manager will show you the services that you may use."));
  adw_action_row_set_subtitle (self->manager_row, endpoint);
  adw_action_row_set_subtitle (self->key_row, key);
  gtk_label_set_text (
      self->confirm_label,
      _("Compare the key with what you are told by another way, by telephone for example. If it "
        "differs, do not join: somebody has changed the link."));
  gtk_widget_set_visible (GTK_WIDGET (self->confirm_label), !member);
  gtk_button_set_label (self->join_button, member ? _("Show Services") : _("Join"));
  show (self, "confirm", GTK_WIDGET (self->join_button));
}

/* The code is a secret, so it does not stay in the entry. */
static void
take_invitation (JfWelcomePage *self, JfLink *link)
{
  g_clear_pointer (&self->invitation, jf_invitation_free);
  self->invitation = g_steal_pointer (&link->invitation);
  gtk_editable_set_text (self->link_row, "");
  clear_mistake (self);
  confirm (self);
}

void
jf_welcome_page_take_text (JfWelcomePage *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JfLink) link = NULL;
  g_autofree char *sentence = NULL;

  if (jf_welcome_page_is_busy (self))
    return;
  link = jf_link_parse (text, &error);
  if (link != NULL && link->invitation != NULL)
    {
      take_invitation (self, link);
      return;
    }
  sentence = jf_enroll_words_mistake (error);
  show_mistake (self, sentence);
}

static void
changed_cb (JfWelcomePage *self)
{
  clear_mistake (self);
  gtk_widget_set_sensitive (self->continue_button, *gtk_editable_get_text (self->link_row) != '\0');
}

static void
continue_cb (JfWelcomePage *self)
{
  char *text = g_strdup (gtk_editable_get_text (self->link_row));

  if (*text != '\0')
    jf_welcome_page_take_text (self, text);
  gnutls_memset (text, 0, strlen (text));
  g_free (text);
}

static void
restart_cb (JfWelcomePage *self)
{
  if (jf_welcome_page_is_busy (self))
    return;
  g_clear_pointer (&self->invitation, jf_invitation_free);
  clear_mistake (self);
  show (self, "link", GTK_WIDGET (self->link_row));
}

static void
pasted_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JfWelcomePage) self = data;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, NULL);

  if (text != NULL && *text != '\0')
    jf_welcome_page_take_text (self, text);
  else
    show_mistake (self, _("There is no text to paste: copy the whole link first."));
}

static void
paste_cb (JfWelcomePage *self)
{
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (GTK_WIDGET (self)), NULL, pasted_cb,
                                 g_object_ref (self));
}

static gboolean
drop_cb (GtkDropTarget *target, const GValue *value, double x, double y, JfWelcomePage *self)
{
  g_autofree char *text = NULL;

  if (jf_welcome_page_is_busy (self))
    return FALSE;
  if (G_VALUE_HOLDS (value, G_TYPE_FILE))
    text = g_file_get_uri (g_value_get_object (value));
  else if (G_VALUE_HOLDS (value, G_TYPE_STRING))
    text = g_value_dup_string (value);
  if (text == NULL)
    return FALSE;
  jf_welcome_page_take_text (self, text);
  return TRUE;
}

static void
show_failure (JfWelcomePage *self, const GError *error)
{
  g_autofree char *body = jf_enroll_words_failure (error, self->invitation->host);
  gboolean again = jf_enroll_words_may_try_again (error);

  adw_status_page_set_icon_name (self->failed_page, jf_enroll_words_icon (error));
  adw_status_page_set_title (self->failed_page, jf_enroll_words_heading (error));
  set_description (self->failed_page, body);
  gtk_widget_set_visible (self->again_button, again);
  show (self, "failed", again ? self->again_button : self->other_button);
}

static void
enrolled_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JfWelcomePage) self = data;
  g_autoptr (GError) error = NULL;
  JfAccount *account = jf_accounts_enroll_finish (JF_ACCOUNTS (source), result, &error);

  g_clear_object (&self->cancellable);
  if (account != NULL)
    {
      restart_cb (self);
      g_signal_emit (self, done_signal, 0, account);
    }
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    confirm (self);
  else
    show_failure (self, error);
}

static void
enroll (JfWelcomePage *self)
{
  g_autofree char *title = g_strdup_printf (_("Joining %s…"), self->invitation->host);

  self->cancellable = g_cancellable_new ();
  adw_status_page_set_title (self->busy_page, title);
  show (self, "busy", self->cancel_button);
  jf_accounts_enroll_async (self->accounts, self->invitation, self->cancellable, enrolled_cb,
                            g_object_ref (self));
}

/* A button that was pressed acts a moment later, when the page may have moved on. */
static void
join_cb (JfWelcomePage *self)
{
  JfAccount *account = self->invitation != NULL ? find_account (self) : NULL;

  if (self->invitation == NULL || jf_welcome_page_is_busy (self))
    return;
  if (!is_member (account))
    {
      enroll (self);
      return;
    }
  restart_cb (self);
  g_signal_emit (self, done_signal, 0, account);
}

static void
cancel_cb (JfWelcomePage *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
}

void
jf_welcome_page_set_up (JfWelcomePage *self, JfAccounts *accounts, gboolean first_run)
{
  self->accounts = g_object_ref (accounts);
  adw_status_page_set_title (self->link_page,
                             first_run ? _("Welcome to Jackfield") : _("One More Manager"));
  adw_status_page_set_description (
      self->link_page,
      first_run ? _("Use services that run in somebody else’s private network. All you need is "
                    "the invitation link that you were sent.")
                : _("Paste the invitation link that you were sent. The services of all your "
                    "managers are in one list."));
  if (first_run)
    return;
  adw_status_page_set_icon_name (self->link_page, "jackfield-available-symbolic");
  gtk_widget_add_css_class (GTK_WIDGET (self->link_page), "compact");
}

static void
add_drop_target (JfWelcomePage *self)
{
  GType types[] = { G_TYPE_STRING, G_TYPE_FILE };
  GtkDropTarget *target = gtk_drop_target_new (G_TYPE_INVALID, GDK_ACTION_COPY);

  gtk_drop_target_set_gtypes (target, types, G_N_ELEMENTS (types));
  g_signal_connect (target, "drop", G_CALLBACK (drop_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

/* Whoever closes the page has given up. */
static void
jf_welcome_page_dispose (GObject *object)
{
  JfWelcomePage *self = JF_WELCOME_PAGE (object);

  cancel_cb (self);
  g_clear_object (&self->accounts);
  G_OBJECT_CLASS (jf_welcome_page_parent_class)->dispose (object);
}

static void
jf_welcome_page_finalize (GObject *object)
{
  JfWelcomePage *self = JF_WELCOME_PAGE (object);

  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->invitation, jf_invitation_free);
  G_OBJECT_CLASS (jf_welcome_page_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass, JF_APP_RESOURCE "jf-welcome-page.ui");
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, stack);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, link_page);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, link_row);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, mistake);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, mistake_label);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, continue_button);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, confirm_page);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, manager_row);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, key_row);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, confirm_label);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, join_button);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, busy_page);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, spinner);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, cancel_button);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, failed_page);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, again_button);
  gtk_widget_class_bind_template_child (klass, JfWelcomePage, other_button);
  gtk_widget_class_bind_template_callback (klass, changed_cb);
  gtk_widget_class_bind_template_callback (klass, continue_cb);
  gtk_widget_class_bind_template_callback (klass, paste_cb);
  gtk_widget_class_bind_template_callback (klass, restart_cb);
  gtk_widget_class_bind_template_callback (klass, join_cb);
  gtk_widget_class_bind_template_callback (klass, cancel_cb);
}

static void
jf_welcome_page_class_init (JfWelcomePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = jf_welcome_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = jf_welcome_page_finalize;
  done_signal = g_signal_new ("done", JF_TYPE_WELCOME_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 1, JF_TYPE_ACCOUNT);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
jf_welcome_page_init (JfWelcomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  add_drop_target (self);
}
