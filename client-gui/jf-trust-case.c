/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-trust-case.h"

#include <glib/gi18n.h>

#include "gateway/wire/jf-error.h"

JfTrustCase
jf_trust_case_of_service (const GError *error, gboolean offered, gboolean expected)
{
  if (!g_error_matches (error, JF_ERROR, JF_ERROR_WRONG_KEY))
    return JF_TRUST_OK;
  if (offered)
    return JF_TRUST_PROVIDER_KEY;
  return expected ? JF_TRUST_PROVIDER_FALSE : JF_TRUST_OK;
}

JfTrustCase
jf_trust_case_of_manager (const GError *error)
{
  if (error == NULL || error->domain != JF_ERROR)
    return JF_TRUST_OK;
  switch (error->code)
    {
    case JF_ERROR_WRONG_KEY:
      return JF_TRUST_MANAGER_KEY;
    case JF_ERROR_INTERCEPTED:
      return JF_TRUST_INTERCEPTED;
    case JF_ERROR_NOT_ENROLLED:
      return JF_TRUST_REVOKED;
    case JF_ERROR_BAD_INVITATION:
      return JF_TRUST_INVITATION;
    default:
      return JF_TRUST_OK;
    }
}

static void
provider_key (JfTrustWords *words, const char *whom)
{
  words->heading = g_strdup (_ ("The Provider’s Key Has Changed"));
  words->happened = g_strdup_printf (_ ("The computer that answers for “%s” shows another key than "
                                        "before. Jackfield stopped; nothing of yours was sent."),
                                        whom);
  words->meaning = g_strdup (
      _ ("The provider may have a new computer or have set Jackfield up again. Or somebody "
                   "pretends to be the provider, to read what you send."));
  words->advice = g_strdup (_ ("Ask the provider for their key by another way, such as a telephone "
                               "call, and compare it with the new key. Trust it only if both are "
                               "the same."));
}

static void
provider_false (JfTrustWords *words, const char *whom)
{
  words->heading = g_strdup (_ ("Somebody Else Answers"));
  words->happened = g_strdup_printf (
      _ ("The computer that answers for “%s” cannot prove that it is "
                                        "the provider’s. Jackfield stopped; nothing of yours was "
                                        "sent."),
         whom);
  words->meaning = g_strdup (
      _ ("Somebody between you and the provider may have taken its place. Or "
                                "the provider’s computer and the manager do not agree on its key."));
  words->advice = g_strdup (
      _ ("Tell the provider and the operator, and do not use the service until "
                               "they have an answer. There is no key that could be trusted."));
}

static void
manager_key (JfTrustWords *words, const char *whom)
{
  words->heading = g_strdup (_ ("The Manager’s Key Has Changed"));
  words->happened = g_strdup_printf (
      _ ("Whoever answers at %s does not have the manager’s key that "
                                        "this computer knows. Jackfield stopped; nothing was sent."),
         whom);
  words->meaning = g_strdup (_ ("The operator may have set up the manager anew. Or somebody "
                                "intercepts your connection and pretends to be the manager."));
  words->advice = g_strdup (
      _ ("Ask the operator by another way. If they changed the key, they give you a new "
                   "invitation link. A key cannot be accepted here without one."));
}

static void
intercepted (JfTrustWords *words, const char *whom)
{
  words->heading = g_strdup (_ ("Something Is in the Way"));
  words->happened = g_strdup_printf (_ ("What answers at %s is not the manager. Nothing was sent."),
                                        whom);
  words->meaning = g_strdup (
      _ ("This network may want you to sign in first, or a proxy or a security "
                                "program opens encrypted connections."));
  words->advice = g_strdup (_ ("Sign in to the network with a web browser, try another network, or "
                               "set the proxy in the preferences. Jackfield keeps trying."));
}

static void
revoked (JfTrustWords *words, const char *whom)
{
  words->heading = g_strdup (_ ("This Device Is Not Admitted"));
  words->happened = g_strdup_printf (_ ("The manager %s does not accept this device any more. Its "
                                        "services cannot be used from here."),
                                        whom);
  words->meaning = g_strdup (
      _ ("The operator may have removed the device, or you as a member; or the "
                                "manager lost its records."));
  words->advice = g_strdup (_ ("Ask the operator. If you should have access, they send you a new "
                               "invitation link; your favourites are kept."));
}

static void
invitation (JfTrustWords *words, const char *whom)
{
  words->heading = g_strdup (_ ("The Invitation Is Not Valid"));
  words->happened = g_strdup_printf (
      _ ("The manager %s did not accept the invitation. Nothing has changed."), whom);
  words->meaning = g_strdup (
      _ ("An invitation works once, and for a short time. It may have expired, "
                                "a part of the link may be missing, or it was used already. If it "
                                "was not you who used it, somebody else may have read it."));
  words->advice = g_strdup (_ ("Ask the operator for a new link. Tell them if you did not use the "
                               "first one yourself."));
}

JfTrustWords *
jf_trust_words_new (JfTrustCase trust, const char *whom)
{
  JfTrustWords *words = g_new0 (JfTrustWords, 1);

  switch (trust)
    {
    case JF_TRUST_PROVIDER_KEY:
      provider_key (words, whom);
      break;
    case JF_TRUST_PROVIDER_FALSE:
      provider_false (words, whom);
      break;
    case JF_TRUST_MANAGER_KEY:
      manager_key (words, whom);
      break;
    case JF_TRUST_INTERCEPTED:
      intercepted (words, whom);
      break;
    case JF_TRUST_REVOKED:
      revoked (words, whom);
      break;
    case JF_TRUST_INVITATION:
      invitation (words, whom);
      break;
    case JF_TRUST_OK:
    default:
      g_return_val_if_reached (words);
    }
  return words;
}

void
jf_trust_words_free (JfTrustWords *words)
{
  if (words == NULL)
    return;
  g_free (words->heading);
  g_free (words->happened);
  g_free (words->meaning);
  g_free (words->advice);
  g_free (words);
}
