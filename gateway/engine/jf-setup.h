/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <stdint.h>

#include "gateway/link/jf-dial.h"
#include "gateway/wire/jf-key-id.h"

G_BEGIN_DECLS

/* The messages S3a and S3b (PROTOCOL.md section 4.4), checked. Plain data. */
typedef struct
{
  int64_t tunnel;
  gboolean client; /* S3a; otherwise S3b */
  char *service;   /* "PROVIDER/NAME" */
  char *provider;  /* the two parts of it */
  char *name;
  char *title;      /* S3a: fit for a screen */
  char *member;     /* S3b: who joins */
  uint16_t port;    /* S3a */
  JfKeyId peer;     /* the other gateway */
  GArray *tickets;  /* of JfTicket */
  JfUplink *uplink; /* where the legs are opened */
} JfSetup;

/* `base` is where the control connection goes. JF_ERROR_PROTOCOL. */
JfSetup *jf_setup_parse (JsonObject *message, JfUplink *base, GError **error);
void jf_setup_free (JfSetup *setup);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfSetup, jf_setup_free)

/* Member "tunnel" of any message. */
gboolean jf_setup_get_tunnel (JsonObject *message, int64_t *out, GError **error);
/* {"type":type,"tunnel":tunnel} */
JsonObject *jf_setup_message (const char *type, int64_t tunnel);
/* {"type":"removed",…} with why this side cannot; `reason` NULL: the plain S7. */
JsonObject *jf_setup_removed (int64_t tunnel, const GError *reason);

G_END_DECLS
