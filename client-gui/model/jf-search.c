/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/model/jf-search.h"

#include <string.h>

struct JfSearch
{
  char **words;
};

/* Latin, Greek and Cyrillic accents; those of other scripts make other letters. */
static gboolean
is_accent (gunichar c)
{
  return c >= 0x0300 && c <= 0x036f;
}

char *
jf_search_fold (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *apart = g_utf8_normalize (valid, -1, G_NORMALIZE_ALL);
  g_autofree char *folded = g_utf8_casefold (apart, -1);
  GString *out = g_string_sized_new (strlen (folded));

  for (const char *c = folded; *c != '\0'; c = g_utf8_next_char (c))
    if (!is_accent (g_utf8_get_char (c)))
      g_string_append_len (out, c, g_utf8_next_char (c) - c);
  return g_string_free (out, FALSE);
}

JfSearch *
jf_search_new (const char *text)
{
  g_autofree char *folded = jf_search_fold (text != NULL ? text : "");
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) parts = NULL;
  unsigned n = 0;
  JfSearch *self;

  for (char *c = folded; *c != '\0'; c = g_utf8_next_char (c))
    if (g_unichar_isspace (g_utf8_get_char (c)) || g_unichar_iscntrl (g_utf8_get_char (c)))
      memset (c, ' ', (size_t) (g_utf8_next_char (c) - c));
  parts = g_strsplit (folded, " ", -1);
  for (unsigned i = 0; parts[i] != NULL && n < JF_SEARCH_WORDS_MAX; i++)
    if (*parts[i] != '\0')
      {
        g_strv_builder_add (words, parts[i]);
        n++;
      }
  if (n == 0)
    return NULL;
  self = g_new0 (JfSearch, 1);
  self->words = g_strv_builder_end (words);
  return self;
}

void
jf_search_free (JfSearch *self)
{
  if (self == NULL)
    return;
  g_strfreev (self->words);
  g_free (self);
}

gboolean
jf_search_equal (const JfSearch *a, const JfSearch *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return g_strv_equal ((const char *const *) a->words, (const char *const *) b->words);
}

static gboolean
is_front_of_word (const char *key, const char *at)
{
  return at == key || !g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (at)));
}

static int
rank_word (const char *word, const char *key)
{
  const char *at = strstr (key, word);

  if (at == NULL)
    return -1;
  if (at == key)
    return 0;
  while (at != NULL)
    {
      if (is_front_of_word (key, at))
        return 1;
      at = strstr (at + 1, word);
    }
  return 2;
}

int
jf_search_rank (const JfSearch *self, const char *key)
{
  int sum = 0;

  for (unsigned i = 0; self->words[i] != NULL; i++)
    {
      int rank = rank_word (self->words[i], key);

      if (rank < 0)
        return -1;
      sum += rank;
    }
  return sum;
}
