/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

/* When the user is told something, and when it is taken back: pure decisions, without a bus or a
 * clock. Subjects are services and managers, by id. Belongs to one context. Times are monotonic
 * microseconds, and never go back. */
typedef struct _JfNotices JfNotices;

#define JF_NOTICES_GRACE_US    (5 * G_USEC_PER_SEC) /* a loss that is shorter is not told */
#define JF_NOTICES_SETTLE_US   G_USEC_PER_SEC /* what needs the user may turn out to be one thing */
#define JF_NOTICES_STORM_US    (2 * G_USEC_PER_SEC) /* losses this close together are one event */
#define JF_NOTICES_SINGLE_MAX  3                    /* of a kind at once; more become one summary */
#define JF_NOTICES_AGAIN_US    (60 * G_USEC_PER_SEC) /* one that comes and goes is told this often */
#define JF_NOTICES_REPEAT_US   (30 * G_USEC_PER_SEC) /* a summary is not told anew before */
#define JF_NOTICES_SUBJECT_MAX 8192 /* more are not followed: nobody is told of those */

typedef enum
{
  JF_NOTICE_DROPPED,   /* it was connected, and is not for longer than the grace */
  JF_NOTICE_BACK,      /* what was dropped is connected again */
  JF_NOTICE_ATTENTION, /* it waits for the user */
  JF_NOTICE_N_KINDS
} JfNoticeKind;

typedef enum
{
  JF_CONDITION_QUIET,     /* the user does not want it: everything told is taken back */
  JF_CONDITION_COVERED,   /* something else tells of it, such as its manager */
  JF_CONDITION_UNDER_WAY, /* wanted, not connected; comes by itself */
  JF_CONDITION_CONNECTED,
  JF_CONDITION_ATTENTION, /* wanted, stopped: the user must do something */
} JfCondition;

/* What to show. Strings are valid during the call. */
typedef struct
{
  const char *key; /* of the notification: a later one with the same key replaces it */
  JfNoticeKind kind;
  unsigned n;         /* how many services; 1: those of `id` and `title` */
  const char *id;     /* NULL in a summary */
  const char *title;  /* NULL in a summary */
  const char *reason; /* NULL: none, or not the same for all */
  const char *common; /* a summary: the part of the ids before "/" that all have; NULL */
} JfNotice;

typedef struct
{
  void (*show) (const JfNotice *notice, gpointer data);
  void (*withdraw) (const char *key, gpointer data);
} JfNoticesOut;

JfNotices *jf_notices_new (const JfNoticesOut *out, gpointer data);
void jf_notices_free (JfNotices *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (JfNotices, jf_notices_free)

/* A kind that is off is not shown; what is shown of it is taken back. All are on at first. */
void jf_notices_set_enabled (JfNotices *self, JfNoticeKind kind, gboolean enabled);
/* The user looks at the window: nothing is told that is seen there. */
void jf_notices_set_watched (JfNotices *self, gboolean watched);

void jf_notices_set (JfNotices *self,
                     const char *id,
                     const char *title,
                     const char *reason,
                     JfCondition condition,
                     int64_t now_us);
/* Calls `gone` for each subject; those for which it returns TRUE are QUIET from now on. */
void jf_notices_purge (JfNotices *self,
                       gboolean (*gone) (const char *id, gpointer data),
                       gpointer data);

/* When jf_notices_tick() is due; -1: nothing is awaited. */
int64_t jf_notices_get_due (JfNotices *self);
void jf_notices_tick (JfNotices *self, int64_t now_us);

G_END_DECLS
