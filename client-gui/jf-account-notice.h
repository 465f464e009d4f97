/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-account.h"

G_BEGIN_DECLS

/* What there is to say of a manager that is not simply online, and what to do about it. */
typedef struct
{
  const char *icon_name;
  char *title; /* plain text, as all of these */
  char *body;  /* whole sentences */
  /* Of the application, take the account's id, or nothing; label NULL: none. Translated. */
  const char *label;
  const char *action;
  const char *second_label;
  const char *second_action;
  gboolean busy;   /* under way: a spinner, nothing to do */
  gboolean urgent; /* does not get well by itself */
} JfAccountNotice;

/* NULL: there is nothing to say. */
JfAccountNotice *jf_account_notice_new (JfAccount *account);
void jf_account_notice_free (JfAccountNotice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfAccountNotice, jf_account_notice_free)

G_END_DECLS
