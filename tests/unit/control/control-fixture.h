/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-control-private.h"
#include "tests/lib/fake-gateway.h"

G_BEGIN_DECLS

/* A whole manager but for its main(): front door, switch, registry in a file, control. */
typedef struct
{
  char *folder;
  JfLoop *loops[2];
  JfIdentity *identity;
  JfRegistry *registry;
  JfSwitch *sw;
  JfControl *control;
  JfFront *front;
  FakeManager manager; /* where fake gateways dial, with a loop of their own */
  unsigned n_invitations;
} ControlFixture;

void control_fixture_set_up (ControlFixture *fixture, gconstpointer data);
void control_fixture_tear_down (ControlFixture *fixture, gconstpointer data);
#define CONTROL_TEST(path, function)                                                               \
  g_test_add (path, ControlFixture, NULL, control_fixture_set_up, function,                        \
              control_fixture_tear_down)

/* Ends the manager and starts it anew on the same registry. */
void control_fixture_restart (ControlFixture *fixture);

/* A fresh code for `member`. Free with g_free(). */
char *control_fixture_invite (ControlFixture *fixture,
                              const char *member,
                              JfRole role,
                              const char *group,
                              int expires_s);
/* A welcomed gateway with a new device of `member`. `group` may be NULL. */
FakeGateway *control_fixture_join_member (ControlFixture *fixture,
                                          const char *member,
                                          JfRole role,
                                          const char *group);
/* The same device once more. */
FakeGateway *control_fixture_reconnect (ControlFixture *fixture, FakeGateway *gateway);

/* register with these entries of `services`, and `registered`. */
void control_fixture_register (FakeGateway *gateway, const char *services);
/* clinic/web, tcp, port 80, allowed to everybody */
#define WEB_FOR_ALL "{\"name\":\"web\",\"kind\":\"tcp\",\"port\":80,\"allow\":[\"*\"]}"

/* Joins, both gateways set up and ready: the tunnel's number. */
int64_t control_fixture_join (FakeGateway *client, FakeGateway *server, const char *service);

/* Runs the main context until it is so. */
#define control_fixture_until(condition)                                                           \
  do                                                                                               \
    {                                                                                              \
      while (!(condition))                                                                         \
        g_main_context_iteration (NULL, TRUE);                                                     \
    }                                                                                              \
  while (0)

/* (the test's timeout is the deadline) */
void control_fixture_await_tables_empty (ControlFixture *fixture);

G_END_DECLS
