/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "manager/switch/jf-relay.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/link/jf-socket.h"

/* What one pair may move before the others of its worker have a turn. */
#define BUDGET_BYTES (512 * 1024)

/* Less than this is copied: that takes two system calls instead of three, since a short read tells
 * that the socket is empty, which a short splice does not. */
#define BULK_BYTES (16 * 1024)

typedef enum
{
  PUMP_WAITS, /* for an edge of one of the descriptors */
  PUMP_MORE,  /* stopped by its budget: there will be no edge, so it must run again by itself */
  PUMP_BROKEN,
} Pump;

static void
release_bucket (JfRelay *self, JfRelayFlow *flow)
{
  if (flow->bucket != NULL)
    jf_bucket_give_back (self->pool, g_steal_pointer (&flow->bucket));
}

static void
close_end (JfRelayEnd *end, gboolean reset)
{
  int fd = end->watch.fd;

  if (fd < 0)
    return;
  jf_watch_stop (&end->watch);
  end->watch.fd = -1;
  if (reset)
    jf_socket_reset (fd);
  else
    close (fd);
}

static void
finish (JfRelay *self, gboolean reset)
{
  if (self->loop == NULL)
    return;
  jf_turn_cancel (&self->turn);
  for (int i = 0; i < 2; i++)
    {
      release_bucket (self, &self->flow[i]);
      close_end (&self->end[i], reset);
    }
  self->loop = NULL;
}

static gboolean
would_block (void)
{
  return errno == EAGAIN || errno == EWOULDBLOCK;
}

static Pump
drain (JfRelayFlow *flow, JfRelayEnd *out)
{
  while (flow->bucket->held > 0)
    {
      ssize_t n;

      if (!out->writable)
        return PUMP_WAITS;
      n = jf_bucket_drain (flow->bucket, out->watch.fd);
      if (n > 0)
        atomic_fetch_add_explicit (flow->moved, (uint64_t) n, memory_order_relaxed);
      else if (n < 0 && would_block ())
        out->writable = FALSE;
      else if (n == 0 || errno != EINTR)
        return PUMP_BROKEN;
    }
  return PUMP_MORE;
}

/* Empty, and of the kind that fits what is likely to come. */
static JfBucket *
get_bucket (JfRelay *self, JfRelayFlow *flow)
{
  if (flow->bucket != NULL && flow->bulk && flow->bucket->memory != NULL)
    release_bucket (self, flow);
  if (flow->bucket == NULL && flow->bulk)
    flow->bucket = jf_bucket_borrow (self->pool);
  else if (flow->bucket == NULL)
    flow->bucket = jf_bucket_borrow_memory (self->pool);
  return flow->bucket;
}

static Pump
fill (JfRelay *self, JfRelayFlow *flow, JfRelayEnd *in, size_t *budget)
{
  JfBucket *bucket = get_bucket (self, flow);
  size_t max = bucket->memory != NULL ? JF_BUCKET_COPY_BYTES : JF_BUCKET_MAX_BYTES;
  ssize_t n = jf_bucket_fill (bucket, in->watch.fd, max);

  if (n > 0)
    {
      *budget -= MIN ((size_t) n, *budget);
      flow->bulk = n >= BULK_BYTES;
      if (bucket->memory != NULL && (size_t) n < max && !in->ending)
        in->readable = FALSE;
    }
  else if (n == 0)
    flow->eof = TRUE;
  else if (would_block ())
    in->readable = FALSE;
  else if (errno != EINTR)
    return PUMP_BROKEN;
  return PUMP_MORE;
}

/* One direction, until a socket says no or the budget is used up. The bucket is filled only when
 * it is empty, so what is held stays within it. */
static Pump
pump (JfRelay *self, int from)
{
  JfRelayFlow *flow = &self->flow[from];
  JfRelayEnd *in = &self->end[from];
  JfRelayEnd *out = &self->end[!from];
  size_t budget = BUDGET_BYTES;
  Pump pumped = PUMP_MORE;

  while (pumped == PUMP_MORE)
    {
      if (flow->bucket != NULL && flow->bucket->held > 0)
        {
          pumped = drain (flow, out);
          continue;
        }
      if (flow->eof || !in->readable || budget == 0)
        break;
      pumped = fill (self, flow, in, &budget);
    }
  if (pumped != PUMP_MORE)
    return pumped;
  release_bucket (self, flow);
  if (flow->eof && !flow->shut)
    {
      flow->shut = TRUE;
      shutdown (out->watch.fd, SHUT_WR);
    }
  return flow->eof || !in->readable ? PUMP_WAITS : PUMP_MORE;
}

static void
end_relay (JfRelay *self, gboolean reset)
{
  finish (self, reset);
  self->ended (self);
}

static void turn_cb (JfTurn *turn);

/* FALSE when the relay ended, and may be gone. */
static gboolean
run (JfRelay *self)
{
  Pump there = pump (self, 0);
  Pump back = there == PUMP_BROKEN ? PUMP_BROKEN : pump (self, 1);

  if (back == PUMP_BROKEN || (self->flow[0].shut && self->flow[1].shut))
    {
      end_relay (self, back == PUMP_BROKEN);
      return FALSE;
    }
  if (there == PUMP_MORE || back == PUMP_MORE)
    jf_turn_schedule (&self->turn, self->loop, turn_cb);
  return TRUE;
}

static void
turn_cb (JfTurn *turn)
{
  run (JF_CONTAINER_OF (turn, JfRelay, turn));
}

static gboolean
has_failed (int fd)
{
  int failure = 0;
  socklen_t size = sizeof failure;

  return getsockopt (fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0 || failure != 0;
}

static void
handle_events (JfRelay *self, JfRelayEnd *end, uint32_t events)
{
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    end->readable = TRUE;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
    end->ending = TRUE;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
    end->writable = TRUE;
  if (!run (self))
    return;
  /* A reset is passed on even where the other side's full socket keeps us from reading it. */
  if ((events & EPOLLERR) != 0 && has_failed (end->watch.fd))
    end_relay (self, TRUE);
}

static void
first_cb (JfWatch *watch, uint32_t events)
{
  JfRelay *self = JF_CONTAINER_OF (watch, JfRelay, end[0].watch);

  handle_events (self, &self->end[0], events);
}

static void
second_cb (JfWatch *watch, uint32_t events)
{
  JfRelay *self = JF_CONTAINER_OF (watch, JfRelay, end[1].watch);

  handle_events (self, &self->end[1], events);
}

gboolean
jf_relay_start (JfRelay *self,
                JfLoop *loop,
                JfBucketPool *pool,
                const int fd[2],
                _Atomic uint64_t *const moved[2],
                JfRelayEnded ended)
{
  const uint32_t events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  const JfWatchFunc ready[2] = { first_cb, second_cb };
  gboolean started = TRUE;

  self->loop = loop;
  self->pool = pool;
  self->ended = ended;
  for (int i = 0; i < 2; i++)
    {
      self->flow[i].moved = moved[i];
      if (!jf_watch_start (&self->end[i].watch, loop, fd[i], events, ready[i], NULL))
        started = FALSE;
      self->end[i].watch.fd = fd[i];
    }
  if (!started)
    finish (self, TRUE);
  return started;
}

void
jf_relay_stop (JfRelay *self)
{
  finish (self, TRUE);
}
