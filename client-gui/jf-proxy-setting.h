/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "client-gui/model/jf-accounts.h"

G_BEGIN_DECLS

/* The settings proxy-mode and proxy-url, and what the engine is told. */

/* What a person typed: "http://proxy.example:3128" or another kind of proxy that connections can
 * be made through. JF_ERROR_INVALID, with words for the user. */
gboolean jf_proxy_check_url (const char *text, GError **error);
/* (transfer full) for jf_accounts_set_proxy(): "auto", "none", or the URL; "auto" when the mode is
 * manual and the URL is none (an older setting that somebody edited). */
char *jf_proxy_get (GSettings *settings);
/* Tells the accounts now, and at each change of the settings, until one of both ends. */
void jf_proxy_follow (GSettings *settings, JfAccounts *accounts);

G_END_DECLS
