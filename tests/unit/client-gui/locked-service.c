/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/client-gui/locked-service.h"

#include <string.h>

#define SERVICE    "/org/freedesktop/secrets"
#define SESSION    SERVICE "/session/1"
#define COLLECTION SERVICE "/collection/login"
#define ITEM       COLLECTION "/1"
#define PROMPT     SERVICE "/prompt/1"
#define INTERFACE  "org.freedesktop.Secret."

struct LockedService
{
  GDBusConnection *connection;
  char *secret;
  gboolean hidden;
  gboolean locked;
  LockedServicePerson person;
  unsigned n_prompts;
  unsigned n_dismissed;
};

static const char xml[] =
    "<node>"
    "<interface name='" INTERFACE "Service'>"
    "<method name='OpenSession'><arg type='s' direction='in'/><arg type='v' direction='in'/>"
    "<arg type='v' direction='out'/><arg type='o' direction='out'/></method>"
    "<method name='SearchItems'><arg type='a{ss}' direction='in'/><arg type='ao' direction='out'/>"
    "<arg type='ao' direction='out'/></method>"
    "<method name='Unlock'><arg type='ao' direction='in'/><arg type='ao' direction='out'/>"
    "<arg type='o' direction='out'/></method>"
    "<method name='ReadAlias'><arg type='s' direction='in'/><arg type='o' direction='out'/></method>"
    "<property name='Collections' type='ao' access='read'/>"
    "</interface>"
    "<interface name='" INTERFACE "Collection'>"
    "<method name='CreateItem'><arg type='a{sv}' direction='in'/>"
    "<arg type='(oayays)' direction='in'/><arg type='b' direction='in'/>"
    "<arg type='o' direction='out'/><arg type='o' direction='out'/></method>"
    "<property name='Locked' type='b' access='read'/>"
    "<property name='Items' type='ao' access='read'/>"
    "<property name='Label' type='s' access='read'/>"
    "</interface>"
    "<interface name='" INTERFACE "Item'>"
    "<method name='GetSecret'><arg type='o' direction='in'/>"
    "<arg type='(oayays)' direction='out'/></method>"
    "<property name='Locked' type='b' access='read'/>"
    "<property name='Label' type='s' access='read'/>"
    "</interface>"
    "<interface name='" INTERFACE "Prompt'>"
    "<method name='Prompt'><arg type='s' direction='in'/></method>"
    "<method name='Dismiss'/>"
    "<signal name='Completed'><arg type='b'/><arg type='v'/></signal>"
    "</interface>"
    "</node>";

static GVariant *
bytes_of (const char *text)
{
  return g_variant_new_from_data (G_VARIANT_TYPE_BYTESTRING, text, strlen (text), TRUE, NULL, NULL);
}

static GVariant *
secret_of (LockedService *self)
{
  return g_variant_new ("(o@ay@ays)", SESSION, bytes_of (""), bytes_of (self->secret),
                        "text/plain");
}

static void
complete_prompt (LockedService *self, gboolean dismissed)
{
  const char *const objects[] = { ITEM, COLLECTION, NULL };

  self->locked = dismissed;
  g_dbus_connection_emit_signal (
      self->connection, NULL, PROMPT, INTERFACE "Prompt", "Completed",
      g_variant_new ("(bv)", dismissed, g_variant_new_objv (objects, dismissed ? 0 : -1)), NULL);
}

static GVariant *
search_items (LockedService *self)
{
  const char *const found[] = { ITEM, NULL };
  GVariant *unlocked = g_variant_new_objv (found, self->locked ? 0 : -1);
  GVariant *locked = g_variant_new_objv (found, self->locked && !self->hidden ? -1 : 0);

  return g_variant_new ("(@ao@ao)", unlocked, locked);
}

static void
call_cb (GDBusConnection *connection,
         const char *sender,
         const char *path,
         const char *interface,
         const char *method,
         GVariant *arguments,
         GDBusMethodInvocation *invocation,
         gpointer data)
{
  LockedService *self = data;
  const char *const nothing[] = { NULL };
  GVariant *reply = NULL;
  const char *first;

  if (strcmp (method, "OpenSession") == 0)
    {
      g_variant_get (arguments, "(&sv)", &first, NULL);
      if (strcmp (first, "plain") == 0)
        reply = g_variant_new ("(vo)", g_variant_new_string (""), SESSION);
    }
  else if (strcmp (method, "SearchItems") == 0)
    reply = search_items (self);
  else if (strcmp (method, "Unlock") == 0)
    reply = g_variant_new ("(@aoo)", g_variant_new_objv (nothing, 0), PROMPT);
  else if (strcmp (method, "ReadAlias") == 0)
    reply = g_variant_new ("(o)", COLLECTION);
  else if (strcmp (method, "GetSecret") == 0 && !self->locked)
    reply = g_variant_new ("(@(oayays))", secret_of (self));
  else if (strcmp (method, "CreateItem") == 0 && !self->locked)
    reply = g_variant_new ("(oo)", ITEM, "/");
  else if (strcmp (method, "Prompt") == 0 || strcmp (method, "Dismiss") == 0)
    reply = g_variant_new ("()");
  if (reply != NULL)
    g_dbus_method_invocation_return_value (invocation, reply);
  else if (strcmp (method, "OpenSession") == 0)
    g_dbus_method_invocation_return_dbus_error (
        invocation, "org.freedesktop.DBus.Error.NotSupported", "plain only");
  else
    g_dbus_method_invocation_return_dbus_error (invocation, "org.freedesktop.Secret.Error.IsLocked",
                                                "locked");
  if (strcmp (method, "Prompt") == 0)
    {
      self->n_prompts++;
      if (self->person != LOCKED_SERVICE_STARES)
        complete_prompt (self, self->person == LOCKED_SERVICE_DISMISSES);
    }
  else if (strcmp (method, "Dismiss") == 0)
    {
      self->n_dismissed++;
      complete_prompt (self, TRUE);
    }
}

static GVariant *
property_cb (GDBusConnection *connection,
             const char *sender,
             const char *path,
             const char *interface,
             const char *property,
             GError **error,
             gpointer data)
{
  LockedService *self = data;
  const char *const collections[] = { COLLECTION, NULL };
  const char *const items[] = { ITEM, NULL };

  if (strcmp (property, "Locked") == 0)
    return g_variant_new_boolean (self->locked);
  if (strcmp (property, "Collections") == 0)
    return g_variant_new_objv (collections, -1);
  if (strcmp (property, "Items") == 0)
    return g_variant_new_objv (items, -1);
  return g_variant_new_string ("Login");
}

static const GDBusInterfaceVTable vtable = { .method_call = call_cb, .get_property = property_cb };

static void
put_object (LockedService *self, GDBusNodeInfo *node, const char *path, const char *interface)
{
  GDBusInterfaceInfo *info = g_dbus_node_info_lookup_interface (node, interface);
  g_autoptr (GError) error = NULL;

  g_dbus_connection_register_object (self->connection, path, info, &vtable, self, NULL, &error);
  g_assert_no_error (error);
}

LockedService *
locked_service_new (const char *secret, gboolean hidden, LockedServicePerson person)
{
  LockedService *self = g_new0 (LockedService, 1);
  g_autofree char *address = g_dbus_address_get_for_bus_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autoptr (GDBusNodeInfo) node = g_dbus_node_info_new_for_xml (xml, NULL);
  g_autoptr (GVariant) reply = NULL;

  g_assert_nonnull (node);
  self->secret = g_strdup (secret);
  self->hidden = hidden;
  self->locked = TRUE;
  self->person = person;
  self->connection = g_dbus_connection_new_for_address_sync (
      address,
      (G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
      NULL, NULL, NULL);
  g_assert_nonnull (self->connection);
  put_object (self, node, SERVICE, INTERFACE "Service");
  put_object (self, node, COLLECTION, INTERFACE "Collection");
  put_object (self, node, SERVICE "/aliases/default", INTERFACE "Collection");
  put_object (self, node, ITEM, INTERFACE "Item");
  put_object (self, node, PROMPT, INTERFACE "Prompt");
  reply = g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/",
                                       "org.freedesktop.DBus", "RequestName",
                                       g_variant_new ("(su)", "org.freedesktop.secrets", 4u), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_assert_nonnull (reply);
  return self;
}

void
locked_service_free (LockedService *self)
{
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_object_unref (self->connection);
  g_free (self->secret);
  g_free (self);
}

unsigned
locked_service_get_n_prompts (LockedService *self)
{
  return self->n_prompts;
}

unsigned
locked_service_get_n_dismissed (LockedService *self)
{
  return self->n_dismissed;
}
