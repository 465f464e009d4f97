/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-dial.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-dial-private.h"
#include "gateway/wire/jf-client-hello.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"
#include "tests/unit/link/link-test.h"

/* What the manager of a test does with its one connection. */
typedef enum
{
  READY,
  READY_EAGER,    /* and bytes of the leg right behind it */
  READY_AND_MORE, /* in one record: not allowed */
  REFUSE,
  ANSWER_NONSENSE,
  ANSWER_VERSION_9,
  CLOSE_AT_ONCE,
  CLOSE_AFTER_HANDSHAKE,
  STALL_AT_ONCE,
  STALL_AFTER_FRAME,
  GARBAGE,
  HTTP,
  HTTP_SLOWLY,
  HTML,
  OTHER_ALPN,
  CONTROL,
} Behaviour;

typedef struct
{
  JfLoop *loop;
  JfIdentity *manager;
  JfIdentity *device;
  JfUplink *uplink;
  JfDial *dial;
  LinkGate done;
  LinkGate end; /* the server may go */
  GThread *server;
  int listener;
  uint16_t port;
  Behaviour behaviour;
  gboolean control;
  JfTicket ticket;

  JfTls *tls;
  int fd;
  GError *error;
  JfKeyId seen;
  JfWay way;
} Fixture;

static void
wait_for (int fd, short what)
{
  struct pollfd poller = { .fd = fd, .events = what };

  poll (&poller, 1, 30000);
}

static gssize
server_recv (JfTls *tls, void *buffer, size_t size)
{
  gssize n;

  while ((n = jf_tls_recv (tls, buffer, size, NULL)) == JF_TLS_AGAIN)
    wait_for (jf_tls_get_fd (tls), POLLIN);
  return n;
}

static void
server_answer (Fixture *fixture, JfTls *tls)
{
  static const uint8_t ready[] = { 3, 1, 0, 0, 3, 1, 0, 0 };
  static const uint8_t refused[] = { 4, 1, 0, 0 };
  static const uint8_t nonsense[] = { 77, 1, 0, 0 };
  static const uint8_t version_9[] = { 3, 9, 0, 0 };

  switch (fixture->behaviour)
    {
    case READY:
    case READY_EAGER:
      jf_tls_send (tls, ready, 4, NULL);
      break;
    case READY_AND_MORE:
      jf_tls_send (tls, ready, 8, NULL);
      break;
    case REFUSE:
      jf_tls_send (tls, refused, 4, NULL);
      break;
    case ANSWER_NONSENSE:
      jf_tls_send (tls, nonsense, 4, NULL);
      break;
    case ANSWER_VERSION_9:
      jf_tls_send (tls, version_9, 4, NULL);
      break;
    default:
      break;
    }
}

/* The device's key and frame are as they should be. */
static void
server_check_frame (Fixture *fixture, JfTls *tls)
{
  uint8_t frame[100];
  JfPreamble preamble;
  JfKeyId peer;
  gssize n = server_recv (tls, frame, sizeof frame);

  if (n <= 0)
    return;
  g_assert_cmpint (jf_preamble_parse (frame, (size_t) n, &preamble, NULL), ==, n);
  g_assert_cmpint (preamble.kind, ==, fixture->control ? JF_PREAMBLE_CONTROL : JF_PREAMBLE_LEG);
  if (!fixture->control)
    g_assert_true (jf_ticket_equal (&preamble.ticket, &fixture->ticket));
  g_assert_true (jf_tls_get_peer (tls, &peer));
  g_assert_true (jf_key_id_equal (&peer, jf_identity_get_key_id (fixture->device)));
  server_answer (fixture, tls);
}

static void
serve_tls (Fixture *fixture, int fd)
{
  const char *alpn = fixture->behaviour == OTHER_ALPN ? "h2" : JF_ALPN_GATEWAY;
  JfTls *tls = jf_tls_new (JF_TLS_SERVER, fixture->manager, alpn, fd);
  int result;

  while ((result = jf_tls_handshake (tls, NULL)) == JF_TLS_AGAIN)
    wait_for (fd, POLLIN);
  if (result == 1 && fixture->behaviour != CLOSE_AFTER_HANDSHAKE)
    {
      server_check_frame (fixture, tls);
      if (fixture->behaviour == READY_EAGER)
        g_assert_cmpint (write (fd, "\x17\x03\x03leg", 6), ==, 6);
      link_gate_wait (&fixture->end, 1);
    }
  jf_tls_free (tls);
}

static void
serve_text (Fixture *fixture, int fd, const char *text)
{
  g_assert_cmpint (write (fd, text, strlen (text)), ==, (gssize) strlen (text));
  link_gate_wait (&fixture->end, 1);
  close (fd);
}

static gpointer
server_main (gpointer data)
{
  Fixture *fixture = data;
  int fd = accept4 (fixture->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

  if (fd < 0) /* shut down: nobody came */
    return NULL;
  switch (fixture->behaviour)
    {
    case STALL_AT_ONCE:
      link_gate_wait (&fixture->end, 1);
      close (fd);
      break;
    case CLOSE_AT_ONCE:
      close (fd);
      break;
    case GARBAGE:
      serve_text (fixture, fd, "SSH-2.0-OpenSSH_9.2\r\n");
      break;
    case HTTP_SLOWLY:
      g_assert_cmpint (write (fd, "HT", 2), ==, 2);
      wait_for (fd, POLLIN);
      serve_text (fixture, fd, "TP/1.1 400 No\r\n\r\n");
      break;
    case HTTP:
      serve_text (fixture, fd, "HTTP/1.1 400 No\r\n\r\n");
      break;
    case HTML:
      serve_text (fixture, fd, "<html>Bad request</html>");
      break;
    default:
      serve_tls (fixture, fd);
    }
  return NULL;
}

static void
listen_on_loopback (Fixture *fixture)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;

  fixture->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (bind (fixture->listener, (struct sockaddr *) &address, size));
  g_assert_no_errno (listen (fixture->listener, 4));
  g_assert_no_errno (getsockname (fixture->listener, (struct sockaddr *) &address, &size));
  fixture->port = ntohs (address.sin_port);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->behaviour = (Behaviour) GPOINTER_TO_INT (data);
  fixture->control = fixture->behaviour == CONTROL;
  fixture->fd = -1;
  fixture->done = fixture->end = (LinkGate) LINK_GATE_INIT;
  memset (&fixture->ticket, 0x5a, sizeof fixture->ticket);
  fixture->loop = jf_loop_new ("dial", NULL);
  fixture->manager = jf_identity_new (NULL);
  fixture->device = jf_identity_new (NULL);
  listen_on_loopback (fixture);
  fixture->server = g_thread_new ("server", server_main, fixture);
  fixture->uplink = jf_uplink_new (&jf_carrier_direct, "127.0.0.1", fixture->port,
                                   jf_identity_get_key_id (fixture->manager), fixture->device);
}

static void
free_cb (gpointer data)
{
  Fixture *fixture = data;

  g_clear_pointer (&fixture->dial, jf_dial_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  link_call (fixture->loop, free_cb, fixture);
  jf_loop_free (fixture->loop);
  shutdown (fixture->listener, SHUT_RDWR);
  link_gate_open (&fixture->end);
  g_thread_join (fixture->server);
  close (fixture->listener);
  if (fixture->fd >= 0)
    close (fixture->fd);
  jf_tls_free (fixture->tls);
  jf_uplink_unref (fixture->uplink);
  jf_identity_unref (fixture->manager);
  jf_identity_unref (fixture->device);
  g_clear_error (&fixture->error);
  jf_dial_times = (JfDialTimes){ 10000, 2 * JF_HANDSHAKE_TIMEOUT_MS };
}

static void
finish (Fixture *fixture, GError *error)
{
  if (error)
    fixture->error = g_error_copy (error);
  if (jf_dial_get_seen_key (fixture->dial) != NULL)
    fixture->seen = *jf_dial_get_seen_key (fixture->dial);
  fixture->way = *jf_dial_get_way (fixture->dial);
  g_clear_pointer (&fixture->dial, jf_dial_free); /* allowed inside */
  link_gate_open (&fixture->done);
}

static void
leg_cb (int fd, GError *error, gpointer data)
{
  Fixture *fixture = data;

  g_assert_true ((fd < 0) == (error != NULL));
  fixture->fd = fd;
  finish (fixture, error);
}

static void
control_cb (JfTls *tls, GError *error, gpointer data)
{
  Fixture *fixture = data;

  g_assert_true ((tls == NULL) == (error != NULL));
  fixture->tls = tls;
  finish (fixture, error);
}

static void
start_cb (gpointer data)
{
  Fixture *fixture = data;

  if (fixture->control)
    fixture->dial = jf_dial_control (fixture->loop, fixture->uplink, control_cb, fixture);
  else
    fixture->dial = jf_dial_leg (fixture->loop, fixture->uplink, &fixture->ticket, leg_cb, fixture);
}

static void
dial (Fixture *fixture)
{
  link_call (fixture->loop, start_cb, fixture);
  link_gate_wait (&fixture->done, 1);
}

static void
use_uplink (Fixture *fixture, const char *host, uint16_t port, const JfKeyId *manager)
{
  jf_uplink_unref (fixture->uplink);
  fixture->uplink = jf_uplink_new (&jf_carrier_direct, host, port, manager, fixture->device);
}

static void
test_leg (Fixture *fixture, gconstpointer data)
{
  int value = 0;
  socklen_t size = sizeof value;

  dial (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpint (fcntl (fixture->fd, F_GETFL) & O_NONBLOCK, ==, O_NONBLOCK);
  g_assert_cmpint (fcntl (fixture->fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);
  g_assert_no_errno (getsockopt (fixture->fd, IPPROTO_TCP, TCP_NODELAY, &value, &size));
  g_assert_cmpint (value, ==, 1);
  g_assert_no_errno (getsockopt (fixture->fd, SOL_SOCKET, SO_KEEPALIVE, &value, &size));
  g_assert_cmpint (value, ==, 1);
}

static void
test_leg_eager (Fixture *fixture, gconstpointer data)
{
  char buffer[10];

  dial (fixture);
  g_assert_no_error (fixture->error);
  wait_for (fixture->fd, POLLIN);
  g_assert_cmpint (read (fixture->fd, buffer, sizeof buffer), ==, 6);
  g_assert_cmpmem (buffer, 6, "\x17\x03\x03leg", 6);
}

static void
test_control (Fixture *fixture, gconstpointer data)
{
  JfKeyId peer;

  dial (fixture);
  g_assert_no_error (fixture->error);
  g_assert_true (jf_tls_get_peer (fixture->tls, &peer));
  g_assert_true (jf_key_id_equal (&peer, jf_identity_get_key_id (fixture->manager)));
  g_assert_cmpstr (fixture->way.carrier, ==, "direct");
  g_assert_cmpint (fixture->way.family, ==, AF_INET);
  g_assert_cmpstr (fixture->way.proxy, ==, "");
}

static void
test_wrong_pin (Fixture *fixture, gconstpointer data)
{
  g_autoptr (JfIdentity) other = jf_identity_new (NULL);
  char wanted[JF_KEY_ID_SHORT_SIZE], got[JF_KEY_ID_SHORT_SIZE];

  use_uplink (fixture, "127.0.0.1", fixture->port, jf_identity_get_key_id (other));
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_WRONG_KEY);
  jf_key_id_format_short (jf_identity_get_key_id (other), wanted);
  jf_key_id_format_short (jf_identity_get_key_id (fixture->manager), got);
  g_assert_nonnull (strstr (fixture->error->message, wanted));
  g_assert_nonnull (strstr (fixture->error->message, got));
  g_assert_nonnull (strstr (fixture->error->message, "enroll again"));
  g_assert_true (jf_key_id_equal (&fixture->seen, jf_identity_get_key_id (fixture->manager)));
}

static void
test_refused (Fixture *fixture, gconstpointer data)
{
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_NOT_AVAILABLE);
}

static void
test_protocol (Fixture *fixture, gconstpointer data)
{
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_PROTOCOL);
}

static void
test_intercepted (Fixture *fixture, gconstpointer data)
{
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_INTERCEPTED);
  g_assert_nonnull (strstr (fixture->error->message, "no Jackfield manager"));
}

static void
test_version (Fixture *fixture, gconstpointer data)
{
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_VERSION);
}

static void
test_closed (Fixture *fixture, gconstpointer data)
{
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_CLOSED);
  g_assert_nonnull (strstr (fixture->error->message, "127.0.0.1"));
}

static void
test_stall (Fixture *fixture, gconstpointer data)
{
  jf_dial_times.session_ms = 200;
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_TIMEOUT);
}

static void
test_unreachable (Fixture *fixture, gconstpointer data)
{
  int unused = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof address;

  /* Bound and not listening: refuses for sure. */
  g_assert_no_errno (bind (unused, (struct sockaddr *) &address, size));
  g_assert_no_errno (getsockname (unused, (struct sockaddr *) &address, &size));
  use_uplink (fixture, "127.0.0.1", ntohs (address.sin_port),
              jf_identity_get_key_id (fixture->manager));
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_UNREACHABLE);
  close (unused);
}

#ifndef __SANITIZE_THREAD__ /* it reports GLib's own thread pool, which resolves names */
static void
test_unknown_host (Fixture *fixture, gconstpointer data)
{
  use_uplink (fixture, "no such host!", 443, jf_identity_get_key_id (fixture->manager));
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_UNREACHABLE);
}
#endif

/* --- a carrier that never gets there, and one that gives up late --- */

typedef struct
{
  JfCarrierDone done;
  gpointer data;
  GCancellable *cancellable;
} Pending;

static Pending pending;

static void
open_never (JfLoop *loop,
            JfUplink *uplink,
            GCancellable *cancellable,
            JfCarrierDone done,
            gpointer data)
{
  pending = (Pending){ done, data, g_object_ref (cancellable) };
}

static const JfCarrier carrier_never = { .name = "never", .open = open_never };

/* Comes through after all, with a descriptor that nobody wants any more. */
static void
late_cb (gpointer data)
{
  const JfWay way = { .carrier = "never" };
  int fds[2];
  char byte;

  g_assert_true (g_cancellable_is_cancelled (pending.cancellable));
  link_pair (fds);
  pending.done (fds[0], &way, NULL, pending.data);
  g_assert_cmpint (read (fds[1], &byte, 1), ==, 0);
  close (fds[1]);
  g_clear_object (&pending.cancellable);
}

static void
use_never (Fixture *fixture)
{
  jf_uplink_unref (fixture->uplink);
  fixture->uplink = jf_uplink_new (&carrier_never, "nowhere", 1,
                                   jf_identity_get_key_id (fixture->manager), fixture->device);
}

static void
test_carrier_timeout (Fixture *fixture, gconstpointer data)
{
  use_never (fixture);
  jf_dial_times.carrier_ms = 20;
  dial (fixture);
  g_assert_error (fixture->error, JF_ERROR, JF_ERROR_TIMEOUT);
  link_call (fixture->loop, late_cb, NULL);
}

static void
nothing_cb (gpointer data)
{
}

static void
test_free_early (Fixture *fixture, gconstpointer data)
{
  use_never (fixture);
  link_call (fixture->loop, start_cb, fixture);
  /* The carrier is asked in a turn; two posts later it has been. */
  link_call (fixture->loop, nothing_cb, NULL);
  link_call (fixture->loop, nothing_cb, NULL);
  link_call (fixture->loop, free_cb, fixture);
  link_call (fixture->loop, late_cb, NULL);
  g_assert_cmpuint (fixture->done.count, ==, 0);
}

static void
start_and_free_cb (gpointer data)
{
  start_cb (data);
  free_cb (data);
}

static void
test_free_at_once (Fixture *fixture, gconstpointer data)
{
  link_call (fixture->loop, start_and_free_cb, fixture);
  g_assert_cmpuint (fixture->done.count, ==, 0);
}

/* At whatever point it happens to be. */
static void
test_free_anywhere (Fixture *fixture, gconstpointer data)
{
  link_call (fixture->loop, start_cb, fixture);
  for (int i = 0; i < 5; i++)
    link_call (fixture->loop, nothing_cb, NULL);
  link_call (fixture->loop, free_cb, fixture);
}

#define ADD(behaviour, path, function)                                                             \
  g_test_add ("/link/dial/" path, Fixture, GINT_TO_POINTER (behaviour), set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (READY, "leg", test_leg);
  ADD (READY_EAGER, "leg-eager", test_leg_eager);
  ADD (CONTROL, "control", test_control);
  ADD (READY, "wrong-pin", test_wrong_pin);
  ADD (REFUSE, "refused", test_refused);
  ADD (READY_AND_MORE, "ready-and-more", test_protocol);
  ADD (ANSWER_NONSENSE, "answer-nonsense", test_protocol);
  ADD (ANSWER_VERSION_9, "answer-version", test_version);
  ADD (GARBAGE, "garbage", test_protocol);
  ADD (HTTP, "http", test_intercepted);
  ADD (HTTP_SLOWLY, "http-slowly", test_intercepted);
  ADD (HTML, "html", test_intercepted);
  ADD (OTHER_ALPN, "other-alpn", test_intercepted);
  ADD (CLOSE_AT_ONCE, "close-at-once", test_closed);
  ADD (CLOSE_AFTER_HANDSHAKE, "close-after-handshake", test_closed);
  ADD (STALL_AT_ONCE, "stall-at-once", test_stall);
  ADD (STALL_AFTER_FRAME, "stall-after-frame", test_stall);
  ADD (READY, "unreachable", test_unreachable);
#ifndef __SANITIZE_THREAD__
  ADD (READY, "unknown-host", test_unknown_host);
#endif
  ADD (READY, "carrier-timeout", test_carrier_timeout);
  ADD (READY, "free-early", test_free_early);
  ADD (READY, "free-at-once", test_free_at_once);
  ADD (READY, "free-anywhere", test_free_anywhere);
  return g_test_run ();
}
