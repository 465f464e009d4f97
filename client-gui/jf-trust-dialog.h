/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/jf-trust-case.h"
#include "client-gui/model/jf-account.h"
#include "client-gui/model/jf-item.h"

G_BEGIN_DECLS

/* Something of trust happened: says what, what it may mean and what to do. What is safe is the
 * default, and what Escape does; to trust a new key of a provider takes a second step. */
#define JF_TYPE_TRUST_DIALOG (jf_trust_dialog_get_type ())
G_DECLARE_FINAL_TYPE (JfTrustDialog, jf_trust_dialog, JF, TRUST_DIALOG, AdwMessageDialog)

/* (transfer none) not shown yet; NULL when there is nothing to say. An item has its account's
 * trouble, too. parent may be NULL. */
JfTrustDialog *jf_trust_dialog_for_item (GtkWindow *parent, JfItem *item);
JfTrustDialog *jf_trust_dialog_for_account (GtkWindow *parent, JfAccount *account);
/* Of an enrolment that failed at this host. */
JfTrustDialog *jf_trust_dialog_for_enrolment (GtkWindow *parent,
                                              const GError *error,
                                              const char *host);

JfTrustCase jf_trust_case_for_item (JfItem *item);
JfTrustCase jf_trust_case_for_account (JfAccount *account);

/* Shows the dialog, unless there is nothing to say or one is on the screen: they do not stack.
 * TRUE: it was shown. */
gboolean jf_trust_show_item (GtkWindow *parent, JfItem *item);
gboolean jf_trust_show_account (GtkWindow *parent, JfAccount *account);

G_END_DECLS
