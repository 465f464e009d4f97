/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "gateway/jf-desk.h"

G_BEGIN_DECLS

typedef struct JfDeskWatch JfDeskWatch; /* jf-desk-services.c */

struct JfDesk
{
  JfEngine *engine;
  GHashTable *users; /* JfJoin -> number of calls, as a pointer */
  GPtrArray *calls;  /* of JfDeskCall, not owned */
  GPtrArray *fixed;  /* of JfOffer */
  gboolean closed;
  void (*stdio_ended) (gpointer data);
  gpointer stdio_data;
};

struct JfDeskCall
{
  JfDesk *desk;
  JsonObject *request;
  JfDeskEvent event;
  gpointer data;
  GSource *source; /* its beginning, later its deadline */
  GCancellable *cancellable;
  JfJoin *join;
  JfPseudoSpec *spec; /* of this call's own socket */
  int fd;             /* -1: none, or handed over */
  gboolean stdio;     /* fd came with it */
  char *shown;        /* the last state event, as text */
  JfOffer *offer;
  JfDeskWatch *watch;
  gboolean over;
};

/* (transfer full) event */
void jf_desk_emit (JfDeskCall *call, JsonObject *event);
void jf_desk_emit_error (JfDeskCall *call, const GError *error);
void jf_desk_emit_end (JfDeskCall *call);
void jf_desk_set_source (JfDeskCall *call, unsigned timeout_ms, GSourceFunc func);

void jf_desk_begin_join (JfDeskCall *call);
void jf_desk_end_join (JfDeskCall *call);
void jf_desk_begin_services (JfDeskCall *call);
void jf_desk_end_watch (JfDeskCall *call);
void jf_desk_begin_status (JfDeskCall *call);
void jf_desk_begin_offer (JfDeskCall *call);
void jf_desk_end_offer (JfDeskCall *call);

/* Members "address" and "port", or "path", and the warnings that go with them. NULL: none. */
void jf_desk_add_pseudo (JsonObject *event, const JfPseudo *pseudo);

G_END_DECLS
