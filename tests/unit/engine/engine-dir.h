/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* A fresh directory, and its end with everything in it. */
char *engine_dir_new (void);
void engine_dir_free (char *dir);

G_END_DECLS
