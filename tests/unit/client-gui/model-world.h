/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "client-gui/model/jf-sections.h"
#include "tests/unit/engine/fake-manager.h"

G_BEGIN_DECLS

/* The model of the app, enrolled with a scripted manager, with files of its own. The real
 * engine and session; nothing joins. */
typedef struct
{
  char *base;
  FakeManager *manager;
  JfAccounts *accounts;
  JfCatalog *catalog;
  JfSections *sections;
  int64_t request; /* of the list that is watched */
} ModelWorld;

/* Loaded, enrolled as alice, connected; the manager is asked for the list and has not answered. */
ModelWorld *model_world_new (void);
void model_world_free (ModelWorld *self);

JfAccount *model_world_account (ModelWorld *self);
/* (transfer none) of the account's */
JfItem *model_world_item (ModelWorld *self, const char *service);
/* The manager lists services "p<i % providers>/s<i>", titled "Service <i>", in as many messages as it
 * takes. */
void model_world_list (ModelWorld *self, unsigned n, unsigned providers);
/* One message "changes"; services: JSON objects with commas between them. gone: JSON strings. */
void model_world_change (ModelWorld *self, const char *services, const char *gone);
/* (transfer full) one of them */
char *model_world_entry (const char *service, const char *title, gboolean online);
/* Turns the main context until the manager's last words were heard and shown. */
void model_world_wait_items (ModelWorld *self, unsigned n);
void model_world_turn (unsigned timeout_ms);

G_END_DECLS
