/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-farewell.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "client-gui/jf-app-private.h"
#include "client-gui/jf-window.h"

static const int end_signals[] = { SIGTERM, SIGINT, SIGHUP };

struct _JfFarewell
{
  JfApp *app;
  gboolean under_way;
  gboolean ended;
  unsigned n_wanted;
  unsigned dialog_timer;
  unsigned end_timer;
  GtkWindow *dialog; /* weak */
  unsigned signals[G_N_ELEMENTS (end_signals)];
};

static void
end (JfFarewell *self)
{
  JfWindow *window = jf_app_get_window (self->app);

  if (self->ended)
    return;
  self->ended = TRUE;
  g_clear_handle_id (&self->dialog_timer, g_source_remove);
  g_clear_handle_id (&self->end_timer, g_source_remove);
  /* Closing, unlike destroying, lets the window remember its size. */
  if (window != NULL)
    gtk_window_close (GTK_WINDOW (window));
  g_application_quit (G_APPLICATION (self->app));
}

static void
left_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JfApp) app = data;
  JfFarewell *self = jf_app_get_farewell (app);

  (void) jf_accounts_leave_finish (JF_ACCOUNTS (source), result, NULL);
  if (self != NULL)
    end (self);
}

static gboolean
end_timer_cb (gpointer data)
{
  JfFarewell *self = data;

  self->end_timer = 0;
  end (self);
  return G_SOURCE_REMOVE;
}

/* A dialog that goes with its window must not do so while it tells its response. */
static void
response_cb (AdwMessageDialog *dialog, const char *response, JfFarewell *self)
{
  g_clear_handle_id (&self->end_timer, g_source_remove);
  self->end_timer = g_timeout_add (0, end_timer_cb, self);
}

/* (transfer full) */
static char *
describe (JfFarewell *self)
{
  if (self->n_wanted == 0 ||
      !g_settings_get_boolean (jf_app_get_settings (self->app), "restore-joins"))
    return g_strdup (_("The connection to the manager is being ended."));
  return g_strdup_printf (
      ngettext (
          "%u service is being disconnected, so that nothing of it stays behind at the manager. "
          "It is connected again at the next start.",
          "%u services are being disconnected, so that nothing of them stays behind at the "
          "manager. They are connected again at the next start.",
          self->n_wanted),
      self->n_wanted);
}

static gboolean
dialog_timer_cb (gpointer data)
{
  JfFarewell *self = data;
  JfWindow *window = jf_app_get_window (self->app);
  g_autofree char *body = describe (self);
  GtkWidget *dialog;

  self->dialog_timer = 0;
  if (window == NULL)
    return G_SOURCE_REMOVE;
  dialog = adw_message_dialog_new (GTK_WINDOW (window), _("Quitting Jackfield…"), body);
  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "end", _("_Quit Now"));
  g_signal_connect (dialog, "response", G_CALLBACK (response_cb), self);
  g_set_weak_pointer (&self->dialog, GTK_WINDOW (dialog));
  gtk_window_present (GTK_WINDOW (dialog));
  return G_SOURCE_REMOVE;
}

void
jf_farewell_begin (JfFarewell *self, gboolean quick)
{
  if (self->under_way)
    {
      end (self);
      return;
    }
  self->under_way = TRUE;
  self->n_wanted = jf_catalog_count_wanted (jf_app_get_catalog (self->app));
  self->end_timer = g_timeout_add (quick ? JF_FAREWELL_QUICK_MAX_MS : JF_FAREWELL_MAX_MS,
                                   end_timer_cb, self);
  if (!quick)
    self->dialog_timer = g_timeout_add (JF_FAREWELL_SILENT_MS, dialog_timer_cb, self);
  /* Without a window nothing else keeps the program there so long. */
  g_application_hold (G_APPLICATION (self->app));
  jf_accounts_leave_async (jf_app_get_accounts (self->app), left_cb, g_object_ref (self->app));
}

gboolean
jf_farewell_is_under_way (JfFarewell *self)
{
  return self->under_way;
}

static gboolean
signal_cb (gpointer data)
{
  jf_farewell_begin (data, TRUE);
  return G_SOURCE_CONTINUE;
}

JfFarewell *
jf_farewell_new (JfApp *app)
{
  JfFarewell *self = g_new0 (JfFarewell, 1);

  self->app = app;
  for (size_t i = 0; i < G_N_ELEMENTS (end_signals); i++)
    self->signals[i] = g_unix_signal_add (end_signals[i], signal_cb, self);
  return self;
}

void
jf_farewell_free (JfFarewell *self)
{
  if (self->dialog != NULL)
    g_signal_handlers_disconnect_by_data (self->dialog, self);
  g_clear_weak_pointer (&self->dialog);
  g_clear_handle_id (&self->dialog_timer, g_source_remove);
  g_clear_handle_id (&self->end_timer, g_source_remove);
  for (size_t i = 0; i < G_N_ELEMENTS (end_signals); i++)
    g_source_remove (self->signals[i]);
  g_free (self);
}
