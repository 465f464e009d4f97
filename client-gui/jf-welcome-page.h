/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/jf-app.h"
#include "client-gui/model/jf-account.h"

G_BEGIN_DECLS

/* From an invitation link to a manager's services: takes the link, shows whose it is and its key,
 * enrols, and explains what went wrong. Nothing happens before the user has confirmed. Signal
 * "done" (JfAccount *): enrolled, or there already and the user wants to see it. */
#define JF_TYPE_WELCOME_PAGE (jf_welcome_page_get_type ())
G_DECLARE_FINAL_TYPE (JfWelcomePage, jf_welcome_page, JF, WELCOME_PAGE, AdwBin)

/* Once. first_run: greets; else it is about one more manager. */
void jf_welcome_page_set_up (JfWelcomePage *self, JfAccounts *accounts, gboolean first_run);
/* As if it had been pasted: shows whose invitation it is, or what is wrong with it. Left alone
 * while an enrolment is under way. */
void jf_welcome_page_take_text (JfWelcomePage *self, const char *text);
/* An enrolment is under way. */
gboolean jf_welcome_page_is_busy (JfWelcomePage *self);

G_END_DECLS
