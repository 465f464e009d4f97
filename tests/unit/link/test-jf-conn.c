/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-conn.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-conn-private.h"
#include "gateway/link/jf-counter.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "tests/unit/link/link-test.h"

/* A connection in a loop, and its peer, a bare session that the test drives by itself. */
typedef struct
{
  JfLoop *loop;
  JfTls *peer;
  JfTls *tls; /* until the connection has it */
  JfTlsSide side;
  JfConn *conn; /* the loop's thread only */
  LinkGate message;
  LinkGate closed;
  GPtrArray *got; /* of GBytes */
  GError *reason;
} Fixture;

static void
message_cb (JfConn *conn, GBytes *message, gpointer owner)
{
  Fixture *fixture = owner;

  g_ptr_array_add (fixture->got, g_bytes_ref (message));
  if (g_bytes_get_size (message) == 4 && memcmp (g_bytes_get_data (message, NULL), "FREE", 4) == 0)
    g_clear_pointer (&fixture->conn, jf_conn_free);
  if (g_bytes_get_size (message) == 4 && memcmp (g_bytes_get_data (message, NULL), "DONE", 4) == 0)
    jf_conn_finish (conn);
  link_gate_open (&fixture->message);
}

static void
closed_cb (JfConn *conn, const GError *reason, gpointer owner)
{
  Fixture *fixture = owner;

  g_assert_null (fixture->reason);
  fixture->reason = g_error_copy (reason);
  g_clear_pointer (&fixture->conn, jf_conn_free);
  link_gate_open (&fixture->closed);
}

static const JfConnEvents events = { .message = message_cb, .closed = closed_cb };

static void
start_cb (gpointer data)
{
  Fixture *fixture = data;

  fixture->conn = jf_conn_new (fixture->loop, g_steal_pointer (&fixture->tls), fixture->side,
                               &events, fixture);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->side = GPOINTER_TO_INT (data) ? JF_TLS_CLIENT : JF_TLS_SERVER;
  fixture->loop = jf_loop_new ("conn", NULL);
  fixture->message = fixture->closed = (LinkGate) LINK_GATE_INIT;
  fixture->got = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  if (fixture->side == JF_TLS_CLIENT)
    link_tls_pair (&fixture->tls, &fixture->peer, "jackfield/1");
  else
    link_tls_pair (&fixture->peer, &fixture->tls, "jackfield/1");
}

static void
stop_cb (gpointer data)
{
  Fixture *fixture = data;

  g_clear_pointer (&fixture->conn, jf_conn_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  link_call (fixture->loop, stop_cb, fixture);
  jf_loop_free (fixture->loop);
  jf_tls_free (fixture->peer);
  g_ptr_array_unref (fixture->got);
  g_clear_error (&fixture->reason);
  jf_conn_times = (JfConnTimes){ JF_HEARTBEAT_MS, JF_SILENCE_MAX_MS, 2000 };
}

static void
start (Fixture *fixture)
{
  link_call (fixture->loop, start_cb, fixture);
}

static void
expect_end (Fixture *fixture, JfError code)
{
  link_gate_wait (&fixture->closed, 1);
  g_assert_error (fixture->reason, JF_ERROR, (int) code);
}

static void
peer_wait (Fixture *fixture)
{
  struct pollfd poller = { .fd = jf_tls_get_fd (fixture->peer),
                           .events = jf_tls_wants (fixture->peer) & EPOLLOUT ? POLLOUT : POLLIN };

  g_assert_cmpint (poll (&poller, 1, 30000), ==, 1);
}

/* FALSE when the connection is gone. */
static gboolean
peer_send (Fixture *fixture, const void *data, size_t size)
{
  while (size > 0)
    {
      gssize n = jf_tls_send (fixture->peer, data, size, NULL);

      if (n == JF_TLS_AGAIN)
        peer_wait (fixture);
      else if (n < 0)
        return FALSE;
      else
        {
          data = (const char *) data + n;
          size -= (size_t) n;
        }
    }
  return TRUE;
}

/* The number of bytes before the end. */
static size_t
peer_recv (Fixture *fixture, void *data, size_t size)
{
  size_t have = 0;

  while (have < size)
    {
      gssize n = jf_tls_recv (fixture->peer, (char *) data + have, size - have, NULL);

      if (n == JF_TLS_AGAIN)
        peer_wait (fixture);
      else if (n <= 0)
        break;
      else
        have += (size_t) n;
    }
  return have;
}

static void
send_text_cb (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GBytes) message = g_bytes_new_static ("{\"type\":\"hello\"}", 16);

  jf_conn_send (fixture->conn, message);
}

static void
test_messages (Fixture *fixture, gconstpointer data)
{
  g_autofree char *big = g_malloc0 (4 + JF_MESSAGE_MAX_BYTES);
  char buffer[40];

  start (fixture);
  peer_send (fixture, "\0\0\0\3one\0\0\0\0\0\0\0\3two", 18);
  for (int i = 0; i < 9; i++)
    peer_send (fixture, &"\0\0\0\5three"[i], 1);
  memcpy (big, "\0\1\0\0", 4);
  peer_send (fixture, big, 4 + JF_MESSAGE_MAX_BYTES);
  link_gate_wait (&fixture->message, 4);
  g_assert_cmpmem (g_bytes_get_data (fixture->got->pdata[0], NULL), 3, "one", 3);
  g_assert_cmpmem (g_bytes_get_data (fixture->got->pdata[1], NULL), 3, "two", 3);
  g_assert_cmpmem (g_bytes_get_data (fixture->got->pdata[2], NULL), 5, "three", 5);
  g_assert_cmpuint (g_bytes_get_size (fixture->got->pdata[3]), ==, JF_MESSAGE_MAX_BYTES);
  link_call (fixture->loop, send_text_cb, fixture);
  link_call (fixture->loop, send_text_cb, fixture);
  g_assert_cmpuint (peer_recv (fixture, buffer, 40), ==, 40);
  g_assert_cmpmem (buffer + 20, 20, "\0\0\0\x10{\"type\":\"hello\"}", 20);
}

/* What came with the first frame's record is already inside GnuTLS, where epoll sees nothing. */
static void
test_early_message (Fixture *fixture, gconstpointer data)
{
  char first;

  peer_send (fixture, "1\0\0\0\3one", 8);
  g_assert_cmpint (jf_tls_recv (fixture->tls, &first, 1, NULL), ==, 1);
  start (fixture);
  link_gate_wait (&fixture->message, 1);
}

static void
test_answers_heartbeat (Fixture *fixture, gconstpointer data)
{
  char buffer[8];

  start (fixture);
  peer_send (fixture, "\0\0\0\0\0\0\0\0", 8);
  g_assert_cmpuint (peer_recv (fixture, buffer, 8), ==, 8);
  g_assert_cmpmem (buffer, 8, "\0\0\0\0\0\0\0\0", 8);
}

static void
test_sends_heartbeats (Fixture *fixture, gconstpointer data)
{
  char buffer[12];

  jf_conn_times.heartbeat_ms = 10;
  start (fixture);
  /* A client does not answer; otherwise two of them would go on for ever. */
  peer_send (fixture, "\0\0\0\0", 4);
  g_assert_cmpuint (peer_recv (fixture, buffer, 12), ==, 12);
  g_assert_cmpmem (buffer, 12, "\0\0\0\0\0\0\0\0\0\0\0\0", 12);
}

static void
test_silence (Fixture *fixture, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_CONTROL_SILENT);

  jf_conn_times.silence_ms = 30;
  start (fixture);
  expect_end (fixture, JF_ERROR_TIMEOUT);
  g_assert_cmpuint (jf_count_get (JF_COUNT_CONTROL_SILENT), ==, before + 1);
}

static void
test_oversize (Fixture *fixture, gconstpointer data)
{
  uint64_t before = jf_count_get (JF_COUNT_MESSAGE_LIMIT);

  start (fixture);
  peer_send (fixture, "\0\1\0\1", 4);
  expect_end (fixture, JF_ERROR_LIMIT);
  g_assert_cmpuint (jf_count_get (JF_COUNT_MESSAGE_LIMIT), ==, before + 1);
}

static void
send_much_cb (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GBytes) message = g_bytes_new_take (g_malloc0 (60000), 60000);

  for (int i = 0; i < 16; i++)
    jf_conn_send (fixture->conn, message);
}

static void
send_until_closed_cb (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GBytes) message = g_bytes_new_take (g_malloc0 (60000), 60000);

  /* The end is told in a turn of its own: `conn` stays good while we send. */
  for (int i = 0; i < 100; i++)
    jf_conn_send (fixture->conn, message);
}

static void
test_never_reads (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  link_call (fixture->loop, send_until_closed_cb, fixture);
  expect_end (fixture, JF_ERROR_LIMIT);
}

/* Nearly a megabyte at once is fine with a peer that reads. */
static void
test_reads_slowly (Fixture *fixture, gconstpointer data)
{
  g_autofree char *buffer = g_malloc (60004);

  start (fixture);
  link_call (fixture->loop, send_much_cb, fixture);
  for (int i = 0; i < 16; i++)
    g_assert_cmpuint (peer_recv (fixture, buffer, 60004), ==, 60004);
  link_call (fixture->loop, send_text_cb, fixture);
  g_assert_cmpuint (peer_recv (fixture, buffer, 20), ==, 20);
}

static void
test_garbage (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  g_assert_cmpint (write (jf_tls_get_fd (fixture->peer), "garbage garbage", 15), ==, 15);
  expect_end (fixture, JF_ERROR_PROTOCOL);
}

static void
test_cut (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  peer_send (fixture, "\0\0\0\5th", 6);
  shutdown (jf_tls_get_fd (fixture->peer), SHUT_RDWR);
  expect_end (fixture, JF_ERROR_CLOSED);
  g_assert_nonnull (strstr (fixture->reason->message, "middle"));
}

static void
test_orderly_end (Fixture *fixture, gconstpointer data)
{
  char byte;

  start (fixture);
  jf_tls_bye (fixture->peer);
  expect_end (fixture, JF_ERROR_CLOSED);
  g_assert_cmpuint (peer_recv (fixture, &byte, 1), ==, 0);
}

static void
test_free_inside (Fixture *fixture, gconstpointer data)
{
  char byte;

  start (fixture);
  peer_send (fixture, "\0\0\0\4FREE\0\0\0\3one", 15);
  g_assert_cmpuint (peer_recv (fixture, &byte, 1), ==, 0);
  link_gate_wait (&fixture->message, 1);
  g_assert_cmpuint (fixture->got->len, ==, 1);
  g_assert_null (fixture->reason);
}

static void
finish_cb (gpointer data)
{
  Fixture *fixture = data;

  send_text_cb (fixture);
  jf_conn_finish (fixture->conn);
  jf_conn_finish (fixture->conn);
  send_text_cb (fixture); /* too late, and harmless */
}

/* The last words arrive although the peer was in the middle of saying much. */
static void
test_finish (Fixture *fixture, gconstpointer data)
{
  char buffer[100];

  start (fixture);
  peer_send (fixture, "\0\0\0\7", 4);
  link_call (fixture->loop, finish_cb, fixture);
  peer_send (fixture, "seven!!\0\0\0\3one", 14);
  g_assert_cmpuint (peer_recv (fixture, buffer, sizeof buffer), ==, 20);
  shutdown (jf_tls_get_fd (fixture->peer), SHUT_WR);
  expect_end (fixture, JF_ERROR_CLOSED);
  g_assert_cmpuint (fixture->got->len, ==, 0);
}

static void
test_finish_inside (Fixture *fixture, gconstpointer data)
{
  char byte;

  start (fixture);
  peer_send (fixture, "\0\0\0\4DONE\0\0\0\3one", 15);
  g_assert_cmpuint (peer_recv (fixture, &byte, 1), ==, 0);
  shutdown (jf_tls_get_fd (fixture->peer), SHUT_WR);
  expect_end (fixture, JF_ERROR_CLOSED);
  g_assert_cmpuint (fixture->got->len, ==, 1);
}

static void
test_finish_patience (Fixture *fixture, gconstpointer data)
{
  jf_conn_times.finish_ms = 20;
  start (fixture);
  link_call (fixture->loop, send_much_cb, fixture);
  link_call (fixture->loop, finish_cb, fixture);
  expect_end (fixture, JF_ERROR_CLOSED);
}

static gpointer
flood_main (gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GByteArray) many = g_byte_array_new ();

  for (int i = 0; i < 1000; i++)
    g_byte_array_append (many, (const uint8_t *) "\0\0\0\1x", 5);
  for (int i = 0; i < 30; i++)
    peer_send (fixture, many->data, many->len);
  return NULL;
}

static void
nothing_cb (gpointer data)
{
}

/* The loop stays there for others, and nothing of the flood is lost. */
static void
test_flood (Fixture *fixture, gconstpointer data)
{
  GThread *thread;

  start (fixture);
  thread = g_thread_new ("flood", flood_main, fixture);
  for (int i = 0; i < 100; i++)
    link_call (fixture->loop, nothing_cb, NULL);
  g_thread_join (thread);
  link_gate_wait (&fixture->message, 30000);
}

#define ADD(side, path, function)                                                                  \
  g_test_add ("/link/conn/" path, Fixture, GINT_TO_POINTER (side == JF_TLS_CLIENT), set_up,        \
              function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (JF_TLS_CLIENT, "messages", test_messages);
  ADD (JF_TLS_SERVER, "early-message", test_early_message);
  ADD (JF_TLS_SERVER, "answers-heartbeat", test_answers_heartbeat);
  ADD (JF_TLS_CLIENT, "sends-heartbeats", test_sends_heartbeats);
  ADD (JF_TLS_SERVER, "silence-server", test_silence);
  ADD (JF_TLS_CLIENT, "silence-client", test_silence);
  ADD (JF_TLS_SERVER, "oversize", test_oversize);
  ADD (JF_TLS_SERVER, "never-reads", test_never_reads);
  ADD (JF_TLS_SERVER, "reads-slowly", test_reads_slowly);
  ADD (JF_TLS_SERVER, "garbage", test_garbage);
  ADD (JF_TLS_SERVER, "cut", test_cut);
  ADD (JF_TLS_SERVER, "orderly-end", test_orderly_end);
  ADD (JF_TLS_SERVER, "free-inside", test_free_inside);
  ADD (JF_TLS_SERVER, "finish", test_finish);
  ADD (JF_TLS_SERVER, "finish-inside", test_finish_inside);
  ADD (JF_TLS_SERVER, "finish-patience", test_finish_patience);
  ADD (JF_TLS_SERVER, "flood", test_flood);
  return g_test_run ();
}
