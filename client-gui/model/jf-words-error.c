/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n-lib.h>

#include "client-gui/model/jf-words.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "gateway/wire/jf-names.h"

static gboolean
ends_a_sentence (gunichar c)
{
  return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x3002;
}

/* A message of ours begins in lower case and has no stop, so that it can be a part of a line. */
static char *
sentence (const char *message)
{
  g_autofree char *clean = jf_text_clean (message, JF_TEXT_MAX_BYTES);
  GString *out = g_string_new (NULL);

  if (*clean == '\0')
    return g_string_free (out, FALSE);
  g_string_append_unichar (out, g_unichar_toupper (g_utf8_get_char (clean)));
  g_string_append (out, g_utf8_next_char (clean));
  if (!ends_a_sentence (g_utf8_get_char (g_utf8_prev_char (out->str + out->len))))
    g_string_append_c (out, '.');
  return g_string_free (out, FALSE);
}

/* (transfer full) the cause, then what to do about it */
static char *
with_advice (const GError *error, const char *advice)
{
  g_autofree char *cause = sentence (error->message);

  return g_strdup_printf ("%s %s", cause, advice);
}

static char *
service_wrong_key (const char *whom)
{
  return g_strdup_printf (
      _ ("The provider of “%s” answers with another key than before. It may have a new computer; "
         "or somebody, perhaps the manager, pretends to be the provider. Nothing was sent. Ask the "
         "provider by another way, and trust the new key only if they confirm it."),
         whom);
}

char *
jf_words_error (const GError *error, const char *whom)
{
  if (error == NULL)
    return NULL;
  if (whom == NULL || *whom == '\0')
    whom = _ ("this service");
  if (error->domain != JF_ERROR)
    return sentence (error->message);
  switch ((JfError) error->code)
    {
    case JF_ERROR_WRONG_KEY:
      return service_wrong_key (whom);
    case JF_ERROR_NOT_AVAILABLE:
      return g_strdup_printf (_ ("“%s” is not offered to you any more: it was withdrawn, or the provider does not allow "
             "it to you. Ask the provider if you still need it. It connects again by itself "
             "should it come back."),
          whom);
    case JF_ERROR_CLOSED:
      return with_advice (error, _ ("Connect again if you still need it, or ask the operator."));
    case JF_ERROR_BUSY:
      return with_advice (error, _ ("Choose another local address, or end the program that uses "
                                    "this one."));
    case JF_ERROR_LIMIT:
      return with_advice (error, _ ("Disconnect what you do not need, then try again."));
    case JF_ERROR_TIMEOUT:
      return with_advice (error, _ ("It is tried again by itself."));
    case JF_ERROR_UNREACHABLE:
      return with_advice (error, _ ("It connects by itself as soon as that has passed; the "
                                    "provider can say how long it may take."));
    case JF_ERROR_STORAGE:
      return with_advice (error, _ ("Check that the disk is not full, then try again."));
    case JF_ERROR_NOT_ALLOWED:
      return g_strdup_printf (_ ("You may not use “%s”. Ask the provider or the operator."), whom);
    case JF_ERROR_VERSION:
    case JF_ERROR_PROTOCOL:
      return with_advice (error,
                          _ ("The programs at both ends do not understand each other. Update "
                                    "Jackfield, and tell the operator if that does not help."));
    case JF_ERROR_NOT_ENROLLED:
    case JF_ERROR_BAD_INVITATION:
    case JF_ERROR_INTERCEPTED:
      return jf_words_account_error (error, NULL);
    case JF_ERROR_FAILED:
    case JF_ERROR_INVALID:
    case JF_N_ERRORS:
    default:
      return sentence (error->message);
    }
}

static char *
account_wrong_key (const char *host)
{
  return g_strdup_printf (
      _ ("Whoever answers at %s does not have the manager's key that this computer knows. The "
         "manager may have been set up anew; or somebody intercepts the connection. Nothing was "
         "sent. Ask the operator by another way; if they confirm a new key, they give you a new "
         "invitation link."),
         host);
}

static char *
account_intercepted (const char *host)
{
  return g_strdup_printf (_ ("What answers at %s is not the manager. A proxy or the sign-in page of this network may be "
         "intercepting the connection. Sign in to the network, try another one, or set a proxy in "
         "the preferences. It is tried again by itself."),
      host);
}

static char *
account_error (const GError *error, const char *host)
{
  switch ((JfError) error->code)
    {
    case JF_ERROR_WRONG_KEY:
      return account_wrong_key (host);
    case JF_ERROR_INTERCEPTED:
      return account_intercepted (host);
    case JF_ERROR_PROTOCOL:
      return g_strdup_printf (
          _ ("%s says things that this Jackfield does not understand. It is tried "
                                 "again by itself. If that does not help, update Jackfield and tell "
                                 "the operator."),
             host);
    case JF_ERROR_NOT_ENROLLED:
      return g_strdup_printf (_ ("%s does not know this device (any more). The operator may have "
                                 "revoked it. Ask them for a new invitation link."),
                                 host);
    case JF_ERROR_BAD_INVITATION:
      return g_strdup_printf (_ ("%s refuses the invitation: it was used already, has expired, or "
                                 "the link is incomplete. Ask the operator for a new link."),
                                 host);
    case JF_ERROR_BUSY:
      return with_advice (error, _ ("The same device key is in use twice. End the other program, "
                                    "or forget the manager here and enrol again with an invitation "
                                    "of its own."));
    case JF_ERROR_VERSION:
      return g_strdup_printf (
          _ ("%s does not speak this version of Jackfield. Update Jackfield, or "
                                 "ask the operator to update the manager."),
             host);
    case JF_ERROR_TIMEOUT:
    case JF_ERROR_UNREACHABLE:
    case JF_ERROR_CLOSED:
      return with_advice (error, _ ("Check the network. It is tried again by itself."));
    case JF_ERROR_STORAGE:
      return with_advice (error, _ ("Check that the disk is not full and that the file is yours."));
    case JF_ERROR_LIMIT:
    case JF_ERROR_NOT_AVAILABLE:
    case JF_ERROR_NOT_ALLOWED:
    case JF_ERROR_FAILED:
    case JF_ERROR_INVALID:
    case JF_N_ERRORS:
    default:
      return sentence (error->message);
    }
}

char *
jf_words_account_error (const GError *error, const char *host)
{
  g_autofree char *text = NULL;

  if (error == NULL)
    return NULL;
  if (error->domain != JF_ERROR)
    return sentence (error->message);
  if (host != NULL && *host != '\0')
    return account_error (error, host);
  text = account_error (error, _ ("the manager"));
  return sentence (text);
}

char *
jf_words_broken (const GError *error)
{
  if (g_error_matches (error, JF_ERROR, JF_ERROR_BUSY))
    return with_advice (error, _ ("Perhaps Jackfield runs twice. End the other one, then try "
                                  "again."));
  if (g_error_matches (error, JF_ERROR, JF_ERROR_NOT_ENROLLED))
    return with_advice (error, _ ("Ask the operator for a new invitation link and add the manager "
                                  "again; your favourites stay."));
  return with_advice (error, _ ("It was left as it is. Restore it from a backup and try again, or "
                                "ask the operator for a new invitation link and add the manager "
                                "again; your favourites stay."));
}
