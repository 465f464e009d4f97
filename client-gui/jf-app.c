/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-app.h"

#include <glib/gi18n.h>

#include "client-gui/jf-app-link.h"
#include "client-gui/jf-app-private.h"
#include "client-gui/jf-background.h"
#include "client-gui/jf-button-names.h"
#include "client-gui/jf-farewell.h"
#include "client-gui/jf-notifier.h"
#include "client-gui/jf-opener.h"
#include "client-gui/jf-search-provider.h"
#include "client-gui/jf-window.h"

struct _JfApp
{
  AdwApplication parent;

  char *state_dir; /* NULL: where the user has it */

  GSettings *settings;
  JfKeyring *keyring;
  JfAccounts *accounts;
  JfCatalog *catalog;
  JfAppLink *link;
  JfOpener *opener;
  JfNotifier *notifier;
  JfBackground *background;
  JfFarewell *farewell;
  JfSearchProvider *search_provider;
};

G_DEFINE_FINAL_TYPE (JfApp, jf_app, ADW_TYPE_APPLICATION)

GSettings *
jf_app_get_settings (JfApp *self)
{
  return self->settings;
}

JfKeyring *
jf_app_get_keyring (JfApp *self)
{
  return self->keyring;
}

JfAccounts *
jf_app_get_accounts (JfApp *self)
{
  return self->accounts;
}

JfCatalog *
jf_app_get_catalog (JfApp *self)
{
  return self->catalog;
}

JfWindow *
jf_app_get_window (JfApp *self)
{
  GList *windows = gtk_application_get_windows (GTK_APPLICATION (self));

  for (GList *at = windows; at != NULL; at = at->next)
    if (JF_IS_WINDOW (at->data))
      return at->data;
  return NULL;
}

JfWindow *
jf_app_present_window (JfApp *self)
{
  JfWindow *window = jf_app_get_window (self);

  if (window == NULL)
    window = jf_window_new (self);
  gtk_window_present (GTK_WINDOW (window));
  return window;
}

void
jf_app_open_link (JfApp *self, const char *uri)
{
  jf_app_link_open (self->link, uri);
}

JfFarewell *
jf_app_get_farewell (JfApp *self)
{
  return self->farewell;
}

void
jf_app_leave (JfApp *self)
{
  jf_farewell_begin (self->farewell, FALSE);
}

/* In every instance, before anything else: what cannot work is said on the terminal. */
static int
handle_local_options (GApplication *app, GVariantDict *options)
{
  JfApp *self = JF_APP (app);
  g_autoptr (GError) error = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("jackfield %s\n", JF_VERSION);
      return 0;
    }
  if (!jf_app_settings_check (&error))
    {
      g_printerr ("jackfield: %s\n", error->message);
      return 1;
    }
  /* Not the instance of the session, and nothing of it. */
  if (g_variant_dict_lookup (options, "state-dir", "^ay", &self->state_dir))
    g_application_set_flags (app, g_application_get_flags (app) | G_APPLICATION_NON_UNIQUE);
  return G_APPLICATION_CLASS (jf_app_parent_class)->handle_local_options (app, options);
}

/* Only the instance that does the work needs a display; it could not do anything without one. */
static void
need_display (void)
{
  if (gtk_init_check ())
    return;
  g_printerr (
      "jackfield: %s\n",
      _("there is no display to show the window on; start Jackfield in a desktop session, or "
                "use jackfield-gateway on the command line"));
  exit (EXIT_FAILURE);
}

/* With a directory of its own, also the settings and the keys are there. */
static void
make_model (JfApp *self)
{
  g_autofree char *managers = NULL;

  if (self->state_dir != NULL)
    managers = g_build_filename (self->state_dir, "managers", NULL);
  else
    self->keyring = jf_keyring_new (JF_KEYRING_TIMEOUT_MS);
  self->settings = jf_app_settings_new (self->state_dir);
  self->accounts = jf_accounts_new (managers, self->keyring);
  self->catalog = jf_catalog_new (self->accounts);
}

static void
startup (GApplication *app)
{
  JfApp *self = JF_APP (app);

  need_display ();
  G_APPLICATION_CLASS (jf_app_parent_class)->startup (app);
  gtk_window_set_default_icon_name (JF_APP_ID);
  jf_button_names_follow ();
  make_model (self);
  self->link = jf_app_link_new (self);
  jf_app_add_actions (self);
  self->farewell = jf_farewell_new (self);
  self->opener = jf_opener_new (self);
  self->notifier = jf_notifier_new (self);
  self->background = jf_background_new (self);
  g_settings_bind (self->settings, "fixed-ports", self->accounts, "fixed-ports",
                   G_SETTINGS_BIND_GET);
  jf_accounts_load (self->accounts, g_settings_get_boolean (self->settings, "restore-joins"));
}

static void
activate (GApplication *app)
{
  jf_app_present_window (JF_APP (app));
}

/* Links from a browser, a mail or another program. */
static void
open_files (GApplication *app, GFile **files, int n_files, const char *hint)
{
  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *uri = g_file_get_uri (files[i]);

      g_action_group_activate_action (G_ACTION_GROUP (app), "link", g_variant_new_string (uri));
    }
}

/* What acts on the application goes while that is still registered. */
static void
shut_down (GApplication *app)
{
  JfApp *self = JF_APP (app);

  g_clear_pointer (&self->background, jf_background_free);
  g_clear_pointer (&self->notifier, jf_notifier_free);
  g_clear_pointer (&self->opener, jf_opener_free);
  g_clear_pointer (&self->farewell, jf_farewell_free);
  G_APPLICATION_CLASS (jf_app_parent_class)->shutdown (app);
}

static gboolean
dbus_register (GApplication *app, GDBusConnection *bus, const char *path, GError **error)
{
  JfApp *self = JF_APP (app);
  g_autofree char *search_path = g_strconcat (path, "/SearchProvider", NULL);

  if (!G_APPLICATION_CLASS (jf_app_parent_class)->dbus_register (app, bus, path, error))
    return FALSE;
  self->search_provider = jf_search_provider_new (self, bus, search_path, error);
  return self->search_provider != NULL;
}

static void
dbus_unregister (GApplication *app, GDBusConnection *bus, const char *path)
{
  g_clear_pointer (&JF_APP (app)->search_provider, jf_search_provider_free);
  G_APPLICATION_CLASS (jf_app_parent_class)->dbus_unregister (app, bus, path);
}

static void
jf_app_dispose (GObject *object)
{
  JfApp *self = JF_APP (object);

  g_clear_pointer (&self->link, jf_app_link_free);
  g_clear_object (&self->catalog);
  g_clear_object (&self->accounts);
  g_clear_object (&self->keyring);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->state_dir, g_free);
  G_OBJECT_CLASS (jf_app_parent_class)->dispose (object);
}

static void
jf_app_class_init (JfAppClass *klass)
{
  GApplicationClass *app_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = jf_app_dispose;
  app_class->handle_local_options = handle_local_options;
  app_class->startup = startup;
  app_class->activate = activate;
  app_class->open = open_files;
  app_class->shutdown = shut_down;
  app_class->dbus_register = dbus_register;
  app_class->dbus_unregister = dbus_unregister;
}

static void
jf_app_init (JfApp *self)
{
  GApplication *app = G_APPLICATION (self);

  g_application_add_main_option (app, "version", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE,
                                 N_ ("Print the version and exit"), NULL);
  g_application_add_main_option (
      app, "state-dir", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME,
      N_ ("Keep everything in DIR, apart from what is yours: to try things out"), N_ ("DIR"));
  g_application_set_option_context_parameter_string (app, N_ ("[LINK…]"));
  g_application_set_option_context_summary (
      app, N_ ("Use services that run in somebody else’s private network."));
}

JfApp *
jf_app_new (void)
{
  return g_object_new (JF_TYPE_APP, "application-id", JF_APP_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path",
                       "/io/github/jackfield/Jackfield", NULL);
}
