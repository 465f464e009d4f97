/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A QR code of the text for a terminal, two modules a character, with its quiet zone and its own
 * colours; NULL when it is wider than `columns`, or the text does not fit. Free with g_free(). */
char *jf_qr_text (const char *text, unsigned columns);

G_END_DECLS
