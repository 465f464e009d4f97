/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Where a server gateway connects to, or a client gateway listens at. Never crosses the wire. */
typedef enum
{
  JF_TARGET_TCP,  /* tcp:HOST:PORT; IPv6 addresses in brackets */
  JF_TARGET_UNIX, /* unix:PATH, absolute */
} JfTargetKind;

typedef struct
{
  JfTargetKind kind;
  char *host;    /* TCP: name or address without brackets */
  uint16_t port; /* TCP, host order, never 0 */
  char *path;    /* UNIX */
} JfTarget;

/* Fails with JF_ERROR_INVALID and says what was expected. */
JfTarget *jf_target_parse (const char *text, GError **error);
char *jf_target_format (const JfTarget *target);
JfTarget *jf_target_copy (const JfTarget *target);
void jf_target_free (JfTarget *target);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfTarget, jf_target_free)

G_END_DECLS
