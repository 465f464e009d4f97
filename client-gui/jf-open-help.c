/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-open-help.h"

#include <glib/gi18n.h>

#include "client-gui/jf-window.h"
#include "client-gui/model/jf-portal.h"
#include "client-gui/model/jf-store-uri.h"

/* One dialog and what it is about. */
typedef struct
{
  JfApp *app;
  JfItem *item;
  gboolean program_missing;
} Help;

typedef struct
{
  const char *response;
  const char *label;
  gboolean (*offered) (const Help *help);
  void (*take) (const Help *help);
} Way;

static void
help_free (gpointer data, GClosure *closure)
{
  Help *help = data;

  g_object_unref (help->app);
  g_object_unref (help->item);
  g_free (help);
}

/* In a sandbox the portal knows which programs there are, and this one does not. */
static gboolean
store_is_offered (const Help *help)
{
  g_autofree char *uri = jf_store_uri_format (jf_item_get_app (help->item));
  g_autoptr (GAppInfo) store = NULL;

  if (!help->program_missing || uri == NULL)
    return FALSE;
  if (jf_portal_is_sandboxed ())
    return TRUE;
  store = g_app_info_get_default_for_uri_scheme ("appstream");
  return store != NULL;
}

static void
say_no_store (JfApp *app)
{
  JfWindow *window = jf_app_get_window (app);

  if (window != NULL)
    jf_window_toast (window, _("There is no software centre that shows this app"), NULL, NULL,
                                NULL);
}

static void
portal_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JfApp) app = data;
  g_autoptr (GError) error = NULL;

  if (!jf_portal_open_uri_finish (result, &error) &&
      !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    say_no_store (app);
}

static void
shown_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (JfApp) app = data;

  if (!g_app_info_launch_default_for_uri_finish (result, NULL))
    say_no_store (app);
}

static void
show_in_store (const Help *help)
{
  g_autofree char *uri = jf_store_uri_format (jf_item_get_app (help->item));
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (help->app));
  g_autoptr (GdkAppLaunchContext)
      context = gdk_display_get_app_launch_context (gdk_display_get_default ());

  if (uri == NULL)
    return;
  if (jf_portal_is_sandboxed () && bus != NULL)
    jf_portal_open_uri_async (bus, "", uri, FALSE, NULL, portal_cb, g_object_ref (help->app));
  else
    g_app_info_launch_default_for_uri_async (uri, G_APP_LAUNCH_CONTEXT (context), NULL, shown_cb,
                                             g_object_ref (help->app));
}

static gboolean
copy_is_offered (const Help *help)
{
  return jf_item_get_address (help->item) != NULL;
}

static void
copy_address (const Help *help)
{
  g_action_group_activate_action (G_ACTION_GROUP (help->app), "copy-address",
                                  g_variant_new_string (jf_item_get_id (help->item)));
}

/* The last one that is offered is the suggested one. */
static const Way ways[] = {
  { "copy", N_ ("Copy _Address"), copy_is_offered, copy_address },
  { "store", N_ ("_Find in Software"), store_is_offered, show_in_store },
};

static void
response_cb (AdwMessageDialog *dialog, const char *response, Help *help)
{
  for (size_t i = 0; i < G_N_ELEMENTS (ways); i++)
    if (g_str_equal (response, ways[i].response))
      ways[i].take (help);
}

static void
present (JfApp *app, JfItem *item, gboolean program_missing, const char *heading, const char *body)
{
  GtkWindow *window = GTK_WINDOW (jf_app_present_window (app));
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (adw_message_dialog_new (window, heading, body));
  Help *help = g_new0 (Help, 1);
  const char *suggested = NULL;

  help->app = g_object_ref (app);
  help->item = g_object_ref (item);
  help->program_missing = program_missing;
  adw_message_dialog_add_response (dialog, "close", _("_Close"));
  for (size_t i = 0; i < G_N_ELEMENTS (ways); i++)
    if (ways[i].offered (help))
      {
        suggested = ways[i].response;
        adw_message_dialog_add_response (dialog, suggested, _(ways[i].label));
      }
  adw_message_dialog_set_default_response (dialog, suggested != NULL ? suggested : "close");
  if (suggested != NULL)
    adw_message_dialog_set_response_appearance (dialog, suggested, ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_close_response (dialog, "close");
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), help, help_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
jf_open_help_no_program (JfApp *app, JfItem *item, const char *scheme)
{
  g_autofree char *uri = jf_store_uri_format (jf_item_get_app (item));
  g_autofree char *heading =
      /* Translators: %s is a scheme such as "rtsp", of links such as "rtsp://…" */
      g_strdup_printf (_("Nothing on This Computer Opens %s: Links"), scheme);
  g_autofree char *body = NULL;

  if (uri != NULL)
    body = g_strdup_printf (
        _("“%s” needs an app that does. Its provider recommends %s. You can also "
                              "copy the address, and give it to a program of your own."),
           jf_item_get_title (item), jf_item_get_app (item));
  else
    body = g_strdup_printf (
        _("“%s” needs an app that does: install one, then open it again. You can "
                              "also copy the address, and give it to a program of your own."),
           jf_item_get_title (item));
  present (app, item, TRUE, heading, body);
}

void
jf_open_help_no_link (JfApp *app, JfItem *item)
{
  const char *address = jf_item_get_address (item);
  g_autofree char *heading = g_strdup_printf (_("Open “%s” in Your Own Program"),
                                                 jf_item_get_title (item));
  g_autofree char *body = g_strdup_printf (_("It is connected, but its provider does not say which program it is for. Copy its address, "
        "%s, and give it to the program that you want to use."),
      address != NULL ? address : "");

  present (app, item, FALSE, heading, body);
}

void
jf_open_help_refused (JfApp *app, JfItem *item, const GError *error)
{
  g_autofree char *heading = g_strdup_printf (_("“%s” Was Not Opened"), jf_item_get_title (item));

  present (app, item, FALSE, heading, error->message);
}

void
jf_open_help_failed (JfApp *app, JfItem *item, const char *program, const GError *error)
{
  g_autofree char *heading = program != NULL
      ? g_strdup_printf (_("%s Did Not Start"), program)
      : g_strdup_printf (_("“%s” Was Not Opened"), jf_item_get_title (item));

  present (app, item, FALSE, heading, error->message);
}
