/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <sys/types.h>

#include "gateway/link/jf-identity.h"

G_BEGIN_DECLS

/* A non-blocking TLS 1.3 session on a descriptor. Belongs to one thread at a time. It does not
 * watch the descriptor: after JF_TLS_AGAIN wait for jf_tls_wants() and call again.
 *
 * Reads are exact: never a byte beyond the record that is returned, so that what follows belongs
 * to whoever takes the descriptor over (PROTOCOL.md section 5). For bulk, jf_tls_set_transport()
 * gives it push and pull functions that gather. */
typedef struct JfTls JfTls;

typedef enum
{
  JF_TLS_CLIENT,
  JF_TLS_SERVER,
} JfTlsSide;

#define JF_TLS_AGAIN (-2) /* not an error: no GError is set */

/* Raw public keys on both sides; the ALPN name must be agreed or the handshake fails (also on the
 * client's side, which GnuTLS does not check by itself). Takes `fd` (non-blocking; may be -1 with
 * a transport of one's own). `alpn` is a constant. */
JfTls *jf_tls_new (JfTlsSide side, JfIdentity *identity, const char *alpn, int fd);
/* A web server's session with an ordinary certificate, which must outlive it; no client key. */
JfTls *jf_tls_new_web (gnutls_certificate_credentials_t credentials, int fd);
/* Ends the session without a goodbye and closes the descriptor. */
void jf_tls_free (JfTls *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfTls, jf_tls_free)

/* push and pull as in gnutls_transport_set_push_function(3); they set errno. `pull` NULL reads the
 * descriptor. Before the handshake. */
void jf_tls_set_transport (JfTls *self,
                           gpointer data,
                           gnutls_push_func push,
                           gnutls_vec_push_func vec_push,
                           gnutls_pull_func pull);

/* 1 done, JF_TLS_AGAIN, or -1 with JF_ERROR_PROTOCOL or JF_ERROR_CLOSED. */
int jf_tls_handshake (JfTls *self, GError **error);
/* After a handshake that failed: who is at the other end, as far as one can tell. */
typedef enum
{
  JF_TLS_FAR_UNKNOWN,
  JF_TLS_FAR_HTTP,  /* answers in HTTP, without TLS */
  JF_TLS_FAR_OTHER, /* speaks TLS, but not the ALPN name, or not with raw public keys */
} JfTlsFar;
JfTlsFar jf_tls_get_far (JfTls *self);
/* EPOLLIN or EPOLLOUT: what the last JF_TLS_AGAIN waits for. */
uint32_t jf_tls_wants (JfTls *self);
/* After the handshake. FALSE for a web session. */
gboolean jf_tls_get_peer (JfTls *self, JfKeyId *out);

/* Bytes of at most one record, 0 at the end (close_notify or bare end), JF_TLS_AGAIN, or -1. */
gssize jf_tls_recv (JfTls *self, void *buffer, size_t size, GError **error);
/* The same without a copy: a whole record in `packet`, for gnutls_packet_get() and _deinit(); it is
 * set when the result is above 0. */
gssize jf_tls_recv_packet (JfTls *self, gnutls_packet_t *packet, GError **error);
/* Bytes taken (at most one record), JF_TLS_AGAIN (call again with the same bytes), or -1. */
gssize jf_tls_send (JfTls *self, const void *data, size_t size, GError **error);
/* Bytes that were decrypted already and wait for jf_tls_recv(). */
size_t jf_tls_pending (JfTls *self);
/* Says close_notify as far as that goes without waiting; the descriptor stays open. */
void jf_tls_bye (JfTls *self);

int jf_tls_get_fd (JfTls *self);
/* Frees the session, silently, and hands over the bare descriptor. */
int jf_tls_detach (JfTls *self);

G_END_DECLS
