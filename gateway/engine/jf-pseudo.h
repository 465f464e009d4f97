/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* The server-side pseudo socket: the local socket that stands in for a remote service (step S3a).
 * This part opens it; jf_tunnel_listen() lets connections in. */
typedef enum
{
  JF_PSEUDO_STABLE,  /* 127.x.y.z of the service with the service's own port */
  JF_PSEUDO_ADDRESS, /* an address and port that the user chose */
  JF_PSEUDO_UNIX,    /* a UNIX socket, mode 0600 */
  JF_PSEUDO_STDIO,   /* no socket: standard input and output */
} JfPseudoKind;

typedef struct
{
  JfPseudoKind kind;
  char *host;    /* ADDRESS: numeric, without brackets */
  uint16_t port; /* ADDRESS; 0 picks one. Host order */
  char *path;    /* UNIX */
} JfPseudoSpec;

/* NULL or "": stable. "ADDR:PORT", "[ADDR]:PORT", "unix:PATH", "stdio". JF_ERROR_INVALID. */
JfPseudoSpec *jf_pseudo_spec_parse (const char *text, GError **error);
void jf_pseudo_spec_free (JfPseudoSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfPseudoSpec, jf_pseudo_spec_free)

typedef struct
{
  int fd;         /* listening, non-blocking; owned */
  char *host;     /* where programs connect: numeric address, or the path of a UNIX socket */
  uint16_t port;  /* host order; 0 for a UNIX socket */
  gboolean moved; /* another port than the service's own: it was taken or privileged */
  gboolean open_to_network; /* not a loopback address: any host may connect, no uid check */
  dev_t device;             /* of a UNIX socket's file, to know it again */
  ino_t inode;
} JfPseudo;

/* `remembered_port` (0: none) is tried first when the service's own port cannot be had, so that
 * bookmarks stay good; then any free one. A stale UNIX socket that nobody listens at is replaced,
 * anything else at that path is JF_ERROR_BUSY. Not for STDIO. */
JfPseudo *jf_pseudo_open (const JfPseudoSpec *spec,
                          const JfKeyId *manager,
                          const char *service,
                          uint16_t service_port,
                          uint16_t remembered_port,
                          GError **error);
/* Closes, and removes its UNIX socket from the file system, unless something else is there by now. */
void jf_pseudo_free (JfPseudo *pseudo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfPseudo, jf_pseudo_free)

G_END_DECLS
