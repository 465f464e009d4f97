/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/manager-qr.h"

#include <qrencode.h>

#define QUIET 4 /* modules, ISO/IEC 18004 */

/* Dark on light whatever the terminal's colours are: cameras want it so. */
#define COLOURS "\033[30;107m"
#define PLAIN   "\033[0m"

static gboolean
is_dark (const QRcode *code, int x, int y)
{
  if (x < 0 || y < 0 || x >= code->width || y >= code->width)
    return FALSE;
  return (code->data[y * code->width + x] & 1) != 0;
}

static const char *
half_blocks (gboolean upper, gboolean lower)
{
  if (upper)
    return lower ? "█" : "▀";
  return lower ? "▄" : " ";
}

char *
jf_qr_text (const char *text, unsigned columns)
{
  QRcode *code = QRcode_encodeString8bit (text, 0, QR_ECLEVEL_L);
  GString *out;

  if (!code)
    return NULL;
  if ((unsigned) code->width + 2 * QUIET > columns)
    {
      QRcode_free (code);
      return NULL;
    }
  out = g_string_new (NULL);
  for (int y = -QUIET; y < code->width + QUIET; y += 2)
    {
      g_string_append (out, COLOURS);
      for (int x = -QUIET; x < code->width + QUIET; x++)
        g_string_append (out, half_blocks (is_dark (code, x, y), is_dark (code, x, y + 1)));
      g_string_append (out, PLAIN "\n");
    }
  QRcode_free (code);
  return g_string_free (out, FALSE);
}
