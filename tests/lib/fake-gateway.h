/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/link/jf-dial.h"
#include "gateway/wire/jf-message.h"

G_BEGIN_DECLS

/* A gateway that says what a test tells it to say, and nothing by itself but heartbeats. For the
 * main thread; waiting means to run the default main context. What does not come within
 * 20 s ends the test. */
typedef struct FakeGateway FakeGateway;

/* Where the manager is, and whose key it has. */
typedef struct
{
  JfLoop *loop;
  const char *host;
  uint16_t port;
  JfKeyId manager;
} FakeManager;

/* Dials, and says CONTROL. `identity` NULL: a fresh one. */
FakeGateway *fake_gateway_new (const FakeManager *manager, JfIdentity *identity);
/* Hangs up, rudely. */
void fake_gateway_free (FakeGateway *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeGateway, fake_gateway_free)

JfIdentity *fake_gateway_get_identity (FakeGateway *self);
const char *fake_gateway_get_device (FakeGateway *self); /* its key id as text */

/* JSON, with printf's formats; or any bytes. */
void fake_gateway_send (FakeGateway *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void fake_gateway_send_bytes (FakeGateway *self, const void *data, size_t size);

/* The next message, whatever it is; NULL at the end of the connection. */
GBytes *fake_gateway_await_bytes (FakeGateway *self);
/* The next message, which must be of this type. Free with json_object_unref(). */
JsonObject *fake_gateway_await (FakeGateway *self, const char *type);
/* The next message must be an error of this code, about this request (0: none). */
void fake_gateway_await_error (FakeGateway *self, int64_t request, const char *code);
/* Nothing more comes but the end. */
void fake_gateway_await_closed (FakeGateway *self);
/* Nothing has been sent to it that was not awaited: asks for the list, which must be the next
 * thing to come. Only for a welcomed gateway. */
void fake_gateway_assert_silent (FakeGateway *self);

/* hello, and what comes after it: FALSE when not enrolled. */
gboolean fake_gateway_hello (FakeGateway *self);
/* enroll, enrolled, welcome. */
void fake_gateway_enroll (FakeGateway *self, const char *code);

/* Opens a leg with the n-th ticket of a message: its descriptor, or -1 when it was refused. */
int fake_gateway_open_leg (FakeGateway *self, JsonObject *message, unsigned n);

G_END_DECLS
