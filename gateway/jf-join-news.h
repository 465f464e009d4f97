/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* An event of a join (jf-desk.h) for people. Strings are borrowed from it. */
typedef struct
{
  const char *service;
  const char *state;   /* NULL: an error */
  const char *reason;  /* "" none */
  const char *address; /* "" none */
  const char *path;    /* "" none */
  int64_t port;
  gboolean moved;
  gboolean open_to_network;
  gboolean joined;
  gboolean failed; /* for good */
} JfJoinNews;

/* FALSE: nothing that we know. */
gboolean jf_join_news_read (JsonObject *event, JfJoinNews *out);
/* Where the service is, on standard output if wanted; all else on standard error. */
void jf_join_news_print (const char *verb, const JfJoinNews *news, gboolean with_address);

G_END_DECLS
