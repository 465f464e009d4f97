/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-programs-group.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-row.h"
#include "gateway/engine/jf-applications.h"

/* More programs than this are a number. */
#define SHOWN_MAX 12

struct _JfProgramsGroup
{
  AdwPreferencesGroup parent_instance;

  JfItem *item;
  GCancellable *cancellable; /* of the look under way; NULL none */
  int64_t looked_us;
  GPtrArray *rows; /* of AdwActionRow: used again, so that the focus stays where it is */
  gboolean sandboxed;

  AdwActionRow *note_row;
};

G_DEFINE_FINAL_TYPE (JfProgramsGroup, jf_programs_group, ADW_TYPE_PREFERENCES_GROUP)

static GtkWidget *
make_row (void)
{
  GtkWidget *row = g_object_new (ADW_TYPE_ACTION_ROW, "use-markup", FALSE, "activatable", FALSE,
                                 NULL);
  GtkWidget *icon = g_object_new (GTK_TYPE_IMAGE, "icon-name", "application-x-executable-symbolic",
                                  "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  return row;
}

static void
set_n_rows (JfProgramsGroup *self, unsigned n)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (self);

  while (self->rows->len > n)
    {
      adw_preferences_group_remove (group, self->rows->pdata[self->rows->len - 1]);
      g_ptr_array_set_size (self->rows, (int) self->rows->len - 1);
    }
  while (self->rows->len < n)
    {
      GtkWidget *row = make_row ();

      adw_preferences_group_add (group, row);
      g_ptr_array_add (self->rows, row);
    }
}

static void
show_program (AdwActionRow *row, const JfApplication *program)
{
  g_autofree char *connections = g_strdup_printf (
      ngettext ("%u connection", "%u connections", program->connections), program->connections);
  /* TRANSLATORS: a number of connections, and the number of a process */
  g_autofree char *subtitle = g_strdup_printf (_ ("%s, process %d"), connections,
                                                  (int) program->pid);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), program->name);
  jf_row_set_subtitle (row, subtitle);
}

/* (transfer full) what the rows do not say; NULL: nothing */
static char *
describe_rest (JfProgramsGroup *self, const JfApplications *found)
{
  unsigned unknown = found->unknown;

  if (self->sandboxed && found->list->len == 0 && unknown > 0)
    return g_strdup_printf (
        ngettext ("%u connection of a program outside the sandbox of Jackfield, "
                  "which cannot be seen from inside",
                  "%u connections of programs outside the sandbox of "
                  "Jackfield, which cannot be seen from inside",
                  unknown),
        unknown);
  if (unknown > 0)
    return g_strdup_printf (ngettext ("%u connection of a program that is not yours",
                                      "%u connections of programs that are not yours", unknown),
                            unknown);
  if (found->list->len > SHOWN_MAX)
    return g_strdup_printf (_ ("And %u more"), found->list->len - SHOWN_MAX);
  return found->list->len == 0 ? g_strdup (_ ("None at the moment")) : NULL;
}

/* note NULL: none */
static void
show_note (JfProgramsGroup *self, const char *note)
{
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->note_row), note != NULL ? note : "");
  gtk_widget_set_visible (GTK_WIDGET (self->note_row), note != NULL);
}

static void
show_found (JfProgramsGroup *self, const JfApplications *found)
{
  g_autofree char *rest = describe_rest (self, found);

  set_n_rows (self, MIN (found->list->len, SHOWN_MAX));
  for (unsigned i = 0; i < self->rows->len; i++)
    show_program (self->rows->pdata[i], found->list->pdata[i]);
  show_note (self, rest);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JfProgramsGroup) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (JfApplications) found = jf_applications_find_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&self->cancellable);
  if (found != NULL)
    {
      show_found (self, found);
      return;
    }
  set_n_rows (self, 0);
  show_note (self, _ ("This system does not tell which programs use it"));
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

static void
stop_looking (JfProgramsGroup *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
look (JfProgramsGroup *self, const JfPseudo *pseudo)
{
  int64_t now_us = g_get_monotonic_time ();

  if (self->cancellable != NULL || now_us < self->looked_us + JF_PROGRAMS_LOOK_S * G_USEC_PER_SEC)
    return;
  self->looked_us = now_us;
  self->cancellable = g_cancellable_new ();
  jf_applications_find_async (pseudo, self->cancellable, found_cb, g_object_ref (self));
}

static void
clear (JfProgramsGroup *self)
{
  stop_looking (self);
  self->looked_us = 0;
  set_n_rows (self, 0);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
jf_programs_group_show (JfProgramsGroup *self, JfItem *item)
{
  const JfPseudo *pseudo = NULL;

  g_return_if_fail (JF_IS_PROGRAMS_GROUP (self));
  if (g_set_object (&self->item, item))
    clear (self);
  if (item != NULL && jf_item_get_state (item) == JF_ITEM_CONNECTED)
    pseudo = jf_item_get_pseudo (item);
  if (pseudo == NULL)
    clear (self);
  else
    look (self, pseudo);
}

static void
jf_programs_group_dispose (GObject *object)
{
  JfProgramsGroup *self = JF_PROGRAMS_GROUP (object);

  stop_looking (self);
  g_clear_object (&self->item);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (jf_programs_group_parent_class)->dispose (object);
}

static void
jf_programs_group_class_init (JfProgramsGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_programs_group_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               JF_APP_RESOURCE "jf-programs-group.ui");
  gtk_widget_class_bind_template_child (widget_class, JfProgramsGroup, note_row);
}

static void
jf_programs_group_init (JfProgramsGroup *self)
{
  self->rows = g_ptr_array_new ();
  self->sandboxed = g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
  gtk_widget_init_template (GTK_WIDGET (self));
}
