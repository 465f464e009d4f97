/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-names.h"

#include <string.h>

#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"

/* These messages also travel in "error" messages of the protocol, so they are not translated. */

static gboolean
is_label_character (char c)
{
  return g_ascii_islower (c) || g_ascii_isdigit (c) || c == '.' || c == '_' || c == '-';
}

gboolean
jf_label_check (const char *label, const char *what, GError **error)
{
  size_t length = label != NULL ? strlen (label) : 0;
  g_autofree char *shown = NULL;

  if (length > 0 && length <= JF_LABEL_MAX_BYTES &&
      (g_ascii_islower (label[0]) || g_ascii_isdigit (label[0])))
    {
      size_t i = 1;

      while (i < length && is_label_character (label[i]))
        i++;
      if (i == length)
        return TRUE;
    }
  shown = jf_text_clean (label, JF_LABEL_MAX_BYTES);
  g_set_error (error, JF_ERROR, JF_ERROR_INVALID,
               "%s “%s”: expected 1 to %d of the characters a-z 0-9 . _ -, "
               "with a letter or digit first",
               what, shown, JF_LABEL_MAX_BYTES);
  return FALSE;
}

gboolean
jf_allow_check (const char *entry, GError **error)
{
  if (g_strcmp0 (entry, "*") == 0)
    return TRUE;
  if (entry != NULL && entry[0] == '@')
    return jf_label_check (entry + 1, "group", error);
  return jf_label_check (entry, "member", error);
}

gboolean
jf_service_split (const char *service, char **provider, char **name, GError **error)
{
  const char *slash = service != NULL ? strchr (service, '/') : NULL;
  g_autofree char *before = slash != NULL ? g_strndup (service, (size_t) (slash - service)) : NULL;
  const char *after = slash != NULL ? slash + 1 : service;

  if (before != NULL && !jf_label_check (before, "provider", error))
    return FALSE;
  if (!jf_label_check (after, "service", error))
    return FALSE;
  *provider = g_steal_pointer (&before);
  *name = g_strdup (after);
  return TRUE;
}

/* 0: leave it out. Joiners stay: scripts and emoji need them. */
static gunichar
fit_for_screen (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return ' ';
    case G_UNICODE_FORMAT:
      return c == 0x200c || c == 0x200d ? c : 0;
    default:
      return c;
    }
}

char *
jf_text_clean (const char *text, size_t max_bytes)
{
  GString *out = g_string_new (NULL);

  while (text != NULL && *text != '\0')
    {
      gunichar c = g_utf8_get_char_validated (text, -1);
      gboolean valid = c != (gunichar) -1 && c != (gunichar) -2;

      text = valid ? g_utf8_next_char (text) : text + 1;
      c = valid ? fit_for_screen (c) : 0xfffd;
      if (c == 0)
        continue;
      if (out->len + (size_t) g_unichar_to_utf8 (c, NULL) > max_bytes)
        break;
      g_string_append_unichar (out, c);
    }
  return g_string_free (out, FALSE);
}

uint32_t
jf_service_address (const JfKeyId *manager, const char *service, unsigned attempt)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  uint32_t counter = GUINT32_TO_BE (attempt);
  uint8_t digest[32];
  size_t length = sizeof digest;

  g_checksum_update (checksum, manager->bytes, sizeof manager->bytes);
  g_checksum_update (checksum, (const guchar *) service, -1);
  if (attempt > 0)
    {
      /* With the NUL in front, no service has the same bytes. */
      g_checksum_update (checksum, (const guchar *) "", 1);
      g_checksum_update (checksum, (const guchar *) &counter, sizeof counter);
    }
  g_checksum_get_digest (checksum, digest, &length);
  return (uint32_t) 127 << 24 | (1u + digest[0] % 254u) << 16 | (uint32_t) digest[1] << 8 |
         (1u + digest[2] % 254u);
}
