/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-enroll-words.h"

#include <glib/gi18n.h>

#include "client-gui/model/jf-words.h"
#include "gateway/wire/jf-error.h"

/* JF_N_ERRORS: an error of another domain */
static JfError
code_of (const GError *error)
{
  return error->domain == JF_ERROR ? (JfError) error->code : JF_N_ERRORS;
}

char *
jf_enroll_words_mistake (const GError *error)
{
  g_autofree char *sentence = NULL;

  if (error == NULL)
    return g_strdup (_("This link leads to a service. To become a member of its manager, you need "
                       "an invitation link; ask whoever runs it."));
  sentence = jf_words_account_error (error, NULL);
  return g_steal_pointer (&sentence);
}

const char *
jf_enroll_words_heading (const GError *error)
{
  switch (code_of (error))
    {
    case JF_ERROR_BAD_INVITATION:
      return _("The Invitation Is Not Valid");
    case JF_ERROR_WRONG_KEY:
      return _("Not the Manager of This Link");
    case JF_ERROR_INTERCEPTED:
      return _("Something Is in the Way");
    case JF_ERROR_UNREACHABLE:
    case JF_ERROR_TIMEOUT:
    case JF_ERROR_CLOSED:
      return _("The Manager Cannot Be Reached");
    case JF_ERROR_VERSION:
      return _("The Versions Do Not Fit");
    case JF_ERROR_STORAGE:
      return _("The Key Cannot Be Stored");
    case JF_ERROR_FAILED:
    case JF_ERROR_LIMIT:
    case JF_ERROR_NOT_ENROLLED:
    case JF_ERROR_NOT_AVAILABLE:
    case JF_ERROR_NOT_ALLOWED:
    case JF_ERROR_INVALID:
    case JF_ERROR_BUSY:
    case JF_N_ERRORS:
    default:
      return _("Joining Failed");
    }
}

const char *
jf_enroll_words_icon (const GError *error)
{
  switch (code_of (error))
    {
    case JF_ERROR_WRONG_KEY:
    case JF_ERROR_INTERCEPTED:
      return "dialog-warning-symbolic";
    case JF_ERROR_UNREACHABLE:
    case JF_ERROR_TIMEOUT:
    case JF_ERROR_CLOSED:
      return "network-offline-symbolic";
    case JF_ERROR_BAD_INVITATION:
    case JF_ERROR_VERSION:
    case JF_ERROR_STORAGE:
    case JF_ERROR_FAILED:
    case JF_ERROR_LIMIT:
    case JF_ERROR_NOT_ENROLLED:
    case JF_ERROR_NOT_AVAILABLE:
    case JF_ERROR_NOT_ALLOWED:
    case JF_ERROR_INVALID:
    case JF_ERROR_BUSY:
    case JF_N_ERRORS:
    default:
      return "dialog-error-symbolic";
    }
}

/* Unlike a session, an enrolment is not tried again by itself. */
char *
jf_enroll_words_failure (const GError *error, const char *host)
{
  switch (code_of (error))
    {
    case JF_ERROR_WRONG_KEY:
      return g_strdup_printf (_("Whoever answers at %s does not have the key that the link names. Somebody may be "
            "intercepting the connection, or the link is of another manager. Nothing was sent, and "
            "the invitation is still good. Ask whoever invited you by another way."),
          host);
    case JF_ERROR_INTERCEPTED:
      return g_strdup_printf (_("What answers at %s is not the manager. A proxy or the sign-in page of this network "
            "may be intercepting the connection. Sign in to the network, try another one, or set a "
            "proxy in the preferences. The "
            "invitation is still good."),
          host);
    case JF_ERROR_UNREACHABLE:
    case JF_ERROR_TIMEOUT:
    case JF_ERROR_CLOSED:
      return g_strdup_printf (
          _("%s does not answer. Check the network, then try again: the invitation is still good "
            "as long as it has not expired."),
             host);
    case JF_ERROR_BAD_INVITATION:
    case JF_ERROR_VERSION:
    case JF_ERROR_STORAGE:
    case JF_ERROR_FAILED:
    case JF_ERROR_LIMIT:
    case JF_ERROR_NOT_ENROLLED:
    case JF_ERROR_NOT_AVAILABLE:
    case JF_ERROR_NOT_ALLOWED:
    case JF_ERROR_INVALID:
    case JF_ERROR_BUSY:
    case JF_N_ERRORS:
    default:
      return jf_words_account_error (error, host);
    }
}

gboolean
jf_enroll_words_may_try_again (const GError *error)
{
  JfError code = code_of (error);

  return code != JF_ERROR_BAD_INVITATION && code != JF_ERROR_WRONG_KEY && code != JF_ERROR_VERSION;
}
