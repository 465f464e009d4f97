/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-trust-dialog.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-provider-key.h"
#include "client-gui/jf-row.h"

#define SAFE  "safe"
#define TRUST "trust"
#define LINK  "link"
#define PROXY "proxy"

struct _JfTrustDialog
{
  AdwMessageDialog parent_instance;

  JfTrustCase trust;
  JfItem *item; /* PROVIDER_KEY */

  GtkLabel *meaning;
  GtkLabel *advice;
  GtkWidget *keys;
  AdwActionRow *known_row;
  AdwActionRow *offered_row;
  GtkCheckButton *compared;
};

G_DEFINE_FINAL_TYPE (JfTrustDialog, jf_trust_dialog, ADW_TYPE_MESSAGE_DIALOG)

/* The one on the screen. */
static JfTrustDialog *shown;

JfTrustCase
jf_trust_case_for_account (JfAccount *account)
{
  return jf_trust_case_of_manager (jf_account_get_error (account));
}

JfTrustCase
jf_trust_case_for_item (JfItem *item)
{
  JfAccount *account = jf_item_get_account (item);
  JfTrustCase trust = JF_TRUST_OK;

  if (jf_item_get_state (item) == JF_ITEM_FAILED)
    trust = jf_trust_case_of_service (jf_item_get_error (item),
                                      jf_item_get_offered_key (item) != NULL,
                                      jf_item_get_expected_key (item) != NULL);
  /* its own keys apart, a service is as well as its manager */
  if (account != NULL && jf_trust_case_for_account (account) != JF_TRUST_OK)
    return jf_trust_case_for_account (account);
  return trust;
}

/* A message box, and no other window: what cannot be done from the box is left to the app. */
static void
activate (JfTrustDialog *self, const char *action)
{
  GApplication *app = g_application_get_default ();

  if (app != NULL)
    g_action_group_activate_action (G_ACTION_GROUP (app), action, NULL);
}

static void
trust_offered (JfTrustDialog *self)
{
  g_autoptr (GError) error = NULL;
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));
  GtkWidget *box;

  if (jf_item_trust_offered_key (self->item, &error))
    return;
  box = adw_message_dialog_new (parent, _ ("The Key Could Not Be Stored"), error->message);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (box), SAFE, _ ("_Close"));
  gtk_window_present (GTK_WINDOW (box));
}

static void
response_cb (JfTrustDialog *self, const char *response)
{
  if (g_str_equal (response, TRUST))
    trust_offered (self);
  else if (g_str_equal (response, LINK))
    activate (self, "add-manager");
  else if (g_str_equal (response, PROXY))
    activate (self, "preferences");
}

/* The second step: without it the button that trusts does nothing. */
static void
compared_cb (JfTrustDialog *self)
{
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (self), TRUST,
                                           gtk_check_button_get_active (self->compared));
}

static void
add_responses (JfTrustDialog *self)
{
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (self);
  gboolean key = self->trust == JF_TRUST_PROVIDER_KEY || self->trust == JF_TRUST_PROVIDER_FALSE;

  adw_message_dialog_add_response (dialog, SAFE, key ? _ ("_Keep Disconnected") : _ ("_Close"));
  adw_message_dialog_set_default_response (dialog, SAFE);
  adw_message_dialog_set_close_response (dialog, SAFE);
  if (self->trust == JF_TRUST_PROVIDER_KEY)
    {
      adw_message_dialog_add_response (dialog, TRUST, _ ("_Trust the New Key"));
      adw_message_dialog_set_response_appearance (dialog, TRUST, ADW_RESPONSE_DESTRUCTIVE);
      adw_message_dialog_set_response_enabled (dialog, TRUST, FALSE);
    }
  else if (self->trust == JF_TRUST_INTERCEPTED)
    adw_message_dialog_add_response (dialog, PROXY, _ ("_Preferences"));
  else if (!key)
    adw_message_dialog_add_response (dialog, LINK, _ ("_Use a New Link…"));
}

static JfTrustDialog *
make (GtkWindow *parent, JfTrustCase trust, const char *whom)
{
  g_autoptr (JfTrustWords) words = NULL;
  JfTrustDialog *self;

  if (trust == JF_TRUST_OK)
    return NULL;
  words = jf_trust_words_new (trust, whom);
  self = g_object_new (JF_TYPE_TRUST_DIALOG, "transient-for", parent, "heading", words->heading,
                       "body", words->happened, NULL);
  /* a window of the app: who looks at it needs no notification */
  if (parent != NULL)
    gtk_window_set_application (GTK_WINDOW (self), gtk_window_get_application (parent));
  self->trust = trust;
  gtk_label_set_label (self->meaning, words->meaning);
  gtk_label_set_label (self->advice, words->advice);
  add_responses (self);
  return self;
}

static void
show_key (AdwActionRow *row, const char *title, const char *key)
{
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  jf_row_set_subtitle (row, key);
  gtk_widget_set_visible (GTK_WIDGET (row), TRUE);
}

/* The known key and the offered one, in the form that people can read to each other. */
static void
show_provider_keys (JfTrustDialog *self, JfItem *item)
{
  g_autoptr (JfProviderKey) known = jf_provider_key_new (item);
  char text[JF_KEY_ID_SHORT_SIZE];

  jf_key_id_format_short (jf_item_get_offered_key (item), text);
  show_key (self->offered_row, _ ("New key, offered now"), text);
  if (known != NULL)
    show_key (self->known_row, known->known_as, known->text);
  gtk_widget_set_visible (self->keys, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->compared), TRUE);
}

static void
show_manager_keys (JfTrustDialog *self, JfAccount *account)
{
  JfEngine *engine = jf_account_get_engine (account);
  const JfKeyId *seen = engine != NULL ? jf_engine_get_seen_manager_key (engine) : NULL;
  char text[JF_KEY_ID_SHORT_SIZE];

  if (seen == NULL)
    return;
  jf_key_id_format_short (jf_account_get_manager_key (account), text);
  show_key (self->known_row, _ ("Manager’s key, known so far"), text);
  jf_key_id_format_short (seen, text);
  show_key (self->offered_row, _ ("Key of who answers now"), text);
  gtk_widget_set_visible (self->keys, TRUE);
}

JfTrustDialog *
jf_trust_dialog_for_account (GtkWindow *parent, JfAccount *account)
{
  JfTrustCase trust = jf_trust_case_for_account (account);
  JfTrustDialog *self = make (parent, trust, jf_account_get_title (account));

  if (trust == JF_TRUST_MANAGER_KEY)
    show_manager_keys (self, account);
  return self;
}

JfTrustDialog *
jf_trust_dialog_for_item (GtkWindow *parent, JfItem *item)
{
  JfTrustCase trust = jf_trust_case_for_item (item);
  JfTrustDialog *self;

  if (trust == JF_TRUST_OK)
    return NULL;
  if (trust != JF_TRUST_PROVIDER_KEY && trust != JF_TRUST_PROVIDER_FALSE)
    return jf_trust_dialog_for_account (parent, jf_item_get_account (item));
  self = make (parent, trust, jf_item_get_title (item));
  self->item = g_object_ref (item);
  if (trust == JF_TRUST_PROVIDER_KEY)
    show_provider_keys (self, item);
  return self;
}

JfTrustDialog *
jf_trust_dialog_for_enrolment (GtkWindow *parent, const GError *error, const char *host)
{
  return make (parent, jf_trust_case_of_manager (error), host);
}

static gboolean
show (JfTrustDialog *dialog)
{
  if (dialog == NULL)
    return FALSE;
  shown = dialog;
  gtk_window_present (GTK_WINDOW (dialog));
  return TRUE;
}

gboolean
jf_trust_show_item (GtkWindow *parent, JfItem *item)
{
  return shown == NULL && show (jf_trust_dialog_for_item (parent, item));
}

gboolean
jf_trust_show_account (GtkWindow *parent, JfAccount *account)
{
  return shown == NULL && show (jf_trust_dialog_for_account (parent, account));
}

/* The keyboard begins at the safe choice, not at the first thing that can have it. */
static void
map (GtkWidget *widget)
{
  GtkWidget *safe;

  GTK_WIDGET_CLASS (jf_trust_dialog_parent_class)->map (widget);
  safe = gtk_window_get_default_widget (GTK_WINDOW (widget));
  if (safe != NULL)
    gtk_widget_grab_focus (safe);
}

static void
jf_trust_dialog_dispose (GObject *object)
{
  JfTrustDialog *self = JF_TRUST_DIALOG (object);

  if (shown == self)
    shown = NULL;
  g_clear_object (&self->item);
  G_OBJECT_CLASS (jf_trust_dialog_parent_class)->dispose (object);
}

static void
jf_trust_dialog_class_init (JfTrustDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_trust_dialog_dispose;
  widget_class->map = map;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-trust-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, JfTrustDialog, meaning);
  gtk_widget_class_bind_template_child (widget_class, JfTrustDialog, advice);
  gtk_widget_class_bind_template_child (widget_class, JfTrustDialog, keys);
  gtk_widget_class_bind_template_child (widget_class, JfTrustDialog, known_row);
  gtk_widget_class_bind_template_child (widget_class, JfTrustDialog, offered_row);
  gtk_widget_class_bind_template_child (widget_class, JfTrustDialog, compared);
  gtk_widget_class_bind_template_callback (widget_class, response_cb);
  gtk_widget_class_bind_template_callback (widget_class, compared_cb);
}

static void
jf_trust_dialog_init (JfTrustDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
