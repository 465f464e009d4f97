/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-address-choice.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

#include "gateway/engine/jf-pseudo.h"
#include "gateway/wire/jf-endpoint.h"
#include "gateway/wire/jf-error.h"

#define LOCAL_HOST    "127.0.0.1"
#define PRIVILEGED    1024
#define ALL_ADDRESSES "0.0.0.0"

void
jf_address_choice_free (JfAddressChoice *choice)
{
  if (choice == NULL)
    return;
  g_free (choice->host);
  g_free (choice->port);
  g_free (choice->path);
  g_free (choice->folder);
  g_free (choice);
}

JfAddressChoice *
jf_address_choice_new (const char *listen)
{
  g_autoptr (JfAddressChoice) choice = g_new0 (JfAddressChoice, 1);
  g_autoptr (JfPseudoSpec) spec = jf_pseudo_spec_parse (listen, NULL);

  if (spec == NULL)
    return g_steal_pointer (&choice);
  if (spec->kind == JF_PSEUDO_UNIX)
    {
      choice->kind = JF_ADDRESS_PATH;
      choice->path = g_strdup (spec->path);
    }
  else if (spec->kind == JF_PSEUDO_ADDRESS)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (spec->host);

      choice->kind = address != NULL && g_inet_address_get_is_loopback (address)
                         ? JF_ADDRESS_PORT
                         : JF_ADDRESS_NETWORK;
      choice->host = g_strdup (spec->host);
      choice->port = g_strdup_printf ("%u", spec->port);
    }
  return g_steal_pointer (&choice);
}

static gboolean
invalid (GError **error, const char *text)
{
  g_set_error_literal (error, JF_ERROR, JF_ERROR_INVALID, text);
  return FALSE;
}

static gboolean
read_port (const char *text, uint16_t *port, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text != NULL ? text : ""));
  uint64_t value;

  if (*stripped == '\0')
    return invalid (error, _ ("Type a port: a number from 1024 to 65535."));
  if (!g_ascii_string_to_unsigned (stripped, 10, 1, UINT16_MAX, &value, NULL))
    return invalid (error, _ ("A port is a number from 1024 to 65535."));
  if (value < PRIVILEGED)
    return invalid (error, _ ("Ports below 1024 belong to the system. Choose a higher one."));
  *port = (uint16_t) value;
  return TRUE;
}

gboolean
jf_address_choice_port_is_valid (const char *port)
{
  uint16_t number;

  return read_port (port, &number, NULL);
}

static gboolean
format_port (const char *host, const char *port_text, char **listen, GError **error)
{
  uint16_t port;

  if (!read_port (port_text, &port, error))
    return FALSE;
  *listen = jf_endpoint_format (host, port);
  return TRUE;
}

static gboolean
format_network (const JfAddressChoice *choice, char **listen, GError **error)
{
  g_autofree char *host = g_strstrip (g_strdup (choice->host != NULL ? choice->host : ""));
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (*host == '\0')
    return invalid (error, _ ("Type one of this computer's addresses."));
  if (address == NULL)
    return invalid (error, _ ("An address is written in numbers, such as 192.168.1.20."));
  if (g_inet_address_get_is_loopback (address))
    return invalid (error, _ ("Other computers cannot reach this address. Choose “A port on this "
                              "computer” instead."));
  return format_port (host, choice->port, listen, error);
}

/* A socket elsewhere would be in the sandbox, too, where nobody finds it. */
static gboolean
check_folder (const char *path, const char *folder, GError **error)
{
  g_autofree char *canonical = g_canonicalize_filename (path, NULL);
  g_autofree char *parent = g_path_get_dirname (canonical);

  if (folder == NULL || strcmp (parent, folder) == 0)
    return TRUE;
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               _ ("Other programs can only see sockets in the folder %s. Choose a name there."),
                  folder);
  return FALSE;
}

static gboolean
format_path (const char *typed, const char *folder, char **listen, GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (typed != NULL ? typed : ""));
  g_autofree char *path = NULL;

  if (*stripped == '\0')
    return invalid (error, _ ("Type the path of a file that does not exist yet."));
  if (g_str_has_prefix (stripped, "~/"))
    path = g_build_filename (g_get_home_dir (), stripped + 2, NULL);
  else
    path = g_strdup (stripped);
  if (!g_path_is_absolute (path))
    return invalid (error, _ ("A path begins with “/” or “~/”."));
  if (g_str_has_suffix (path, "/"))
    return invalid (error, _ ("This is the path of a folder. Add a name for the socket."));
  if (!check_folder (path, folder, error))
    return FALSE;
  *listen = g_strconcat ("unix:", path, NULL);
  return TRUE;
}

gboolean
jf_address_choice_format (const JfAddressChoice *choice, char **listen, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (JfPseudoSpec) spec = NULL;

  *listen = NULL;
  if (choice->kind == JF_ADDRESS_STABLE)
    return TRUE;
  if (choice->kind == JF_ADDRESS_PORT && !format_port (LOCAL_HOST, choice->port, &text, error))
    return FALSE;
  if (choice->kind == JF_ADDRESS_PATH && !format_path (choice->path, choice->folder, &text, error))
    return FALSE;
  if (choice->kind == JF_ADDRESS_NETWORK && !format_network (choice, &text, error))
    return FALSE;
  /* the engine has the last word */
  spec = jf_pseudo_spec_parse (text, error);
  if (spec == NULL)
    return FALSE;
  *listen = g_steal_pointer (&text);
  return TRUE;
}

char *
jf_address_choice_shared_folder (void)
{
  const char *id = g_getenv ("FLATPAK_ID");

  if (id == NULL || !g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS))
    return NULL;
  return g_build_filename (g_get_user_runtime_dir (), "app", id, NULL);
}

char *
jf_address_choice_guess_host (void)
{
  struct ifaddrs *interfaces = NULL;
  char text[INET_ADDRSTRLEN] = ALL_ADDRESSES;

  if (getifaddrs (&interfaces) != 0)
    return g_strdup (text);
  for (struct ifaddrs *one = interfaces; one != NULL; one = one->ifa_next)
    {
      struct sockaddr_in address;

      if (one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_INET ||
          (one->ifa_flags & IFF_LOOPBACK) != 0 || (one->ifa_flags & IFF_UP) == 0)
        continue;
      memcpy (&address, one->ifa_addr, sizeof address);
      inet_ntop (AF_INET, &address.sin_addr, text, sizeof text);
      break;
    }
  freeifaddrs (interfaces);
  return g_strdup (text);
}
