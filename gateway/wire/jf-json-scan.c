/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/wire/jf-json-scan.h"

#include <string.h>

#define INTEGER_MAX_DIGITS 18

typedef struct
{
  const char *at;
  const char *end;
  unsigned depth_left;
  const char *fault;
} Scanner;

static gboolean scan_value (Scanner *self);

/* Keeps the first fault. */
static gboolean
fail (Scanner *self, const char *fault)
{
  if (self->fault == NULL)
    self->fault = fault;
  return FALSE;
}

/* The next character, or NUL at the end. */
static char
peek (const Scanner *self)
{
  return self->at < self->end ? *self->at : '\0';
}

static gboolean
take (Scanner *self, char c)
{
  if (self->at == self->end || *self->at != c)
    return FALSE;
  self->at++;
  return TRUE;
}

static void
skip_space (Scanner *self)
{
  while (self->at < self->end && memchr (" \t\r\n", *self->at, 4) != NULL)
    self->at++;
}

static gboolean
scan_hex4 (Scanner *self, unsigned *out)
{
  *out = 0;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (peek (self));

      if (digit < 0)
        return fail (self, "bad \\u escape");
      *out = *out << 4 | (unsigned) digit;
      self->at++;
    }
  return TRUE;
}

static gboolean
scan_unicode_escape (Scanner *self)
{
  unsigned unit, low;

  if (!scan_hex4 (self, &unit))
    return FALSE;
  if (unit == 0)
    return fail (self, "NUL character in a string");
  if (unit < 0xd800 || unit > 0xdfff)
    return TRUE;
  if (unit >= 0xdc00 || !take (self, '\\') || !take (self, 'u'))
    return fail (self, "half a surrogate pair");
  if (!scan_hex4 (self, &low))
    return FALSE;
  return (low >= 0xdc00 && low <= 0xdfff) || fail (self, "half a surrogate pair");
}

static gboolean
scan_escape (Scanner *self)
{
  if (take (self, 'u'))
    return scan_unicode_escape (self);
  if (self->at == self->end || memchr ("\"\\/bfnrt", *self->at, 8) == NULL)
    return fail (self, "bad escape");
  self->at++;
  return TRUE;
}

static gboolean
scan_string (Scanner *self)
{
  if (!take (self, '"'))
    return fail (self, "a string is missing");
  while (self->at < self->end)
    {
      char c = *self->at++;

      if (c == '"')
        return TRUE;
      if (c == '\\' && !scan_escape (self))
        return FALSE;
      if ((unsigned char) c < 0x20)
        return fail (self, "control character in a string");
    }
  return fail (self, "string without an end");
}

static size_t
skip_digits (Scanner *self)
{
  const char *start = self->at;

  while (g_ascii_isdigit (peek (self)))
    self->at++;
  return (size_t) (self->at - start);
}

static gboolean
scan_number (Scanner *self)
{
  gboolean leading_zero, integer = TRUE;
  size_t digits;

  take (self, '-');
  leading_zero = peek (self) == '0';
  digits = skip_digits (self);
  if (digits == 0 || (leading_zero && digits > 1))
    return fail (self, "bad number");
  if (take (self, '.'))
    {
      integer = FALSE;
      if (skip_digits (self) == 0)
        return fail (self, "bad number");
    }
  if (take (self, 'e') || take (self, 'E'))
    {
      integer = FALSE;
      if (!take (self, '+'))
        take (self, '-');
      if (skip_digits (self) == 0)
        return fail (self, "bad number");
    }
  return !integer || digits <= INTEGER_MAX_DIGITS || fail (self, "integer too large");
}

static gboolean
scan_word (Scanner *self, const char *word)
{
  size_t length = strlen (word);

  if ((size_t) (self->end - self->at) < length || memcmp (self->at, word, length) != 0)
    return fail (self, "not a value");
  self->at += length;
  return TRUE;
}

static gboolean
scan_member (Scanner *self)
{
  skip_space (self);
  if (!scan_string (self))
    return FALSE;
  skip_space (self);
  return take (self, ':') ? scan_value (self) : fail (self, "a colon is missing");
}

/* An object or an array, after its first character. */
static gboolean
scan_container (Scanner *self, gboolean (*scan_item) (Scanner *), char closing)
{
  if (self->depth_left == 0)
    return fail (self, "nested too deep");
  self->depth_left--;
  skip_space (self);
  if (!take (self, closing))
    {
      do
        if (!scan_item (self))
          return FALSE;
      while (take (self, ','));
      if (!take (self, closing))
        return fail (self, "object or array without an end");
    }
  self->depth_left++;
  return TRUE;
}

static gboolean
scan_bare_value (Scanner *self)
{
  switch (peek (self))
    {
    case '{':
      self->at++;
      return scan_container (self, scan_member, '}');
    case '[':
      self->at++;
      return scan_container (self, scan_value, ']');
    case '"':
      return scan_string (self);
    case 't':
      return scan_word (self, "true");
    case 'f':
      return scan_word (self, "false");
    case 'n':
      return scan_word (self, "null");
    default:
      return scan_number (self);
    }
}

/* A value and the space around it. */
static gboolean
scan_value (Scanner *self)
{
  skip_space (self);
  if (!scan_bare_value (self))
    return FALSE;
  skip_space (self);
  return TRUE;
}

const char *
jf_json_scan (const char *text, size_t size, unsigned max_depth)
{
  Scanner self = { .at = text, .end = text + size, .depth_left = max_depth };

  if (!g_utf8_validate_len (text, size, NULL))
    return "not UTF-8, or with a NUL";
  skip_space (&self);
  if (peek (&self) != '{')
    return "not an object";
  if (scan_value (&self) && self.at != self.end)
    fail (&self, "something follows the object");
  return self.fault;
}
