/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-account-notice.h"

#include <glib/gi18n.h>

#include "client-gui/model/jf-words.h"
#include "gateway/wire/jf-error.h"

static gboolean
failed_with (JfAccount *account, JfError code)
{
  const GError *error = jf_account_get_error (account);

  return error != NULL && error->domain == JF_ERROR && error->code == (int) code;
}

/* The reason, or what is to be said without one. */
static char *
reason_or (JfAccount *account, const char *otherwise)
{
  const char *reason = jf_account_get_reason (account);

  return g_strdup (reason != NULL ? reason : otherwise);
}

static void
say_busy (JfAccountNotice *self, JfAccount *account)
{
  self->busy = TRUE;
  self->icon_name = "content-loading-symbolic";
  self->title = g_strdup_printf (_("Connecting to %s…"), jf_account_get_title (account));
  self->body = g_strdup (_("Services appear here as soon as the manager answers."));
}

static void
say_locked (JfAccountNotice *self, JfAccount *account)
{
  self->urgent = TRUE;
  self->icon_name = "dialog-password-symbolic";
  self->title = g_strdup (_("The Keyring is Locked"));
  self->body = reason_or (
      account, _("It holds the key of this device. Unlock it to see and use your services."));
  self->label = _("Unlock");
  self->action = "app.unlock-account";
}

static void
say_offline (JfAccountNotice *self, JfAccount *account)
{
  g_autofree char *reason = reason_or (account, _("Check the network."));
  g_autofree char *retry = jf_words_retry (jf_account_get_retry_ms (account));

  self->icon_name = "network-offline-symbolic";
  self->title = g_strdup_printf (_("%s Cannot Be Reached"), jf_account_get_title (account));
  if (retry != NULL)
    /* Translators: why a manager cannot be reached (sentences), then when it is tried next */
    self->body = g_strdup_printf (_("%s %s."), reason, retry);
  else
    self->body = g_steal_pointer (&reason);
  self->label = _("Try Now");
  self->action = "app.try-account-now";
}

static void
say_refused (JfAccountNotice *self, JfAccount *account)
{
  const char *title = jf_account_get_title (account);

  self->urgent = TRUE;
  self->icon_name = "action-unavailable-symbolic";
  if (failed_with (account, JF_ERROR_WRONG_KEY))
    self->title = g_strdup_printf (_("%s Has Another Key"), title);
  else if (failed_with (account, JF_ERROR_NOT_ENROLLED))
    self->title = g_strdup_printf (_("%s Does Not Know This Device"), title);
  else
    self->title = g_strdup_printf (_("%s Refuses This Device"), title);
  self->body = reason_or (account, _("Ask whoever invited you for a new link, and open it here."));
  self->label = _("New Invitation…");
  self->action = "app.add-manager";
  self->second_label = _("Forget Manager…");
  self->second_action = "app.forget-account";
}

static void
say_broken (JfAccountNotice *self, JfAccount *account)
{
  self->urgent = TRUE;
  self->icon_name = "dialog-error-symbolic";
  self->title = g_strdup_printf (_("The Files for %s Cannot Be Used"),
                                    jf_account_get_title (account));
  self->body = reason_or (account, _("Nothing was overwritten."));
  self->label = _("Try Again");
  self->action = "app.try-account-now";
  self->second_label = _("Forget Manager…");
  self->second_action = "app.forget-account";
}

JfAccountNotice *
jf_account_notice_new (JfAccount *account)
{
  g_autoptr (JfAccountNotice) self = g_new0 (JfAccountNotice, 1);

  switch (jf_account_get_state (account))
    {
    case JF_ACCOUNT_STARTING:
    case JF_ACCOUNT_CONNECTING:
      say_busy (self, account);
      break;
    case JF_ACCOUNT_LOCKED:
      say_locked (self, account);
      break;
    case JF_ACCOUNT_OFFLINE:
      say_offline (self, account);
      break;
    case JF_ACCOUNT_REFUSED:
      say_refused (self, account);
      break;
    case JF_ACCOUNT_BROKEN:
      say_broken (self, account);
      break;
    case JF_ACCOUNT_ONLINE:
      if (jf_account_services_known (account))
        return NULL;
      say_busy (self, account);
      break;
    case JF_ACCOUNT_LEAVING:
    default:
      return NULL;
    }
  return g_steal_pointer (&self);
}

void
jf_account_notice_free (JfAccountNotice *self)
{
  if (self == NULL)
    return;
  g_free (self->title);
  g_free (self->body);
  g_free (self);
}
