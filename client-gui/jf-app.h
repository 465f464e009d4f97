/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "client-gui/model/jf-accounts.h"
#include "client-gui/model/jf-catalog.h"
#include "client-gui/model/jf-keyring.h"

G_BEGIN_DECLS

#define JF_APP_ID       "io.github.jackfield.Jackfield"
#define JF_APP_RESOURCE "/io/github/jackfield/Jackfield/"

typedef struct _JfWindow JfWindow;

/* The program: one instance a session, which owns the settings, the accounts and everything that
 * lives on without a window. Windows only show. Belongs to the main context. */
#define JF_TYPE_APP (jf_app_get_type ())
G_DECLARE_FINAL_TYPE (JfApp, jf_app, JF, APP, AdwApplication)

JfApp *jf_app_new (void);

/* (transfer none) All of these are there from startup to shutdown of the primary instance. */
GSettings *jf_app_get_settings (JfApp *self);
JfKeyring *jf_app_get_keyring (JfApp *self);
JfAccounts *jf_app_get_accounts (JfApp *self);
JfCatalog *jf_app_get_catalog (JfApp *self);

/* (transfer none) NULL while none is open */
JfWindow *jf_app_get_window (JfApp *self);
/* The window, made if need be, and brought to the front. */
JfWindow *jf_app_present_window (JfApp *self);
/* Ends the program: every account leaves in order first, within 5 s, then it quits. */
void jf_app_leave (JfApp *self);

G_END_DECLS
