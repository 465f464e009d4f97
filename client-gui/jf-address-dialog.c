/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-address-dialog.h"

#include <glib/gi18n.h>

#include "client-gui/jf-address-choice.h"
#include "gateway/wire/jf-error.h"

#define LEAST_FREE_PORT 1024

struct _JfAddressDialog
{
  AdwWindow parent_instance;

  JfItem *item;
  char *listen; /* what the fields say; NULL: stable, or not valid */
  gboolean touched;

  GtkWidget *apply_button;
  GtkCheckButton *stable_check;
  GtkCheckButton *port_check;
  GtkCheckButton *path_check;
  GtkCheckButton *network_check;
  GtkWidget *warning;
  GtkWidget *field_group;
  GtkWidget *host_row;
  GtkWidget *port_row;
  GtkWidget *path_row;
  GtkLabel *error_label;
};

G_DEFINE_FINAL_TYPE (JfAddressDialog, jf_address_dialog, ADW_TYPE_WINDOW)

static JfAddressKind
get_kind (JfAddressDialog *self)
{
  if (gtk_check_button_get_active (self->port_check))
    return JF_ADDRESS_PORT;
  if (gtk_check_button_get_active (self->path_check))
    return JF_ADDRESS_PATH;
  if (gtk_check_button_get_active (self->network_check))
    return JF_ADDRESS_NETWORK;
  return JF_ADDRESS_STABLE;
}

static void
set_kind (JfAddressDialog *self, JfAddressKind kind)
{
  GtkCheckButton *const buttons[] = {
    [JF_ADDRESS_STABLE] = self->stable_check,
    [JF_ADDRESS_PORT] = self->port_check,
    [JF_ADDRESS_PATH] = self->path_check,
    [JF_ADDRESS_NETWORK] = self->network_check,
  };

  gtk_check_button_set_active (buttons[kind], TRUE);
}

static char *
get_text (GtkWidget *row)
{
  return g_strdup (gtk_editable_get_text (GTK_EDITABLE (row)));
}

/* (transfer none) the field that a mistake is about */
static GtkWidget *
get_field (JfAddressDialog *self)
{
  const char *port = gtk_editable_get_text (GTK_EDITABLE (self->port_row));

  switch (get_kind (self))
    {
    case JF_ADDRESS_PORT:
      return self->port_row;
    case JF_ADDRESS_PATH:
      return self->path_row;
    case JF_ADDRESS_NETWORK:
      return jf_address_choice_port_is_valid (port) ? self->host_row : self->port_row;
    case JF_ADDRESS_STABLE:
    default:
      return GTK_WIDGET (self->stable_check);
    }
}

static void
mark (GtkWidget *row, gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (row, "error");
  else
    gtk_widget_remove_css_class (row, "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                               -1);
}

/* error NULL: all is well */
static void
show_error (JfAddressDialog *self, const GError *error)
{
  GtkWidget *const rows[] = { self->host_row, self->port_row, self->path_row };
  GtkWidget *field = get_field (self);

  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++)
    mark (rows[i], error != NULL && rows[i] == field);
  gtk_label_set_label (self->error_label, error != NULL ? error->message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->error_label), error != NULL);
}

/* An empty field that was not touched is no mistake yet. */
static gboolean
is_blank (JfAddressDialog *self)
{
  GtkWidget *field = get_field (self);
  const char *text;

  if (self->touched || !GTK_IS_EDITABLE (field))
    return FALSE;
  text = gtk_editable_get_text (GTK_EDITABLE (field));
  return *text == '\0' || g_str_has_suffix (text, "/"); /* the folder that we began with */
}

static void
check (JfAddressDialog *self)
{
  g_autoptr (JfAddressChoice) choice = g_new0 (JfAddressChoice, 1);
  g_autoptr (GError) error = NULL;
  gboolean valid;

  choice->kind = get_kind (self);
  choice->host = get_text (self->host_row);
  choice->port = get_text (self->port_row);
  choice->path = get_text (self->path_row);
  choice->folder = jf_address_choice_shared_folder ();
  g_clear_pointer (&self->listen, g_free);
  valid = jf_address_choice_format (choice, &self->listen, &error);
  show_error (self, is_blank (self) ? NULL : error);
  gtk_widget_set_sensitive (self->apply_button, valid);
}

static void
show_fields (JfAddressDialog *self)
{
  JfAddressKind kind = get_kind (self);

  gtk_widget_set_visible (self->field_group, kind != JF_ADDRESS_STABLE);
  gtk_widget_set_visible (self->host_row, kind == JF_ADDRESS_NETWORK);
  gtk_widget_set_visible (self->port_row, kind == JF_ADDRESS_PORT || kind == JF_ADDRESS_NETWORK);
  gtk_widget_set_visible (self->path_row, kind == JF_ADDRESS_PATH);
  gtk_widget_set_visible (self->warning, kind == JF_ADDRESS_NETWORK);
}

static void
changed_cb (JfAddressDialog *self, GObject *what)
{
  if (self->item == NULL) /* still being made */
    return;
  self->touched = !GTK_IS_CHECK_BUTTON (what);
  show_fields (self);
  check (self);
}

/* What the engine refuses: the words of its error, with what to do for the two that people meet. */
static void
refuse (JfAddressDialog *self, const GError *error)
{
  g_autoptr (GError) shown = NULL;

  if (g_error_matches (error, JF_ERROR, JF_ERROR_BUSY))
    shown = g_error_new_literal (JF_ERROR, JF_ERROR_BUSY,
                                 _ ("Another program uses this address. Choose another one, or end "
                                    "that program. The old address stays."));
  else
    shown = g_error_copy (error);
  show_error (self, shown);
  gtk_widget_grab_focus (get_field (self));
}

static void
apply_cb (JfAddressDialog *self)
{
  g_autoptr (GError) error = NULL;

  if (!jf_item_set_listen (self->item, self->listen, &error))
    refuse (self, error);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
fill (JfAddressDialog *self, JfItem *item)
{
  g_autofree char *listen = jf_item_get_listen (item);
  g_autoptr (JfAddressChoice) choice = jf_address_choice_new (listen);
  g_autofree char *host = choice->host != NULL ? g_strdup (choice->host) : NULL;
  g_autofree char *port = NULL;
  g_autofree char *folder = jf_address_choice_shared_folder ();
  g_autofree char *path = folder != NULL ? g_strconcat (folder, "/", NULL) : g_strdup ("");
  uint16_t hint = jf_item_get_service_port (item);

  if (choice->kind != JF_ADDRESS_NETWORK)
    {
      g_free (host);
      host = jf_address_choice_guess_host ();
    }
  if (choice->port != NULL)
    port = g_strdup (choice->port);
  else if (hint != 0)
    port = g_strdup_printf ("%u", hint < LEAST_FREE_PORT ? hint + 8000u : hint);
  gtk_editable_set_text (GTK_EDITABLE (self->host_row), host);
  gtk_editable_set_text (GTK_EDITABLE (self->port_row), port != NULL ? port : "");
  gtk_editable_set_text (GTK_EDITABLE (self->path_row), choice->path != NULL ? choice->path : path);
  set_kind (self, choice->kind);
}

static void
jf_address_dialog_dispose (GObject *object)
{
  JfAddressDialog *self = JF_ADDRESS_DIALOG (object);

  g_clear_object (&self->item);
  g_clear_pointer (&self->listen, g_free);
  G_OBJECT_CLASS (jf_address_dialog_parent_class)->dispose (object);
}

static void
jf_address_dialog_class_init (JfAddressDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_address_dialog_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/jackfield/Jackfield/jf-address-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, apply_button);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, stable_check);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, port_check);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, path_check);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, network_check);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, warning);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, field_group);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, host_row);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, port_row);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, path_row);
  gtk_widget_class_bind_template_child (widget_class, JfAddressDialog, error_label);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, apply_cb);
}

static void
jf_address_dialog_init (JfAddressDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

JfAddressDialog *
jf_address_dialog_new (GtkWindow *parent, JfItem *item)
{
  JfAddressDialog *self = g_object_new (JF_TYPE_ADDRESS_DIALOG, "transient-for", parent, NULL);

  if (parent != NULL)
    gtk_window_set_application (GTK_WINDOW (self), gtk_window_get_application (parent));
  fill (self, item);
  self->item = g_object_ref (item);
  show_fields (self);
  check (self);
  return self;
}
