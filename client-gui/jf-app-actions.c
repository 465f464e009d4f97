/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "client-gui/jf-app-private.h"
#include "client-gui/jf-window.h"

static void
about_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_show_about_window (
      gtk_application_get_active_window (data), "application-name", "Jackfield", "application-icon",
      JF_APP_ID, "version", JF_VERSION, "developer-name",
      _("The Jackfield project"), "comments",
         _("Use services that run in somebody else’s private network."), "website",
            "https://jackfield.github.io/", "issue-url",
            "https://github.com/jackfield/jackfield/issues", "license-type", GTK_LICENSE_GPL_3_0,
            /* Translators: your names, one a line; they are shown in the About window */
            "translator-credits", _("translator-credits"), NULL);
}

static void
quit_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  jf_app_leave (data);
}

static void
activate_window_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  jf_app_present_window (data);
}

static const GActionEntry actions[] = {
  { .name = "about", .activate = about_cb },
  { .name = "activate-window", .activate = activate_window_cb },
  { .name = "quit", .activate = quit_cb },
};

static const struct
{
  const char *action;
  const char *keys[3];
} shortcuts[] = {
  { "app.preferences", { "<Primary>comma" } },
  { "app.add-manager", { "<Primary>n" } },
  { "app.quit", { "<Primary>q" } },
  { "win.search", { "<Primary>f" } },
  { "win.show-help-overlay", { "<Primary>question", "F1" } },
  { "window.close", { "<Primary>w" } },
};

void
jf_app_add_actions (JfApp *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  for (size_t i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), shortcuts[i].action,
                                           (const char **) shortcuts[i].keys);
}
