/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A host's name or address with a port. */
#define JF_WAY_PROXY_SIZE 280

/* How a connection reached the manager. Plain data. */
typedef struct
{
  const char *carrier; /* a constant: "direct", "connect" (through a proxy); NULL unknown */
  int family;          /* AF_INET, AF_INET6, as far as the proxy; 0 unknown */
  char proxy[JF_WAY_PROXY_SIZE]; /* "HOST:PORT", never a password; "" none */
} JfWay;

G_END_DECLS
