/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-autostart-setting.h"

#include <glib/gi18n.h>

#include "client-gui/jf-window.h"
#include "client-gui/model/jf-autostart.h"
#include "client-gui/model/jf-portal.h"

#define KEY "autostart"

const char *const jf_autostart_command[] = { "jackfield", "--gapplication-service", NULL };

struct _JfAutostartSetting
{
  int refs;   /* the owner's, and one while a change is under way */
  JfApp *app; /* NULL: freed meanwhile */
  gboolean changing;
  gboolean wanted;  /* by the change that is under way */
  gboolean turning; /* we set the key ourselves */
};

static void apply (JfAutostartSetting *self);

static void
drop (JfAutostartSetting *self)
{
  if (--self->refs == 0)
    g_free (self);
}

static void
turn_back (JfAutostartSetting *self, const char *why)
{
  JfWindow *window = jf_app_get_window (self->app);
  g_autofree char *text = g_strdup_printf (_("Starting at login stays as it was: %s"), why);

  self->turning = TRUE;
  g_settings_set_boolean (jf_app_get_settings (self->app), KEY, !self->wanted);
  self->turning = FALSE;
  if (window != NULL)
    jf_window_toast (window, text, NULL, NULL, NULL);
  else
    g_message ("%s", text);
}

/* why: NULL, it is as wanted */
static void
changed (JfAutostartSetting *self, const char *why)
{
  self->changing = FALSE;
  if (self->app != NULL)
    {
      gboolean now = g_settings_get_boolean (jf_app_get_settings (self->app), KEY);

      if (now != self->wanted)
        apply (self);
      else if (why != NULL)
        turn_back (self, why);
    }
  drop (self);
}

static void
file_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  jf_autostart_set_finish (result, &error);
  changed (data, error != NULL ? error->message : NULL);
}

static void
portal_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfAutostartSetting *self = data;
  g_autoptr (GError) error = NULL;
  gboolean background, autostart;

  if (!jf_portal_request_background_finish (result, &background, &autostart, &error))
    changed (self, error->message);
  else if (self->wanted && !autostart)
    changed (self, _("the desktop does not allow it"));
  else
    changed (self, NULL);
}

static void
apply (JfAutostartSetting *self)
{
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self->app));
  g_autofree char *program = NULL;

  self->wanted = g_settings_get_boolean (jf_app_get_settings (self->app), KEY);
  self->changing = TRUE;
  self->refs++;
  if (jf_portal_is_sandboxed () && bus != NULL)
    {
      jf_portal_request_background_async (bus, "",
                                          _("Connect at login what was connected before."),
                                             self->wanted, jf_autostart_command, NULL, portal_cb,
                                             self);
      return;
    }
  program = jf_autostart_find_program ();
  jf_autostart_set_async (NULL, JF_APP_ID, program, self->wanted, file_cb, self);
}

static void
setting_cb (JfAutostartSetting *self)
{
  if (!self->turning && !self->changing)
    apply (self);
}

JfAutostartSetting *
jf_autostart_setting_new (JfApp *app)
{
  JfAutostartSetting *self = g_new0 (JfAutostartSetting, 1);

  self->refs = 1;
  self->app = app;
  g_signal_connect_swapped (jf_app_get_settings (app), "changed::" KEY, G_CALLBACK (setting_cb),
                            self);
  return self;
}

void
jf_autostart_setting_free (JfAutostartSetting *self)
{
  g_signal_handlers_disconnect_by_data (jf_app_get_settings (self->app), self);
  self->app = NULL;
  drop (self);
}
