/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "gateway/link/jf-dial.h"
#include "gateway/link/jf-loop.h"

G_BEGIN_DECLS

/* A manager that says what the test wants it to: a real front (TLS, first frame, heartbeats) on
 * loopback, and no mind of its own. It works in a loop; the functions are for the main thread, and
 * turn the default main context while they wait. */
typedef struct FakeManager FakeManager;

FakeManager *fake_manager_new (void);
void fake_manager_free (FakeManager *self);
/* An uplink to it, for a device of this identity. */
JfUplink *fake_manager_uplink (FakeManager *self, JfIdentity *device);
uint16_t fake_manager_port (FakeManager *self);
const JfKeyId *fake_manager_key_id (FakeManager *self);
/* Connections so far. */
unsigned fake_manager_count (FakeManager *self);
/* Who made the last one. */
const JfKeyId *fake_manager_peer (FakeManager *self);

/* The next message of the gateway, which must be of this type; (transfer full). */
JsonObject *fake_manager_expect (FakeManager *self, const char *type);
/* The next one, whatever it is; (transfer full). NULL when none is waiting. */
JsonObject *fake_manager_pop (FakeManager *self);
/* TRUE when none is waiting. */
gboolean fake_manager_is_quiet (FakeManager *self);
void fake_manager_send (FakeManager *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* Takes "hello", sends "welcome". */
void fake_manager_welcome (FakeManager *self, const char *member, const char *role);
/* Ends the connection in order, as at an eviction. */
void fake_manager_drop (FakeManager *self);

/* Turns the default main context until *flag. Ends the test after 20 s. */
void fake_wait_for (const gboolean *flag);

G_END_DECLS
