/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-store-uri.h"

#include <string.h>

char *
jf_store_uri_format (const char *app_id)
{
  size_t length = app_id != NULL ? strlen (app_id) : 0;

  if (length == 0 || length > JF_STORE_ID_MAX || !g_ascii_isalnum (app_id[0]) ||
      !g_ascii_isalnum (app_id[length - 1]))
    return NULL;
  for (size_t i = 0; i < length; i++)
    if (!g_ascii_isalnum (app_id[i]) && strchr ("._-", app_id[i]) == NULL)
      return NULL;
  return g_strconcat ("appstream://", app_id, NULL);
}
