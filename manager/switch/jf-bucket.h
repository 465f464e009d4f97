/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

#include "gateway/link/jf-loop.h"

G_BEGIN_DECLS

/* Holds the bytes of one direction of a relay while they are in flight: a pipe for splice(2), or
 * memory, for a few bytes or where the system has no pipe to spare. Borrowed from the worker's pool
 * when bytes come and given back when they are gone, so that an idle pair owns neither.
 * Belongs to one thread. */
#define JF_BUCKET_MAX_BYTES      (128 * 1024)
#define JF_BUCKET_COPY_BYTES     (32 * 1024)
#define JF_BUCKET_PIPE_BYTES     (256 * 1024)
#define JF_BUCKET_PIPE_MIN_BYTES (32 * 1024)
/* A worker seldom has more than one in use. A pipe counts in full against the user's limit of
 * pipe pages even while it is empty (pipe(7)), for all workers together. */
#define JF_BUCKETS_IDLE_MAX 16
/* What nobody borrowed for this long goes back to the system. */
#define JF_BUCKETS_REST_MS (20 * 1000)

typedef struct JfBucket JfBucket;
struct JfBucket
{
  JfBucket *next;
  uint8_t *memory; /* NULL: a pipe */
  size_t offset;   /* of the first held byte in memory */
  size_t held;
  int fd[2];
};

typedef struct
{
  JfBucket *idle_pipes;
  JfBucket *idle_copies;
  unsigned n_idle_pipes;
  unsigned n_idle_copies;
  unsigned n_pipes;       /* idle or not */
  unsigned max_pipes;     /* for tests; otherwise G_MAXUINT */
  int64_t no_pipes_until; /* monotonic us: there was none, do not ask the kernel every time */
  JfLoop *loop;
  JfTimer rest;
  unsigned least_pipes; /* so many were idle all the time since the last rest */
  unsigned least_copies;
} JfBucketPool;

/* Used in `loop`'s thread alone from then on. */
void jf_bucket_pool_init (JfBucketPool *pool, JfLoop *loop);
void jf_bucket_pool_clear (JfBucketPool *pool); /* everything must have been given back */
/* Frees what was idle since it was called last. The pool does so by itself, every
 * JF_BUCKETS_REST_MS for as long as something is idle. */
void jf_bucket_pool_rest (JfBucketPool *pool);

/* Never NULL: falls back to memory, and counts that. */
JfBucket *jf_bucket_borrow (JfBucketPool *pool);
/* Always memory: for a few bytes two copies cost less than two splices. */
JfBucket *jf_bucket_borrow_memory (JfBucketPool *pool);
/* One that still holds bytes is thrown away with them. */
void jf_bucket_give_back (JfBucketPool *pool, JfBucket *bucket);

/* Into an empty bucket, at most `max` bytes: so EAGAIN means that the socket is empty, never that
 * the pipe is full. Returns as read(2). */
ssize_t jf_bucket_fill (JfBucket *bucket, int fd, size_t max);
/* Returns as write(2), without SIGPIPE when the thread blocks or ignores that. */
ssize_t jf_bucket_drain (JfBucket *bucket, int fd);

G_END_DECLS
