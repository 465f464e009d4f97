/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "gateway/engine/jf-offer.h"
#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* The configuration of `jackfield-gateway serve`:
 *
 *   [gateway]
 *   vouch=KEYID;KEYID              the provider's other gateways
 *   proxy=auto                     or none, or a URL (jf-proxy.h)
 *   [service NAME]
 *   target=tcp:HOST:PORT           or unix:PATH
 *   title=… allow=…;… open=… app=… port=…
 *   [join PROVIDER/NAME]
 *   listen=ADDR:PORT               or unix:PATH; absent: the stable address
 */
typedef struct
{
  char *service;
  char *listen; /* NULL: the stable address */
} JfServicesFileJoin;

typedef struct
{
  GPtrArray *offers; /* of JfOffer */
  GPtrArray *joins;  /* of JfServicesFileJoin */
  GArray *vouch;     /* of JfKeyId */
  char *proxy;       /* checked; may hold a secret */
  size_t register_bytes;
} JfServicesFile;

/* Errors name file and line. JF_ERROR_INVALID, JF_ERROR_LIMIT, JF_ERROR_STORAGE. */
JfServicesFile *jf_services_file_load (const char *path, GError **error);
JfServicesFile *jf_services_file_new (const char *path,
                                      const char *data,
                                      size_t size,
                                      GError **error);
void jf_services_file_free (JfServicesFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfServicesFile, jf_services_file_free)

G_END_DECLS
