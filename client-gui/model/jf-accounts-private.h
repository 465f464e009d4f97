/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-account-private.h"
#include "client-gui/model/jf-accounts.h"
#include "client-gui/model/jf-resume-watch.h"

G_BEGIN_DECLS

/* jf-accounts.c keeps the list; jf-accounts-enroll.c and jf-accounts-forget.c change it. */
struct _JfAccounts
{
  GObject parent_instance;

  char *base_dir;
  JfKeyring *keyring;    /* NULL: keys in files */
  GPtrArray *accounts;   /* of JfAccount */
  GHashTable *enrolling; /* ids of managers that are being enrolled with */
  JfResumeWatch *resume;
  char *proxy;
  gboolean fixed_ports;
  gboolean loading;
  gboolean loaded;
};

/* Adds it to the list, set up as the others, and starts it. */
void jf_accounts_add (JfAccounts *self, JfAccount *account);
void jf_accounts_remove (JfAccounts *self, JfAccount *account);

G_END_DECLS
