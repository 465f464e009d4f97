/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-about.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app.h"

/* For reports: what the app is made of, and what happened. Not translated, since others read it. */
static char *
describe (JfAccounts *accounts)
{
  GString *text = g_string_new (NULL);
  unsigned n = g_list_model_get_n_items (G_LIST_MODEL (accounts));

  g_string_append_printf (text, "Jackfield %s\nGTK %u.%u.%u, libadwaita %u.%u.%u, GLib %u.%u.%u\n",
                          JF_VERSION, gtk_get_major_version (), gtk_get_minor_version (),
                          gtk_get_micro_version (), adw_get_major_version (),
                          adw_get_minor_version (), adw_get_micro_version (), glib_major_version,
                          glib_minor_version, glib_micro_version);
  g_string_append_printf (text, "Managers: %u\n", n);
  for (unsigned i = 0; i < n; i++)
    {
      g_autoptr (JfAccount) account = g_list_model_get_item (G_LIST_MODEL (accounts), i);
      g_autofree char *log = jf_support_log_format (jf_account_get_log (account), NULL);

      g_string_append_printf (text, "\n%s\n", log);
    }
  return g_string_free (text, FALSE);
}

GtkWindow *
jf_about_new (GtkWindow *parent, JfAccounts *accounts)
{
  g_autofree char *debug = describe (accounts);

  return g_object_new (
      ADW_TYPE_ABOUT_WINDOW, "transient-for", parent, "modal", parent != NULL, "application-name",
      "Jackfield", "application-icon", JF_APP_ID, "version", JF_VERSION, "developer-name",
      _ ("The Jackfield project"), "comments",
         _ ("Use services that run in somebody else’s private network."), "website",
            "https://jackfield.github.io/", "issue-url",
            "https://github.com/jackfield/jackfield/issues", "license-type", GTK_LICENSE_GPL_3_0,
            "copyright",
            _ ("© The Jackfield project"), "debug-info", debug, "debug-info-filename",
               "jackfield-debug-info.txt",
               /* TRANSLATORS: your names, one a line; they are shown in the About window */
               "translator-credits", _ ("translator-credits"), NULL);
}
