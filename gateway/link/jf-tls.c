/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gateway/link/jf-tls.h"

#include <glib/gi18n-lib.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-tls-private.h"
#include "gateway/wire/jf-error.h"
#include "gateway/wire/jf-limits.h"

/* AES-128-GCM first: it is what processors do in hardware. */
#define RAW_PRIORITY                                                                               \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CTYPE-ALL:+CTYPE-RAWPK:-GROUP-ALL:+GROUP-X25519:"                \
  "-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305"
#define WEB_PRIORITY "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"
#define WEB_ALPN     "http/1.1"

/* What a peer may make us go round for without giving us a byte of data. */
#define IDLE_ROUNDS_MAX 32

struct JfTls
{
  gnutls_session_t session;
  JfIdentity *identity; /* its credentials are in use */
  const char *alpn;     /* the caller's constant */
  int fd;
  uint32_t wants;
  size_t unsent; /* bytes of a record that GnuTLS still holds */
  gnutls_pull_func pull;
  gpointer pull_data;
  gboolean dry; /* the transport had nothing more, at its last pull */
  JfTlsSide side;
  JfTlsFar far;
  uint8_t first[4]; /* what came first */
  unsigned first_have;
  gboolean has_peer;
  JfKeyId peer;
};

static gnutls_priority_t raw_priority, web_priority;
static pthread_once_t priorities_once = PTHREAD_ONCE_INIT;

/* Parsed once and shared: 2 KiB and 30 µs a session otherwise. */
static void
init_priorities (void)
{
  if (gnutls_priority_init2 (&raw_priority, RAW_PRIORITY, NULL, 0) < 0 ||
      gnutls_priority_init2 (&web_priority, WEB_PRIORITY, NULL, 0) < 0)
    g_error ("this GnuTLS does not know what we need of TLS 1.3");
}

static void
require (int result)
{
  /* Fails for lack of memory only; GLib ends the program for that, too. */
  if (result < 0)
    g_error ("GnuTLS: %s", gnutls_strerror (result));
}

/* GnuTLS also says "again" after a record that holds no data (a KeyUpdate, say). Who then waits for
 * the descriptor may wait for ever, as the rest has been read from it already; so take note of
 * which "again" it is. */
static ssize_t
pull_cb (gnutls_transport_ptr_t pointer, void *buffer, size_t size)
{
  JfTls *self = pointer;
  ssize_t n = self->pull ? self->pull (self->pull_data, buffer, size)
                         : recv (self->fd, buffer, size, 0);

  self->dry = n < 0;
  for (gssize i = 0; i < n && self->first_have < sizeof self->first; i++)
    self->first[self->first_have++] = ((const uint8_t *) buffer)[i];
  return n;
}

static JfTls *
tls_new (JfTlsSide side,
         gnutls_priority_t *priority,
         gnutls_certificate_credentials_t credentials,
         const char *alpn,
         int fd)
{
  JfTls *self = g_new0 (JfTls, 1);
  unsigned flags = side == JF_TLS_CLIENT ? GNUTLS_CLIENT : GNUTLS_SERVER;
  gnutls_datum_t protocol = { (unsigned char *) alpn, (unsigned) strlen (alpn) };

  pthread_once (&priorities_once, init_priorities);
  flags |= GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS;
  if (priority == &raw_priority)
    flags |= GNUTLS_ENABLE_RAWPK;
  require (gnutls_init (&self->session, flags));
  require (gnutls_priority_set (self->session, *priority));
  require (gnutls_credentials_set (self->session, GNUTLS_CRD_CERTIFICATE, credentials));
  /* A browser without ALPN speaks HTTP/1.1 all the same. */
  require (gnutls_alpn_set_protocols (self->session, &protocol, 1,
                                      priority == &raw_priority ? GNUTLS_ALPN_MANDATORY : 0));
  self->side = side;
  self->fd = fd;
  self->wants = side == JF_TLS_CLIENT ? EPOLLOUT : EPOLLIN;
  gnutls_transport_set_ptr2 (self->session, self, GINT_TO_POINTER (fd));
  gnutls_transport_set_pull_function (self->session, pull_cb);
  return self;
}

JfTls *
jf_tls_new (JfTlsSide side, JfIdentity *identity, const char *alpn, int fd)
{
  JfTls *self = tls_new (side, &raw_priority, jf_identity_get_credentials (identity), alpn, fd);

  self->identity = jf_identity_ref (identity);
  self->alpn = alpn;
  if (side == JF_TLS_SERVER)
    gnutls_certificate_server_set_request (self->session, GNUTLS_CERT_REQUIRE);
  return self;
}

JfTls *
jf_tls_new_web (gnutls_certificate_credentials_t credentials, int fd)
{
  return tls_new (JF_TLS_SERVER, &web_priority, credentials, WEB_ALPN, fd);
}

void
jf_tls_free (JfTls *self)
{
  int fd;

  if (!self)
    return;
  fd = jf_tls_detach (self);
  if (fd >= 0)
    close (fd);
}

int
jf_tls_detach (JfTls *self)
{
  int fd = self->fd;

  gnutls_deinit (self->session);
  jf_identity_unref (self->identity);
  g_free (self);
  return fd;
}

void
jf_tls_set_transport (JfTls *self,
                      gpointer data,
                      gnutls_push_func push,
                      gnutls_vec_push_func vec_push,
                      gnutls_pull_func pull)
{
  gnutls_transport_set_ptr2 (self->session, self, data);
  self->pull = pull;
  self->pull_data = data;
  if (push)
    gnutls_transport_set_push_function (self->session, push);
  if (vec_push)
    gnutls_transport_set_vec_push_function (self->session, vec_push);
}

gnutls_session_t
jf_tls_get_session (JfTls *self)
{
  return self->session;
}

static int
again (JfTls *self)
{
  self->wants = gnutls_record_get_direction (self->session) ? EPOLLOUT : EPOLLIN;
  return JF_TLS_AGAIN;
}

/* One wording and one code for whatever GnuTLS reports. Always -1. */
static int
fail (JfTls *self, int result, const char *what, GError **error)
{
  switch (result)
    {
    case GNUTLS_E_PREMATURE_TERMINATION:
    case GNUTLS_E_SESSION_EOF:
    case GNUTLS_E_PULL_ERROR:
    case GNUTLS_E_PUSH_ERROR:
      g_set_error (error, JF_ERROR, JF_ERROR_CLOSED, _ ("%s: the connection ended"), what);
      break;
    case GNUTLS_E_FATAL_ALERT_RECEIVED:
    case GNUTLS_E_WARNING_ALERT_RECEIVED:
      {
        const char *name = gnutls_alert_get_name (gnutls_alert_get (self->session));

        g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "%s: the other side refused: %s", what,
                     name ? name : "unknown alert");
        break;
      }
    default:
      g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL, "%s: %s", what, gnutls_strerror (result));
    }
  return -1;
}

/* GnuTLS's client takes it when the server answers without ALPN, so both sides look. */
static gboolean
check_alpn (JfTls *self, GError **error)
{
  gnutls_datum_t chosen = { NULL, 0 };

  if (gnutls_alpn_get_selected_protocol (self->session, &chosen) >= 0 &&
      chosen.size == strlen (self->alpn) && memcmp (chosen.data, self->alpn, chosen.size) == 0)
    return TRUE;
  self->far = JF_TLS_FAR_OTHER;
  gnutls_alert_send (self->session, GNUTLS_AL_FATAL, GNUTLS_A_NO_APPLICATION_PROTOCOL);
  g_set_error (error, JF_ERROR, JF_ERROR_PROTOCOL,
               "TLS handshake: the other side does not speak \"%s\"", self->alpn);
  return FALSE;
}

/* The SubjectPublicKeyInfo of an Ed25519 key is these bytes and the 32 of the key (RFC 8410). */
static gboolean
check_peer (JfTls *self, GError **error)
{
  static const uint8_t prefix[] = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                    0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
  unsigned n = 0;
  const gnutls_datum_t *spki = gnutls_certificate_get_peers (self->session, &n);

  if (gnutls_certificate_type_get2 (self->session, GNUTLS_CTYPE_PEERS) == GNUTLS_CRT_RAWPK &&
      spki && n == 1 && spki->size == sizeof prefix + 32 &&
      memcmp (spki->data, prefix, sizeof prefix) == 0)
    {
      jf_key_id_from_spki (&self->peer, spki->data, spki->size);
      self->has_peer = TRUE;
      return TRUE;
    }
  self->far = JF_TLS_FAR_OTHER;
  gnutls_alert_send (self->session, GNUTLS_AL_FATAL, GNUTLS_A_UNSUPPORTED_CERTIFICATE);
  g_set_error_literal (error, JF_ERROR, JF_ERROR_PROTOCOL,
                       "TLS handshake: expected a raw Ed25519 public key");
  return FALSE;
}

/* Many web servers answer a ClientHello with "HTTP/1.1 400" in the clear, or with a bare page. */
static gboolean
began_as_web (JfTls *self)
{
  static const char *const beginnings[] = { "HTTP", "<htm", "<HTM", "<!DO", "<!do" };

  for (unsigned i = 0; self->first_have == sizeof self->first && i < G_N_ELEMENTS (beginnings); i++)
    if (memcmp (self->first, beginnings[i], sizeof self->first) == 0)
      return TRUE;
  return FALSE;
}

static JfTlsFar
guess_far (JfTls *self, int result)
{
  if (began_as_web (self))
    return JF_TLS_FAR_HTTP;
  switch (result)
    {
    case GNUTLS_E_FATAL_ALERT_RECEIVED: /* refuses what every manager takes */
    case GNUTLS_E_UNSUPPORTED_VERSION_PACKET:
    case GNUTLS_E_UNSUPPORTED_CERTIFICATE_TYPE:
    case GNUTLS_E_CERTIFICATE_ERROR:
    case GNUTLS_E_NO_CERTIFICATE_FOUND:
    case GNUTLS_E_UNKNOWN_CIPHER_SUITE:
    case GNUTLS_E_NO_APPLICATION_PROTOCOL:
      return JF_TLS_FAR_OTHER;
    default:
      return JF_TLS_FAR_UNKNOWN;
    }
}

JfTlsFar
jf_tls_get_far (JfTls *self)
{
  return self->far;
}

int
jf_tls_handshake (JfTls *self, GError **error)
{
  int result = GNUTLS_E_INTERRUPTED;

  for (int i = 0; i < IDLE_ROUNDS_MAX && result < 0; i++)
    {
      result = gnutls_handshake (self->session);
      if (result == GNUTLS_E_AGAIN)
        return again (self);
      if (result < 0 && gnutls_error_is_fatal (result))
        break;
    }
  if (result < 0)
    {
      /* Says why, as far as that goes without waiting. */
      if (result != GNUTLS_E_PULL_ERROR && result != GNUTLS_E_PUSH_ERROR)
        gnutls_alert_send_appropriate (self->session, result);
      self->far = guess_far (self, result);
      return fail (self, result, "TLS handshake", error);
    }
  if (self->alpn && (!check_alpn (self, error) || !check_peer (self, error)))
    return -1;
  return 1;
}

uint32_t
jf_tls_wants (JfTls *self)
{
  return self->wants;
}

gboolean
jf_tls_get_peer (JfTls *self, JfKeyId *out)
{
  if (self->has_peer)
    *out = self->peer;
  return self->has_peer;
}

/* Into `packet`, or into `buffer` where that is NULL. */
static gssize
receive (JfTls *self, gnutls_packet_t *packet, void *buffer, size_t size, GError **error)
{
  gssize result = GNUTLS_E_INTERRUPTED;

  for (int i = 0; i < IDLE_ROUNDS_MAX; i++)
    {
      self->dry = FALSE;
      result = packet != NULL ? gnutls_record_recv_packet (self->session, packet)
                              : gnutls_record_recv (self->session, buffer, size);
      if (result >= 0)
        return result;
      if (result == GNUTLS_E_AGAIN && self->dry)
        return again (self);
      if (result == GNUTLS_E_PREMATURE_TERMINATION)
        return 0;
      if (result == GNUTLS_E_REHANDSHAKE || gnutls_error_is_fatal ((int) result))
        break;
    }
  return fail (self, (int) result, "TLS", error);
}

gssize
jf_tls_recv (JfTls *self, void *buffer, size_t size, GError **error)
{
  return receive (self, NULL, buffer, size, error);
}

gssize
jf_tls_recv_packet (JfTls *self, gnutls_packet_t *packet, GError **error)
{
  return receive (self, packet, NULL, 0, error);
}

gssize
jf_tls_send (JfTls *self, const void *data, size_t size, GError **error)
{
  gssize result = GNUTLS_E_INTERRUPTED;

  for (int i = 0; i < IDLE_ROUNDS_MAX && result == GNUTLS_E_INTERRUPTED; i++)
    {
      if (self->unsent > 0)
        result = gnutls_record_send (self->session, NULL, 0);
      else
        result = gnutls_record_send (self->session, data, MIN (size, JF_RECORD_MAX_BYTES));
      if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)
        self->unsent = MIN (size, JF_RECORD_MAX_BYTES);
    }
  if (result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED)
    return again (self);
  self->unsent = 0;
  return result >= 0 ? result : fail (self, (int) result, "TLS", error);
}

size_t
jf_tls_pending (JfTls *self)
{
  return gnutls_record_check_pending (self->session);
}

void
jf_tls_bye (JfTls *self)
{
  gnutls_bye (self->session, GNUTLS_SHUT_WR);
}

int
jf_tls_get_fd (JfTls *self)
{
  return self->fd;
}
