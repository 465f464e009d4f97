/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Somebody on the session bus who owns a name, takes every call, and never answers. */
typedef struct SilentService SilentService;

SilentService *silent_service_new (const char *name); /* owns it from now on */
void silent_service_free (SilentService *self);
unsigned silent_service_get_n_calls (SilentService *self);

/* Turns the default main context until the name has an owner, or has none. */
void silent_service_wait_owner (const char *name, gboolean owned);

G_END_DECLS
