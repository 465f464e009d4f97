/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Which proxy leads to the manager, as text: "auto" (what the system says: environment variables,
 * desktop settings), "none", or a URL http://[USER:PASSWORD@]HOST:PORT or socks5://… . The URL may
 * hold a secret: show jf_proxy_describe() of it. Any thread. */
#define JF_PROXY_AUTO "auto"
#define JF_PROXY_NONE "none"

/* JF_ERROR_INVALID; the message never repeats what was given. */
gboolean jf_proxy_check (const char *setting, GError **error);
/* (transfer full) who is to be asked; `setting` has been checked. NULL: nobody, for "none". */
GProxyResolver *jf_proxy_get_resolver (const char *setting);
/* "HOST:PORT" of a proxy's URL, cut to `size`; "" when it is none. */
void jf_proxy_describe (const char *url, char *out, size_t size);

G_END_DECLS
