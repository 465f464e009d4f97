/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-button-names.h"

#include <glib/gi18n.h>
#include <string.h>

static GQuark
followed_quark (void)
{
  return g_quark_from_static_string ("jf-button-names-followed");
}

/* (transfer full) "_Open" -> "Open", "Save__as" -> "Save_as" */
static char *
strip_mnemonic (const char *label)
{
  char *text = g_strdup (label);
  char *end = text;

  for (const char *at = label; *at != '\0'; at++)
    {
      if (*at == '_' && at[1] != '\0')
        at++;
      *end++ = *at;
    }
  *end = '\0';
  return text;
}

static gboolean
has_name (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

  return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL) ||
         gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY);
}

/* (transfer none) the label that the button has for its child, when that must name it; NULL none */
static GtkLabel *
label_inside (GtkWidget *button)
{
  GtkWidget *child = GTK_IS_BUTTON (button) ? gtk_button_get_child (GTK_BUTTON (button)) : NULL;

  if (!GTK_IS_LABEL (child))
    return NULL;
  return gtk_label_get_use_underline (GTK_LABEL (child)) || !has_name (button) ? GTK_LABEL (child)
                                                                               : NULL;
}

/* libadwaita 1.2 gives it a symbol alone. */
static gboolean
closes_toast (GtkWidget *button)
{
  GtkWidget *parent = gtk_widget_get_parent (button);

  return parent != NULL && g_str_equal (G_OBJECT_TYPE_NAME (parent), "AdwToastWidget") &&
         GTK_IS_BUTTON (button) && gtk_button_get_icon_name (GTK_BUTTON (button)) != NULL;
}

/* A button of a library with a picture, such as the one that applies an entry's text, or the search of
 * the preferences. */
static void
name_picture (GtkWidget *button)
{
  const char *name = gtk_widget_get_tooltip_text (button);
  GtkAccessible *accessible = GTK_ACCESSIBLE (button);

  if (name == NULL &&
      g_strcmp0 (gtk_button_get_icon_name (GTK_BUTTON (button)), "edit-find-symbolic") == 0)
    name = _("Search");
  if (name == NULL || gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL))
    return;
  /* to the picture, whose name is its class */
  gtk_accessible_reset_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
name_button (GtkWidget *button)
{
  GtkLabel *inside = label_inside (button);
  g_autofree char *label = NULL;
  g_autofree char *name = NULL;
  gboolean use_underline;

  g_object_get (button, "label", &label, "use-underline", &use_underline, NULL);
  if (use_underline && label != NULL)
    name = strip_mnemonic (label);
  else if (closes_toast (button))
    name = g_strdup (_("Dismiss"));
  else if (label == NULL && inside != NULL)
    name = g_strdup (gtk_label_get_text (inside));
  else if (label == NULL && GTK_IS_BUTTON (button) &&
           gtk_button_get_icon_name (GTK_BUTTON (button)) != NULL)
    name_picture (button);
  if (name == NULL)
    return;
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

/* Once for each button. */
static void
follow (GtkWidget *button)
{
  GtkLabel *inside = label_inside (button);

  if (g_object_get_qdata (G_OBJECT (button), followed_quark ()) != NULL)
    return;
  g_object_set_qdata (G_OBJECT (button), followed_quark (), GINT_TO_POINTER (1));
  g_signal_connect (button, "notify::label", G_CALLBACK (name_button), NULL);
  if (inside != NULL)
    g_signal_connect_object (inside, "notify::label", G_CALLBACK (name_button), button,
                             G_CONNECT_SWAPPED);
}

static gboolean
mapped_cb (GSignalInvocationHint *hint, unsigned n_values, const GValue *values, gpointer data)
{
  GtkWidget *widget = g_value_get_object (&values[0]);

  if (!GTK_IS_BUTTON (widget) && !GTK_IS_CHECK_BUTTON (widget))
    return TRUE;
  follow (widget);
  name_button (widget);
  return TRUE;
}

void
jf_button_names_follow (void)
{
  /* signals come with the class */
  GTypeClass *klass = g_type_class_ref (GTK_TYPE_WIDGET);

  g_signal_add_emission_hook (g_signal_lookup ("map", GTK_TYPE_WIDGET), 0, mapped_cb, NULL, NULL);
  g_type_class_unref (klass);
}
