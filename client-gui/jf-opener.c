/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-opener.h"

#include <glib/gi18n.h>
#include <string.h>

#include "client-gui/jf-app-chooser.h"
#include "client-gui/jf-open-help.h"
#include "client-gui/jf-window.h"
#include "client-gui/model/jf-open-uri.h"
#include "client-gui/model/jf-portal.h"
#include "gateway/wire/jf-error.h"

struct _JfOpener
{
  JfApp *app;
  GQueue waiting; /* of Wait, the oldest first */
};

/* To be opened as soon as it is connected. */
typedef struct
{
  JfOpener *opener;
  JfItem *item;
  unsigned long handler;
  unsigned timer;
  gboolean ask;
} Wait;

/* One program that starts. */
typedef struct
{
  JfApp *app;
  JfItem *item;
  char *uri;
  char *scheme;
} Launch;

static void
wait_free (Wait *wait)
{
  g_clear_signal_handler (&wait->handler, wait->item);
  g_clear_handle_id (&wait->timer, g_source_remove);
  g_object_unref (wait->item);
  g_free (wait);
}

static Launch *
launch_new (JfApp *app, JfItem *item, const char *uri)
{
  Launch *launch = g_new0 (Launch, 1);

  launch->app = g_object_ref (app);
  launch->item = g_object_ref (item);
  launch->uri = g_strdup (uri);
  launch->scheme = jf_open_uri_scheme (uri);
  return launch;
}

static void
launch_free (Launch *launch)
{
  g_object_unref (launch->app);
  g_object_unref (launch->item);
  g_free (launch->uri);
  g_free (launch->scheme);
  g_free (launch);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Launch, launch_free)

static void
closure_launch_free (gpointer data, GClosure *closure)
{
  launch_free (data);
}

static void
started_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Launch) launch = data;
  g_autoptr (GError) error = NULL;

  if (!g_app_info_launch_uris_finish (G_APP_INFO (source), result, &error))
    jf_open_help_failed (launch->app, launch->item,
                         g_app_info_get_display_name (G_APP_INFO (source)), error);
}

/* (transfer full) launch */
static void
start (Launch *launch, GAppInfo *program)
{
  g_autoptr (GdkAppLaunchContext)
      context = gdk_display_get_app_launch_context (gdk_display_get_default ());
  GList uris = { .data = launch->uri };

  g_app_info_launch_uris_async (program, &uris, G_APP_LAUNCH_CONTEXT (context), NULL, started_cb,
                                launch);
}

static void
chosen_cb (JfAppChooser *chooser, GAppInfo *program, Launch *launch)
{
  jf_item_set_opener (launch->item, g_app_info_get_id (program));
  start (launch_new (launch->app, launch->item, launch->uri), program);
}

/* (transfer full) launch */
static void
choose (Launch *launch, GList *programs)
{
  GtkWindow *window = GTK_WINDOW (jf_app_present_window (launch->app));
  JfAppChooser *chooser = jf_app_chooser_new (window, jf_item_get_title (launch->item), programs);

  g_signal_connect_data (chooser, "chosen", G_CALLBACK (chosen_cb), launch, closure_launch_free, 0);
  gtk_window_present (GTK_WINDOW (chooser));
}

static void
free_programs (GList *programs)
{
  g_list_free_full (programs, g_object_unref);
}

/* (transfer full) of GAppInfo: what opens such links, the desktop's default first; never this app */
static GList *
find_programs (const char *scheme)
{
  g_autofree char *type = g_strconcat ("x-scheme-handler/", scheme, NULL);
  GList *programs = g_app_info_get_all_for_type (type);

  for (GList *at = programs, *next; at != NULL; at = next)
    {
      next = at->next;
      if (g_strcmp0 (g_app_info_get_id (at->data), JF_APP_ID ".desktop") != 0 &&
          g_app_info_supports_uris (at->data))
        continue;
      g_object_unref (at->data);
      programs = g_list_delete_link (programs, at);
    }
  return programs;
}

/* (transfer none) the one that the user chose; NULL: none, or it is there no more */
static GAppInfo *
find_chosen (JfItem *item, GList *programs)
{
  g_autofree char *chosen = jf_item_get_opener (item);

  for (GList *at = programs; at != NULL && chosen != NULL; at = at->next)
    if (g_strcmp0 (g_app_info_get_id (at->data), chosen) == 0)
      return at->data;
  return NULL;
}

/* (transfer full) launch */
static void
start_on_desktop (Launch *launch, gboolean ask)
{
  g_autoptr (Launch) owned = launch;
  GList *programs = find_programs (launch->scheme);
  GAppInfo *program = ask ? NULL : find_chosen (launch->item, programs);

  if (programs == NULL)
    jf_open_help_no_program (launch->app, launch->item, launch->scheme);
  else if (program != NULL)
    start (g_steal_pointer (&owned), program);
  else if (programs->next == NULL && !ask)
    start (g_steal_pointer (&owned), programs->data);
  else
    choose (g_steal_pointer (&owned), programs);
  free_programs (programs);
}

static void
portal_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (Launch) launch = data;
  g_autoptr (GError) error = NULL;

  if (jf_portal_open_uri_finish (result, &error) ||
      g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  /* It was asked, and found nothing. */
  if (g_error_matches (error, JF_ERROR, JF_ERROR_FAILED))
    jf_open_help_no_program (launch->app, launch->item, launch->scheme);
  else
    jf_open_help_failed (launch->app, launch->item, NULL, error);
}

/* (transfer full) launch */
static void
start_by_portal (Launch *launch, GDBusConnection *bus, gboolean ask)
{
  jf_portal_open_uri_async (bus, "", launch->uri, ask, NULL, portal_cb, launch);
}

static void
open_connected (JfOpener *self, JfItem *item, gboolean ask)
{
  const JfPseudo *pseudo = jf_item_get_pseudo (item);
  GDBusConnection *bus = g_application_get_dbus_connection (G_APPLICATION (self->app));
  const char *template = jf_item_get_open (item);
  g_autofree char *uri = NULL;
  g_autoptr (GError) error = NULL;

  if (template == NULL)
    template = jf_open_uri_template_for_port (jf_item_get_service_port (item));
  if (template == NULL || pseudo == NULL)
    {
      jf_open_help_no_link (self->app, item);
      return;
    }
  uri = jf_open_uri_expand (template, pseudo, &error);
  if (uri == NULL)
    jf_open_help_refused (self->app, item, error);
  else if (jf_portal_is_sandboxed () && bus != NULL)
    start_by_portal (launch_new (self->app, item, uri), bus, ask);
  else
    start_on_desktop (launch_new (self->app, item, uri), ask);
}

static void
stop_waiting (JfOpener *self, Wait *wait)
{
  g_queue_remove (&self->waiting, wait);
  wait_free (wait);
}

static void
say_why_not (JfOpener *self, JfItem *item)
{
  JfWindow *window = jf_app_get_window (self->app);
  g_autofree char *text = NULL;

  if (window == NULL)
    return;
  text = g_strdup_printf (_("“%s” could not be connected"), jf_item_get_title (item));
  jf_window_toast (window, text,
                   _("_Details"), "app.show-service",
                      g_variant_new_string (jf_item_get_id (item)));
}

static void
state_cb (JfItem *item, GParamSpec *pspec, Wait *wait)
{
  JfOpener *self = wait->opener;
  g_autoptr (JfItem) alive = g_object_ref (item);
  JfItemState state = jf_item_get_state (item);
  gboolean ask = wait->ask;

  if (state == JF_ITEM_CONNECTED)
    {
      stop_waiting (self, wait);
      open_connected (self, item, ask);
    }
  else if (state == JF_ITEM_FAILED || state == JF_ITEM_GONE)
    {
      stop_waiting (self, wait);
      say_why_not (self, item);
    }
  else if (!jf_item_is_wanted (item))
    stop_waiting (self, wait);
}

static gboolean
timeout_cb (gpointer data)
{
  Wait *wait = data;

  wait->timer = 0;
  stop_waiting (wait->opener, wait);
  return G_SOURCE_REMOVE;
}

static Wait *
find_wait (JfOpener *self, JfItem *item)
{
  for (GList *at = self->waiting.head; at != NULL; at = at->next)
    if (((Wait *) at->data)->item == item)
      return at->data;
  return NULL;
}

/* The user is told when it does not come up at once. */
static void
say_that_it_waits (JfOpener *self, JfItem *item)
{
  JfWindow *window = jf_app_get_window (self->app);
  g_autofree char *text = NULL;

  if (window == NULL || jf_item_get_state (item) != JF_ITEM_WAITING)
    return;
  text = g_strdup_printf (_("“%s” opens as soon as it is connected"), jf_item_get_title (item));
  jf_window_toast (window, text, NULL, NULL, NULL);
}

static void
open_when_connected (JfOpener *self, JfItem *item, gboolean ask)
{
  Wait *wait = find_wait (self, item);

  if (wait != NULL)
    stop_waiting (self, wait);
  if (g_queue_get_length (&self->waiting) >= JF_OPENER_WAITING_MAX)
    stop_waiting (self, g_queue_peek_head (&self->waiting));
  if (!jf_item_is_wanted (item) || jf_item_get_state (item) == JF_ITEM_FAILED)
    jf_item_connect (item);
  wait = g_new0 (Wait, 1);
  wait->opener = self;
  wait->item = g_object_ref (item);
  wait->ask = ask;
  wait->handler = g_signal_connect (item, "notify::state", G_CALLBACK (state_cb), wait);
  wait->timer = g_timeout_add_seconds (JF_OPENER_WAIT_S, timeout_cb, wait);
  g_queue_push_tail (&self->waiting, wait);
  say_that_it_waits (self, item);
  state_cb (item, NULL, wait);
}

static void
open_item (JfOpener *self, const char *id, gboolean ask)
{
  JfItem *item = jf_accounts_find_item (jf_app_get_accounts (self->app), id);
  JfWindow *window = jf_app_get_window (self->app);

  if (item != NULL && jf_item_get_state (item) == JF_ITEM_CONNECTED)
    open_connected (self, item, ask);
  else if (item != NULL)
    open_when_connected (self, item, ask);
  else if (window != NULL)
    jf_window_toast (window, _("This service is not there any more"), NULL, NULL, NULL);
}

static void
open_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  open_item (data, g_variant_get_string (parameter, NULL), FALSE);
}

static void
open_with_cb (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  open_item (data, g_variant_get_string (parameter, NULL), TRUE);
}

static const GActionEntry actions[] = {
  { .name = "open", .parameter_type = "s", .activate = open_cb },
  { .name = "open-with", .parameter_type = "s", .activate = open_with_cb },
};

JfOpener *
jf_opener_new (JfApp *app)
{
  JfOpener *self = g_new0 (JfOpener, 1);

  self->app = app;
  g_queue_init (&self->waiting);
  g_action_map_add_action_entries (G_ACTION_MAP (app), actions, G_N_ELEMENTS (actions), self);
  return self;
}

void
jf_opener_free (JfOpener *self)
{
  for (size_t i = 0; i < G_N_ELEMENTS (actions); i++)
    g_action_map_remove_action (G_ACTION_MAP (self->app), actions[i].name);
  while (!g_queue_is_empty (&self->waiting))
    wait_free (g_queue_pop_head (&self->waiting));
  g_free (self);
}
