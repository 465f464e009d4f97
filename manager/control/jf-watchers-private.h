/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "manager/control/jf-bit-set.h"
#include "manager/control/jf-control-private.h"
#include "manager/control/jf-watchers.h"

G_BEGIN_DECLS

/* A service that somebody was told of, or that is dirty. Its number stands for it in the sets of
 * the watchers; it is used again when nobody needs it any more. */
typedef struct
{
  char *service; /* "PROVIDER/NAME" */
  char *provider;
  const char *name; /* in `service` */
  unsigned number;
  unsigned uses; /* sets that it is in */
  gboolean dirty;
  char *text;   /* JSON, as it was when it was spread last; NULL: it was not there */
  char **allow; /* likewise */
} JfWatchedService;

struct JfWatcher
{
  JfMemberConn *conn; /* borrowed: jf_watchers_forget() comes before it goes */
  char **groups;      /* as the indices have it */
  JfBitSet seen;      /* what it was told of */
  JfBitSet pending;   /* what it is to be told of again */
  gboolean listing;   /* the answer to `list` is under way */
  gboolean in_flight; /* a `changes` has not left yet */
  GList link;         /* in `ready` */
  gboolean is_ready;
};

struct JfWatchers
{
  JfControl *control;
  GHashTable *services;  /* service -> JfWatchedService */
  GPtrArray *by_number;  /* of JfWatchedService; NULL: the number is free */
  GArray *free_numbers;  /* of unsigned */
  GHashTable *all;       /* set of JfWatcher */
  GHashTable *by_member; /* label -> set of JfWatcher */
  GHashTable *by_group;  /* likewise */
  GQueue dirty;          /* of JfWatchedService, being gathered */
  GQueue spreading;      /* of JfWatchedService */
  GQueue ready;          /* of JfWatcher, by its link */
  GSource *gathering;
  GSource *working;
};

/* Takes a service into a watcher's set, or out of it; the latter may free it. */
void jf_watchers_put (JfWatchedService *service, JfBitSet *set);
void jf_watchers_take (JfWatchers *self, JfWatchedService *service, JfBitSet *set);
/* It is pending for this watcher, who is told in its turn. */
void jf_watchers_concern (JfWatchers *self, JfWatcher *watcher, JfWatchedService *service);

/* Fills in what the service is now; FALSE when that is what was known. (jf-watchers-tell.c) */
gboolean jf_watchers_note (JfWatchers *self, JfWatchedService *service);
/* Notes what has become of a dirty service, and makes it pending where it matters. */
void jf_watchers_spread (JfWatchers *self, JfWatchedService *service);
/* Sends one `changes` of what is pending. */
void jf_watchers_tell (JfWatchers *self, JfWatcher *watcher);

G_END_DECLS
