/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-app-dialogs.h"
#include "client-gui/jf-app-private.h"
#include "client-gui/jf-window.h"

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

static void
add_manager_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  jf_window_invite (jf_app_present_window (data), NULL);
}

static void
link_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  jf_app_open_link (data, g_variant_get_string (parameter, NULL));
}

static const GActionEntry actions[] = {
  { .name = "activate-window", .activate = activate_window_cb },
  { .name = "add-manager", .activate = add_manager_cb },
  { .name = "link", .parameter_type = "s", .activate = link_cb },
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
  { "win.back", { "<Alt>Left" } },
  { "win.use", { "<Primary>Return" } },
  { "win.leave", { "<Primary>e" } },
  { "win.copy-address", { "<Primary><Shift>c" } },
  { "win.favourite", { "<Primary>d" } },
  { "win.details", { "<Alt>Return" } },
  { "win.show-help-overlay", { "<Primary>question", "F1" } },
  { "window.close", { "<Primary>w" } },
};

void
jf_app_add_actions (JfApp *self)
{
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  jf_app_add_item_actions (self);
  jf_app_add_dialogs (self);
  for (size_t i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), shortcuts[i].action,
                                           (const char **) shortcuts[i].keys);
}
