/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/fake-gateway.h"

#include "gateway/link/jf-conn.h"

#define PATIENCE_S 20

struct FakeGateway
{
  JfUplink *uplink;
  JfLoop *loop;
  char device[JF_KEY_ID_TEXT_SIZE];
  JfDial *dial; /* dial and conn belong to the loop's thread */
  JfConn *conn;
  GQueue messages; /* GBytes; from here on the main thread's */
  gboolean opened;
  gboolean closed;
  gboolean gone;
};

typedef struct
{
  FakeGateway *gateway;
  GBytes *message;
} Delivery;

static gboolean
impatient_cb (gpointer data)
{
  g_error ("fake gateway: waited for %s for %d s", (const char *) data, PATIENCE_S);
  return G_SOURCE_REMOVE;
}

static void
wait_for (const gboolean *flag, const char *what)
{
  unsigned watchdog = g_timeout_add_seconds (PATIENCE_S, impatient_cb, (gpointer) what);

  while (!*flag)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (watchdog);
}

static void
deliver_task (gpointer data)
{
  Delivery *delivery = data;

  g_queue_push_tail (&delivery->gateway->messages, delivery->message);
  g_free (delivery);
}

static void
message_cb (JfConn *conn, GBytes *message, gpointer owner)
{
  Delivery *delivery = g_new (Delivery, 1);

  /* a copy, so that the threads share no reference count: GLib's own is not annotated */
  delivery->gateway = owner;
  delivery->message = g_bytes_new (g_bytes_get_data (message, NULL), g_bytes_get_size (message));
  jf_post (NULL, deliver_task, delivery, NULL);
}

static void
closed_task (gpointer data)
{
  FakeGateway *self = data;

  self->closed = TRUE;
  self->opened = TRUE;
}

static void
closed_cb (JfConn *conn, const GError *reason, gpointer owner)
{
  FakeGateway *self = owner;

  jf_conn_free (self->conn);
  self->conn = NULL;
  jf_post (NULL, closed_task, self, NULL);
}

static const JfConnEvents events = {
  .message = message_cb,
  .closed = closed_cb,
};

static void
opened_task (gpointer data)
{
  ((FakeGateway *) data)->opened = TRUE;
}

static void
dialled_cb (JfTls *tls, GError *error, gpointer data)
{
  FakeGateway *self = data;

  if (tls != NULL)
    {
      self->conn = jf_conn_new (self->loop, tls, JF_TLS_CLIENT, &events, self);
      jf_post (NULL, opened_task, self, NULL);
      return;
    }
  jf_post (NULL, closed_task, self, NULL);
}

static void
dial_task (gpointer data)
{
  FakeGateway *self = data;

  self->dial = jf_dial_control (self->loop, self->uplink, dialled_cb, self);
}

FakeGateway *
fake_gateway_new (const FakeManager *manager, JfIdentity *identity)
{
  FakeGateway *self = g_new0 (FakeGateway, 1);
  g_autoptr (JfIdentity) own = identity ? jf_identity_ref (identity) : jf_identity_new (NULL);

  g_queue_init (&self->messages);
  self->loop = manager->loop;
  self->uplink = jf_uplink_new (&jf_carrier_direct, manager->host, manager->port, &manager->manager,
                                own);
  jf_key_id_format (jf_identity_get_key_id (own), self->device);
  jf_loop_post (self->loop, dial_task, self);
  wait_for (&self->opened, "the manager to answer");
  return self;
}

static void
gone_task (gpointer data)
{
  ((FakeGateway *) data)->gone = TRUE;
}

static void
hang_up_task (gpointer data)
{
  FakeGateway *self = data;

  g_clear_pointer (&self->dial, jf_dial_free);
  g_clear_pointer (&self->conn, jf_conn_free);
  jf_post (NULL, gone_task, self, NULL);
}

void
fake_gateway_free (FakeGateway *self)
{
  jf_loop_post (self->loop, hang_up_task, self);
  wait_for (&self->gone, "the connection to be freed");
  g_queue_clear_full (&self->messages, (GDestroyNotify) g_bytes_unref);
  jf_uplink_unref (self->uplink);
  g_free (self);
}

JfIdentity *
fake_gateway_get_identity (FakeGateway *self)
{
  return jf_uplink_get_identity (self->uplink);
}

const char *
fake_gateway_get_device (FakeGateway *self)
{
  return self->device;
}

static void
send_task (gpointer data)
{
  Delivery *delivery = data;

  if (delivery->gateway->conn != NULL)
    jf_conn_send (delivery->gateway->conn, delivery->message);
  g_bytes_unref (delivery->message);
  g_free (delivery);
}

void
fake_gateway_send_bytes (FakeGateway *self, const void *data, size_t size)
{
  Delivery *delivery = g_new (Delivery, 1);

  delivery->gateway = self;
  delivery->message = g_bytes_new (data, size);
  jf_loop_post (self->loop, send_task, delivery);
}

void
fake_gateway_send (FakeGateway *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fake_gateway_send_bytes (self, text, strlen (text));
}

GBytes *
fake_gateway_await_bytes (FakeGateway *self)
{
  unsigned watchdog = g_timeout_add_seconds (PATIENCE_S, impatient_cb, (gpointer) "a message");

  while (g_queue_is_empty (&self->messages) && !self->closed)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (watchdog);
  return g_queue_pop_head (&self->messages);
}

JsonObject *
fake_gateway_await (FakeGateway *self, const char *type)
{
  g_autoptr (GBytes) bytes = fake_gateway_await_bytes (self);
  g_autoptr (GError) error = NULL;
  JsonObject *message;
  size_t size;
  const void *data;

  if (bytes == NULL)
    g_error ("fake gateway: the end came instead of %s", type);
  data = g_bytes_get_data (bytes, &size);
  message = jf_message_parse (data, size, &error);
  g_assert_no_error (error);
  if (!g_str_equal (jf_message_type (message), type))
    g_error ("fake gateway: not %s but %.*s", type, (int) size, (const char *) data);
  return message;
}

void
fake_gateway_await_error (FakeGateway *self, int64_t request, const char *code)
{
  g_autoptr (JsonObject) message = fake_gateway_await (self, JF_MSG_ERROR);

  g_assert_cmpstr (json_object_get_string_member (message, "code"), ==, code);
  g_assert_cmpint (json_object_get_int_member_with_default (message, "request", 0), ==, request);
}

void
fake_gateway_await_closed (FakeGateway *self)
{
  g_autoptr (GBytes) bytes = fake_gateway_await_bytes (self);

  if (bytes != NULL)
    g_error ("fake gateway: not the end but %.*s", (int) g_bytes_get_size (bytes),
             (const char *) g_bytes_get_data (bytes, NULL));
}

void
fake_gateway_assert_silent (FakeGateway *self)
{
  g_autoptr (JsonObject) services = NULL;

  fake_gateway_send (self, "{\"type\":\"list\",\"request\":987654321}");
  services = fake_gateway_await (self, JF_MSG_SERVICES);
  g_assert_cmpint (json_object_get_int_member (services, "request"), ==, 987654321);
  g_assert_false (json_object_get_boolean_member (services, "more"));
}

gboolean
fake_gateway_hello (FakeGateway *self)
{
  g_autoptr (JsonObject) message = NULL;
  g_autoptr (GBytes) bytes = NULL;

  fake_gateway_send (self, "{\"type\":\"hello\",\"versions\":[1],\"software\":\"fake\"}");
  bytes = fake_gateway_await_bytes (self);
  g_assert_nonnull (bytes);
  message = jf_message_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
  g_assert_nonnull (message);
  if (g_str_equal (jf_message_type (message), JF_MSG_WELCOME))
    return TRUE;
  g_assert_cmpstr (json_object_get_string_member (message, "code"), ==, "not-enrolled");
  return FALSE;
}

void
fake_gateway_enroll (FakeGateway *self, const char *code)
{
  g_autoptr (JsonObject) enrolled = NULL;
  g_autoptr (JsonObject) welcome = NULL;

  fake_gateway_send (self, "{\"type\":\"enroll\",\"request\":1,\"code\":\"%s\"}", code);
  enrolled = fake_gateway_await (self, JF_MSG_ENROLLED);
  welcome = fake_gateway_await (self, JF_MSG_WELCOME);
  g_assert_cmpstr (json_object_get_string_member (welcome, "device"), ==, self->device);
  g_assert_cmpstr (json_object_get_string_member (welcome, "member"), ==,
                   json_object_get_string_member (enrolled, "member"));
}

typedef struct
{
  FakeGateway *gateway;
  JfTicket ticket;
  JfDial *dial;
  int fd;
  gboolean done;
} Leg;

static void
leg_task (gpointer data)
{
  ((Leg *) data)->done = TRUE;
}

static void
leg_cb (int fd, GError *error, gpointer data)
{
  Leg *leg = data;

  leg->fd = fd;
  jf_dial_free (leg->dial);
  jf_post (NULL, leg_task, leg, NULL);
}

static void
dial_leg_task (gpointer data)
{
  Leg *leg = data;

  leg->dial = jf_dial_leg (leg->gateway->loop, leg->gateway->uplink, &leg->ticket, leg_cb, leg);
}

int
fake_gateway_open_leg (FakeGateway *self, JsonObject *message, unsigned n)
{
  JsonArray *tickets = json_object_get_array_member (message, "tickets");
  Leg leg = { .gateway = self, .fd = -1 };

  g_assert_cmpuint (n, <, json_array_get_length (tickets));
  g_assert_true (jf_ticket_parse (json_array_get_string_element (tickets, n), &leg.ticket, NULL));
  jf_loop_post (self->loop, dial_leg_task, &leg);
  wait_for (&leg.done, "a leg");
  return leg.fd;
}
