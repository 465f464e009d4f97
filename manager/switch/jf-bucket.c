/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/switch/jf-bucket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-counter.h"

#define NO_PIPES_RETRY_US (100 * 1000)

void
jf_bucket_pool_init (JfBucketPool *pool, JfLoop *loop)
{
  *pool = (JfBucketPool){ .max_pipes = G_MAXUINT, .loop = loop };
}

static void
bucket_free (JfBucketPool *pool, JfBucket *bucket)
{
  if (bucket->memory == NULL)
    {
      close (bucket->fd[0]);
      close (bucket->fd[1]);
      pool->n_pipes--;
    }
  g_free (bucket->memory);
  g_free (bucket);
}

static void
free_all (JfBucketPool *pool, JfBucket *bucket)
{
  while (bucket != NULL)
    {
      JfBucket *next = bucket->next;

      bucket_free (pool, bucket);
      bucket = next;
    }
}

static void
free_some (JfBucketPool *pool, JfBucket **idle, unsigned *n_idle, unsigned count)
{
  for (; count > 0; count--)
    {
      JfBucket *bucket = *idle;

      *idle = bucket->next;
      (*n_idle)--;
      bucket_free (pool, bucket);
    }
}

static void
rest_cb (JfTimer *timer)
{
  jf_bucket_pool_rest (JF_CONTAINER_OF (timer, JfBucketPool, rest));
}

static void
start_to_rest (JfBucketPool *pool)
{
  pool->least_pipes = pool->n_idle_pipes;
  pool->least_copies = pool->n_idle_copies;
  if (pool->n_idle_pipes + pool->n_idle_copies > 0)
    jf_timer_start (&pool->rest, pool->loop, JF_BUCKETS_REST_MS, rest_cb);
}

void
jf_bucket_pool_rest (JfBucketPool *pool)
{
  free_some (pool, &pool->idle_pipes, &pool->n_idle_pipes, pool->least_pipes);
  free_some (pool, &pool->idle_copies, &pool->n_idle_copies, pool->least_copies);
  start_to_rest (pool);
}

void
jf_bucket_pool_clear (JfBucketPool *pool)
{
  jf_timer_stop (&pool->rest);
  free_all (pool, g_steal_pointer (&pool->idle_pipes));
  free_all (pool, g_steal_pointer (&pool->idle_copies));
  pool->n_idle_pipes = pool->n_idle_copies = 0;
}

/* Beyond the user's limit of pipe pages the kernel does not fail: it makes pipes of two pages,
 * which are slower than copying. */
static gboolean
open_pipe (int fd[2])
{
  int size;

  if (pipe2 (fd, O_NONBLOCK | O_CLOEXEC) != 0)
    return FALSE;
  size = fcntl (fd[1], F_SETPIPE_SZ, JF_BUCKET_PIPE_BYTES);
  if (size < 0)
    size = fcntl (fd[1], F_GETPIPE_SZ);
  if (size >= JF_BUCKET_PIPE_MIN_BYTES)
    return TRUE;
  close (fd[0]);
  close (fd[1]);
  return FALSE;
}

static JfBucket *
borrow_pipe (JfBucketPool *pool)
{
  JfBucket *bucket = pool->idle_pipes;
  int fd[2];

  if (bucket != NULL)
    {
      pool->idle_pipes = g_steal_pointer (&bucket->next);
      pool->n_idle_pipes--;
      pool->least_pipes = MIN (pool->least_pipes, pool->n_idle_pipes);
      return bucket;
    }
  if (pool->n_pipes >= pool->max_pipes)
    return NULL;
  if (pool->no_pipes_until != 0 && g_get_monotonic_time () < pool->no_pipes_until)
    return NULL;
  if (!open_pipe (fd))
    {
      pool->no_pipes_until = g_get_monotonic_time () + NO_PIPES_RETRY_US;
      return NULL;
    }
  pool->no_pipes_until = 0;
  pool->n_pipes++;
  bucket = g_new0 (JfBucket, 1);
  bucket->fd[0] = fd[0];
  bucket->fd[1] = fd[1];
  return bucket;
}

JfBucket *
jf_bucket_borrow_memory (JfBucketPool *pool)
{
  JfBucket *bucket = pool->idle_copies;

  if (bucket != NULL)
    {
      pool->idle_copies = g_steal_pointer (&bucket->next);
      pool->n_idle_copies--;
      pool->least_copies = MIN (pool->least_copies, pool->n_idle_copies);
      return bucket;
    }
  bucket = g_new0 (JfBucket, 1);
  bucket->memory = g_malloc (JF_BUCKET_COPY_BYTES);
  bucket->fd[0] = bucket->fd[1] = -1;
  return bucket;
}

JfBucket *
jf_bucket_borrow (JfBucketPool *pool)
{
  JfBucket *bucket = borrow_pipe (pool);

  if (bucket != NULL)
    return bucket;
  jf_count (JF_COUNT_SWITCH_COPIED);
  return jf_bucket_borrow_memory (pool);
}

void
jf_bucket_give_back (JfBucketPool *pool, JfBucket *bucket)
{
  gboolean copies = bucket->memory != NULL;
  JfBucket **idle = copies ? &pool->idle_copies : &pool->idle_pipes;
  unsigned *n_idle = copies ? &pool->n_idle_copies : &pool->n_idle_pipes;

  if (bucket->held > 0 || *n_idle >= JF_BUCKETS_IDLE_MAX)
    {
      bucket_free (pool, bucket);
      return;
    }
  bucket->next = *idle;
  *idle = bucket;
  (*n_idle)++;
  if (pool->rest.loop == NULL)
    start_to_rest (pool);
}

ssize_t
jf_bucket_fill (JfBucket *bucket, int fd, size_t max)
{
  ssize_t n;

  if (bucket->memory != NULL)
    n = recv (fd, bucket->memory, MIN (max, JF_BUCKET_COPY_BYTES), MSG_DONTWAIT);
  else
    n = splice (fd, NULL, bucket->fd[1], NULL, MIN (max, JF_BUCKET_MAX_BYTES),
                SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  bucket->offset = 0;
  bucket->held = n > 0 ? (size_t) n : 0;
  return n;
}

ssize_t
jf_bucket_drain (JfBucket *bucket, int fd)
{
  ssize_t n;

  if (bucket->memory != NULL)
    n = send (fd, bucket->memory + bucket->offset, bucket->held, MSG_DONTWAIT | MSG_NOSIGNAL);
  else
    n = splice (bucket->fd[0], NULL, fd, NULL, bucket->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (n > 0)
    {
      bucket->offset += (size_t) n;
      bucket->held -= (size_t) n;
    }
  return n;
}
