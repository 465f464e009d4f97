/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "gateway/link/jf-tls.h"

G_BEGIN_DECLS

/* What somebody who is not a gateway gets: one sentence over HTTP/1.1, status 426, and a close. The
 * request is read up to its blank line and otherwise not looked at. */
typedef enum
{
  JF_FRONT_WEB_HEAD,
  JF_FRONT_WEB_ANSWER,
  JF_FRONT_WEB_LINGER, /* so that the kernel's reset does not overtake the answer */
} JfFrontWebPhase;

/* Embed it, zeroed. */
typedef struct
{
  JfFrontWebPhase phase;
  uint32_t last; /* the last four bytes that were read */
  size_t head_bytes;
  size_t lingered_bytes;
  size_t sent_bytes;
  char method[5];
} JfFrontWeb;

/* After the handshake, and whenever the descriptor is ready. Returns the events to wait for, or 0:
 * it is over, close. */
uint32_t jf_front_web_step (JfFrontWeb *self, JfTls *tls);

G_END_DECLS
