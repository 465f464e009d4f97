/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-portal.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "gateway/wire/jf-error.h"

#define PORTAL_NAME "org.freedesktop.portal.Desktop"
#define PORTAL_PATH "/org/freedesktop/portal/desktop"
#define REQUEST     "org.freedesktop.portal.Request"

typedef struct
{
  GDBusConnection *bus;
  char *handle;
  unsigned subscription;
  unsigned timer;
  unsigned long cancel_id;
  unsigned response; /* 0 done, 1 the user said no */
  GVariant *results; /* a{sv}; NULL none */
} Request;

gboolean
jf_portal_is_sandboxed (void)
{
  return g_strcmp0 (g_getenv ("GTK_USE_PORTAL"), "1") == 0 ||
         g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
}

static void
stop_listening (Request *request)
{
  if (request->subscription != 0)
    g_dbus_connection_signal_unsubscribe (request->bus, request->subscription);
  request->subscription = 0;
  g_clear_handle_id (&request->timer, g_source_remove);
}

static void
request_free (gpointer data)
{
  Request *request = data;

  stop_listening (request);
  g_object_unref (request->bus);
  g_clear_pointer (&request->results, g_variant_unref);
  g_free (request->handle);
  g_free (request);
}

/* Ends the task once; takes the reference that the request held. */
static void
end_request (GTask *task, GError *error)
{
  Request *request = g_task_get_task_data (task);

  stop_listening (request);
  if (request->cancel_id != 0)
    g_signal_handler_disconnect (g_task_get_cancellable (task), request->cancel_id);
  request->cancel_id = 0;
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
response_cb (GDBusConnection *bus,
             const char *sender,
             const char *path,
             const char *interface,
             const char *signal,
             GVariant *parameters,
             gpointer data)
{
  GTask *task = data;
  Request *request = g_task_get_task_data (task);

  if (request->subscription == 0 || !g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ua{sv})")))
    return;
  g_variant_get (parameters, "(u@a{sv})", &request->response, &request->results);
  /* Anything but a yes or a no is no answer. */
  if (request->response <= 1)
    end_request (task, NULL);
  else
    end_request (
        task, g_error_new_literal (JF_ERROR, JF_ERROR_FAILED, _ ("the desktop could not do it")));
}

static void
listen_at (GTask *task, const char *handle)
{
  Request *request = g_task_get_task_data (task);
  unsigned old = request->subscription;

  g_free (request->handle);
  request->handle = g_strdup (handle);
  request->subscription = g_dbus_connection_signal_subscribe (
      request->bus, PORTAL_NAME, REQUEST, "Response", handle, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
      response_cb, task, NULL);
  if (old != 0)
    g_dbus_connection_signal_unsubscribe (request->bus, old);
}

static void
close_at_portal (Request *request)
{
  g_dbus_connection_call (request->bus, PORTAL_NAME, request->handle, REQUEST, "Close", NULL, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static gboolean
timeout_cb (gpointer data)
{
  GTask *task = data;
  Request *request = g_task_get_task_data (task);

  request->timer = 0;
  close_at_portal (request);
  end_request (task,
               g_error_new_literal (JF_ERROR, JF_ERROR_TIMEOUT, _ ("the desktop gives no answer")));
  return G_SOURCE_REMOVE;
}

static gboolean
cancelled_idle_cb (gpointer data)
{
  GTask *task = data;
  Request *request = g_task_get_task_data (task);

  if (request->subscription == 0)
    return G_SOURCE_REMOVE;
  close_at_portal (request);
  end_request (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
  return G_SOURCE_REMOVE;
}

/* A handler cannot disconnect itself from a GCancellable while that emits. */
static void
cancelled_cb (GCancellable *cancellable, gpointer data)
{
  g_idle_add_full (G_PRIORITY_DEFAULT, cancelled_idle_cb, g_object_ref (data), g_object_unref);
}

static GError *
explain (const GError *error)
{
  static const GDBusError none[] = { G_DBUS_ERROR_SERVICE_UNKNOWN, G_DBUS_ERROR_NAME_HAS_NO_OWNER,
                                     G_DBUS_ERROR_UNKNOWN_METHOD, G_DBUS_ERROR_UNKNOWN_INTERFACE,
                                     G_DBUS_ERROR_UNKNOWN_OBJECT };

  for (size_t i = 0; i < G_N_ELEMENTS (none); i++)
    if (g_error_matches (error, G_DBUS_ERROR, (int) none[i]))
      return g_error_new_literal (JF_ERROR, JF_ERROR_NOT_AVAILABLE,
                                  _ ("this desktop has no portal for it"));
  return g_error_new (JF_ERROR, JF_ERROR_FAILED,
                      _ ("the desktop could not be asked: %s"), error->message);
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Request *request = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
      answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  const char *handle = NULL;

  /* It may have ended meanwhile. */
  if (request->subscription == 0)
    return;
  if (answer == NULL)
    {
      end_request (task, explain (error));
      return;
    }
  g_variant_get (answer, "(&o)", &handle);
  /* Portals before 0.9 choose the path themselves. */
  if (strcmp (handle, request->handle) != 0)
    listen_at (task, handle);
}

static char *
make_handle (GDBusConnection *bus, const char *token)
{
  g_autofree char *sender = g_strdup (g_dbus_connection_get_unique_name (bus) + 1);

  return g_strdup_printf (PORTAL_PATH "/request/%s/%s", g_strdelimit (sender, ".", '_'), token);
}

/* (transfer full) with the token in the options, and a listener for the answer */
static GTask *
new_request (GDBusConnection *bus,
             GVariantDict *options,
             GCancellable *cancellable,
             GAsyncReadyCallback callback,
             gpointer data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, data);
  Request *request = g_new0 (Request, 1);
  g_autofree char *token = g_strdup_printf ("jackfield%08x", g_random_int ());
  g_autofree char *handle = make_handle (bus, token);

  g_variant_dict_init (options, NULL);
  g_variant_dict_insert (options, "handle_token", "s", token);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, request, request_free);
  request->bus = g_object_ref (bus);
  listen_at (task, handle);
  request->timer = g_timeout_add (JF_PORTAL_TIMEOUT_MS, timeout_cb, task);
  if (cancellable != NULL)
    request->cancel_id = g_signal_connect (cancellable, "cancelled", G_CALLBACK (cancelled_cb),
                                           task);
  return task;
}

/* (transfer full) task */
static void
call (GTask *task, const char *interface, const char *method, GVariant *parameters)
{
  const Request *request = g_task_get_task_data (task);

  g_dbus_connection_call (request->bus, PORTAL_NAME, PORTAL_PATH, interface, method, parameters,
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, called_cb,
                          g_object_ref (task));
}

void
jf_portal_request_background_async (GDBusConnection *bus,
                                    const char *parent,
                                    const char *reason,
                                    gboolean autostart,
                                    const char *const *command,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer data)
{
  GVariantDict options;
  GTask *task = new_request (bus, &options, cancellable, callback, data);

  g_variant_dict_insert (&options, "reason", "s", reason);
  g_variant_dict_insert (&options, "autostart", "b", autostart);
  g_variant_dict_insert (&options, "dbus-activatable", "b", FALSE);
  if (autostart)
    g_variant_dict_insert_value (&options, "commandline", g_variant_new_strv (command, -1));
  call (task, "org.freedesktop.portal.Background", "RequestBackground",
        g_variant_new ("(s@a{sv})", parent, g_variant_dict_end (&options)));
}

static gboolean
get_flag (const Request *request, const char *name)
{
  gboolean flag = FALSE;

  return request->response == 0 && g_variant_lookup (request->results, name, "b", &flag) && flag;
}

gboolean
jf_portal_request_background_finish (GAsyncResult *result,
                                     gboolean *background,
                                     gboolean *autostart,
                                     GError **error)
{
  const Request *request = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *background = get_flag (request, "background");
  *autostart = get_flag (request, "autostart");
  return TRUE;
}

void
jf_portal_open_uri_async (GDBusConnection *bus,
                          const char *parent,
                          const char *uri,
                          gboolean ask,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer data)
{
  GVariantDict options;
  GTask *task = new_request (bus, &options, cancellable, callback, data);

  g_variant_dict_insert (&options, "ask", "b", ask);
  call (task, "org.freedesktop.portal.OpenURI", "OpenURI",
        g_variant_new ("(ss@a{sv})", parent, uri, g_variant_dict_end (&options)));
}

gboolean
jf_portal_open_uri_finish (GAsyncResult *result, GError **error)
{
  const Request *request = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  if (request->response == 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  return FALSE;
}
