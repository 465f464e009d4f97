/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where a service's local socket shall be, as the dialog asks for it: a kind and what the user typed.
 * Pure functions. */
typedef enum
{
  JF_ADDRESS_STABLE,  /* what the service's name gives */
  JF_ADDRESS_PORT,    /* a port of the user's choice on 127.0.0.1 */
  JF_ADDRESS_PATH,    /* a UNIX socket */
  JF_ADDRESS_NETWORK, /* an address that other computers can reach */
} JfAddressKind;

typedef struct
{
  JfAddressKind kind;
  char *host;   /* NETWORK: a numeric address */
  char *port;   /* PORT, NETWORK: as typed */
  char *path;   /* PATH; "~/" is the home directory */
  char *folder; /* PATH: the only one whose sockets other programs see; NULL: any */
} JfAddressChoice;

void jf_address_choice_free (JfAddressChoice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfAddressChoice, jf_address_choice_free)

/* (transfer full) what jf_item_get_listen() says; a text that makes no sense reads as STABLE */
JfAddressChoice *jf_address_choice_new (const char *listen);
/* The text for jf_item_set_listen(): *listen is (transfer full), and NULL for STABLE.
 * JF_ERROR_INVALID, with words for the user about what was typed. */
gboolean jf_address_choice_format (const JfAddressChoice *choice, char **listen, GError **error);
gboolean jf_address_choice_port_is_valid (const char *port);
/* (transfer full) in a Flatpak's sandbox, the folder that programs outside have at the same path;
 * NULL elsewhere */
char *jf_address_choice_shared_folder (void);
/* (transfer full) an address of this computer in its network, to begin with; "0.0.0.0" (all
 * there are) when none is found */
char *jf_address_choice_guess_host (void);

G_END_DECLS
