/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A Secret Service with one locked collection and one item in it, and a person in front of the
 * prompt. Works in the default main context. */
typedef struct LockedService LockedService;

typedef enum
{
  LOCKED_SERVICE_UNLOCKS,   /* types the password */
  LOCKED_SERVICE_DISMISSES, /* closes the prompt */
  LOCKED_SERVICE_STARES,    /* does nothing */
} LockedServicePerson;

/* secret: what the item holds. hidden: it shows no items while it is locked. */
LockedService *locked_service_new (const char *secret, gboolean hidden, LockedServicePerson person);
void locked_service_free (LockedService *self);
unsigned locked_service_get_n_prompts (LockedService *self);
/* Prompts that were taken back by who had asked. */
unsigned locked_service_get_n_dismissed (LockedService *self);

G_END_DECLS
