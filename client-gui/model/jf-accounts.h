/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "client-gui/model/jf-account.h"
#include "client-gui/model/jf-keyring.h"
#include "gateway/wire/jf-invitation.h"

G_BEGIN_DECLS

/* Every manager that this app is enrolled with; GListModel of JfAccount. BASE_DIR/KEYID/ is the
 * state directory of each. Lives in the main context. */
#define JF_TYPE_ACCOUNTS (jf_accounts_get_type ())
G_DECLARE_FINAL_TYPE (JfAccounts, jf_accounts, JF, ACCOUNTS, GObject)

/* base_dir NULL: $XDG_STATE_HOME/jackfield/managers. keyring NULL: keys in files. */
JfAccounts *jf_accounts_new (const char *base_dir, JfKeyring *keyring);
/* Finds what is there, in a thread, and starts each. "loaded" property becomes TRUE then (also
 * when some are broken, and before each has read its files). restore_joins FALSE: what was joined
 * when the app ended is forgotten. */
void jf_accounts_load (JfAccounts *self, gboolean restore_joins);
gboolean jf_accounts_get_loaded (JfAccounts *self);
JfAccount *jf_accounts_find (JfAccounts *self, const char *id); /* (transfer none) NULL */
/* By item id; NULL. */
JfItem *jf_accounts_find_item (JfAccounts *self, const char *item_id);
void jf_accounts_set_proxy (JfAccounts *self, const char *mode_or_url);
/* TRUE, and so from the beginning: a service that cannot have its own port gets the same other one
 * each time. FALSE: any free one. Also a property, "fixed-ports" b. */
void jf_accounts_set_fixed_ports (JfAccounts *self, gboolean fixed_ports);
gboolean jf_accounts_get_fixed_ports (JfAccounts *self);
/* Dials, asks and probes at once, everywhere; also called by itself after a suspend. */
void jf_accounts_try_now (JfAccounts *self);

/* Makes a key (in the keyring, or a file when that cannot be had within its time), presents the
 * code, and adds the account, started. A manager that is there already: JF_ERROR_BUSY, unless
 * that account was REFUSED (revoked) or BROKEN: then it is enrolled anew in its place, by a new
 * object; favourites, pins and what was joined stay. Nothing remains of an attempt that failed or was
 * cancelled (G_IO_ERROR_CANCELLED). */
void jf_accounts_enroll_async (JfAccounts *self,
                               const JfInvitation *invitation,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer data);
/* (transfer none) */
JfAccount *jf_accounts_enroll_finish (JfAccounts *self, GAsyncResult *result, GError **error);
/* Leaves the manager: key and files are deleted. (The operator still lists the device until it
 * is revoked.) */
void jf_accounts_forget_async (JfAccounts *self,
                               JfAccount *account,
                               GAsyncReadyCallback callback,
                               gpointer data);
gboolean jf_accounts_forget_finish (JfAccounts *self, GAsyncResult *result, GError **error);
/* All accounts leave in order; within 5 s. */
void jf_accounts_leave_async (JfAccounts *self, GAsyncReadyCallback callback, gpointer data);
gboolean jf_accounts_leave_finish (JfAccounts *self, GAsyncResult *result, GError **error);

G_END_DECLS
