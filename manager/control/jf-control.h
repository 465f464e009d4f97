/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-post.h"
#include "gateway/wire/jf-key-id.h"
#include "manager/front/jf-front.h"
#include "manager/registry/jf-registry.h"
#include "manager/switch/jf-switch.h"

G_BEGIN_DECLS

/* The manager's side of PROTOCOL.md sections 4 and 5: who is welcome, who offers what (S1), which
 * tunnels there are and how far each has come (S2 to S7). One identity, the key id of the TLS
 * session, decides both routing and authorisation.
 * Belongs to the main thread (the default main context), which it never blocks. */
typedef struct JfControl JfControl;

typedef struct
{
  const char *software;       /* said in `welcome`; NULL: "jackfield-manager VERSION" */
  const char *public_address; /* "HOST:PORT" for invitation links; ":443" may be absent */
  JfKeyId manager;            /* the manager's own key id, the pin in links */
  gboolean keep_addresses;    /* may a member's network address get into audit and log? */
  unsigned audit_days;        /* older lines of the audit are forgotten; 0: none */
} JfControlConfig;

/* References the registry, borrows the switch (which must outlive it); copies the configuration. */
JfControl *jf_control_new (JfRegistry *registry, JfSwitch *sw, const JfControlConfig *config);
/* After a reload (SIGHUP). What is already connected stays. */
void jf_control_set_config (JfControl *self, const JfControlConfig *config);

/* For jf_front_new(), with the JfControl as owner. */
extern const JfFrontEvents jf_control_front_events;

/* The end of the process: every tunnel is removed (S6; at the client `final` is false, so that
 * what was joined is joined again with the next manager), every control connection is finished,
 * new ones are closed. `done` (may be NULL) runs in the main context when the last one is gone,
 * which takes 2 s at most. Keep the front and the loops until then. */
void jf_control_stop (JfControl *self, JfTask done, gpointer data);

/* After jf_front_free() (no event may come any more), before jf_switch_free(). */
void jf_control_free (JfControl *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfControl, jf_control_free)

G_END_DECLS
