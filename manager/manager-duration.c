/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "gateway/wire/jf-error.h"
#include "manager/manager-table.h"

#define DAY_S       (24 * 3600)
#define MANY_DIGITS 10

char *
jf_duration_text (int64_t seconds)
{
  if (seconds < 60)
    return g_strdup_printf ("%d s", (int) MAX (seconds, 0));
  if (seconds < 3600)
    return g_strdup_printf ("%d min", (int) (seconds / 60));
  if (seconds < 2 * DAY_S)
    return g_strdup_printf ("%d h", (int) (seconds / 3600));
  return g_strdup_printf ("%" G_GINT64_FORMAT " days", seconds / DAY_S);
}

char *
jf_time_text (int64_t time, int64_t now)
{
  g_autofree char *distance = NULL;

  if (time <= 0)
    return g_strdup ("-");
  if (time == now)
    return g_strdup ("now");
  distance = jf_duration_text (time > now ? time - now : now - time);
  return time > now ? g_strdup_printf ("in %s", distance) : g_strdup_printf ("%s ago", distance);
}

static int64_t
unit_seconds (const char *unit)
{
  if (strcmp (unit, "") == 0 || strcmp (unit, "s") == 0)
    return 1;
  if (strcmp (unit, "m") == 0 || strcmp (unit, "min") == 0)
    return 60;
  if (strcmp (unit, "h") == 0)
    return 3600;
  return strcmp (unit, "d") == 0 ? DAY_S : 0;
}

gboolean
jf_duration_parse (const char *text, int64_t max_s, int64_t *seconds, GError **error)
{
  size_t digits = strspn (text, "0123456789");
  int64_t unit = unit_seconds (text + digits);
  g_autofree char *longest = NULL;

  if (digits > 0 && digits <= MANY_DIGITS && unit > 0)
    {
      *seconds = g_ascii_strtoll (text, NULL, 10) * unit;
      if (*seconds > 0 && *seconds <= max_s)
        return TRUE;
    }
  longest = jf_duration_text (max_s);
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               "'%s' is no time span of at most %s; write it like 90s, 15m, 2h or 7d", text,
               longest);
  return FALSE;
}
