/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

#include "gateway/wire/jf-target.h"

G_BEGIN_DECLS

/* One service that a provider offers: what the manager is told (step S1), and the target, which
 * it is never told. Immutable once it is given away; reference counted, one thread. */
typedef struct
{
  char *name;
  char *title;
  JfTarget *target;
  uint16_t port; /* what programs expect */
  char **allow;
  char *open; /* NULL none */
  char *app;  /* NULL none */
} JfOffer;

/* Checks everything (JF_ERROR_INVALID). `port` 0: that of the target; a UNIX target needs one.
 * `title`, `open`, `app` may be NULL. */
JfOffer *jf_offer_new (const char *name,
                       const char *target,
                       const char *title,
                       const char *const *allow,
                       unsigned port,
                       const char *open,
                       const char *app,
                       GError **error);
JfOffer *jf_offer_ref (JfOffer *self);
void jf_offer_unref (JfOffer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfOffer, jf_offer_unref)

/* (transfer full) an entry of "register" (PROTOCOL.md section 4.2) */
JsonObject *jf_offer_to_json (const JfOffer *self);
/* What that takes as text, with what separates it from the next. */
size_t jf_offer_get_json_size (const JfOffer *self);

G_END_DECLS
