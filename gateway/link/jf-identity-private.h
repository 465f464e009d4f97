/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  JF_FILE_CREATED,
  JF_FILE_EXISTS, /* somebody else was first; theirs is whole */
  JF_FILE_FAILED, /* with an error */
} JfFileResult;

/* The file of a secret key. *text stays NULL, without an error, where there is no file. */
gboolean jf_identity_file_read (const char *path, char **text, GError **error);
JfFileResult jf_identity_file_create (const char *path, const char *text, GError **error);

G_END_DECLS
