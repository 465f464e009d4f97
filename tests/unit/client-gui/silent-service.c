/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/client-gui/silent-service.h"

struct SilentService
{
  GDBusConnection *connection;
  int n_calls; /* atomic: the filter runs in GDBus's thread */
};

static GDBusMessage *
filter_cb (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer data)
{
  SilentService *self = data;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;
  g_atomic_int_inc (&self->n_calls);
  g_object_unref (message);
  return NULL;
}

SilentService *
silent_service_new (const char *name)
{
  SilentService *self = g_new0 (SilentService, 1);
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  self->connection = g_dbus_connection_new_for_address_sync (
      address,
      (G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
      NULL, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_add_filter (self->connection, filter_cb, self, NULL);
  reply = g_dbus_connection_call_sync (
      self->connection, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "RequestName",
      g_variant_new ("(su)", name, 4u), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
  return self;
}

void
silent_service_free (SilentService *self)
{
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_object_unref (self->connection);
  g_free (self);
}

unsigned
silent_service_get_n_calls (SilentService *self)
{
  return (unsigned) g_atomic_int_get (&self->n_calls);
}

static gboolean
has_owner (GDBusConnection *bus, const char *name)
{
  g_autoptr (GVariant) reply = NULL;
  gboolean owned;

  reply = g_dbus_connection_call_sync (
      bus, "org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner",
      g_variant_new ("(s)", name), G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (reply);
  g_variant_get (reply, "(b)", &owned);
  return owned;
}

static void
owner_changed_cb (GDBusConnection *bus,
                  const char *sender,
                  const char *path,
                  const char *interface,
                  const char *signal,
                  GVariant *parameters,
                  gpointer data)
{
  /* Only wakes the context up. */
}

void
silent_service_wait_owner (const char *name, gboolean owned)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  unsigned subscription = g_dbus_connection_signal_subscribe (
      bus, "org.freedesktop.DBus", "org.freedesktop.DBus", "NameOwnerChanged", NULL, name,
      G_DBUS_SIGNAL_FLAGS_NONE, owner_changed_cb, NULL, NULL);

  while (has_owner (bus, name) != owned)
    g_main_context_iteration (NULL, TRUE);
  g_dbus_connection_signal_unsubscribe (bus, subscription);
}
