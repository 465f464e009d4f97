/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/engine/jf-engine.h"
#include "tests/unit/engine/fake-manager.h"
#include "tests/unit/engine/fake-tunnel.h"

G_BEGIN_DECLS

/* An engine that is welcome at a scripted manager, without a data plane. */
typedef struct
{
  FakeManager *manager;
  char *dir;
  JfState *state;
  JfEngine *engine;
  JfJoin *join;
} EngineFixture;

/* data: the role */
void engine_set_up (EngineFixture *fixture, gconstpointer data);
void engine_tear_down (EngineFixture *fixture, gconstpointer data);

/* Two valid tickets as JSON. */
#define TICKETS "[\"AAAAAAAAAAAAAAAAAAAAAA\",\"BBBBBBBBBBBBBBBBBBBBBA\"]"
/* Keys of gateways, as text */
#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"

int64_t engine_request (JsonObject *message); /* (transfer full) message */
void engine_wait_session (EngineFixture *fixture, JfSessionState state);
void engine_wait_join (EngineFixture *fixture, JfJoinState state);
/* Everything that was sent has been looked at: a round trip. */
void engine_settle (EngineFixture *fixture);

G_END_DECLS
