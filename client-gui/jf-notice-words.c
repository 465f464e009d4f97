/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client-gui/jf-notice-words.h"

#include <glib/gi18n.h>

#include "client-gui/jf-trust-dialog.h"

static const char *const categories[JF_NOTICE_N_KINDS] = { "network.disconnected",
                                                           "network.connected", "network.error" };

static GNotification *
begin (JfNoticeKind kind, const char *title, const char *body)
{
  GNotification *note = g_notification_new (title);

  if (body != NULL)
    g_notification_set_body (note, body);
  g_notification_set_category (note, categories[kind]);
  g_notification_set_priority (note, kind == JF_NOTICE_ATTENTION ? G_NOTIFICATION_PRIORITY_HIGH
                                                                 : G_NOTIFICATION_PRIORITY_NORMAL);
  return note;
}

static void
add (GNotification *note, const char *label, const char *action, const char *id)
{
  g_notification_add_button_with_target (note, label, action, "s", id);
}

static void
set_default (GNotification *note, const char *action, const char *id)
{
  g_notification_set_default_action_and_target (note, action, "s", id);
}

static GNotification *
dropped (const JfNotice *notice, const char *reason)
{
  g_autofree char *title = g_strdup_printf (_("“%s” is not connected any more"), notice->title);
  GNotification *note = begin (notice->kind, title,
                               reason != NULL ? reason : _("It connects again by itself."));

  set_default (note, "app.show-service", notice->id);
  add (note, _("Try Now"), "app.try-now", notice->id);
  add (note, _("Disconnect"), "app.disconnect", notice->id);
  return note;
}

static GNotification *
back (const JfNotice *notice)
{
  g_autofree char *title = g_strdup_printf (_("“%s” is connected again"), notice->title);
  GNotification *note = begin (notice->kind, title, NULL);

  set_default (note, "app.show-service", notice->id);
  add (note, _("Open"), "app.open", notice->id);
  return note;
}

static char *
attention_title (JfItem *item, const char *title)
{
  if (jf_trust_case_for_item (item) != JF_TRUST_OK)
    return g_strdup_printf (_("“%s” was stopped for your safety"), title);
  if (jf_item_get_state (item) == JF_ITEM_GONE)
    return g_strdup_printf (_("“%s” is not offered to you any more"), title);
  return g_strdup_printf (_("“%s” could not be connected"), title);
}

static GNotification *
item_attention (const JfNotice *notice, JfItem *item, const char *reason)
{
  g_autofree char *title = attention_title (item, notice->title);
  GNotification *note = begin (notice->kind, title, reason);
  gboolean trust = jf_trust_case_for_item (item) != JF_TRUST_OK;
  const char *action = trust ? "app.explain" : "app.show-service";

  set_default (note, action, notice->id);
  if (trust || jf_item_get_state (item) == JF_ITEM_GONE)
    add (note, _("Show"), action, notice->id);
  else
    add (note, _("Try Now"), "app.try-now", notice->id);
  add (note, _("Disconnect"), "app.disconnect", notice->id);
  return note;
}

static GNotification *
account_attention (const JfNotice *notice, JfAccount *account)
{
  gboolean locked = jf_account_get_state (account) == JF_ACCOUNT_LOCKED;
  g_autofree char *title = NULL;
  GNotification *note;

  if (locked)
    title = g_strdup_printf (_("The key for %s is locked"), notice->title);
  else
    title = g_strdup_printf (_("%s cannot be used"), notice->title);
  note = begin (notice->kind, title, jf_account_get_reason (account));
  if (locked)
    {
      g_notification_set_default_action (note, "app.activate-window");
      add (note, _("Unlock"), "app.unlock-account", notice->id);
    }
  else if (jf_trust_case_for_account (account) != JF_TRUST_OK)
    {
      set_default (note, "app.explain-account", notice->id);
      add (note, _("Show"), "app.explain-account", notice->id);
    }
  else
    {
      g_notification_set_default_action (note, "app.activate-window");
      add (note, _("Try Now"), "app.try-account-now", notice->id);
    }
  return note;
}

static char *
sum_title (const JfNotice *notice)
{
  switch (notice->kind)
    {
    case JF_NOTICE_DROPPED:
      return g_strdup_printf (ngettext ("%u service is not connected any more",
                                        "%u services are not connected any more", notice->n),
                              notice->n);
    case JF_NOTICE_BACK:
      return g_strdup_printf (
          ngettext ("%u service is connected again", "%u services are connected again", notice->n),
          notice->n);
    case JF_NOTICE_ATTENTION:
    case JF_NOTICE_N_KINDS:
    default:
      return g_strdup_printf (
          ngettext ("%u connection needs you", "%u connections need you", notice->n), notice->n);
    }
}

static GNotification *
sum (const JfNotice *notice, JfAccounts *accounts)
{
  g_autofree char *title = sum_title (notice);
  JfAccount *account = notice->common != NULL ? jf_accounts_find (accounts, notice->common) : NULL;
  const char *reason = account != NULL ? jf_account_get_reason (account) : NULL;
  GNotification *note = begin (notice->kind, title, reason != NULL ? reason : notice->reason);

  g_notification_set_default_action (note, "app.activate-window");
  if (account != NULL && notice->kind == JF_NOTICE_DROPPED)
    add (note, _("Try Now"), "app.try-account-now", notice->common);
  return note;
}

GNotification *
jf_notice_words (const JfNotice *notice, JfAccounts *accounts)
{
  JfItem *item = notice->id != NULL ? jf_accounts_find_item (accounts, notice->id) : NULL;
  JfAccount *account = notice->id != NULL ? jf_accounts_find (accounts, notice->id) : NULL;
  /* It may be known better by now than when it happened. */
  const char *reason = item != NULL ? jf_item_get_reason (item) : notice->reason;

  if (notice->id == NULL)
    return sum (notice, accounts);
  if (notice->kind == JF_NOTICE_BACK)
    return back (notice);
  if (notice->kind == JF_NOTICE_ATTENTION && account != NULL)
    return account_attention (notice, account);
  if (notice->kind == JF_NOTICE_ATTENTION && item != NULL)
    return item_attention (notice, item, reason);
  return dropped (notice, reason);
}
