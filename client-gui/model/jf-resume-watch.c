/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-resume-watch.h"

struct JfResumeWatch
{
  void (*resumed) (gpointer data);
  gpointer data;
  GCancellable *cancellable;
  GDBusConnection *bus; /* NULL: not yet, or there is none */
  unsigned subscription;
};

static void
signal_cb (GDBusConnection *bus,
           const char *sender,
           const char *path,
           const char *interface,
           const char *name,
           GVariant *parameters,
           gpointer data)
{
  JfResumeWatch *self = data;
  gboolean going_to_sleep;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;
  g_variant_get (parameters, "(b)", &going_to_sleep);
  if (!going_to_sleep)
    self->resumed (self->data);
}

static void
bus_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  JfResumeWatch *self = data;
  g_autoptr (GError) error = NULL;
  GDBusConnection *bus = g_bus_get_finish (result, &error);

  /* Cancelled: the watch has gone. */
  if (bus == NULL)
    return;
  if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
    {
      g_object_unref (bus);
      return;
    }
  self->bus = bus;
  self->subscription = g_dbus_connection_signal_subscribe (
      bus, "org.freedesktop.login1", "org.freedesktop.login1.Manager", "PrepareForSleep",
      "/org/freedesktop/login1", NULL, G_DBUS_SIGNAL_FLAGS_NONE, signal_cb, self, NULL);
}

JfResumeWatch *
jf_resume_watch_new (void (*resumed) (gpointer data), gpointer data)
{
  JfResumeWatch *self = g_new0 (JfResumeWatch, 1);

  self->resumed = resumed;
  self->data = data;
  self->cancellable = g_cancellable_new ();
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, bus_cb, self);
  return self;
}

void
jf_resume_watch_free (JfResumeWatch *self)
{
  g_cancellable_cancel (self->cancellable);
  if (self->bus != NULL)
    g_dbus_connection_signal_unsubscribe (self->bus, self->subscription);
  g_clear_object (&self->bus);
  g_object_unref (self->cancellable);
  g_free (self);
}
