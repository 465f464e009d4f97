/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-list-status.h"

#include <glib/gi18n.h>

#include "client-gui/jf-account-notice.h"
#include "client-gui/jf-app.h"

#define TEXT_CHARS_MAX 60 /* of a search text that is repeated */

struct _JfListStatus
{
  AdwBin parent;

  AdwStatusPage *page;
  GtkSpinner *spinner;
  GtkButton *first;
  GtkButton *second;
  char *first_action;
  char *second_action;
  char *target; /* account id */
};

G_DEFINE_FINAL_TYPE (JfListStatus, jf_list_status, ADW_TYPE_BIN)

static void
act (JfListStatus *self, const char *action)
{
  gboolean plain;

  /* A press by the keyboard takes a moment, in which there may be nothing left to do. */
  if (action == NULL)
    return;
  plain = g_str_has_prefix (action, "win.") || g_str_equal (action, "app.add-manager");
  if (plain)
    gtk_widget_activate_action (GTK_WIDGET (self), action, NULL);
  else
    gtk_widget_activate_action (GTK_WIDGET (self), action, "s", self->target);
}

static void
first_cb (JfListStatus *self)
{
  act (self, self->first_action);
}

static void
second_cb (JfListStatus *self)
{
  act (self, self->second_action);
}

static void
set_button (GtkButton *button, char **kept, const char *label, const char *action)
{
  gtk_widget_set_visible (GTK_WIDGET (button), label != NULL);
  if (label != NULL)
    gtk_button_set_label (button, label);
  g_free (*kept);
  *kept = g_strdup (action);
}

static void
set_texts (JfListStatus *self, const char *icon_name, const char *title, const char *body)
{
  g_autofree char *markup = g_markup_escape_text (body, -1);

  if (g_strcmp0 (adw_status_page_get_icon_name (self->page), icon_name) != 0)
    adw_status_page_set_icon_name (self->page, icon_name);
  if (g_strcmp0 (adw_status_page_get_title (self->page), title) != 0)
    adw_status_page_set_title (self->page, title);
  if (g_strcmp0 (adw_status_page_get_description (self->page), markup) != 0)
    adw_status_page_set_description (self->page, markup);
}

static void
set_busy (JfListStatus *self, gboolean busy)
{
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  gtk_spinner_set_spinning (self->spinner, busy);
}

gboolean
jf_list_status_show_account (JfListStatus *self, JfAccount *account)
{
  g_autoptr (JfAccountNotice) notice = jf_account_notice_new (account);

  if (notice == NULL)
    return FALSE;
  g_free (self->target);
  self->target = g_strdup (jf_account_get_id (account));
  set_texts (self, notice->busy ? NULL : notice->icon_name, notice->title, notice->body);
  set_button (self->first, &self->first_action, notice->label, notice->action);
  set_button (self->second, &self->second_action, notice->second_label, notice->second_action);
  set_busy (self, notice->busy);
  return TRUE;
}

void
jf_list_status_show_empty (JfListStatus *self, JfAccount *account)
{
  g_autofree char *body = NULL;

  if (account != NULL)
    body = g_strdup_printf (
        _("You are a member of %s, and nothing is offered to you so far. What a provider offers "
          "you appears here by itself; ask whoever invited you."),
           jf_account_get_title (account));
  set_texts (
      self, "jackfield-available-symbolic",
      _("No Services Yet"),
         body != NULL
             ? body
             : _("None of your managers offers you anything so far. What a provider offers you "
                     "appears here by itself; ask whoever invited you."));
  set_button (self->first, &self->first_action, NULL, NULL);
  set_button (self->second, &self->second_action, NULL, NULL);
  set_busy (self, FALSE);
}

/* The beginning of a long text. */
static char *
shorten (const char *text)
{
  g_autofree char *begin = NULL;

  if (g_utf8_strlen (text, -1) <= TEXT_CHARS_MAX)
    return g_strdup (text);
  begin = g_utf8_substring (text, 0, TEXT_CHARS_MAX);
  return g_strconcat (begin, "…", NULL);
}

void
jf_list_status_show_no_match (JfListStatus *self, const char *text)
{
  g_autofree char *shown = shorten (text);
  g_autofree char *body = g_strdup_printf (
      _("No service has “%s” in its title, name or provider."), shown);

  set_texts (self, "edit-find-symbolic", _("No Match"), body);
  set_button (self->first, &self->first_action, _("Clear Search"), "win.search");
  set_button (self->second, &self->second_action, NULL, NULL);
  set_busy (self, FALSE);
}

static void
jf_list_status_finalize (GObject *object)
{
  JfListStatus *self = JF_LIST_STATUS (object);

  g_free (self->first_action);
  g_free (self->second_action);
  g_free (self->target);
  G_OBJECT_CLASS (jf_list_status_parent_class)->finalize (object);
}

static void
jf_list_status_class_init (JfListStatusClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = jf_list_status_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-list-status.ui");
  gtk_widget_class_bind_template_child (widget_class, JfListStatus, page);
  gtk_widget_class_bind_template_child (widget_class, JfListStatus, spinner);
  gtk_widget_class_bind_template_child (widget_class, JfListStatus, first);
  gtk_widget_class_bind_template_child (widget_class, JfListStatus, second);
  gtk_widget_class_bind_template_callback (widget_class, first_cb);
  gtk_widget_class_bind_template_callback (widget_class, second_cb);
}

static void
jf_list_status_init (JfListStatus *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
