/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* A look at the first bytes of a TLS connection, before any TLS library sees them (RFC 8446
 * section 4.1.2, RFC 7301 ALPN). Strict about lengths, bounded by JF_CLIENT_HELLO_MAX_BYTES,
 * reads a hello that is split over several records. */
#define JF_ALPN_GATEWAY "jackfield/1"
#define JF_ALPN_CHANNEL "jackfield-channel/1"

typedef enum
{
  JF_HELLO_INVALID, /* not a ClientHello, or too large */
  JF_HELLO_MORE,    /* a good beginning; *need says how many bytes are needed at least */
  JF_HELLO_GATEWAY, /* offers JF_ALPN_GATEWAY */
  JF_HELLO_WEB,     /* a ClientHello of anybody else */
} JfHello;

/* *need (bytes from the start, always more than size) is set with JF_HELLO_MORE only. */
JfHello jf_client_hello_peek (const uint8_t *data, size_t size, size_t *need);

G_END_DECLS
