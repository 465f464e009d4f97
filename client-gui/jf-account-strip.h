/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "client-gui/model/jf-account.h"

G_BEGIN_DECLS

/* A strip above the list that says what is wrong with one manager while there is still something
 * to show. Invisible while there is nothing to say. */
#define JF_TYPE_ACCOUNT_STRIP (jf_account_strip_get_type ())
G_DECLARE_FINAL_TYPE (JfAccountStrip, jf_account_strip, JF, ACCOUNT_STRIP, GtkBox)

GtkWidget *jf_account_strip_new (JfAccount *account);
JfAccount *jf_account_strip_get_account (JfAccountStrip *self); /* (transfer none) */
/* Says how it is now; hidden: the same is said elsewhere. Called again as time passes. */
void jf_account_strip_update (JfAccountStrip *self, gboolean hidden);

G_END_DECLS
