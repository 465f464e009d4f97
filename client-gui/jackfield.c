/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <locale.h>

#include "client-gui/jf-app.h"
#include "client-gui/jf-timing.h"

int
main (int argc, char **argv)
{
  g_autoptr (JfApp) app = NULL;

  jf_timing_mark ("main");
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, JF_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_application_name ("Jackfield");
  app = jf_app_new ();
  return g_application_run (G_APPLICATION (app), argc, argv);
}
