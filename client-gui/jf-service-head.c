/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-service-head.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-service-menu.h"
#include "client-gui/jf-trust-dialog.h"
#include "client-gui/model/jf-account.h"
#include "client-gui/model/jf-words.h"

struct _JfServiceHead
{
  AdwBin parent_instance;

  JfItem *item;
  const char *mood; /* the style class that goes with the state; NULL none */

  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *provider;
  GtkLabel *state;
  GtkLabel *since;
  GtkLabel *reason;
  GtkWidget *explain_button;
  GtkWidget *retry_box;
  GtkLabel *retry;
  GtkWidget *try_button;
  GtkWidget *open_button;
  GtkWidget *join_button;
};

G_DEFINE_FINAL_TYPE (JfServiceHead, jf_service_head, ADW_TYPE_BIN)

GtkWidget *
jf_service_head_get_title (JfServiceHead *self)
{
  return GTK_WIDGET (self->title);
}

/* Colour only underlines what icon and words say. */
static const char *
mood_of (JfItemState state)
{
  switch (state)
    {
    case JF_ITEM_CONNECTED:
      return "success";
    case JF_ITEM_WAITING:
      return "warning";
    case JF_ITEM_FAILED:
      return "error";
    case JF_ITEM_CONNECTING:
      return "accent";
    case JF_ITEM_AVAILABLE:
    case JF_ITEM_OFFLINE:
    case JF_ITEM_UNKNOWN:
    case JF_ITEM_LEAVING:
    case JF_ITEM_GONE:
    default:
      return NULL;
    }
}

static void
set_mood (JfServiceHead *self, const char *mood)
{
  GtkWidget *const widgets[] = { GTK_WIDGET (self->icon), GTK_WIDGET (self->state) };

  if (mood == self->mood)
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (widgets); i++)
    {
      if (self->mood != NULL)
        gtk_widget_remove_css_class (widgets[i], self->mood);
      if (mood != NULL)
        gtk_widget_add_css_class (widgets[i], mood);
    }
  self->mood = mood;
}

/* An empty line takes no place. */
static void
set_line (GtkLabel *label, const char *text)
{
  gtk_label_set_label (label, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (label), text != NULL && *text != '\0');
}

static void
show_names (JfServiceHead *self)
{
  JfAccount *account = jf_item_get_account (self->item);
  g_autofree char *provider = NULL;

  if (account != NULL)
    /* TRANSLATORS: a provider of services, and the manager through which it is reached */
    provider = g_strdup_printf (_ ("%s at %s"), jf_item_get_provider (self->item),
                                   jf_account_get_title (account));
  set_line (self->title, jf_item_get_title (self->item));
  set_line (self->provider, provider != NULL ? provider : jf_item_get_provider (self->item));
}

static void
show_state (JfServiceHead *self)
{
  JfItemState state = jf_item_get_state (self->item);
  g_autofree char *since = jf_words_since (jf_item_get_since (self->item),
                                           g_get_real_time () / G_USEC_PER_SEC);

  gtk_image_set_from_icon_name (self->icon, jf_item_get_icon_name (self->item));
  set_mood (self, mood_of (state));
  set_line (self->state, jf_item_get_state_text (self->item));
  set_line (self->since, state != JF_ITEM_UNKNOWN ? since : NULL);
  set_line (self->reason, jf_item_get_reason (self->item));
  gtk_widget_set_visible (self->explain_button, jf_trust_case_for_item (self->item) != JF_TRUST_OK);
}

static void
show_retry (JfServiceHead *self)
{
  JfItemState state = jf_item_get_state (self->item);
  g_autofree char *retry = jf_words_retry (jf_item_get_retry_ms (self->item));
  JfTrustCase trust = jf_trust_case_for_item (self->item);
  gboolean helps = trust == JF_TRUST_OK || trust == JF_TRUST_INTERCEPTED;
  gboolean may_try = helps && (state == JF_ITEM_WAITING || state == JF_ITEM_FAILED ||
                               (state == JF_ITEM_CONNECTING && retry != NULL));

  set_line (self->retry, retry);
  gtk_widget_set_visible (self->try_button, may_try);
  gtk_widget_set_visible (self->retry_box, may_try || retry != NULL);
}

/* One button for both, so that the keyboard's focus stays where it is. */
static void
show_buttons (JfServiceHead *self)
{
  GtkActionable *join = GTK_ACTIONABLE (self->join_button);
  gboolean wanted = jf_item_is_wanted (self->item);
  gboolean gone = jf_item_get_state (self->item) == JF_ITEM_GONE;

  gtk_widget_set_visible (self->open_button, jf_service_menu_can_open (self->item));
  gtk_button_set_label (GTK_BUTTON (join), wanted ? _ ("_Disconnect") : _ ("_Connect"));
  gtk_actionable_set_action_name (join, wanted ? "app.disconnect" : "app.connect");
  gtk_widget_set_visible (self->join_button, wanted || !gone);
  if (wanted)
    gtk_widget_remove_css_class (self->join_button, "suggested-action");
  else
    gtk_widget_add_css_class (self->join_button, "suggested-action");
}

static void
set_item (JfServiceHead *self, JfItem *item)
{
  GtkWidget *const buttons[] = { self->open_button, self->join_button, self->try_button };

  if (!g_set_object (&self->item, item) || item == NULL)
    return;
  for (size_t i = 0; i < G_N_ELEMENTS (buttons); i++)
    gtk_actionable_set_action_target (GTK_ACTIONABLE (buttons[i]), "s", jf_item_get_id (item));
}

void
jf_service_head_show (JfServiceHead *self, JfItem *item)
{
  g_return_if_fail (JF_IS_SERVICE_HEAD (self));

  set_item (self, item);
  if (item == NULL)
    return;
  show_names (self);
  show_state (self);
  show_retry (self);
  show_buttons (self);
}

static void
explain_cb (JfServiceHead *self)
{
  if (self->item != NULL)
    jf_trust_show_item (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->item);
}

static void
jf_service_head_dispose (GObject *object)
{
  g_clear_object (&JF_SERVICE_HEAD (object)->item);
  G_OBJECT_CLASS (jf_service_head_parent_class)->dispose (object);
}

static void
jf_service_head_class_init (JfServiceHeadClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_service_head_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, JF_APP_RESOURCE "jf-service-head.ui");
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, icon);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, title);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, provider);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, state);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, since);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, reason);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, explain_button);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, retry_box);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, retry);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, try_button);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, open_button);
  gtk_widget_class_bind_template_child (widget_class, JfServiceHead, join_button);
  gtk_widget_class_bind_template_callback (widget_class, explain_cb);
}

static void
jf_service_head_init (JfServiceHead *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
