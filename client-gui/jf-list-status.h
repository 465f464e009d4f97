/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-account.h"

G_BEGIN_DECLS

/* What stands in the place of the list while there is nothing to list: why, and what to do. */
#define JF_TYPE_LIST_STATUS (jf_list_status_get_type ())
G_DECLARE_FINAL_TYPE (JfListStatus, jf_list_status, JF, LIST_STATUS, AdwBin)

/* What is wrong with this manager, or that it is asked; FALSE: there is nothing to say of it. */
gboolean jf_list_status_show_account (JfListStatus *self, JfAccount *account);
/* Managers are there, and offer nothing. account: the only one, or NULL. */
void jf_list_status_show_empty (JfListStatus *self, JfAccount *account);
/* Services are there, and none matches; "Clear Search" activates win.search. */
void jf_list_status_show_no_match (JfListStatus *self, const char *text);

G_END_DECLS
